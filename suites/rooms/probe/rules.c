/* SPDX-License-Identifier: MIT */
/* What rules do to a question or its answer, and where. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "world.h"

#define DROP_QUESTION                                                           \
	"tcp dport 80 drop\n udp dport 53 drop\n icmp type echo-request drop\n" \
	" icmpv6 type echo-request drop"
#define DROP_ANSWER                                                           \
	"tcp sport 80 drop\n udp sport 53 drop\n icmp type echo-reply drop\n" \
	" icmpv6 type echo-reply drop"
#define REJECT_QUESTION                                                    \
	"tcp dport 80 reject with tcp reset\n udp dport 53 reject\n"       \
	" icmp type echo-request reject with icmp type admin-prohibited\n" \
	" icmpv6 type echo-request reject with icmpv6 type admin-prohibited"
#define REJECT_ANSWER                                                               \
	"tcp sport 80 reject\n udp sport 53 reject\n icmp type echo-reply reject\n" \
	" icmpv6 type echo-reply reject"

/* All three protocols over both families meet the same end at the same place. */
static void expect_all(struct nst_lab *lab, enum nst_verdict_kind kind,
		       enum nst_place place, const char *host, bool answer)
{
	for (int i = 0; i < FAMILIES; i++) {
		const struct nst_question *const questions[] = {
			TCP("a", "b", .family = families[i]),
			UDP("a", "b", .family = families[i]),
			ECHO("a", "b", .family = families[i]),
		};

		for (int j = 0; j < 3; j++) {
			const struct nst_verdict *verdict = ask(lab, questions[j]);

			expect_kind(verdict, kind);
			expect_place(verdict, place, host, answer);
			cr_expect(nst_blocked(verdict));
			cr_expect_neq(verdict->proof, NST_PROOF_WAITED);
		}
	}
}

struct rule_case {
	const char *host, *chain;
	enum nst_verdict_kind kind;
	enum nst_place place;
	bool answer;
};

static void expect_cases(const struct nst_topology *topology,
			 const struct rule_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct nst_lab *lab nst_autodown = up(topology);

		rules(lab, cases[i].host, cases[i].chain);
		expect_all(lab, cases[i].kind, cases[i].place, cases[i].host,
			   cases[i].answer);
	}
}

#define EXPECT_CASES(topology, cases) \
	expect_cases(topology, cases, sizeof(cases) / sizeof((cases)[0]))

Test(rules, drops_are_found_at_both_ends_of_a_link)
{
	static const struct rule_case cases[] = {
		{ "a", CHAIN("output", DROP_QUESTION), NST_VERDICT_DROPPED,
		  NST_PLACE_OUTPUT, false },
		{ "b", CHAIN("input", DROP_QUESTION), NST_VERDICT_DROPPED,
		  NST_PLACE_INPUT, false },
		{ "b", CHAIN("output", DROP_ANSWER), NST_VERDICT_DROPPED,
		  NST_PLACE_OUTPUT, true },
		{ "a", CHAIN("input", DROP_ANSWER), NST_VERDICT_DROPPED,
		  NST_PLACE_INPUT, true },
	};

	EXPECT_CASES(&direct, cases);
}

Test(rules, rejections_are_found_at_both_ends_of_a_link)
{
	static const struct rule_case cases[] = {
		{ "a", CHAIN("output", REJECT_QUESTION), NST_VERDICT_REJECTED,
		  NST_PLACE_OUTPUT, false },
		{ "b", CHAIN("input", REJECT_QUESTION), NST_VERDICT_REJECTED,
		  NST_PLACE_INPUT, false },
		{ "a", CHAIN("input", REJECT_ANSWER), NST_VERDICT_REJECTED,
		  NST_PLACE_INPUT, true },
	};

	EXPECT_CASES(&direct, cases);
}

/* Kernels hold back ICMP answers when there are many: after some 25 of ICMPv6 such a
 * rejection would pass for a drop. */
Test(rules, that_reject_many_times_reject_each_time)
{
	struct nst_lab *lab nst_autodown = up(&direct);

	rules(lab, "b", CHAIN("input", "udp dport 53 reject"));
	for (int i = 0; i < 200; i++)
		expect_kind(ask(lab, UDP("a", "b", .family = families[i % FAMILIES])),
			    NST_VERDICT_REJECTED);
}

/* Where br_netfilter is loaded, it would hand them to the rules for IP. */
Test(rules, for_ip_do_not_see_what_a_switch_passes_on)
{
	struct nst_lab *lab nst_autodown = up(&switched);

	run(lab, "s",
	    "nft 'table inet t { chain c { type filter hook forward priority 0; drop; "
	    "}; }'");
	for (int i = 0; i < FAMILIES; i++)
		expect_kind(ask(lab, TCP("a", "b", .family = families[i])),
			    NST_VERDICT_OPEN);
}

