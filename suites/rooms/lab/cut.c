/* SPDX-License-Identifier: MIT */
/* Partitions of a lab: who is silent to whom.
 *
 * Silence is proved, not waited for: what the cut host sends is followed by something from
 * a witness that is not cut, on the same CPU, so through the same queue. Once the
 * witness is heard, the other would have been. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <base/scope.h>
#include <lab/inside.h>
#include <nstest/error.h>

#include "say.h"

enum { PORT = 9, PATIENCE_MS = 5000 };

#define MUST(call) cr_assert_eq(call, 0, "%s: %s", #call, nst_error())

static socklen_t fill(const char *address, struct sockaddr_storage *storage)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)storage;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)storage;

	memset(storage, 0, sizeof(*storage));
	if (inet_pton(AF_INET, address, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(PORT);
		return sizeof(*v4);
	}
	cr_assert_eq(inet_pton(AF_INET6, address, &v6->sin6_addr), 1);
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons(PORT);
	return sizeof(*v6);
}

static void stay_on_this_cpu(void)
{
	cpu_set_t here;

	CPU_ZERO(&here);
	CPU_SET(sched_getcpu(), &here);
	sched_setaffinity(0, sizeof(here), &here);
}

static void send_to(struct nst_lab *lab, const char *from, const char *address,
		    const char *text)
{
	struct sockaddr_storage to;
	socklen_t size = fill(address, &to);
	AUTO_CLOSE int fd = nst_socket(lab, from, to.ss_family, SOCK_DGRAM, 0);

	cr_assert(fd >= 0, "%s", nst_error());
	cr_assert(sendto(fd, text, strlen(text), 0, (struct sockaddr *)&to, size) > 0,
		  "%s to %s: %s", from, address, strerror(errno));
}

static int listen_at(struct nst_lab *lab, const char *host, const char *address)
{
	struct sockaddr_storage here;
	socklen_t size = fill(address, &here);
	int fd = nst_socket(lab, host, here.ss_family, SOCK_DGRAM, 0);

	cr_assert(fd >= 0, "%s", nst_error());
	cr_assert_eq(bind(fd, (struct sockaddr *)&here, size), 0);
	return fd;
}

struct place {
	const char *host;
	const char *address; /* NULL: nobody else gets there */
};

/* Everybody learns the MAC of everybody, or of the router to them: what waits for an answer
 * to ARP could be overtaken. Places without an address come last. */
static struct nst_lab *up_and_acquainted(const struct nst_topology *topology,
					 const struct place *places)
{
	struct nst_lab *lab = must_be_up(topology);

	for (const struct place *to = places; to->address; to++) {
		AUTO_CLOSE int fd = listen_at(lab, to->host, to->address);
		struct pollfd event = { .fd = fd, .events = POLLIN };
		char byte;

		for (const struct place *from = places; from->host; from++) {
			if (strcmp(from->host, to->host) == 0)
				continue;
			send_to(lab, from->host, to->address, "x");
			cr_assert_eq(poll(&event, 1, PATIENCE_MS), 1, "%s -> %s",
				     from->host, to->address);
			cr_assert_eq(recv(fd, &byte, 1, MSG_DONTWAIT), 1);
		}
	}
	return lab;
}

/* Whether `to`, which has `address`, hears host `from`. It hears `witness` anyway. */
static bool hears(struct nst_lab *lab, const char *to, const char *address,
		  const char *from, const char *witness)
{
	AUTO_CLOSE int fd = listen_at(lab, to, address);
	struct pollfd event = { .fd = fd, .events = POLLIN };
	char first = '?';

	stay_on_this_cpu();
	send_to(lab, from, address, "f");
	send_to(lab, witness, address, "w");
	cr_assert_eq(poll(&event, 1, PATIENCE_MS), 1, "%s is not heard either",
		     witness);
	cr_assert_eq(recv(fd, &first, 1, MSG_DONTWAIT), 1);
	return first == 'f';
}

/* ---- One segment ---- */

