/* SPDX-License-Identifier: MIT */
/* Drops that no rule made: each is told by its own reason. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <base/scope.h>
#include <nstest/error.h>
#include <nstest/explain.h>
#include <nstest/program.h>
#include <nstest/ruleset.h>

static const struct nst_topology two = {
	.links = (struct nst_link[]){ { .a = { "a", "10.0.0.1/24" },
					.b = { "b", "10.0.0.2/24" } },
				      {} },
};

static const struct nst_topology routed = {
	.hosts = (struct nst_host[]){ { "r", NST_ROUTER }, {} },
	.links = (struct nst_link[]){ { .a = { "a", "10.1.0.1/24, fd01::1/64" },
					.b = { "r", "10.1.0.254/24, fd01::fe/64" } },
				      { .a = { "r", "10.0.0.254/24, fd00::fe/64" },
					.b = { "b", "10.0.0.2/24, fd00::2/64" },
					.mtu = 1280 },
				      {} },
};

static struct nst_lab *up(const struct nst_topology *topology)
{
	struct nst_lab *lab = NULL;

	cr_assert(eq(int, nst_lab_up(topology, NULL, &lab), 0), "%s", nst_error());
	return lab;
}

static void load(struct nst_lab *lab, const char *host, const char *rules)
{
	const struct nst_ruleset ruleset = { .text = rules, .path = "fw.nft" };
	int r = nst_ruleset_load(lab, host, &ruleset);

	if (r == -EOPNOTSUPP)
		cr_skip_test("%s", nst_error());
	cr_assert(eq(int, r, 0), "%s", nst_error());
}

static void do_in_host(struct nst_lab *lab, const char *host, const char *command)
{
	struct nst_ran ran AUTO(nst_ran_free) = { 0 };

	cr_assert(
		eq(int,
		   nst_run(lab, &(struct nst_start){ .host = host, .command = command },
			   5000, &ran),
		   0),
		"%s", nst_error());
	cr_assert(eq(int, ran.exit.status, 0), "%s", ran.err);
}

/* The lab ends here. */
static void expect_dropped(struct nst_lab *lab, const struct nst_question *question,
			   const char *reason)
{
	struct nst_verdict verdict;
	struct nst_explanation *why nst_explanation_autofree = NULL;

	cr_assert(eq(int, nst_explain(lab, question, &verdict, &why), 0), "%s",
		  nst_error());
	cr_assert(eq(int, verdict.kind, NST_VERDICT_DROPPED), "%s", verdict.sentence);
	cr_assert(eq(int, nst_explain_silence(lab, question, &verdict, why), 0), "%s",
		  nst_error());
	cr_expect(eq(ptr, (void *)why->decisive, NULL));
	cr_expect(ne(ptr, strstr(why->reason, reason), NULL), "\"%s\": %s", why->reason,
		  verdict.sentence);
	nst_lab_down(lab);
}

static void expect_sentence(struct nst_lab *lab, const struct nst_question *question,
			    enum nst_verdict_kind kind, const char *words)
{
	struct nst_verdict verdict;

	cr_assert(eq(int, nst_probe(lab, question, &verdict), 0), "%s", nst_error());
	cr_expect(eq(int, verdict.kind, kind), "%s", verdict.sentence);
	cr_expect(ne(ptr, strstr(verdict.sentence, words), NULL), "%s",
		  verdict.sentence);
	nst_lab_down(lab);
}

