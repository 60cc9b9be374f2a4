/* SPDX-License-Identifier: MIT */
/* Links that are down or cut, routes that are missing, neighbours that do not answer. */
#include <criterion/criterion.h>

#include <nstest/error.h>

#include "world.h"

static void expect_link(struct nst_lab *lab, const char *host, bool answer)
{
	for (int i = 0; i < FAMILIES; i++) {
		const struct nst_question *const questions[] = {
			TCP("a", "b", .family = families[i]),
			UDP("a", "b", .family = families[i]),
			ECHO("a", "b", .family = families[i]),
		};

		for (int j = 0; j < 3; j++) {
			const struct nst_verdict *verdict = ask(lab, questions[j]);

			expect_kind(verdict, NST_VERDICT_DROPPED);
			expect_place(verdict, NST_PLACE_LINK, host, answer);
			cr_expect_eq(verdict->proof, NST_PROOF_LINK);
		}
	}
}

Test(links, that_are_down_drop_and_carry_again_when_up)
{
	static const struct {
		const char *one, *other, *last;
	} cases[] = { { "a", "s", "a" }, { "s", "r", "s" }, { "r", "b", "r" } };
	struct nst_lab *lab nst_autodown = up(&routed);

	for (int i = 0; i < 3; i++) {
		cr_assert_eq(nst_link_down(lab, cases[i].one, cases[i].other), 0, "%s",
			     nst_error());
		expect_link(lab, cases[i].last, false);
		cr_assert_eq(nst_link_up(lab, cases[i].one, cases[i].other), 0, "%s",
			     nst_error());
		expect_kind(ask(lab, TCP("a", "b")), NST_VERDICT_OPEN);
		expect_kind(ask(lab, TCP("a", "b", .family = AF_INET6)),
			    NST_VERDICT_OPEN);
	}
}

Test(links, that_are_cut_drop_where_the_receiver_stands)
{
	struct nst_lab *lab nst_autodown = up(&switched);

	cr_assert_eq(nst_cut(lab, "a", "b"), 0, "%s", nst_error());
	expect_link(lab, "b", false);
	expect_kind(ask(lab, TCP("a", "c")), NST_VERDICT_OPEN);
	cr_assert_eq(nst_mend(lab, "a", "b"), 0, "%s", nst_error());
	expect_kind(ask(lab, TCP("a", "b")), NST_VERDICT_OPEN);
}

Test(links, cut_one_way_lose_the_answer)
{
	struct nst_lab *lab nst_autodown = up(&direct);

	for (int i = 0; i < FAMILIES; i++)
		expect_kind(ask(lab, TCP("a", "b", .family = families[i])),
			    NST_VERDICT_OPEN);
	cr_assert_eq(nst_cut_from(lab, "b", "a"), 0, "%s", nst_error());

	expect_link(lab, "a", true);
}

Test(routes, of_nobody_are_unroutable)
{
	struct nst_lab *lab nst_autodown = up(&routed);

	/* a itself, its link, the router, the link behind it */
	expect_kind(ask(lab, TCP("a", "192.168.77.1")), NST_VERDICT_UNROUTABLE);
	expect_kind(ask(lab, UDP("a", "10.1.0.77")), NST_VERDICT_UNROUTABLE);
	expect_kind(ask(lab, ECHO("a", "fd01::77")), NST_VERDICT_UNROUTABLE);
	expect_kind(ask(lab, TCP("a", "fd77::1")), NST_VERDICT_UNROUTABLE);
	expect_kind(ask(lab, TCP("a", "10.2.0.77")), NST_VERDICT_UNROUTABLE);
	expect_kind(ask(lab, UDP("a", "fd02::77")), NST_VERDICT_UNROUTABLE);
}

Test(routes, that_are_missing_on_the_way_back_are_unroutable)
{
	struct nst_lab *lab nst_autodown = up(&routed);

	run(lab, "b", "ip route flush table main");

	expect_kind(ask(lab, TCP("a", "b", .family = AF_INET)), NST_VERDICT_UNROUTABLE);
	expect_kind(ask(lab, UDP("a", "b", .family = AF_INET)), NST_VERDICT_UNROUTABLE);
	expect_kind(ask(lab, ECHO("a", "b", .family = AF_INET)),
		    NST_VERDICT_UNROUTABLE);
}

Test(routes, that_a_router_swallows_are_unroutable)
{
	struct nst_lab *lab nst_autodown = up(&routed);

	run(lab, "r", "ip route add blackhole 10.77.0.0/24");
	run(lab, "r", "ip route add unreachable 10.78.0.0/24");
	run(lab, "r", "ip route add prohibit 10.79.0.0/24");

	expect_kind(ask(lab, TCP("a", "10.77.0.1")), NST_VERDICT_UNROUTABLE);
	expect_kind(ask(lab, TCP("a", "10.78.0.1")), NST_VERDICT_UNROUTABLE);
	expect_kind(ask(lab, TCP("a", "10.79.0.1")), NST_VERDICT_REJECTED);
}

/* b takes from a only what it would send back the same way. */
static const struct nst_topology strict = {
	.hosts = (struct nst_host[]){ { "b",
					.sysctls =
						(const char *const[]){
							"net.ipv4.conf.all.rp_filter=1",
							NULL } },
				      {} },
	.links =
		(struct nst_link[]){
			{ .a = { "a", "10.1.0.1/24" }, .b = { "b", "10.1.0.2/24" } },
			{ .a = { "b", "10.2.0.1/24" }, .b = { "c", "10.2.0.2/24" } },
			{} },
};

