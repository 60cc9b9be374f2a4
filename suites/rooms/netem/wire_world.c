/* SPDX-License-Identifier: MIT */
/* Two hosts, and a cable with an engine in it. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <nstest/error.h>

#include "wire_world.h"

enum { WAIT_MS = 5000 };

static struct wire_setup world_setup;
static wire_body *world_body_of_wire;
static uint64_t last_received_ns;

/* ---- The cable ---- */

static int packet_socket(int netns, int home, const char *interface, int *ret_ifindex)
{
	struct sockaddr_ll local = { .sll_family = AF_PACKET,
				     .sll_protocol = htons(ETH_P_ALL) };
	int fd, yes = 1, most = 1 << 24, error;
	socklen_t size = sizeof(error);

	enter(netns);
	local.sll_ifindex = (int)if_nametoindex(interface);
	*ret_ifindex = local.sll_ifindex;
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	expect(setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &yes, sizeof(yes)) == 0);
	expect(setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &yes, sizeof(yes)) ==
	       0);
	expect(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &most, sizeof(most)) == 0);
	expect(setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &yes, sizeof(yes)) == 0);
	expect(bind(fd, (struct sockaddr *)&local, sizeof(local)) == 0);
	/* The interface is down, which is the socket's first error. */
	expect(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0);
	expect(nst_wire_prepare_interface(local.sll_ifindex) == 0);
	enter(home);
	return fd;
}

static void silence_ipv6(int netns)
{
	enter(netns);
	shell("echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6");
}

static void up(int netns, const char *interface)
{
	char line[64];

	enter(netns);
	snprintf(line, sizeof(line), "ip link set %s up", interface);
	shell(line);
}

/* The end of the far veth is up a moment after its own "up" is acknowledged. */
static void await_running_in(int netns, const char *interface)
{
	enter(netns);
	await_running(interface);
}

static void make_cable(struct world *hosts, struct wire_world *world)
{
	char line[512];

	expect(unshare(CLONE_NEWNET) == 0);
	world->middle = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	silence_ipv6(hosts->sender);
	silence_ipv6(hosts->receiver);
	silence_ipv6(world->middle);
	snprintf(line, sizeof(line),
		 "ip link add wa mtu %u type veth peer name s1 mtu %u "
		 "address 02:00:00:00:01:01 netns /proc/%d/fd/%d && "
		 "ip link add wb mtu %u type veth peer name r1 mtu %u "
		 "address 02:00:00:00:01:02 netns /proc/%d/fd/%d",
		 world_setup.mtu, world_setup.mtu, getpid(), hosts->sender,
		 world_setup.mtu, world_setup.mtu, getpid(), hosts->receiver);
	shell(line);
	world->link.a_ifindex = (int)if_nametoindex("wa");
	world->link.b_ifindex = (int)if_nametoindex("wb");
	world->sender = packet_socket(hosts->sender, world->middle, "s1",
				      &world->sender_ifindex);
	world->receiver = packet_socket(hosts->receiver, world->middle, "r1",
					&world->receiver_ifindex);
	expect_ok(nst_wire_start(&world->link, 1, &world_setup.options, &world->wire));
	up(world->middle, "wa");
	up(world->middle, "wb");
	up(hosts->sender, "s1");
	up(hosts->receiver, "r1");
	await_running_in(world->middle, "wa");
	await_running_in(world->middle, "wb");
	await_running_in(hosts->sender, "s1");
	await_running_in(hosts->receiver, "r1");
	enter(world->middle);
}

static void run_body(struct world *hosts)
{
	struct wire_world world = { .hosts = hosts };

	make_cable(hosts, &world);
	world_body_of_wire(&world);
	nst_wire_stop(world.wire);
}

void in_wire_world_of(wire_body *body, const struct wire_setup *setup)
{
	world_body_of_wire = body;
	world_setup = *setup;
	if (!world_setup.mtu)
		world_setup.mtu = 1500;
	if (setup->real)
		in_real_world(run_body);
	else
		in_world(run_body);
}

void in_wire_world(wire_body *body)
{
	in_wire_world_of(body, &(struct wire_setup){ .options.seed = 1 });
}

/* ---- Frames ---- */

