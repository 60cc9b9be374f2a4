/* SPDX-License-Identifier: MIT */
/* A ═ wire ═ B in three network namespaces, with an engine in the middle. */
#include "cable.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>
#include <nstest/kernel_netem.h>
#include <nstest/lab.h>
#include <nstest/wire.h>

enum { BUFFER_SIZE = 256 << 20, SEED = 7 };

int cable_prepare(void)
{
	return nst_become_root();
}

/* ---- Namespaces ---- */

static void write_file(const char *path, const char *text)
{
	AUTO_CLOSE int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd >= 0)
		(void)!write(fd, text, strlen(text));
}

/* Makes and enters one. No packet is sent in it that the test has not sent. */
static int new_namespace(int *ret_fd)
{
	if (unshare(CLONE_NEWNET) < 0)
		return nst_fail_errno("a network namespace");
	write_file("/proc/sys/net/ipv6/conf/all/disable_ipv6", "1");
	write_file("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
	*ret_fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	return *ret_fd < 0 ? nst_fail_errno("a network namespace") : 0;
}

static int enter(int fd)
{
	return setns(fd, CLONE_NEWNET) < 0 ? nst_fail_errno("entering a namespace") : 0;
}

static int ip(const char *commands)
{
	FILE *pipe = popen("ip -batch -", "w");

	if (!pipe)
		return nst_fail_errno("ip");
	fputs(commands, pipe);
	return pclose(pipe) == 0 ? 0 : nst_fail(-EIO, "ip refuses: %s", commands);
}

static int lay_links(int a, int b)
{
	char commands[512];

	snprintf(commands, sizeof(commands),
		 "link add wa type veth peer name a0 netns /proc/%d/fd/%d\n"
		 "link add wb type veth peer name b0 netns /proc/%d/fd/%d\n"
		 "link set wa up\nlink set wb up\n",
		 getpid(), a, getpid(), b);
	return ip(commands);
}

/* ---- Sockets ---- */

/* With the time at which each frame came, and nothing of what goes out. */
static int open_packets(const char *interface, int *ret_fd)
{
	const struct sockaddr_ll address = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = (int)if_nametoindex(interface),
	};
	AUTO_CLOSE int fd =
		socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	const int on = 1, size = BUFFER_SIZE;

	if (fd < 0 ||
	    bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
	    setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)) < 0)
		return nst_fail_errno("a packet socket at %s", interface);
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	*ret_fd = steal_fd(&fd);
	return 0;
}

unsigned int cable_missed(int fd)
{
	struct tpacket_stats statistics = { 0 };
	socklen_t size = sizeof(statistics);

	getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &statistics, &size);
	return statistics.tp_drops;
}

static int open_end(int namespace, const char *interface, int *ret_fd)
{
	char command[64];
	int r = enter(namespace);

	snprintf(command, sizeof(command), "link set %s up\n", interface);
	if (r == 0)
		r = ip(command);
	return r < 0 ? r : open_packets(interface, ret_fd);
}

/* ---- Engines ---- */

static int start_engine(struct cable *cable)
{
	const struct nst_wire_link link = { (int)if_nametoindex("wa"),
					    (int)if_nametoindex("wb") };
	const struct nst_wire_options options = { .seed = SEED };

	cable->in_ifindex = link.a_ifindex;
	cable->out_ifindex = link.b_ifindex;
	switch (cable->engine) {
	case ENGINE_KERNEL:
		return nst_kernel_join(link.a_ifindex, link.b_ifindex);
	case ENGINE_WIRE:
		return nst_wire_start(&link, 1, &options, &cable->wire);
	}
	return -EINVAL;
}

static int lay(struct cable *cable)
{
	AUTO_CLOSE int a = -1;
	AUTO_CLOSE int b = -1;
	AUTO_CLOSE int wire = -1;
	int r = new_namespace(&a);

	if (r == 0)
		r = new_namespace(&b);
	if (r == 0)
		r = new_namespace(&wire);
	if (r == 0)
		r = lay_links(a, b);
	if (r == 0)
		r = open_packets("wa", &cable->tap_fd);
	if (r == 0)
		r = start_engine(cable);
	if (r == 0)
		r = open_end(a, "a0", &cable->send_fd);
	if (r == 0)
		r = open_end(b, "b0", &cable->receive_fd);
	return r < 0 ? r : enter(wire);
}

int cable_lay(enum engine engine, struct cable *ret_cable)
{
	struct cable cable = {
		.engine = engine, .send_fd = -1, .tap_fd = -1, .receive_fd = -1
	};
	int r = lay(&cable);

	if (r < 0) {
		cable_take_up(&cable);
		return r;
	}
	*ret_cable = cable;
	return 0;
}

void cable_take_up(struct cable *cable)
{
	nst_wire_stop(cable->wire);
	nst_scope_close(&cable->send_fd);
	nst_scope_close(&cable->tap_fd);
	nst_scope_close(&cable->receive_fd);
}

int cable_impair(struct cable *cable, const struct nst_impairment *impairment)
{
	switch (cable->engine) {
	case ENGINE_KERNEL:
		return nst_kernel_impair(cable->out_ifindex, impairment);
	case ENGINE_WIRE:
		return nst_wire_impair(cable->wire, 0, NST_A_TO_B, impairment);
	}
	return -EINVAL;
}

static int ask_kernel(int ifindex, uint64_t *ret_held, uint64_t *ret_sent)
{
	struct nst_kernel_counters counters;
	int r = nst_kernel_counters(ifindex, &counters);

	if (r < 0)
		return r;
	*ret_held = counters.backlog_packets;
	*ret_sent = counters.sent;
	return 0;
}

static int ask_wire(struct nst_wire *wire, uint64_t *ret_held, uint64_t *ret_sent)
{
	struct nst_wire_counters counters;
	int r = nst_wire_in_flight(wire, NULL, 0, ret_held);

	if (r == 0)
		r = nst_wire_counters(wire, 0, NST_A_TO_B, &counters);
	if (r < 0)
		return r;
	*ret_sent = counters.sent;
	return 0;
}

int cable_ask(struct cable *cable, uint64_t *ret_held, uint64_t *ret_sent)
{
	switch (cable->engine) {
	case ENGINE_KERNEL:
		return ask_kernel(cable->out_ifindex, ret_held, ret_sent);
	case ENGINE_WIRE:
		return ask_wire(cable->wire, ret_held, ret_sent);
	}
	return -EINVAL;
}

int cable_overflowed(struct cable *cable, uint64_t *ret_frames)
{
	struct nst_kernel_joined joined;
	struct nst_wire_counters counters;
	int r = -EINVAL;

	switch (cable->engine) {
	case ENGINE_KERNEL:
		r = nst_kernel_joined_counters(cable->in_ifindex, &joined);
		if (r == 0)
			*ret_frames = joined.refused;
		break;
	case ENGINE_WIRE:
		r = nst_wire_counters(cable->wire, 0, NST_A_TO_B, &counters);
		if (r == 0)
			*ret_frames = counters.overflowed;
		break;
	}
	return r;
}
