/* SPDX-License-Identifier: MIT */
/* Which ports a host listens on: both ways of asking the kernel give the same answer. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <base/fail.h>

#include "program_ports.h"
#include "state.h"

/* This process as a lab process with one host: a network namespace of this thread. */
static struct ports *ports_here(void)
{
	static struct node_namespaces node;
	static struct nst_inside inside = { .nodes = &node };
	struct ports *ports;

	cr_assert_eq(unshare(CLONE_NEWNET), 0);
	node.net = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	cr_assert_geq(node.net, 0);
	cr_assert_eq(ports_open(&inside, 0, &ports), 0);
	cr_assert_geq(ports->fd, 0);
	return ports;
}

static int bound(int family, int type, unsigned short port)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(port) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	int fd = socket(family, type | SOCK_CLOEXEC, 0);
	int r = family == AF_INET ? bind(fd, (struct sockaddr *)&v4, sizeof(v4))
				  : bind(fd, (struct sockaddr *)&v6, sizeof(v6));

	cr_assert_eq(r, 0);
	return fd;
}

/* Listening on tcp/80 (v4) and tcp/65535 (v6), bound to tcp/81; UDP 53 (v4) and 54 (v6). */
static void open_sockets(void)
{
	cr_assert_eq(listen(bound(AF_INET, SOCK_STREAM, 80), 1), 0);
	cr_assert_eq(listen(bound(AF_INET6, SOCK_STREAM, 65535), 1), 0);
	bound(AF_INET, SOCK_STREAM, 81);
	bound(AF_INET, SOCK_DGRAM, 53);
	bound(AF_INET6, SOCK_DGRAM, 54);
}

static void expect_them(struct ports *ports)
{
	static const struct {
		int protocol;
		unsigned short port;
		int there;
	} expected[] = {
		{ IPPROTO_TCP, 80, 1 }, { IPPROTO_TCP, 65535, 1 },
		{ IPPROTO_TCP, 81, 0 }, { IPPROTO_TCP, 53, 0 },
		{ IPPROTO_UDP, 53, 1 }, { IPPROTO_UDP, 54, 1 },
		{ IPPROTO_UDP, 80, 0 },
	};
	char text[100];

	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		cr_expect_eq(ports_have(ports, expected[i].protocol, expected[i].port),
			     expected[i].there, "port %u", expected[i].port);
	ports_have(ports, IPPROTO_TCP, 1);
	cr_expect_str_eq(ports_print(ports, IPPROTO_TCP, text, sizeof(text)),
			 "it listens on tcp/80, tcp/65535");
}

Test(ports, are_told_by_sock_diag)
{
	struct ports *ports = ports_here();

	open_sockets();
	expect_them(ports);
	ports_close(ports);
}

Test(ports, are_told_by_proc_where_there_is_no_sock_diag)
{
	struct ports *ports = ports_here();

	close(ports->fd);
	ports->fd = -1;
	open_sockets();
	expect_them(ports);
	ports_close(ports);
}

/* More sockets than one answer of the kernel holds, and more than a sentence holds. */
Test(ports, may_be_many)
{
	struct ports *ports = ports_here();
	char text[60];

	for (unsigned short port = 1000; port < 1800; port++)
		cr_assert_eq(listen(bound(AF_INET, SOCK_STREAM, port), 1), 0);

	for (unsigned short port = 999; port <= 1800; port++)
		cr_assert_eq(ports_have(ports, IPPROTO_TCP, port),
			     port >= 1000 && port < 1800);
	cr_expect_str_eq(ports_print(ports, IPPROTO_TCP, text, sizeof(text)),
			 "it listens on tcp/1000, tcp/1001, tcp/1002, tcp/1003, …");
	ports_close(ports);
}

Test(ports, of_nobody_are_none)
{
	struct ports *ports = ports_here();
	char text[60];

	cr_expect_eq(ports_have(ports, IPPROTO_UDP, 53), 0);
	cr_expect_str_eq(ports_print(ports, IPPROTO_UDP, text, sizeof(text)),
			 "it listens on no udp port");
	ports_close(ports);
}
