/* SPDX-License-Identifier: MIT */
/* Impaired links: laid through the wire namespace, changed, counted, and what is refused. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <base/scope.h>
#include <nstest/error.h>
#include <nstest/impair.h>
#include <nstest/kernel_netem.h>
#include <nstest/units.h>

#include "say.h"

enum { PORT = 9, PATIENCE_MS = 5000 };

#define MUST(call) cr_assert_eq(call, 0, "%s: %s", #call, nst_error())
#define SAYS(text) cr_expect(eq(str, (char *)nst_error(), text))

static const struct nst_topology impairable = {
	.links =
		(struct nst_link[]){
			{
				.a = { "client", "10.0.0.1/24, fd00::1/64" },
				.b = { "server", "10.0.0.2/24, fd00::2/64" },
				.impairable = true,
			},
			{} },
};

static const struct nst_topology mixed = {
	.hosts = (struct nst_host[]){ { "r", NST_ROUTER }, { "s", NST_SWITCH }, {} },
	.links = (struct nst_link[]){ { .a = { "a", "10.1.0.2/24, fd01::2/64" },
					.b = { "r", "10.1.0.1/24, fd01::1/64" } },
				      { .a = { "r", "10.2.0.1/24, fd02::1/64" },
					.b = { "s" },
					.impairable = true },
				      { .a = { "s" },
					.b = { "b", "10.2.0.2/24, fd02::2/64" },
					.b_to_a = { .delay_us = NST_MS(1) } },
				      { .a = { "s" },
					.b = { "c", "10.2.0.3/24, fd02::3/64" },
					.impairable = true },
				      {} },
};

static double now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* A UDP socket of the host, bound to an address and PORT if `address` is not NULL. */
static int datagrams(struct nst_lab *lab, const char *host, const char *address)
{
	struct sockaddr_in here = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	int fd = nst_socket(lab, host, AF_INET, SOCK_DGRAM, 0);

	cr_assert(fd >= 0, "%s", nst_error());
	if (address) {
		inet_pton(AF_INET, address, &here.sin_addr);
		cr_assert_eq(bind(fd, (struct sockaddr *)&here, sizeof(here)), 0);
	}
	return fd;
}

static void send_one(int fd, const char *address, char byte)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(PORT) };

	inet_pton(AF_INET, address, &to.sin_addr);
	cr_assert_eq(sendto(fd, &byte, 1, 0, (struct sockaddr *)&to, sizeof(to)), 1);
}

/* The byte that comes; fails the test if none does. */
static char receive_one(int fd)
{
	struct pollfd event = { .fd = fd, .events = POLLIN };
	char byte = '?';

	cr_assert_eq(poll(&event, 1, PATIENCE_MS), 1, "nothing came");
	cr_assert_eq(recv(fd, &byte, 1, MSG_DONTWAIT), 1);
	return byte;
}

/* Sends a datagram of `size` bytes that may not be fragmented. Return: how many arrive. */
static ssize_t sends_whole(struct nst_lab *lab, const char *from, const char *to,
			   const char *address, size_t size)
{
	struct sockaddr_in there = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	AUTO_CLOSE int out = datagrams(lab, from, NULL);
	AUTO_CLOSE int in = datagrams(lab, to, address);
	struct pollfd event = { .fd = in, .events = POLLIN };
	char bytes[9000] = { 0 };
	int whole = IP_PMTUDISC_PROBE;

	inet_pton(AF_INET, address, &there.sin_addr);
	setsockopt(out, IPPROTO_IP, IP_MTU_DISCOVER, &whole, sizeof(whole));
	if (sendto(out, bytes, size, 0, (struct sockaddr *)&there, sizeof(there)) < 0)
		return -errno;
	return poll(&event, 1, PATIENCE_MS) == 1
		       ? recv(in, bytes, sizeof(bytes), MSG_DONTWAIT)
		       : -ETIMEDOUT;
}

