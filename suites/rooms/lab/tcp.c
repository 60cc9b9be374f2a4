/* SPDX-License-Identifier: MIT */
/* TCP sockets of hosts can be read, and waited for. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include <base/scope.h>
#include <nstest/tcp.h>

#include "program_lab.h"

enum { PORT = 7000, PAYLOAD = 1000 };

/* A connection from client to server, both ends in the test's hands. */
struct connection {
	struct nst_lab *lab;
	int listener, client, server;
};

static struct connection connection_open(const char *from, const char *to,
					 const char *address)
{
	struct connection c = { .lab = must_be_up(&three_hosts) };
	struct sockaddr_in6 any = { .sin6_family = AF_INET6, .sin6_port = htons(PORT) };
	struct sockaddr_in6 peer = any;

	cr_assert_eq(inet_pton(AF_INET6, address, &peer.sin6_addr), 1);
	c.listener = nst_socket(c.lab, to, AF_INET6, SOCK_STREAM, 0);
	c.client = nst_socket(c.lab, from, AF_INET6, SOCK_STREAM, 0);
	cr_assert_eq(bind(c.listener, (struct sockaddr *)&any, sizeof(any)), 0);
	cr_assert_eq(listen(c.listener, 4), 0);
	cr_assert_eq(connect(c.client, (struct sockaddr *)&peer, sizeof(peer)), 0);
	c.server = accept4(c.listener, NULL, NULL, SOCK_CLOEXEC);
	cr_assert_geq(c.server, 0);
	return c;
}

static void connection_close(struct connection *c)
{
	nst_lab_down(c->lab);
	close(c->listener);
	close(c->client);
	close(c->server);
}

Test(tcp, a_connection_is_seen_at_both_ends)
{
	struct connection c AUTO(connection_close) =
		connection_open("client", "server", "::ffff:10.0.0.2");
	struct nst_tcp_socket server, client;
	char bytes[PAYLOAD] = { 0 };

	cr_assert_eq(write(c.client, bytes, sizeof(bytes)), (ssize_t)sizeof(bytes));
	must(nst_await_tcp(c.lab, "server",
			   &(struct nst_tcp_match){ .least_unread = PAYLOAD }, 1,
			   PATIENCE_MS));
	must(nst_tcp_info(c.lab, "server",
			  &(struct nst_tcp_match){ .local_port = PORT }, &server));
	must(nst_tcp_info(c.lab, "client", &(struct nst_tcp_match){ 0 }, &client));

	cr_expect_eq(server.state, NST_TCP_ESTABLISHED);
	cr_expect_eq(server.unread, PAYLOAD);
	cr_expect_eq(server.received, PAYLOAD);
	cr_expect_eq(server.remote_port, client.local_port);
	cr_expect_eq(client.remote_port, PORT);
	cr_expect_eq(client.unread, 0);
	cr_expect_gt(client.rtt_us, 0);
	cr_expect_gt(client.window_segments, 0);
	cr_expect_gt(client.mss, 0);
	cr_expect_gt(client.peer_window, 0);
	cr_expect_eq(client.retransmitted, 0);
}

Test(tcp, over_ipv6_the_addresses_are_told)
{
	struct connection c AUTO(connection_close) =
		connection_open("client", "server", "fd00::2");
	struct nst_tcp_socket client;

	must(nst_tcp_info(c.lab, "client",
			  &(struct nst_tcp_match){ .remote_port = PORT }, &client));
	cr_expect_str_eq(client.local, "fd00::1");
	cr_expect_str_eq(client.remote, "fd00::2");
}

Test(tcp, who_listens_is_left_out_unless_asked_for)
{
	struct connection c AUTO(connection_close) =
		connection_open("client", "server", "fd00::2");
	const struct nst_tcp_match listening = { .states = 1U << NST_TCP_LISTEN };
	struct nst_tcp_socket *sockets AUTO_FREE = NULL;

	cr_expect_eq(nst_tcp_sockets(c.lab, "server", &listening, &sockets), 1);
	cr_expect_eq(sockets->local_port, PORT);
	cr_expect_eq(sockets->state, NST_TCP_LISTEN);
	must(nst_await_tcp(c.lab, "server", &(struct nst_tcp_match){ 0 }, 1, 0));
	must_fail(nst_await_tcp(c.lab, "server", &(struct nst_tcp_match){ 0 }, 2, 0),
		  -ETIMEDOUT,
		  "after 0 ms there are not 2 TCP sockets; it has: 7000 LISTEN, 7000 "
		  "ESTABLISHED with fd00::1:");
}

Test(tcp, states_are_waited_for)
{
	struct connection c AUTO(connection_close) =
		connection_open("client", "server", "fd00::2");
	const struct nst_tcp_match waits = { .states = 1U << NST_TCP_CLOSE_WAIT };

	shutdown(c.client, SHUT_WR);
	must(nst_await_tcp(c.lab, "server", &waits, 1, PATIENCE_MS));
	close(c.server);
	c.server = -1;
	must(nst_await_no_tcp(c.lab, "server", &waits, PATIENCE_MS));
}

/* The link is down: what is sent is neither acknowledged nor given up. */
Test(tcp, what_is_sent_in_vain_is_counted)
{
	struct connection c AUTO(connection_close) =
		connection_open("client", "server", "fd00::2");
	struct nst_tcp_socket client;

	must(nst_cut(c.lab, "client", "server"));
	cr_assert_eq(write(c.client, "x", 1), 1);
	must(nst_await_tcp(
		c.lab, "client",
		&(struct nst_tcp_match){ .least_unacked = 1, .least_timeouts = 1 }, 1,
		PATIENCE_MS));
	must(nst_tcp_info(c.lab, "client", &(struct nst_tcp_match){ 0 }, &client));
	cr_expect_geq(client.retransmitted, 1);
}

Test(tcp, sentences_say_what_the_host_has)
{
	struct connection c AUTO(connection_close) =
		connection_open("client", "server", "fd00::2");
	const struct nst_tcp_match any = { .states = ~0U };
	struct nst_tcp_socket one;

	must_fail(nst_tcp_info(c.lab, "alone", &any, &one), -ENODATA,
		  "there are no TCP sockets");
	must_fail(nst_tcp_info(c.lab, "server", &any, &one), -ENOTUNIQ, "7000 LISTEN");
	must_fail(nst_await_no_tcp(c.lab, "server",
				   &(struct nst_tcp_match){ .local_port = PORT }, 1),
		  -ETIMEDOUT,
		  "after 1 ms there are still TCP sockets on port 7000; it has: ");
	must_fail(nst_tcp_info(c.lab, "nobody", &any, &one), -ENOENT, "nobody");
}
