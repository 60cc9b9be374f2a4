/* SPDX-License-Identifier: MIT */
/* The barrier: a marker behind everything that is queued, and its arrival. */
#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <base/scope.h>

#include "marker.h"

enum {
	MARKER_ETHERTYPE = 0x88b5, /* IEEE 802: for local experiments */
	MARKER_CPU_AT = 18,
	MARKER_LATE_MS = 100, /* then a private loopback is tried */
	MARKER_DEADLINE_MS = 2000,
};

struct marker {
	uint8_t destination[6], source[6];
	uint16_t ethertype;
	uint32_t number;
	uint32_t cpu;
	uint8_t padding[38];
} __attribute__((packed));

static_assert(offsetof(struct marker, cpu) == MARKER_CPU_AT, "the filter looks there");

/* Takes markers only on the processor they were sent from: one that receive packet
 * steering took elsewhere proves nothing. */
static int marker_filter(int fd)
{
	static const struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, SKF_AD_OFF + SKF_AD_CPU),
		BPF_STMT(BPF_MISC | BPF_TAX, 0),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, MARKER_CPU_AT),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_X, 0, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, sizeof(struct marker)),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	const struct sock_fprog filter = { ARRAY_SIZE(code),
					   (struct sock_filter *)code };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter));
}

/* A packet socket that sends to, and receives from, the loopback interface of the
 * network namespace that the thread is in. */
static int marker_open(void)
{
	const struct sockaddr_ll loopback = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(MARKER_ETHERTYPE),
		.sll_ifindex = LOOPBACK_IFINDEX,
	};
	int fd AUTO_CLOSE =
		socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0 || marker_filter(fd) < 0 ||
	    bind(fd, (const struct sockaddr *)&loopback, sizeof(loopback)) < 0)
		return -errno;
	return steal_fd(&fd);
}

static int marker_open_in(struct probe_room *room, size_t node)
{
	int r = nst_inside_net(room->inside, node);

	return r < 0 ? r : marker_open();
}

/* In a network namespace that nobody else knows, and that lives with the socket. It costs
 * as much as a host, so it is the last resort. */
static int marker_open_private(void)
{
	struct ifreq up = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd AUTO_CLOSE = -1;

	if (unshare(CLONE_NEWNET) < 0)
		return -errno;
	fd = marker_open();
	if (fd < 0)
		return fd;
	return ioctl(fd, SIOCSIFFLAGS, &up) < 0 ? -errno : steal_fd(&fd);
}

static int bind_to(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return sched_setaffinity(0, sizeof(set), &set) < 0 ? -errno : 0;
}

int marker_pin(struct probe_room *room)
{
	if (sched_getaffinity(0, sizeof(room->allowed), &room->allowed) < 0)
		return -errno;
	if (room->cpu < 0 || !CPU_ISSET(room->cpu, &room->allowed))
		room->cpu = sched_getcpu();
	return bind_to(room->cpu);
}

void marker_unpin(struct probe_room *room)
{
	sched_setaffinity(0, sizeof(room->allowed), &room->allowed);
}

/* Waits for the marker with that number; older ones may still come. */
static int receive(struct probe_room *room, uint32_t number, int deadline_ms)
{
	struct pollfd wait = { room->marker, POLLIN, 0 };
	struct marker marker;

	for (;;) {
		ssize_t size = recv(room->marker, &marker, sizeof(marker), 0);

		if (size == sizeof(marker) && marker.number == number)
			return 0;
		if (size >= 0)
			continue;
		if (errno != EAGAIN && errno != EINTR)
			return -errno;
		/* Softirq work was put off to ksoftirqd: it comes when that has run. */
		if (poll(&wait, 1, deadline_ms) == 0)
			return -ETIME;
	}
}

static int pass_on(struct probe_room *room, int cpu, int deadline_ms)
{
	struct marker marker = {
		.ethertype = htons(MARKER_ETHERTYPE),
		.number = ++room->marks,
		.cpu = htonl((uint32_t)cpu),
	};

	if (send(room->marker, &marker, sizeof(marker), 0) < 0)
		return -errno;
	return receive(room, marker.number, deadline_ms);
}

static int change_to(struct probe_room *room, int fd, int deadline_ms)
{
	if (fd < 0)
		return fd;
	if (room->marker >= 0)
		close(room->marker);
	room->marker = fd;
	return pass_on(room, room->cpu, deadline_ms);
}

static int change_to_private(struct probe_room *room)
{
	if (room->marker_private)
		return -ETIME;
	room->marker_private = true;
	return change_to(room, marker_open_private(), MARKER_DEADLINE_MS);
}

/* The test may have taken a loopback down, or put rules or receive packet steering on it.
 * Another host's may do. */
static int find_loopback(struct probe_room *room, size_t first)
{
	int r = -ENETDOWN;

	for (size_t i = 0; i < room->plan->node_count && r == -ENETDOWN; i++)
		r = change_to(
			room,
			marker_open_in(room, (first + i) % room->plan->node_count),
			MARKER_LATE_MS);
	return r < 0 ? change_to_private(room) : 0;
}

int marker_pass(struct probe_room *room, size_t node)
{
	int deadline_ms = room->marker_private ? MARKER_DEADLINE_MS : MARKER_LATE_MS;
	int r = room->marker < 0 ? -ENETDOWN : pass_on(room, room->cpu, deadline_ms);

	return r < 0 && !room->marker_private ? find_loopback(room, node) : r;
}

static int pass_on_all(struct probe_room *room, int deadline_ms)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN), passed = 0;
	int r = 0;

	for (int cpu = 0; cpu < CPU_SETSIZE && r == 0; cpu++) {
		if (!CPU_ISSET(cpu, &room->allowed))
			continue;
		r = bind_to(cpu);
		if (r == 0)
			r = pass_on(room, cpu, deadline_ms);
		passed++;
	}
	bind_to(room->cpu);
	return r == 0 && passed < cpus ? -EPERM : r;
}

int marker_pass_everywhere(struct probe_room *room, size_t node)
{
	int r = marker_pass(room, node);

	if (r < 0)
		return r;
	r = pass_on_all(room,
			room->marker_private ? MARKER_DEADLINE_MS : MARKER_LATE_MS);
	if (r != -ETIME || room->marker_private)
		return r;
	r = change_to_private(room);
	return r < 0 ? r : pass_on_all(room, MARKER_DEADLINE_MS);
}