/* Sends `count` datagrams from client to server, then waits until the link holds none. */
static void send_many(struct nst_lab *lab, int fd, int count)
{
	struct nst_wire_counters counters;

	for (int i = 0; i < count; i++)
		send_one(fd, "10.0.0.2", 'x');
	do
		MUST(nst_link_counters(lab, "client", "server", &counters));
	while (counters.in_flight);
}

/* The client learns the server's MAC. Nothing is left under way, as the end of a
 * connection would be. */
static void get_acquainted(int client, int server)
{
	send_one(client, "10.0.0.2", 'h');
	receive_one(server);
}

/* ---- As a link ---- */

/* One lost SYN costs a second: over 100 fresh labs none may be lost. */
Test(impair, impairable_links_carry_the_very_first_packet)
{
	for (int i = 0; i < 100; i++) {
		struct nst_lab *lab nst_autodown = must_be_up(&impairable);

		cr_assert_eq(talk(lab, "client", "server", "10.0.0.2"), 0);
		cr_assert_eq(talk(lab, "server", "client", "fd00::1"), 0);
	}
}

Test(impair, wired_and_plain_links_join_hosts_routers_and_switches)
{
	struct nst_lab *lab nst_autodown = must_be_up(&mixed);

	cr_expect_eq(talk(lab, "a", "b", "10.2.0.2"), 0);
	cr_expect_eq(talk(lab, "b", "a", "fd01::2"), 0);
	cr_expect_eq(talk(lab, "c", "b", "fd02::2"), 0);
	MUST(nst_lab_check(lab));
	MUST(nst_lab_faults_check(lab));
}

Test(impair, hosts_see_an_ordinary_link)
{
	const struct nst_topology topology = {
		.links = (struct nst_link[]){ { .a = { "a", "10.0.0.1/24", "wan0",
						       "02:00:00:00:be:ef" },
						.b = { "b", "10.0.0.2/24" },
						.mtu = 9000,
						.impairable = true },
					      {} },
	};
	struct nst_lab *lab nst_autodown = must_be_up(&topology);

	cr_expect(eq(str, (char *)says(lab, "a", "cat /sys/class/net/wan0/address"),
		     "02:00:00:00:be:ef"));
	cr_expect(
		eq(str, (char *)says(lab, "b", "cat /sys/class/net/eth0/mtu"), "9000"));
	cr_expect_eq(sends_whole(lab, "a", "b", "10.0.0.2", 9000 - 28), 9000 - 28,
		     "jumbo frames pass");
	cr_expect(eq(str, (char *)says(lab, "a", "ls /sys/class/net | tr '\\n' ' '"),
		     "lo wan0 "));
}

/* The wire has no addresses, and nothing but what hosts send is on the link. */
Test(impair, the_wire_itself_is_silent)
{
	struct nst_lab *lab nst_autodown = NULL;
	const struct nst_lab_options options = { .capture = NST_CAPTURE_ALL };
	const struct nst_topology v4 = {
		.links = (struct nst_link[]){ { .a = { "a", "10.0.0.1/24" },
						.b = { "b", "10.0.0.2/24" },
						.impairable = true },
					      {} },
	};
	unsigned long long packets;

	MUST(nst_lab_up(&v4, &options, &lab));
	cr_assert_eq(talk(lab, "a", "b", "10.0.0.2"), 0);
	MUST(nst_packets(lab, NULL, "ip6", 0, &packets));
	cr_expect_eq(packets, 0);
	MUST(nst_packets(lab, "b", "not arp and not tcp", 0, &packets));
	cr_expect_eq(packets, 0);
}

/* ---- Impairments ---- */