void make_frame(uint8_t *frame, size_t size, uint16_t type, uint32_t number)
{
	static const uint8_t macs[12] = { 2, 0, 0, 0, 1, 2, 2, 0, 0, 0, 1, 1 };
	uint32_t state = number * 2654435761U + 1;

	memcpy(frame, macs, sizeof(macs));
	frame[12] = (uint8_t)(type >> 8);
	frame[13] = (uint8_t)type;
	for (size_t i = FRAME_HEADER; i < size; i++) {
		state = state * 1664525U + 1013904223U;
		frame[i] = (uint8_t)(state >> 24);
	}
	memcpy(frame + FRAME_HEADER, &number, sizeof(number));
}

uint32_t number_of(const uint8_t *frame)
{
	uint32_t number;

	memcpy(&number, frame + FRAME_HEADER, sizeof(number));
	return number;
}

void send_bytes(int socket, const void *frame, size_t size)
{
	expect(send(socket, frame, size, 0) == (ssize_t)size);
}

void send_number(int socket, uint32_t number)
{
	uint8_t frame[60];

	make_frame(frame, sizeof(frame), TEST_TYPE, number);
	send_bytes(socket, frame, sizeof(frame));
}

static size_t put_tag_back(uint8_t *frame, size_t size,
			   const struct tpacket_auxdata *beside)
{
	const uint8_t tag[4] = { (uint8_t)(beside->tp_vlan_tpid >> 8),
				 (uint8_t)beside->tp_vlan_tpid,
				 (uint8_t)(beside->tp_vlan_tci >> 8),
				 (uint8_t)beside->tp_vlan_tci };

	memmove(frame + 16, frame + 12, size - 12);
	memcpy(frame + 12, tag, sizeof(tag));
	return size + sizeof(tag);
}

size_t receive_at_once(int socket, uint8_t frame[FRAME_MOST])
{
	union {
		char bytes[256];
		struct cmsghdr align;
	} control;
	struct iovec place = { frame, FRAME_MOST - 4 };
	struct msghdr message = { .msg_iov = &place,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	ssize_t n = recvmsg(socket, &message, MSG_DONTWAIT);
	size_t size = n > 0 ? (size_t)n : 0;

	expect(n > 0 || errno == EAGAIN);
	for (struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(&message) : NULL; c;
	     c = CMSG_NXTHDR(&message, c)) {
		struct tpacket_auxdata beside;
		struct timespec stamp;

		if (c->cmsg_level == SOL_PACKET && c->cmsg_type == PACKET_AUXDATA) {
			memcpy(&beside, CMSG_DATA(c), sizeof(beside));
			if (beside.tp_status & TP_STATUS_VLAN_VALID)
				size = put_tag_back(frame, size, &beside);
		} else if (c->cmsg_type == SCM_TIMESTAMPNS) {
			memcpy(&stamp, CMSG_DATA(c), sizeof(stamp));
			last_received_ns = (uint64_t)stamp.tv_sec * 1000000000U +
					   (uint64_t)stamp.tv_nsec;
		}
	}
	return size;
}

size_t receive_frame(int socket, uint8_t frame[FRAME_MOST])
{
	struct pollfd ready = { .fd = socket, .events = POLLIN };

	return poll(&ready, 1, WAIT_MS) == 1 ? receive_at_once(socket, frame) : 0;
}

int64_t receive_number(int socket)
{
	static uint8_t frame[FRAME_MOST];

	return receive_frame(socket, frame) ? (int64_t)number_of(frame) : -1;
}

int64_t receive_number_at_once(int socket)
{
	static uint8_t frame[FRAME_MOST];

	return receive_at_once(socket, frame) ? (int64_t)number_of(frame) : -1;
}

uint64_t received_ns(void)
{
	return last_received_ns;
}

uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

/* ---- The engine ---- */

struct nst_wire_counters counters_of(struct wire_world *world,
				     enum nst_direction direction)
{
	struct nst_wire_counters counters;

	expect_ok(nst_wire_counters(world->wire, 0, direction, &counters));
	return counters;
}

uint64_t in_flight(struct wire_world *world)
{
	uint64_t frames;

	expect_ok(nst_wire_in_flight(world->wire, NULL, 0, &frames));
	return frames;
}

void await_empty(struct wire_world *world)
{
	uint64_t end_ns = now_ns() + UINT64_C(1000000) * WAIT_MS;

	while (in_flight(world) > 0)
		expect(now_ns() < end_ns);
}

void expect_adds_up(const struct nst_wire_counters *c)
{
	expect(c->received + c->duplicated + c->injected ==
	       c->sent + c->lost + c->overflowed + c->dropped + c->cut +
		       c->undelivered + (c->unplanned - c->missed) + c->in_flight);
}
