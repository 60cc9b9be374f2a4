/* SPDX-License-Identifier: MIT */
/*
 * A key-value server meets what networks do: slow readers, peers that leave or vanish, a backup
 * that is down, requests in pieces.
 *
 * With KV_BUG (fixtures/kv.c) in the environment the server is wrong in that way, and the test that
 * is named after it fails: kv_bugs.c sees to that.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <nstest/criterion.h>
#include <nstest/tcp.h>

enum {
	PORT = 7000,
	PATIENCE_MS = 5000,
	PLACES = 8,               /* that the server has */
	LARGE = 16 * 1024 * 1024, /* more than socket buffers hold */
	CALLS = 20,               /* in CALLS_MS: who calls so often does not pause */
	CALLS_MS = 1000,
};

#define SERVE "exec /run/kv 7000 ${KV_BUG:+--bug $KV_BUG}"

/* The server may have been built below /tmp, which is each host's own. */
static const struct nst_topology three_hosts = {
	.hosts =
		(struct nst_host[]){
			{ .name = "switch", .kind = NST_SWITCH },
			{ .name = "server",
			  .binds =
				  (const char *const[]){ "/run/kv=" KV_SERVER, NULL } },
			{},
		},
	.links =
		(struct nst_link[]){
			{ .a = { "client", "10.0.0.1/24" }, .b = { "switch" } },
			{ .a = { "other", "10.0.0.2/24" }, .b = { "switch" } },
			{ .a = { "server", "10.0.0.3/24" }, .b = { "switch" } },
			{},
		},
};

static const struct nst_start server[] = {
	{ .host = "server", .command = SERVE, .name = "kv", .ready = { .port = PORT } },
	{},
};

static const struct nst_start impatient_server[] = {
	{ .host = "server",
	  .command = SERVE " --idle 300",
	  .name = "kv",
	  .ready = { .port = PORT } },
	{},
};

static const struct nst_start server_with_backup[] = {
	{ .host = "server",
	  .command = SERVE " --backup 10.0.0.2:7000",
	  .name = "kv",
	  .ready = { .port = PORT } },
	{},
};

/* ---- A client in the test's hands ---- */