Test(impair, delay_is_what_was_asked_from_the_first_packet_on)
{
	const struct nst_topology topology = {
		.links = (struct nst_link[]){ { .a = { "client", "10.0.0.1/24" },
						.b = { "server", "10.0.0.2/24" },
						.a_to_b = { .delay_us = NST_MS(30) } },
					      {} },
	};
	struct nst_lab *lab nst_autodown = must_be_up(&topology);
	AUTO_CLOSE int client = datagrams(lab, "client", "10.0.0.1");
	AUTO_CLOSE int server = datagrams(lab, "server", "10.0.0.2");
	double began;

	send_one(client, "10.0.0.2", 'a');
	receive_one(server);
	began = now_ms();
	send_one(client, "10.0.0.2", 'b');
	cr_expect_eq(receive_one(server), 'b');
	cr_expect_geq(now_ms() - began, 30);
	began = now_ms();
	send_one(server, "10.0.0.1", 'c');
	cr_expect_eq(receive_one(client), 'c');
	cr_expect_lt(now_ms() - began, 30, "the other direction has no delay");
}

Test(impair, an_impairment_is_changed_and_removed_while_the_lab_lives)
{
	const struct nst_impairment all_lost = { .loss_ppm = NST_PERCENT(100) };
	struct nst_lab *lab nst_autodown = must_be_up(&impairable);
	AUTO_CLOSE int client = datagrams(lab, "client", NULL);
	AUTO_CLOSE int server = datagrams(lab, "server", "10.0.0.2");
	struct nst_wire_counters before, after;

	get_acquainted(client, server);
	MUST(nst_link_counters(lab, "client", "server", &before));
	MUST(nst_impair(lab, "client", "server", &all_lost));
	send_many(lab, client, 20);
	MUST(nst_impair(lab, "client", "server", NULL));
	send_many(lab, client, 1);

	MUST(nst_link_counters(lab, "client", "server", &after));
	cr_expect_geq(after.received - before.received, 21);
	cr_expect_eq(after.lost - before.lost, 20);
	cr_expect_eq(nst_faults_fired(lab, "client", "server"), 20);
	cr_expect_eq(receive_one(server), 'x');
	cr_expect_eq(recv(server, &(char){ 0 }, 1, MSG_DONTWAIT), -1);
	MUST(nst_link_counters(lab, "server", "client", &after));
	cr_expect_eq(after.lost, 0, "the other direction is another");
}

static const struct nst_topology known = {
	.links =
		(struct nst_link[]){
			{ .a = { "a", "10.0.0.1/24" },
			  .b = { "b", "10.0.0.2/24" },
			  .impairable = true,
			  .later = (struct nst_impairment[]){ { .delay_us = NST_MS(1) },
							      {} } },
			{} },
};

/* Also where there is no sch_netem: what works must not depend on the machine. */
Test(impair, a_link_that_says_what_it_may_become_gets_no_faults)
{
	const struct nst_fault fault = { .match = "syn" };
	struct nst_lab *lab nst_autodown = must_be_up(&known);
	struct nst_engine_choice choice;

	MUST(nst_impair(lab, "a", "b", known.links[0].later));
	cr_expect_eq(nst_fault(lab, "a", "b", &fault, NULL), -EPERM);
	SAYS("link a -- b says what it may become, and so that it gets no faults: "
	     "leave "
	     ".later out, or name the wire engine");
	MUST(nst_link_engine(lab, "a", "b", &choice));
	if (nst_kernel_netem_available() == 0)
		cr_expect_eq(choice.engine, NST_ENGINE_KERNEL);
	else
		cr_expect_eq(choice.engine, NST_ENGINE_WIRE);
}