static const struct nst_topology four = {
	.hosts = (struct nst_host[]){ { "s", NST_SWITCH }, {} },
	.links = (struct nst_link[]){ { { "a", "10.0.0.1/24, fd00::1/64" }, { "s" } },
				      { { "b", "10.0.0.2/24, fd00::2/64" }, { "s" } },
				      { { "c", "10.0.0.3/24, fd00::3/64" }, { "s" } },
				      { { "d", "10.0.0.4/24, fd00::4/64" }, { "s" } },
				      {} },
};

static const struct place of_four[] = {
	{ "a", "10.0.0.1" }, { "b", "10.0.0.2" }, { "c", "10.0.0.3" },
	{ "d", "10.0.0.4" }, { "a", "fd00::1" },  { "b", "fd00::2" },
	{ "c", "fd00::3" },  { "d", "fd00::4" },  {},
};

Test(cut, silences_both_ways_in_both_families_until_mended)
{
	struct nst_lab *lab nst_autodown = up_and_acquainted(&four, of_four);

	cr_assert(hears(lab, "b", "10.0.0.2", "a", "c"));

	MUST(nst_cut(lab, "a", "b"));
	cr_expect(not(hears(lab, "b", "10.0.0.2", "a", "c")));
	cr_expect(not(hears(lab, "b", "fd00::2", "a", "c")));
	cr_expect(not(hears(lab, "a", "10.0.0.1", "b", "c")));
	cr_expect(not(hears(lab, "a", "fd00::1", "b", "c")));
	cr_expect(hears(lab, "d", "10.0.0.4", "a", "c"));

	MUST(nst_mend(lab, "a", "b"));
	cr_expect(hears(lab, "b", "10.0.0.2", "a", "c"));
	cr_expect(hears(lab, "a", "fd00::1", "b", "c"));
}

Test(cut, one_way_leaves_the_other)
{
	struct nst_lab *lab nst_autodown = up_and_acquainted(&four, of_four);

	MUST(nst_cut_from(lab, "a", "b"));
	cr_expect(not(hears(lab, "b", "10.0.0.2", "a", "c")));
	cr_expect(hears(lab, "a", "10.0.0.1", "b", "c"));
}

Test(cut, of_sets_is_mended_in_parts)
{
	struct nst_lab *lab nst_autodown = up_and_acquainted(&four, of_four);

	MUST(nst_cut(lab, "a, b", " c,d"));
	cr_expect(hears(lab, "a", "10.0.0.1", "b", "b"));
	cr_expect(not(hears(lab, "a", "10.0.0.1", "c", "b")));
	cr_expect(not(hears(lab, "b", "10.0.0.2", "d", "a")));
	cr_expect(not(hears(lab, "c", "fd00::3", "a", "d")));

	MUST(nst_mend(lab, "a", "c"));
	cr_expect(hears(lab, "a", "10.0.0.1", "c", "b"));
	cr_expect(hears(lab, "c", "fd00::3", "a", "d"));
	cr_expect(not(hears(lab, "a", "10.0.0.1", "d", "b")));
	cr_expect(not(hears(lab, "c", "fd00::3", "b", "d")));
}

Test(cut, holds_for_an_address_that_is_taken_later)
{
	struct nst_lab *lab nst_autodown = up_and_acquainted(&four, of_four);

	MUST(nst_cut(lab, "a", "b"));
	says(lab, "a", "ip addr flush dev eth0 && ip addr add 10.0.0.77/24 dev eth0");
	cr_expect(not(hears(lab, "b", "10.0.0.2", "a", "c")));

	MUST(nst_mend(lab, "a", "b"));
	cr_expect(hears(lab, "b", "10.0.0.2", "a", "c"));
}

/* ---- Connections ---- */

static int open_connection(struct nst_lab *lab, int *ret_server)
{
	struct sockaddr_storage to;
	socklen_t size = fill("10.0.0.2", &to);
	AUTO_CLOSE int listener = nst_socket(lab, "b", AF_INET, SOCK_STREAM, 0);
	int client = nst_socket(lab, "a", AF_INET, SOCK_STREAM, 0);

	cr_assert_eq(bind(listener, (struct sockaddr *)&to, size), 0);
	cr_assert_eq(listen(listener, 1), 0);
	cr_assert_eq(connect(client, (struct sockaddr *)&to, size), 0);
	*ret_server = accept(listener, NULL, NULL);
	return client;
}