Test(rules, drops_and_rejections_are_found_in_a_router_and_a_switch)
{
	static const struct rule_case cases[] = {
		{ "r", CHAIN("forward", DROP_QUESTION), NST_VERDICT_DROPPED,
		  NST_PLACE_FORWARD, false },
		{ "r", CHAIN("forward", DROP_ANSWER), NST_VERDICT_DROPPED,
		  NST_PLACE_FORWARD, true },
		{ "r", CHAIN("forward", REJECT_QUESTION), NST_VERDICT_REJECTED,
		  NST_PLACE_FORWARD, false },
		{ "r", CHAIN("forward", REJECT_ANSWER), NST_VERDICT_REJECTED,
		  NST_PLACE_FORWARD, true },
		{ "s", BRIDGE(DROP_QUESTION), NST_VERDICT_DROPPED, NST_PLACE_LINK,
		  false },
		{ "s", BRIDGE(DROP_ANSWER), NST_VERDICT_DROPPED, NST_PLACE_LINK, true },
	};

	EXPECT_CASES(&routed, cases);
}

Test(rules, are_found_behind_nat)
{
	static const struct rule_case cases[] = {
		{ "r", CHAIN("forward", DROP_QUESTION), NST_VERDICT_DROPPED,
		  NST_PLACE_FORWARD, false },
		{ "b", CHAIN("input", DROP_QUESTION), NST_VERDICT_DROPPED,
		  NST_PLACE_INPUT, false },
		{ "b", CHAIN("input", REJECT_QUESTION), NST_VERDICT_REJECTED,
		  NST_PLACE_INPUT, false },
		{ "r", CHAIN("forward", DROP_ANSWER), NST_VERDICT_DROPPED,
		  NST_PLACE_FORWARD, true },
		{ "a", CHAIN("input", DROP_ANSWER), NST_VERDICT_DROPPED,
		  NST_PLACE_INPUT, true },
	};

	EXPECT_CASES(&natted, cases);
}

