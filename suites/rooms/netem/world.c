/* SPDX-License-Identifier: MIT */
/* Two hosts and a cable, rootless, in a child of the test. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "world.h"

enum { REPORT_SIZE = 1024, WAIT_MS = 5000 };

static char *report; /* shared with the child */

void expect_that(bool holds, const char *file, int line, const char *what)
{
	if (holds)
		return;
	snprintf(report, REPORT_SIZE, "%s:%d: %s (errno: %s)", file, line, what,
		 strerror(errno));
	_exit(1);
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	expect(fd >= 0);
	expect(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

static void become_root(void)
{
	char uid_map[64], gid_map[64];

	snprintf(uid_map, sizeof(uid_map), "0 %u 1", geteuid());
	snprintf(gid_map, sizeof(gid_map), "0 %u 1", getegid());
	expect(unshare(CLONE_NEWUSER) == 0);
	write_file("/proc/self/setgroups", "deny");
	write_file("/proc/self/uid_map", uid_map);
	write_file("/proc/self/gid_map", gid_map);
}

static int new_netns(void)
{
	expect(unshare(CLONE_NEWNET) == 0);
	return open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
}

void enter(int netns)
{
	expect(setns(netns, CLONE_NEWNET) == 0);
}

void shell(const char *line)
{
	expect_that(system(line) == 0, "shell", 0, line);
}

const char *output_of(const char *line)
{
	static char text[8192];
	FILE *pipe = popen(line, "r");
	size_t size;

	expect(pipe != NULL);
	size = fread(text, 1, sizeof(text) - 1, pipe);
	text[size] = '\0';
	expect_that(pclose(pipe) == 0, "shell", 0, line);
	return text;
}

void await_running(const char *name)
{
	struct ethtool_value link = { .cmd = ETHTOOL_GLINK };
	struct ifreq request = { .ifr_data = (void *)&link };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	strcpy(request.ifr_name, name);
	expect(ioctl(fd, SIOCETHTOOL, &request) == 0 && link.data == 1);
	expect(ioctl(fd, SIOCGIFFLAGS, &request) == 0);
	expect(request.ifr_flags & IFF_RUNNING);
	close(fd);
}

void await_address(const char *address)
{
	char line[256];

	snprintf(line, sizeof(line),
		 "timeout 5 sh -c 'until ip -6 route show table local | grep -q \"%s "
		 "\"; "
		 "do :; done'",
		 address);
	shell(line);
}

static void make_world(struct world *world)
{
	char line[1024];

	world->sender = new_netns();
	world->receiver = new_netns();
	snprintf(line, sizeof(line),
		 "ip link add r0 address 02:00:00:00:00:02 type veth "
		 "peer name s0 address 02:00:00:00:00:01 netns /proc/%d/fd/%d && "
		 "ip addr add 10.0.0.2/24 dev r0 && ip addr add fd00::2/64 dev r0 "
		 "nodad && "
		 "ip link set r0 up && "
		 "ip neigh add 10.0.0.1 lladdr 02:00:00:00:00:01 dev r0 && "
		 "ip neigh add 10.0.0.3 lladdr 02:00:00:00:00:01 dev r0 && "
		 "ip neigh add fd00::1 lladdr 02:00:00:00:00:01 dev r0 && "
		 "ip neigh add fd00::3 lladdr 02:00:00:00:00:01 dev r0",
		 getpid(), world->sender);
	shell(line);
	enter(world->sender);
	shell("ip addr add 10.0.0.1/24 dev s0 && ip addr add 10.0.0.3/24 dev s0 && "
	      "ip addr add fd00::1/64 dev s0 nodad && "
	      "ip addr add fd00::3/64 dev s0 nodad && ip link set s0 up && "
	      "ip neigh add 10.0.0.2 lladdr 02:00:00:00:00:02 dev s0 && "
	      "ip neigh add fd00::2 lladdr 02:00:00:00:00:02 dev s0");
	await_running("s0");
	await_address("fd00::1");
	await_address("fd00::3");
	enter(world->receiver);
	await_running("r0");
	await_address("fd00::2");
	world->ifindex = (int)if_nametoindex("r0");
	expect(world->ifindex > 0);
}

static void run(world_body *body, bool real)
{
	struct world world = { -1, -1, 0 };
	pid_t pid;
	int status;

	report = mmap(NULL, REPORT_SIZE, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	cr_assert(report != MAP_FAILED);
	pid = fork();
	cr_assert(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (!real || geteuid() != 0)
			become_root();
		make_world(&world);
		body(&world);
		_exit(0);
	}
	cr_assert(waitpid(pid, &status, 0) == pid);
	cr_assert(status == 0, "%s", *report ? report : "the child crashed");
}

void in_world(world_body *body)
{
	run(body, false);
}

void in_real_world(world_body *body)
{
	run(body, true);
}

/* ---- Datagrams ---- */

static socklen_t fill(struct sockaddr_storage *storage, const char *address,
		      unsigned short port)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)storage;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)storage;

	memset(storage, 0, sizeof(*storage));
	if (inet_pton(AF_INET, address, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(port);
		return sizeof(*v4);
	}
	expect(inet_pton(AF_INET6, address, &v6->sin6_addr) == 1);
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons(port);
	return sizeof(*v6);
}

int udp_socket(int netns, const char *address, unsigned short port)
{
	int home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC), fd;
	struct sockaddr_storage local;
	socklen_t size = fill(&local, address, port);

	enter(netns);
	fd = socket(local.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	expect(bind(fd, (struct sockaddr *)&local, size) == 0);
	enter(home);
	close(home);
	return fd;
}

void send_text(int from, const char *text, unsigned short port)
{
	struct sockaddr_storage to;
	socklen_t size = sizeof(to);

	expect(getsockname(from, (struct sockaddr *)&to, &size) == 0);
	size = fill(&to, to.ss_family == AF_INET ? "10.0.0.2" : "fd00::2", port);
	expect(sendto(from, text, strlen(text), 0, (struct sockaddr *)&to, size) ==
	       (ssize_t)strlen(text));
}

const char *receive_text(int socket)
{
	struct pollfd ready = { .fd = socket, .events = POLLIN };
	static char text[256];
	ssize_t size;

	expect(poll(&ready, 1, WAIT_MS) == 1);
	size = recv(socket, text, sizeof(text) - 1, MSG_DONTWAIT);
	expect(size >= 0);
	text[size] = '\0';
	return text;
}