Test(routes, that_rp_filter_minds_are_told)
{
	struct nst_lab *lab nst_autodown = up(&strict);
	const struct nst_verdict *verdict;

	expect_kind(ask(lab, TCP("a", "b")), NST_VERDICT_OPEN);
	run(lab, "b", "ip route add 10.1.0.1 dev eth1");

	verdict = ask(lab, UDP("a", "b"));
	expect_kind(verdict, NST_VERDICT_DROPPED);
	expect_place(verdict, NST_PLACE_INPUT, "b", false);
	expect_says(verdict, "rp_filter there has dropped 1 packet");
}

/* The classic: a ruleset for IPv4's habits that forgets neighbour discovery. */
Test(neighbours, that_a_firewall_silences_are_dropped_at_their_discovery)
{
	static const struct {
		const char *chain;
		enum nst_place place;
	} cases[] = {
		{ CHAIN("input", "tcp dport 80 accept\n icmpv6 type nd-neighbor-solicit"
				 " drop"),
		  NST_PLACE_INPUT },
		{ CHAIN("output", "icmpv6 type nd-neighbor-advert drop"),
		  NST_PLACE_INPUT /* it came in, and nothing left */ },
	};

	for (int i = 0; i < 2; i++) {
		struct nst_lab *lab nst_autodown = up(&routed);
		const struct nst_verdict *verdict;

		rules(lab, "b", cases[i].chain);
		verdict = ask(lab, TCP("a", "b", .family = AF_INET6));
		expect_kind(verdict, NST_VERDICT_DROPPED);
		expect_place(verdict, cases[i].place, "b", false);
		expect_says(verdict, "neighbour discovery: r");
		expect_kind(ask(lab, TCP("a", "b", .family = AF_INET)),
			    NST_VERDICT_OPEN);
	}
}

Test(neighbours, that_the_askers_own_firewall_keeps_from_asking)
{
	struct nst_lab *lab nst_autodown = up(&direct);
	const struct nst_verdict *verdict;

	rules(lab, "a", CHAIN("output", "icmpv6 type nd-neighbor-solicit drop"));
	verdict = ask(lab, TCP("a", "b", .family = AF_INET6));
	expect_kind(verdict, NST_VERDICT_DROPPED);
	expect_place(verdict, NST_PLACE_OUTPUT, "a", false);
	expect_says(verdict, "never left");
}

Test(neighbours, that_arptables_silences_are_dropped_at_their_discovery)
{
	struct nst_lab *lab nst_autodown = up(&switched);
	const struct nst_verdict *verdict;

	rules(lab, "b",
	      "table arp t {\n chain c {\n type filter hook input priority 0;\n"
	      " policy drop;\n }\n}\n");
	verdict = ask(lab, UDP("a", "b", .family = AF_INET));
	expect_kind(verdict, NST_VERDICT_DROPPED);
	expect_place(verdict, NST_PLACE_INPUT, "b", false);
	expect_says(verdict, "ARP request arrived at b:eth0");
	expect_kind(ask(lab, UDP("a", "b", .family = AF_INET6)), NST_VERDICT_OPEN);
}

/* The answer waits for a neighbour: b does not know a yet, and cannot learn. */
Test(neighbours, of_the_answer_count_as_much)
{
	struct nst_lab *lab nst_autodown = up(&direct);
	const struct nst_verdict *verdict;

	expect_kind(ask(lab, TCP("a", "b", .family = AF_INET6)), NST_VERDICT_OPEN);
	rules(lab, "a", CHAIN("input", "icmpv6 type nd-neighbor-solicit drop"));
	run(lab, "b", "ip -6 neigh flush all");
	verdict = ask(lab, TCP("a", "b", .family = AF_INET6));
	expect_kind(verdict, NST_VERDICT_DROPPED);
	expect_place(verdict, NST_PLACE_INPUT, "a", false);
	expect_says(verdict, "neighbour discovery: b");
}

/* The plan knows nothing of it: the test added it. */
Test(neighbours, with_addresses_that_were_added_are_found)
{
	struct nst_lab *lab nst_autodown = up(&switched);
	const struct nst_verdict *verdict;

	run(lab, "b", "ip addr add 10.1.0.99/24 dev eth0");
	verdict = ask(lab, TCP("a", "10.1.0.99"));
	expect_kind(verdict, NST_VERDICT_OPEN);
	cr_expect(verdict->own_listener);
	verdict = ask(lab, TCP("a", "10.1.0.99", .listener = NST_LISTENER_NONE));
	expect_kind(verdict, NST_VERDICT_REFUSED);
	expect_says(verdict, "of b");

	run(lab, "a", "ip neigh flush all");
	rules(lab, "a",
	      "table arp t {\n chain c {\n type filter hook input priority 0;\n"
	      " arp saddr ip 10.1.0.99 drop\n }\n}\n");
	verdict = ask(lab, TCP("a", "10.1.0.99"));
	expect_kind(verdict, NST_VERDICT_DROPPED);
	expect_place(verdict, NST_PLACE_INPUT, "a", false);
}