Test(cut, leaves_connections_open_and_what_was_sent_arrives_after_it)
{
	struct nst_lab *lab nst_autodown = up_and_acquainted(&four, of_four);
	AUTO_CLOSE int server = -1;
	AUTO_CLOSE int client = open_connection(lab, &server);
	struct pollfd event = { .fd = server, .events = POLLIN };
	char byte = 0;

	MUST(nst_cut(lab, "a", "b"));
	cr_assert_eq(send(client, "x", 1, MSG_NOSIGNAL), 1);
	cr_expect(not(hears(lab, "b", "10.0.0.2", "a", "c")));
	cr_expect_eq(poll(&event, 1, 0), 0, "neither the byte nor an end");

	MUST(nst_mend(lab, "a", "b"));
	cr_assert_eq(poll(&event, 1, PATIENCE_MS), 1, "TCP sends it again");
	cr_assert_eq(recv(server, &byte, 1, 0), 1);
	cr_expect_eq(byte, 'x');
}

/* ---- Across routers ---- */

/* a and c behind router r, b beyond it; and m, which meets another 10.0.0.1. */
static const struct nst_topology routed = {
	.hosts = (struct nst_host[]){ { "s", NST_SWITCH }, { "r", NST_ROUTER }, {} },
	.links =
		(struct nst_link[]){
			{ { "a", "10.0.0.1/24" }, { "s" } },
			{ { "c", "10.0.0.3/24" }, { "s" } },
			{ { "r", "10.0.0.254/24" }, { "s" } },
			{ { "r", "10.1.0.254/24" }, { "b", "10.1.0.2/24" } },
			{ { "m", "10.0.0.9/24" }, { "s" } },
			{ { "m", "10.0.0.9/24" }, { "t", "10.0.0.1/24" } },
			{} },
};

static const struct place of_routed[] = {
	{ "a", "10.0.0.1" },
	{ "b", "10.1.0.2" },
	{ "c", "10.0.0.3" },
	{ "r", "10.1.0.254" },
	{},
};

Test(cut, works_across_a_router)
{
	struct nst_lab *lab nst_autodown = up_and_acquainted(&routed, of_routed);

	cr_assert(hears(lab, "b", "10.1.0.2", "a", "c"));

	MUST(nst_cut(lab, "a", "b"));
	cr_expect(not(hears(lab, "b", "10.1.0.2", "a", "c")));
	cr_expect(not(hears(lab, "a", "10.0.0.1", "b", "c")));
	cr_expect(hears(lab, "r", "10.1.0.254", "a", "c"));
}

Test(cut, from_a_router_is_cut_from_all_behind_it)
{
	struct nst_lab *lab nst_autodown = up_and_acquainted(&routed, of_routed);

	MUST(nst_cut(lab, "a", "r"));
	cr_expect(not(hears(lab, "b", "10.1.0.2", "a", "c")));
}

Test(cut, of_a_router_spares_what_it_forwards)
{
	struct nst_lab *lab nst_autodown = up_and_acquainted(&routed, of_routed);

	MUST(nst_cut_from(lab, "r", "b"));
	cr_expect(not(hears(lab, "b", "10.1.0.2", "r", "c")));
	cr_expect(hears(lab, "b", "10.1.0.2", "a", "c"));
}

Test(cut, spares_another_host_that_has_the_same_address)
{
	struct nst_lab *lab nst_autodown = up_and_acquainted(&routed, of_routed);

	MUST(nst_cut(lab, "a", "m"));
	says(lab, "t", "ip route replace default via 10.0.0.9");
	cr_expect(hears(lab, "m", "10.0.0.9", "t", "t"));
	cr_expect(not(hears(lab, "m", "10.0.0.9", "a", "c")));
}

/* ---- What other rooms are told ---- */

struct pair {
	size_t from, to;
};

static int is_cut_inside(struct nst_inside *inside, struct nst_message *request,
			 struct nst_message *reply)
{
	const struct pair *pair = request->data;

