/* SPDX-License-Identifier: MIT */
/* Tests that end in every way there is. results.c runs them one by one. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <nstest/criterion.h>

static const struct nst_topology two_hosts = {
	.links = (struct nst_link[]){ {
					      .a = { "a", "10.0.0.1/24" },
					      .b = { "b", "10.0.0.2/24" },
				      },
				      {} },
};

/* ---- Good ---- */

NST_TEST(good, without_lab)
{
	nst_expect_eq(lab == NULL, true);
}

NST_TEST(good, with_lab, .topology = &two_hosts)
{
	const struct sockaddr_in b = {
		AF_INET, htons(4000), { inet_addr("10.0.0.2") }, { 0 }
	};
	int fd = must(nst_socket(lab, "a", AF_INET, SOCK_DGRAM, 0));

	nst_expect_eq(sendto(fd, "x", 1, 0, (const struct sockaddr *)&b, sizeof(b)), 1);
	nst_expect_packets(lab, "b:eth0", "udp dst port 4000", ==, 1);
	nst_expect_packets(lab, "b", "icmp[icmptype] == icmp-unreach", ==, 1);
	nst_expect_open(lab, "a", "b", "tcp/80 over ipv4");
	nst_expect_refused(lab, "a", "10.0.0.2", "tcp/80");
	nst_expect_unroutable(lab, "a", "192.0.2.1", "icmp");
}

static const struct nst_host_rules closed[] = {
	{ "b", { .text = "-A INPUT -j DROP\n" } },
	{},
};
static const struct nst_start printer[] = {
	{ .host = "a",
	  .command = "echo ready; exec sleep 60",
	  .ready = { .line = "^ready$" } },
	{},
};

NST_TEST(good, with_rules_and_programs, .topology = &two_hosts, .rulesets = closed,
	 .programs = printer)
{
	nst_expect_ge(nst_program_pid(nst_program_at(lab, 0)), 1);
	nst_expect_dropped(lab, "a", "b", "tcp/80");
	nst_expect_blocked(lab, "a", "b", "udp/53 over ipv4");
	nst_expect_dropped(lab, "b", "a", "icmp"); /* the answer */
}

Test(good, plain)
{
	cr_assert(1);
}

/* ---- Impaired links ---- */

static const struct nst_topology lossy = {
	.links =
		(struct nst_link[]){ {
					     .a = { "a", "10.0.0.1/24" },
					     .b = { "b", "10.0.0.2/24" },
					     .a_to_b = { .loss_ppm = NST_PERCENT(100) },
				     },
				     {} },
};

NST_TEST(links, good, .topology = &lossy)
{
	nst_expect_dropped(lab, "a", "b", "udp/9");
}

NST_TEST(links, bad, .topology = &lossy)
{
	nst_expect_open(lab, "a", "b", "udp/9");
}

/* ---- Bad: expectations ---- */

NST_TEST(bad, numbers)
{
	int three = 3;

	nst_expect_eq(three, 4);
	nst_expect_gt(three, 5);
	fprintf(stderr, "still here\n");
}

NST_TEST(bad, texts)
{
	nst_expect_text("got", "right");
	nst_expect_contains("a haystack", "needle");
}

NST_TEST(bad, packets, .topology = &two_hosts)
{
	nst_expect_packets(lab, "b:eth0", "icmp", >=, 7);
}

NST_TEST(bad, verdict, .topology = &two_hosts)
{
	nst_expect_dropped(lab, "a", "b", "tcp/80");
}

NST_TEST(bad, question, .topology = &two_hosts)
{
	nst_expect_open(lab, "a", "b", "tpc/80");
}

NST_TEST(bad, must_ends_it, .topology = &two_hosts)
{
	must(nst_socket(lab, "aa", AF_INET, SOCK_STREAM, 0));
	fprintf(stderr, "still here\n");
}

static int expects_wrongly(void *arg, void *result)
{
	(void)arg;
	(void)result;
	nst_expect_eq(1, 2);
	return 0;
}

NST_TEST(bad, in_a_function_of_a_host, .topology = &two_hosts)
{
	must(nst_in_host(lab, "a", expects_wrongly, NULL, NULL, 0, 5000));
}

static const struct nst_topology impossible = {
	.links = (struct nst_link[]){ { .a = { "a" }, .b = { "a" } }, {} },
};

NST_TEST(bad, topology, .topology = &impossible)
{
	fprintf(stderr, "still here\n");
}

/* ---- Bad: ends ---- */

NST_TEST(bad, leaves)
{
	_exit(0);
}

NST_TEST(bad, crashes, .topology = &two_hosts)
{
	raise(SIGSEGV);
}