Test(impair, changes_need_a_link_that_was_declared_for_it)
{
	const struct nst_impairment slow = { .delay_us = NST_MS(1) };
	const struct nst_fault fault = { .match = "syn" };
	struct nst_lab *lab nst_autodown = must_be_up(&mixed);
	uint32_t id;

	cr_expect_eq(nst_impair(lab, "a", "r", &slow), -EPERM);
	SAYS("link a -- r is a plain one: declare it .impairable = true (in a "
	     "scenario: "
	     "impairable: true)");
	cr_expect_eq(nst_impair(lab, "s", "b", &slow), -EPERM);
	SAYS("link s -- b keeps what it was built with: to change it, declare it "
	     ".impairable = true (in a scenario: impairable: true)");
	cr_expect_eq(nst_fault(lab, "b", "s", &fault, &id), -EPERM);
	cr_expect_eq(nst_impair(lab, "a", "b", &slow), -ENOENT);
	SAYS("no link joins \"a\" and \"b\"");
	cr_expect_eq(nst_impair(lab, "a", "x", &slow), -ENOENT);
	MUST(nst_impair(lab, "r", "s", &slow));
	MUST(nst_impair(lab, "s:eth0", "r:eth1", &slow));
}

Test(impair, what_cannot_be_is_refused_before_anything_is_built)
{
	const struct nst_topology topology = {
		.links = (struct nst_link[]){ { .a = { "a", "10.0.0.1/24" },
						.b = { "b", "10.0.0.2/24" },
						.b_to_a = { .loss_ppm = 1100000 } },
					      {} },
	};
	struct nst_lab *lab = NULL;

	cr_expect_eq(nst_lab_up(&topology, NULL, &lab), -EINVAL);
	cr_expect_null(lab);
	cr_expect_eq(strncmp(nst_error(), "link 1 (a -- b): b to a: ", 25), 0, "%s",
		     nst_error());
}

Test(impair, of_two_links_between_the_same_two_one_must_be_named)
{
	const struct nst_topology topology = {
		.links = (struct nst_link[]){ { .a = { "a", "10.0.0.1/24" },
						.b = { "b", "10.0.0.2/24" },
						.impairable = true },
					      { .a = { "a", "10.1.0.1/24" },
						.b = { "b", "10.1.0.2/24" },
						.impairable = true },
					      {} },
	};
	const struct nst_impairment slow = { .delay_us = NST_MS(1) };
	struct nst_lab *lab nst_autodown = must_be_up(&topology);

	cr_expect_eq(nst_impair(lab, "a", "b", &slow), -EINVAL);
	SAYS("several links join \"a\" and \"b\": say which by an interface, such as "
	     "\"a:eth0\"");
	MUST(nst_impair(lab, "a", "b:eth1", &slow));
}

/* ---- Engines ---- */

Test(impair, each_link_says_which_engine_it_has_and_why)
{
	struct nst_lab *lab nst_autodown = must_be_up(&mixed);
	struct nst_engine_choice choice;

	MUST(nst_link_engine(lab, "a", "r", &choice));
	cr_expect_eq(choice.engine, NST_ENGINE_AUTO);
	MUST(nst_link_engine(lab, "s", "r", &choice));
	cr_expect_eq(choice.engine, NST_ENGINE_WIRE);
	cr_expect(eq(str, choice.why, "it may be asked for faults"));
	MUST(nst_link_engine(lab, "s", "b", &choice));
	cr_expect_neq(choice.engine, NST_ENGINE_AUTO);
	cr_expect_neq(choice.why[0], '\0');
	cr_expect_neq(nst_lab_engine_scheduling(lab)[0], '\0');
}

Test(impair, naming_the_kernel_where_it_cannot_is_an_error_with_the_reason)
{
	const struct nst_topology topology = {
		.links = (struct nst_link[]){ { .a = { "a", "10.0.0.1/24" },
						.b = { "b", "10.0.0.2/24" },
						.a_to_b = { .trace_file = "/dev/null" },
						.engine = NST_ENGINE_KERNEL },
					      {} },
	};
	struct nst_lab *lab = NULL;

	cr_expect_eq(nst_lab_up(&topology, NULL, &lab), -EOPNOTSUPP, "%s", nst_error());
	cr_expect_eq(strncmp(nst_error(), "link a -- b: engine kernel: ", 28), 0, "%s",
		     nst_error());
}