/* A SYN passes, data does not: not open. */
Test(rules, that_stop_only_the_payload_are_no_way_through)
{
	static const struct {
		const char *host, *chain;
		enum nst_verdict_kind kind;
		enum nst_place place;
		bool answer;
	} cases[] = {
		{ "b", CHAIN("input", "tcp dport 80 tcp flags & psh == psh drop"),
		  NST_VERDICT_DROPPED, NST_PLACE_INPUT, false },
		{ "r", CHAIN("forward", "tcp dport 80 tcp flags & psh == psh drop"),
		  NST_VERDICT_DROPPED, NST_PLACE_FORWARD, false },
		{ "a", CHAIN("output", "tcp dport 80 tcp flags & psh == psh drop"),
		  NST_VERDICT_DROPPED, NST_PLACE_OUTPUT, false },
		{ "b", CHAIN("output", "tcp sport 80 tcp flags & psh == psh drop"),
		  NST_VERDICT_DROPPED, NST_PLACE_OUTPUT, true },
		{ "a", CHAIN("input", "tcp sport 80 tcp flags & psh == psh drop"),
		  NST_VERDICT_DROPPED, NST_PLACE_INPUT, true },
		{ "b",
		  CHAIN("input",
			"tcp dport 80 tcp flags & psh == psh reject with tcp reset"),
		  NST_VERDICT_REJECTED, NST_PLACE_INPUT, false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct nst_lab *lab nst_autodown = up(&routed);

		rules(lab, cases[i].host, cases[i].chain);
		for (int j = 0; j < FAMILIES; j++) {
			const struct nst_verdict *verdict =
				ask(lab, TCP("a", "b", .family = families[j]));

			expect_kind(verdict, cases[i].kind);
			expect_place(verdict, cases[i].place, cases[i].host,
				     cases[i].answer);
		}
	}
}

/* The packets look the same; what the kernel counts does not. */
Test(rules, that_pretend_to_be_a_closed_port_are_seen_through)
{
	struct nst_lab *lab nst_autodown = up(&direct);

	rules(lab, "b",
	      CHAIN("input",
		    "tcp dport 80 reject with tcp reset\n udp dport 53 reject"));
	for (int i = 0; i < FAMILIES; i++) {
		const struct nst_question *const questions[] = {
			TCP("a", "b", .family = families[i],
			    .listener = NST_LISTENER_NONE),
			UDP("a", "b", .family = families[i],
			    .listener = NST_LISTENER_NONE),
		};

		for (int j = 0; j < 2; j++)
			expect_kind(ask(lab, questions[j]), NST_VERDICT_REJECTED);
	}
}

Test(rules, that_keep_a_refusal_from_the_asker_drop_an_answer)
{
	struct nst_lab *lab nst_autodown = up(&direct);
	const struct nst_question *question =
		TCP("a", "b", .listener = NST_LISTENER_NONE);

	rules(lab, "b", CHAIN("output", "tcp flags & rst == rst drop"));
	expect_kind(ask(lab, question), NST_VERDICT_DROPPED);
	expect_place(ask(lab, question), NST_PLACE_OUTPUT, "b", true);
	rules(lab, "b", "flush ruleset");
	rules(lab, "a", CHAIN("input", "tcp flags & rst == rst drop"));
	expect_kind(ask(lab, question), NST_VERDICT_DROPPED);
	expect_place(ask(lab, question), NST_PLACE_INPUT, "a", true);
}

Test(rules, icmp_codes_are_told)
{
	static const struct {
		const char *code;
		int type4, code4, type6, code6;
	} cases[] = {
		{ "no-route", 3, 0, 1, 0 },
		{ "host-unreachable", 3, 1, 1, 3 },
		{ "port-unreachable", 3, 3, 1, 4 },
		{ "admin-prohibited", 3, 13, 1, 1 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct nst_lab *lab nst_autodown = up(&routed);
		const struct nst_verdict *verdict;
		char script[256];

		snprintf(script, sizeof(script),
			 CHAIN("forward", "tcp dport 80 reject with icmpx type %s"),
			 cases[i].code);
		rules(lab, "r", script);
		verdict = ask(lab, TCP("a", "b"));
		expect_kind(verdict, NST_VERDICT_REJECTED);
		cr_expect_eq(verdict->icmp_type, cases[i].type4);
		cr_expect_eq(verdict->icmp_code, cases[i].code4);
		verdict = ask(lab, TCP("a", "b", .family = AF_INET6));
		expect_kind(verdict, NST_VERDICT_REJECTED);
		cr_expect_eq(verdict->icmp_type, cases[i].type6);
		cr_expect_eq(verdict->icmp_code, cases[i].code6);
	}
}

Test(rules, that_lead_a_port_elsewhere_are_followed)
{
	struct nst_lab *lab nst_autodown = up(&routed);
	const struct nst_verdict *verdict;

	rules(lab, "r",
	      "table ip n {\n"
	      " chain p { type nat hook prerouting priority -100;\n"
	      "  iif eth1 tcp dport 80 dnat to 10.1.0.3:8080\n }\n"
	      " chain q { type nat hook postrouting priority 100;\n"
	      "  oif eth0 masquerade\n }\n}\n");
	verdict = ask(lab, TCP("b", "r", .family = AF_INET));
	expect_kind(verdict, NST_VERDICT_REFUSED);
	expect_says(verdict, "tcp/8080 of c");

	serve(lab, "c", "exec python3 -m http.server 8080", 8080, 0);
	expect_kind(ask(lab, TCP("b", "r", .family = AF_INET)), NST_VERDICT_OPEN);

	rules(lab, "c", CHAIN("input", "tcp dport 8080 drop"));
	verdict = ask(lab, TCP("b", "r", .family = AF_INET));
	expect_kind(verdict, NST_VERDICT_DROPPED);
	expect_place(verdict, NST_PLACE_INPUT, "c", false);
}

Test(rules, that_redirect_to_a_closed_port_refuse)
{
	struct nst_lab *lab nst_autodown = up(&direct);

	rules(lab, "b",
	      "table ip n {\n chain p {\n type nat hook prerouting priority -100;\n"
	      " tcp dport 80 redirect to :81\n }\n}\n");

	expect_kind(ask(lab, TCP("a", "b", .family = AF_INET)), NST_VERDICT_REFUSED);
}

Test(rules, with_random_source_ports_are_followed)
{
	struct nst_lab *lab nst_autodown = up(&routed);

	rules(lab, "r",
	      "table ip n {\n chain q {\n type nat hook postrouting priority 100;\n"
	      " oif eth1 masquerade random\n }\n}\n");
	rules(lab, "b",
	      CHAIN("input", "tcp dport 80 drop\n udp dport 53 reject\n"
			     " icmp type echo-request reject"));

	expect_place(ask(lab, TCP("a", "b")), NST_PLACE_INPUT, "b", false);
	expect_place(ask(lab, UDP("a", "b")), NST_PLACE_INPUT, "b", false);
	expect_place(ask(lab, ECHO("a", "b")), NST_PLACE_INPUT, "b", false);
}