	(void)reply;
	return nst_inside_is_cut(inside, pair->from, pair->to);
}

static int is_cut(struct nst_lab *lab, size_t from, size_t to)
{
	return nst_lab_ask(lab, is_cut_inside, &(struct pair){ from, to },
			   sizeof(struct pair), NULL, 0);
}

Test(cut, is_known_inside_by_direction)
{
	struct nst_lab *lab nst_autodown = up_and_acquainted(&four, of_four);

	/* the switch is node 0, then a, b, c, d */
	cr_expect_eq(is_cut(lab, 1, 2), 0);
	MUST(nst_cut_from(lab, "a", "b"));
	cr_expect_eq(is_cut(lab, 1, 2), 1);
	cr_expect_eq(is_cut(lab, 2, 1), 0);
	cr_expect_eq(is_cut(lab, 3, 2), 0);
	MUST(nst_mend(lab, "a", "b"));
	cr_expect_eq(is_cut(lab, 1, 2), 0);
}

/* ---- Mistakes ---- */

static void expect_refusal(struct nst_lab *lab, const char *one, const char *other,
			   int code, const char *sentence)
{
	cr_expect_eq(nst_cut(lab, one, other), code);
	cr_expect(eq(str, (char *)nst_error(), (char *)sentence));
}

Test(cut, of_what_cannot_be_is_refused_with_a_sentence)
{
	struct nst_lab *lab nst_autodown = up_and_acquainted(&four, of_four);

	expect_refusal(lab, "a,b", "c,b", -EINVAL,
		       "partition: \"b\" is on both sides of it");
	expect_refusal(lab, "a", "bb", -ENOENT,
		       "partition of \"bb\": no host \"bb\" (there are b, s, a, c, d)");
	expect_refusal(lab, "a", "s", -EINVAL,
		       "partition of \"s\": \"s\" is a switch and sends nothing by "
		       "itself: name the hosts behind it");
	expect_refusal(lab, "a,", "b", -EINVAL,
		       "partition of \"a,\": a host is missing: write names with ',' "
		       "between them");
	expect_refusal(lab, "a", "", -EINVAL,
		       "partition of \"\": a host is missing: write names with ',' "
		       "between them");
	cr_expect(hears(lab, "b", "10.0.0.2", "a", "c"));
}

static const struct nst_topology home = {
	.hosts =
		(struct nst_host[]){ { "n", NST_NAT_ROUTER }, { "s", NST_SWITCH }, {} },
	.links = (struct nst_link[]){ { { "a", "192.168.0.2/24" },
					{ "n", "192.168.0.1/24" } },
				      { { "b", "10.0.0.2/24" }, { "s" } },
				      { { "c", "10.0.0.3/24" }, { "s" } },
				      { { "n", "10.0.0.1/24" }, { "s" } },
				      {} },
};

static const struct place of_home[] = {
	{ "b", "10.0.0.2" },
	{ "c", "10.0.0.3" },
	{ "n", "10.0.0.1" },
	{ "a", NULL },
	{},
};

Test(cut, of_a_host_behind_nat_is_refused_and_the_way_that_works_is_told)
{
	struct nst_lab *lab nst_autodown = up_and_acquainted(&home, of_home);

	expect_refusal(lab, "b", "a", -EINVAL,
		       "partition: to \"b\" all that \"a\" sends comes from the NAT "
		       "router \"n\": cut that one from it, or \"a\" from \"n\"");
	expect_refusal(lab, "a", "b", -EINVAL,
		       "partition: to \"b\" all that \"a\" sends comes from the NAT "
		       "router \"n\": cut that one from it, or \"a\" from \"n\"");
	cr_assert(hears(lab, "b", "10.0.0.2", "a", "c"));

	MUST(nst_cut(lab, "n", "b"));
	cr_expect(not(hears(lab, "b", "10.0.0.2", "a", "c")));
	cr_expect(hears(lab, "c", "10.0.0.3", "a", "b"));

	MUST(nst_mend(lab, "n", "b"));
	MUST(nst_cut(lab, "a", "n"));
	cr_expect(not(hears(lab, "b", "10.0.0.2", "a", "c")));
}