/* Kills the wire engine: the child of the lab process that has its name. */
static void kill_engine(struct nst_lab *lab)
{
	char line[128];

	/* It has its name once it has answered something. */
	cr_assert_neq(nst_lab_engine_scheduling(lab)[0], '\0');
	snprintf(line, sizeof(line),
		 "for p in /proc/[0-9]*; do "
		 "[ \"$(cat $p/comm)\" = nstest-wire ] && kill -9 ${p#/proc/}; done");
	says(lab, "client", line);
}

Test(impair, the_death_of_the_engine_is_an_error_of_the_lab)
{
	struct nst_lab *lab nst_autodown = must_be_up(&impairable);
	struct nst_wire_counters counters;

	MUST(nst_lab_check(lab));
	kill_engine(lab);

	cr_expect_eq(nst_link_counters(lab, "client", "server", &counters), -EIO);
	cr_expect_eq(nst_lab_check(lab), -EIO);
	SAYS("impaired links carry nothing any more: the wire engine was killed: "
	     "Killed");
	cr_expect_eq(nst_lab_faults_check(lab), -EIO);
	cr_expect_eq(nst_impair(lab, "client", "server", NULL), -EIO);
}

/* ---- Seeds ---- */

Test(impair, the_lab_seed_is_given_or_made_and_told)
{
	const struct nst_topology topology = {
		.links =
			(struct nst_link[]){ { .a = { "a", "10.0.0.1/24" },
					       .b = { "b", "10.0.0.2/24" },
					       .b_to_a = { .delay_us = 1, .seed = 5 } },
					     {} },
	};
	const struct nst_lab_options options = { .seed = 7 };
	struct nst_lab *lab nst_autodown = NULL, *other nst_autodown = NULL;
	uint64_t seed;

	MUST(nst_lab_up(&topology, &options, &lab));
	cr_expect_eq(nst_lab_seed(lab), 7);
	MUST(nst_link_seed(lab, "a", "b", &seed));
	cr_expect_eq(seed, 7);
	MUST(nst_link_seed(lab, "b", "a", &seed));
	cr_expect_eq(seed, 5);
	MUST(nst_lab_up(&topology, NULL, &other));
	cr_expect_neq(nst_lab_seed(other), 0);
}

/* ---- Carrier ---- */

static char *knowledge(struct nst_lab *lab, const char *host)
{
	return strdup(says(lab, host,
			   "ip -o addr show scope global | cut -d'\\' -f1; ip route; "
			   "ip -6 route | grep -v fe80"));
}

Test(impair, wired_links_are_taken_down_and_up_again)
{
	struct nst_lab *lab nst_autodown = must_be_up(&mixed);
	char *before = knowledge(lab, "r"), *after;

	MUST(nst_link_down(lab, "r", "s"));
	cr_expect(eq(str, (char *)says(lab, "r", "cat /sys/class/net/eth1/carrier"),
		     "0"));
	cr_expect_lt(talk(lab, "a", "b", "10.2.0.2"), 0);
	MUST(nst_link_up(lab, "s", "r"));

	after = knowledge(lab, "r");
	cr_expect(eq(str, after, before));
	cr_expect_eq(talk(lab, "a", "b", "10.2.0.2"), 0);
	cr_expect_eq(talk(lab, "b", "a", "fd01::2"), 0);
	free(before);
	free(after);
}

Test(impair, hosts_across_a_wired_link_are_cut_and_mended)
{
	struct nst_lab *lab nst_autodown = must_be_up(&impairable);

	cr_assert_eq(talk(lab, "client", "server", "10.0.0.2"), 0);
	MUST(nst_cut(lab, "client", "server"));
	cr_expect_eq(talk(lab, "client", "server", "10.0.0.2"), -ETIMEDOUT);
	MUST(nst_mend(lab, "client", "server"));
	cr_expect_eq(talk(lab, "client", "server", "10.0.0.2"), 0);
}