/* A real fault, of a page that may not be read. */
NST_TEST(bad, faults, .topology = &two_hosts)
{
	const volatile char *page =
		mmap(NULL, 1, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	nst_expect_eq(*page, 0);
}

NST_TEST(bad, hangs, .topology = &two_hosts, .timeout_ms = 300)
{
	for (;;)
		pause();
}

NST_TEST(bad, program_dies, .topology = &two_hosts)
{
	must(nst_start(lab,
		       &(struct nst_start){ .host = "a",
					    .name = "short",
					    .command = "echo farewell >&2; exit 3" },
		       NULL));
	while (nst_lab_check(lab) == 0)
		sched_yield();
}

static void fail_late(void)
{
	cr_expect(0, "too late");
}

Test(bad, fini, .fini = fail_late)
{
}

/* As many suites do: what every test wants first. */
static void fail_early(void)
{
	cr_assert(0, "too early");
}

Test(bad, init, .init = fail_early)
{
}

Test(bad, leaves_a_plain_test)
{
	_exit(0);
}

Test(good, leaves_as_it_was_to, .exit_code = 3)
{
	exit(3);
}

static void in_child(void (*assertion)(void))
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		assertion();
		_exit(0);
	}
	waitpid(child, &status, 0);
}

static void assert_wrongly(void)
{
	cr_assert(1, "this one holds");
	cr_assert(0, "wrong in a child");
}

static void expect_wrongly(void)
{
	nst_expect_eq(1 + 1, 3);
}

/* Nobody looks at how these children end. */
Test(bad, asserts_in_a_child)
{
	in_child(assert_wrongly);
}

NST_TEST(bad, expects_in_a_child, .topology = &two_hosts)
{
	in_child(expect_wrongly);
}

/* ---- Parameters: one of three is bad ---- */

static int three[] = { 1, 2, 3 };

ParameterizedTestParameters(parameters, assert)
{
	return cr_make_param_array(int, three, 3);
}

ParameterizedTest(int *number, parameters, assert)
{
	cr_expect(*number != 2, "two is bad");
}

ParameterizedTestParameters(parameters, leave)
{
	return cr_make_param_array(int, three, 3);
}

ParameterizedTest(int *number, parameters, leave)
{
	if (*number == 3)
		_exit(0);
}

ParameterizedTestParameters(parameters, hold)
{
	return cr_make_param_array(int, three, 3);
}

ParameterizedTest(int *number, parameters, hold)
{
	cr_expect(*number < 4);
}

/* ---- Variants: of these networks b is out of reach in one, and behind a firewall in one ---- */

static const struct nst_variant networks[] = {
	{ .name = "plain" },
	{ .name = "slow", .a_to_b = "delay 5ms", .b_to_a = "delay 5ms" },
	{ .name = "lost", .a_to_b = "loss 100%" },
	{ .name = "closed", .rulesets = closed },
	{},
};

NST_TEST_EACH(variants, two_are_bad, networks, .topology = &two_hosts)
{
	nst_expect_open(lab, "a", "b", "udp/9");
}

NST_TEST_EACH(variants, all_are_good, networks, .topology = &two_hosts)
{
	bool blocked = nst_current_variant()->rulesets ||
		       strcmp(nst_current_variant()->name, "lost") == 0;

	if (blocked)
		nst_expect_dropped(lab, "a", "b", "udp/9");
	else
		nst_expect_open(lab, "a", "b", "udp/9");
}

NST_TEST_EACH(variants, plain_assertions_are_bad, networks, .topology = &two_hosts)
{
	cr_expect(!nst_current_variant()->a_to_b, "it has an impairment");
}

static const struct nst_variant nonsense[] = {
	{ .name = "nonsense", .a_to_b = "loss 1 apple" },
	{},
};

NST_TEST_EACH(variants, makes_no_sense, nonsense, .topology = &two_hosts)
{
}

Test(bad, criterions_own)
{
	cr_expect(1 == 2, "first of two");
	cr_expect(2 == 3, "second of two");
}

/* ---- Neither ---- */

Test(skipped, by_itself)
{
	cr_skip("no reason");
}

/* No kernel can: its netem corrupts Ethernet headers too. */
static const struct nst_topology beyond_the_kernel = {
	.links = (struct nst_link[]){ {
					      .a = { "a", "10.0.0.1/24" },
					      .b = { "b", "10.0.0.2/24" },
					      .a_to_b = { .corrupt_ppm =
								  NST_PERCENT(1) },
					      .engine = NST_ENGINE_KERNEL,
				      },
				      {} },
};

NST_TEST(lacking, an_ability, .topology = &beyond_the_kernel)
{
	fprintf(stderr, "still here\n");
}

Test(skipped, in_the_source, .disabled = true)
{
}

/* Says which processes there are and stays until it is killed. */
NST_TEST(endless, stays, .topology = &two_hosts)
{
	fprintf(stderr, "processes %d %d\n", (int)getpid(), (int)nst_lab_pid(lab));
	for (;;)
		pause();
}
