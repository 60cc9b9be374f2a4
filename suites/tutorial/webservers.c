/* SPDX-License-Identifier: MIT */
/* Two web servers and their firewalls: the examples of the tutorial, in C. */
#include <nstest/criterion.h>

#define RULES(file)                                           \
	{                                                     \
		.path = SOURCE_FOLDER "/fixtures/rules/" file \
	}

static const struct nst_topology two_hosts = {
	.links = (struct nst_link[]){ {
					      .a = { "webserver1", "192.168.0.1/24" },
					      .b = { "webserver2", "192.168.0.2/24" },
				      },
				      {} },
};

static const struct nst_start servers[] = {
	{
		.host = "webserver1",
		.command = "exec python3 -m http.server 8080",
		.ready = { .port = 8080 },
	},
	{
		.host = "webserver2",
		.command = "exec python3 -m http.server 8080",
		.ready = { .port = 8080 },
	},
	{},
};

static const struct nst_host_rules published[] = {
	{ "webserver1", RULES("webserver1.iptables") },
	{ "webserver2", RULES("webserver2.iptables") },
	{},
};

static const struct nst_host_rules corrected[] = {
	{ "webserver1", RULES("webserver1.iptables") },
	{ "webserver2", RULES("webserver2-corrected.iptables") },
	{},
};

static const struct nst_host_rules corrected_nft[] = {
	{ "webserver1", RULES("webserver1.nft") },
	{ "webserver2", RULES("webserver2-corrected.nft") },
	{},
};

enum { FETCHED = 0, TIMED_OUT = 28 };

/* curl's exit status when it waits so many seconds at most. */
static int fetch_within(struct nst_lab *lab, const char *seconds, const char *from,
			const char *url)
{
	const char *const argv[] = { "curl", "-fsS",      "-m", seconds,
				     "-o",   "/dev/null", url,  NULL };
	struct nst_ran ran;
	int status;

	must(nst_run(lab, &(struct nst_start){ .host = from, .argv = argv }, 20000,
		     &ran));
	status = ran.exit.status;
	nst_ran_free(&ran);
	return status;
}

/* For a page that comes: as long as a busy machine may need. */
static int fetch(struct nst_lab *lab, const char *from, const char *url)
{
	return fetch_within(lab, "10", from, url);
}

/* Example 1: without rules each serves the other. */
NST_TEST(webservers, serve_each_other, .topology = &two_hosts, .programs = servers)
{
	nst_expect_open(lab, "webserver1", "webserver2", "tcp/8080");
	nst_expect_open(lab, "webserver2", "webserver1", "tcp/8080");
	nst_expect_eq(fetch(lab, "webserver1", "http://192.168.0.2:8080/"), FETCHED);
	nst_expect_eq(fetch(lab, "webserver2", "http://192.168.0.1:8080/"), FETCHED);
}

/* Example 2 as it is published says that only webserver2 gets in. It does not keep
 * that: webserver2 may send anything to webserver1, its answers too. */
NST_TEST(webservers, published_rules_let_both_in, .topology = &two_hosts,
	 .rulesets = published, .programs = servers)
{
	nst_expect_open(lab, "webserver2", "webserver1", "tcp/8080");
	nst_expect_open(lab, "webserver1", "webserver2", "tcp/8080");
	nst_expect_eq(fetch(lab, "webserver1", "http://webserver2:8080/"), FETCHED);
}

/* Example 2 corrected: webserver2 lets in only what belongs to its own connections. */
NST_TEST(webservers, only_webserver2_gets_in, .topology = &two_hosts,
	 .rulesets = corrected, .programs = servers)
{
	nst_expect_open(lab, "webserver2", "webserver1", "tcp/8080");
	nst_expect_dropped(lab, "webserver1", "webserver2", "tcp/8080");
	nst_expect_eq(fetch(lab, "webserver2", "http://webserver1:8080/"), FETCHED);
	nst_expect_eq(fetch_within(lab, "0.5", "webserver1", "http://webserver2:8080/"),
		      TIMED_OUT);
	nst_expect_packets(lab, "webserver1",
			   "tcp[tcpflags] == tcp-syn|tcp-ack and "
			   "src host 192.168.0.2",
			   ==, 0);
}

/* The same with nftables. */
NST_TEST(webservers, only_webserver2_gets_in_nft, .topology = &two_hosts,
	 .rulesets = corrected_nft, .programs = servers)
{
	nst_expect_open(lab, "webserver2", "webserver1", "tcp/8080");
	nst_expect_dropped(lab, "webserver1", "webserver2", "tcp/8080");
	nst_expect_eq(fetch(lab, "webserver2", "http://webserver1:8080/"), FETCHED);
	nst_expect_eq(fetch_within(lab, "0.5", "webserver1", "http://webserver2:8080/"),
		      TIMED_OUT);
}