#define TCP(...)                                      \
	(&(struct nst_question){ .from = "a",         \
				 .to = "b",           \
				 .protocol = NST_TCP, \
				 .port = 80,          \
				 ##__VA_ARGS__ })
#define UDP(...)                                      \
	(&(struct nst_question){ .from = "a",         \
				 .to = "b",           \
				 .protocol = NST_UDP, \
				 .port = 53,          \
				 ##__VA_ARGS__ })

Test(silence, of_a_setting)
{
	static const char *const deaf[] = { "net.ipv4.icmp_echo_ignore_all=1", NULL };
	static const struct nst_host hosts[] = { { .name = "b", .sysctls = deaf }, {} };
	struct nst_topology topology = two;

	topology.hosts = hosts;
	expect_dropped(
		up(&topology),
		&(struct nst_question){ .from = "a", .to = "b", .protocol = NST_ICMP },
		"icmp_echo_ignore_all");
}

/* The way back to the asker is by another interface, and the host minds. */
Test(silence, of_rp_filter)
{
	struct nst_lab *lab = up(&routed);

	do_in_host(lab, "b",
		   "ip link add other type veth peer name end && ip link set end up && "
		   "ip link set other up && ip route add 10.1.0.0/24 dev other && "
		   "sysctl -qw net.ipv4.conf.all.rp_filter=1");
	expect_dropped(lab, TCP(), "rp_filter");
}

/* A router that keeps its errors to itself. */
static const char mute[] =
	"table inet f {\n"
	"	chain out {\n"
	"		type filter hook output priority 0\n"
	"		icmp type { time-exceeded, destination-unreachable } drop\n"
	"		icmpv6 type { time-exceeded, packet-too-big } drop\n"
	"	}\n"
	"}\n";

static struct nst_lab *short_lived(void)
{
	static const char *const one_hop[] = { "net.ipv4.ip_default_ttl=1",
					       "net.ipv6.conf.default.hop_limit=1",
					       NULL };
	static const struct nst_host hosts[] = { { .name = "a", .sysctls = one_hop },
						 { "r", NST_ROUTER },
						 {} };
	struct nst_topology topology = routed;

	topology.hosts = hosts;
	return up(&topology);
}

Test(silence, of_a_ttl_that_ended)
{
	struct nst_lab *lab = short_lived();

	load(lab, "r", mute);
	expect_dropped(lab, TCP(), "TTL");
	lab = short_lived();
	load(lab, "r", mute);
	expect_dropped(lab, TCP(.family = AF_INET6), "hop limit");
}

Test(silence, is_none_where_the_router_tells_of_the_ttl)
{
	expect_sentence(short_lived(), TCP(), NST_VERDICT_UNROUTABLE,
			"its TTL ended at r, on the way to 10.0.0.2");
	expect_sentence(short_lived(), TCP(.family = AF_INET6), NST_VERDICT_UNROUTABLE,
			"its hop limit ended at r, on the way to fd00::2");
}

/* Whatever its sender said: it may not be cut (DF), and the next link is narrow. */
static const char uncut[] =
	"table ip m {\n"
	"	chain pre {\n"
	"		type filter hook prerouting priority mangle\n"
	"		ct state new udp dport 53 @nh,48,16 set 0x4000\n"
	"	}\n"
	"}\n";

Test(silence, of_a_narrow_link)
{
	struct nst_lab *lab = up(&routed);

	load(lab, "r", mute);
	load(lab, "r", uncut);
	expect_dropped(lab, UDP(.fragments = true), "MTU");
}

Test(silence, is_none_where_the_router_tells_of_the_mtu)
{
	struct nst_lab *lab = up(&routed);

	load(lab, "r", uncut);
	expect_sentence(lab, UDP(.fragments = true), NST_VERDICT_REJECTED,
			"ICMP frag-needed: it is larger than the next link takes");
}

static const struct nst_topology wired = {
	.links = (struct nst_link[]){ { .a = { "a", "10.0.0.1/24" },
					.b = { "b", "10.0.0.2/24" },
					.impairable = true },
				      {} },
};

/* On an impairable link a packet is a packet: its checksum is made by its sender. */
Test(silence, of_a_wrong_checksum)
{
	static const char spoil[] =
		"table ip t {\n"
		"	chain pre {\n"
		"		type filter hook prerouting priority raw\n"
		"		tcp dport 80 @th,128,16 set 0x1234\n"
		"		udp dport 53 @th,48,16 set 0x1234\n"
		"	}\n"
		"}\n";
	struct nst_lab *lab = up(&wired);

	load(lab, "b", spoil);
	expect_dropped(lab, TCP(), "invalid checksum (TCP)");
	lab = up(&wired);
	load(lab, "b", spoil);
	expect_dropped(lab, UDP(), "invalid checksum (UDP)");
}

/* The kernel holds two connections for a backlog of 1, and drops the SYN of more. */
Test(silence, of_a_full_accept_queue)
{
	static const char server[] =
		"exec python3 -SEc 'import socket; s = socket.socket(); "
		"s.bind((\"\", 80)); s.listen(1); input()'";
	struct nst_lab *lab = up(&two);
	struct nst_program *program;
	struct nst_verdict verdict;
	const struct nst_start start = { .host = "b",
					 .command = server,
					 .keep_stdin_open = true,
					 .ready = { .port = 80 } };

	cr_assert(eq(int, nst_start(lab, &start, &program), 0), "%s", nst_error());
	cr_assert(eq(int, nst_wait_ready(program, 10000), 0), "%s", nst_error());
	for (int i = 0; i < 2; i++)
		cr_assert(eq(int, nst_probe(lab, TCP(), &verdict), 0), "%s",
			  nst_error());
	cr_assert(eq(int, nst_probe(lab, TCP(.settle_ms = 50), &verdict), 0), "%s",
		  nst_error());
	cr_expect(eq(int, verdict.kind, NST_VERDICT_UNANSWERED), "%s",
		  verdict.sentence);
	cr_expect(
		ne(ptr, strstr(verdict.sentence, "accepts no more connections"), NULL),
		"%s", verdict.sentence);
	nst_lab_down(lab);
}

Test(silence, is_none_without_a_route)
{
	struct nst_lab *lab = up(&routed);

	do_in_host(lab, "r", "ip route del 10.0.0.0/24");
	expect_sentence(lab, TCP(), NST_VERDICT_UNROUTABLE,
			"r has no way to 10.0.0.2: ICMP net-unreachable");
	lab = up(&routed);
	do_in_host(lab, "b", "ip route del default");
	expect_sentence(lab, TCP(), NST_VERDICT_UNROUTABLE,
			"the SYN came as far as b, which has no route back");
}

Test(silence, of_a_router_without_a_route_that_keeps_it_to_itself)
{
	struct nst_lab *lab = up(&routed);

	load(lab, "r", mute);
	do_in_host(lab, "r", "ip route del 10.0.0.0/24");
	expect_sentence(lab, TCP(), NST_VERDICT_UNROUTABLE,
			"the SYN came as far as r, which has no route on");
}

Test(silence, is_none_where_nobody_listens)
{
	expect_sentence(up(&two), TCP(.listener = NST_LISTENER_NONE),
			NST_VERDICT_REFUSED, "nothing listens on tcp/80 of b: RST");
	expect_sentence(up(&two), UDP(.listener = NST_LISTENER_NONE),
			NST_VERDICT_REFUSED,
			"nothing listens on udp/53 of b: ICMP port-unreachable");
}
