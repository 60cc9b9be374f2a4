/* SPDX-License-Identifier: MIT */
/* The network that socket tests run on. */
#include <arpa/inet.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <base/scope.h>
#include <nstest/error.h>

#include "wire.h"

enum { SKIPPED = 77, COMPLAINED = 1, TEXT = 2048, WITHIN_S = 5 };

static int said_fd; /* of the child: where it says what does not hold */

void complain(const char *file, int line, const char *condition, const char *format,
	      ...)
{
	char text[TEXT];
	va_list args;
	int n = snprintf(text, sizeof(text), "%s:%d: %s", file, line, condition);

	va_start(args, format);
	n += vsnprintf(text + n, sizeof(text) - (size_t)n, format, args);
	va_end(args);
	if (*nst_error() && (size_t)n < sizeof(text))
		snprintf(text + n, sizeof(text) - (size_t)n, " [%s]", nst_error());
	if (write(said_fd, text, strlen(text)) < 0)
		abort();
	_exit(COMPLAINED);
}

void skip(const char *missing)
{
	if (write(said_fd, missing, strlen(missing)) < 0)
		abort();
	_exit(SKIPPED);
}

static void write_file(const char *path, const char *format, unsigned int id)
{
	AUTO_CLOSE int fd = open(path, O_WRONLY | O_CLOEXEC);

	must(fd >= 0 && dprintf(fd, format, id) > 0, "%s: %s", path, strerror(errno));
}

/* A user namespace first where we are not root. */
static void leave(void)
{
	unsigned int uid = geteuid(), gid = getegid();

	if (uid != 0) {
		if (unshare(CLONE_NEWUSER) < 0)
			skip("user namespaces");
		write_file("/proc/self/setgroups", "deny", 0);
		write_file("/proc/self/uid_map", "0 %u 1", uid);
		write_file("/proc/self/gid_map", "0 %u 1", gid);
	}
	if (unshare(CLONE_NEWNET) < 0)
		skip("network namespaces");
	if (!has_command("ip"))
		skip("the command ip (package iproute2)");
}

void in_namespace(void (*body)(void))
{
	char said[TEXT] = "";
	int pipe_fds[2], status;
	ssize_t n;
	pid_t child;

	cr_assert_eq(pipe2(pipe_fds, O_CLOEXEC), 0);
	child = fork();
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		said_fd = pipe_fds[1];
		leave();
		body();
		exit(0); /* not _exit(): LeakSanitizer looks now */
	}
	close(pipe_fds[1]);
	n = read(pipe_fds[0], said, sizeof(said) - 1);
	cr_assert_eq(waitpid(child, &status, 0), child);
	close(pipe_fds[0]);
	said[n > 0 ? n : 0] = '\0';
	if (WIFEXITED(status) && WEXITSTATUS(status) == SKIPPED)
		cr_skip_test("%s", said);
	cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0,
		  "%s (wait status 0x%x)", said, status);
}

static void (*wire_body)(struct wire *wire);

static void with_wire(void)
{
	struct wire wire;
	int near_fd, far_fd;

	run("ip link add near type veth peer name far && "
	    "for i in near far; do "
	    "echo 1 >/proc/sys/net/ipv6/conf/$i/disable_ipv6; done");
	wire.near = (int)if_nametoindex("near");
	wire.far = (int)if_nametoindex("far");
	must(nst_capture_new(&wire.capture) == 0);
	near_fd = nst_capture_socket(wire.near);
	far_fd = nst_capture_socket(wire.far);
	must(near_fd >= 0 && far_fd >= 0);
	must(nst_capture_add(wire.capture, near_fd, "near:eth0") == 0);
	must(nst_capture_add(wire.capture, far_fd, "far:eth0") == 1);
	wire.sender = raw_sender(wire.near);
	wire.back = raw_sender(wire.far);
	wire_body(&wire);
	nst_capture_free(wire.capture);
	close(wire.sender);
	close(wire.back);
}

void on_wire(void (*body)(struct wire *wire))
{
	wire_body = body;
	in_namespace(with_wire);
}

void run(const char *command)
{
	int status = system(command);

	must(status == 0, "%s: wait status 0x%x", command, status);
}

static bool is_running(int fd, const char *name)
{
	struct ifreq request = {};

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	must(!ioctl(fd, SIOCGIFFLAGS, &request), "%s: %s", name, strerror(errno));
	return request.ifr_flags & IFF_RUNNING;
}

/* "Up" alone is not enough: until the kernel has noticed the carrier, frames end in the queue
 * of an interface that is not in operation. A netlink message says when that changes. */
void wire_up(void)
{
	struct sockaddr_nl links = { .nl_family = AF_NETLINK,
				     .nl_groups = RTMGRP_LINK };
	AUTO_CLOSE int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	struct pollfd changed = { .fd = fd, .events = POLLIN };
	char message[8192];

	must(fd >= 0 && !bind(fd, (struct sockaddr *)&links, sizeof(links)));
	run("ip link set near up && ip link set far up");
	while (!is_running(fd, "near") || !is_running(fd, "far")) {
		must(poll(&changed, 1, WITHIN_S * 1000) == 1, "the wire stays down");
		must(recv(fd, message, sizeof(message), 0) > 0);
	}
}

int raw_sender(int ifindex)
{
	struct sockaddr_ll address = { .sll_family = AF_PACKET,
				       .sll_ifindex = ifindex };
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	must(fd >= 0 && !bind(fd, (struct sockaddr *)&address, sizeof(address)));
	return fd;
}

void send_frame(int sender, const void *frame, size_t size)
{
	must(send(sender, frame, size, 0) == (ssize_t)size, "%s", strerror(errno));
}

void send_number(int sender, uint32_t number)
{
	uint8_t frame[60] = { 0x02, 0, 0, 0, 0, 2, 0x02, 0, 0, 0, 0, 1 };

	frame[OURS_ETHERTYPE_AT] = OURS >> 8;
	frame[OURS_ETHERTYPE_AT + 1] = OURS & 0xff;
	number = htonl(number);
	memcpy(frame + OURS_NUMBER_AT, &number, sizeof(number));
	send_frame(sender, frame, sizeof(frame));
}

uint64_t count_at(struct wire *wire, const char *where, const char *filter)
{
	static int backlog = -1;
	uint64_t count;

	if (backlog < 0) {
		run("ip link set lo up");
		backlog = nst_backlog_socket();
	}
	must(nst_backlog_pass(backlog) == 0, "%s", nst_error());
	must(nst_capture_count(wire->capture, where, filter, 0, &count) == 0);
	return count;
}

uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

void wait_for_stamps(struct wire *wire)
{
	struct nst_capture_statistics before, after;
	uint64_t until_ns = now_ns() + WITHIN_S * 1000000000ULL;

	do {
		must(now_ns() < until_ns, "no timestamps");
		nst_capture_statistics(wire->capture, &before);
		send_number(wire->sender, UINT32_MAX);
		nst_capture_statistics(wire->capture, &after);
	} while (after.unstamped > before.unstamped);
}

bool has_command(const char *name)
{
	char command[128];

	snprintf(command, sizeof(command), "command -v %s >/dev/null 2>&1", name);
	return system(command) == 0;
}