static int call_server(struct nst_lab *lab, const char *host)
{
	const struct timeval patience = { .tv_sec = PATIENCE_MS / 1000 };
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	int fd = nst_socket(lab, host, AF_INET, SOCK_STREAM, 0);

	must(fd);
	inet_pton(AF_INET, "10.0.0.3", &to.sin_addr);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	cr_assert_eq(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

static void say(int fd, const char *text)
{
	cr_assert_eq(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

/* All that comes until `size` bytes are there, the end, or patience is over. */
static size_t hear(int fd, char *bytes, size_t size)
{
	size_t got = 0;
	ssize_t n;

	while (got < size && (n = recv(fd, bytes + got, size - got, 0)) > 0)
		got += (size_t)n;
	return got;
}

static void expect_answer(int fd, const char *right)
{
	char got[64] = "";

	hear(fd, got, strlen(right));
	nst_expect_text(got, right);
}

static void set_large(int fd)
{
	static char value[LARGE];

	memset(value, 'v', sizeof(value));
	say(fd, "SET large 16777216\n");
	for (size_t sent = 0; sent < sizeof(value);) {
		ssize_t n = send(fd, value + sent, sizeof(value) - sent, MSG_NOSIGNAL);

		cr_assert_gt(n, 0);
		sent += (size_t)n;
	}
	expect_answer(fd, "OK\n");
}

/* ---- What holds always ---- */

NST_TEST(kv, keeps_what_it_is_told, .topology = &three_hosts, .programs = server)
{
	int fd = call_server(lab, "client");

	say(fd, "GET a\n");
	expect_answer(fd, "NONE\n");
	say(fd, "SET a 5\nhello");
	expect_answer(fd, "OK\n");
	say(fd, "GET a\n");
	expect_answer(fd, "VALUE 5\nhello");
	close(fd);
}

/* ---- What breaks in production ---- */

/* partial-write: the reader's window is closed for a while, so that no send() takes all. */
NST_TEST(kv, loses_nothing_to_a_slow_reader, .topology = &three_hosts,
	 .programs = server)
{
	static char got[LARGE + 64];
	const struct nst_tcp_match stuck = { .local_port = PORT,
					     .states = 1U << NST_TCP_ESTABLISHED,
					     .least_unacked = 1 };
	int fd = call_server(lab, "client");
	size_t size;

	set_large(fd);
	say(fd, "GET large\n");
	must(nst_await_tcp(lab, "client",
			   &(struct nst_tcp_match){ .least_unread = 50000 }, 1,
			   PATIENCE_MS));
	must(nst_await_tcp(lab, "server", &stuck, 1, PATIENCE_MS));
	size = strlen("VALUE 16777216\n") + LARGE;
	nst_expect_eq(hear(fd, got, size), size);
	close(fd);
}

/* sigpipe: the answer goes to somebody who has left. */
NST_TEST(kv, survives_a_peer_that_left, .topology = &three_hosts, .programs = server)
{
	int fd = call_server(lab, "client"), again;

	set_large(fd);
	say(fd, "GET large\n");
	close(fd); /* what comes now is answered by an RST */
	must(nst_await_packets(lab, "client", "tcp[tcpflags] & tcp-rst != 0", 0, 1,
			       PATIENCE_MS));
	must(nst_await_no_tcp(lab, "server",
			      &(struct nst_tcp_match){ .local_port = PORT },
			      PATIENCE_MS));
	again = call_server(lab, "client");
	say(again, "GET a\n");
	expect_answer(again, "NONE\n");
	close(again);
}

/* half-open: peers vanish without a word, as many as there are places. */
NST_TEST(kv, gives_the_places_of_vanished_peers_to_others, .topology = &three_hosts,
	 .programs = impatient_server)
{
	int vanished[PLACES], fd;

	for (size_t i = 0; i < PLACES; i++) {
		vanished[i] = call_server(lab, "client");
		say(vanished[i], "GET a\n");
		expect_answer(vanished[i], "NONE\n");
	}
	must(nst_cut(lab, "client", "server"));
	fd = call_server(lab, "other");
	say(fd, "GET a\n");
	expect_answer(fd, "NONE\n");
	close(fd);
	for (size_t i = 0; i < PLACES; i++)
		close(vanished[i]);
}

/* retry-storm: nobody listens at the backup. */
NST_TEST(kv, pauses_between_calls_to_a_dead_backup, .topology = &three_hosts,
	 .programs = server_with_backup)
{
	int fd = call_server(lab, "client");

	say(fd, "SET a 5\nhello");
	expect_answer(fd, "OK\n");
	must(nst_await_packets(lab, "other", "tcp[tcpflags] & tcp-syn != 0", 0, 2,
			       PATIENCE_MS));
	nst_expect_lt(nst_await_packets(lab, "other", "tcp[tcpflags] & tcp-syn != 0", 0,
					CALLS, CALLS_MS),
		      0);
	close(fd);
}

/* short-read: a request comes in two segments. */
NST_TEST(kv, waits_for_the_rest_of_a_request, .topology = &three_hosts,
	 .programs = server)
{
	int fd = call_server(lab, "client");

	say(fd, "SET a 10\nhello");
	must(nst_await_no_tcp(lab, "client",
			      &(struct nst_tcp_match){ .least_unacked = 1 },
			      PATIENCE_MS));
	must(nst_await_no_tcp(lab, "server",
			      &(struct nst_tcp_match){ .least_unread = 1 },
			      PATIENCE_MS));
	say(fd, "world");
	expect_answer(fd, "OK\n");
	say(fd, "GET a\n");
	expect_answer(fd, "VALUE 10\nhelloworld");
	close(fd);
}
