/* SPDX-License-Identifier: MIT */
/* Connections that stay, and are asked over again. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>

#include <nstest/error.h>

#include "world.h"

#define OVER(name) (&(struct nst_question){ .over = name })

static void refused(struct nst_lab *lab, const struct nst_question *question, int code,
		    const char *sentence)
{
	struct nst_verdict verdict;

	cr_expect_eq(nst_probe(lab, question, &verdict), code);
	cr_expect_str_eq(nst_error(), sentence);
}

Test(held, connections_live_through_many_questions_in_both_families)
{
	struct nst_lab *lab nst_autodown = up(&routed);

	expect_kind(ask(lab, TCP("a", "b", .family = AF_INET, .keep = "four")),
		    NST_VERDICT_OPEN);
	expect_kind(ask(lab, TCP("a", "b", .family = AF_INET6, .keep = "six")),
		    NST_VERDICT_OPEN);
	for (int i = 0; i < 40; i++) {
		expect_kind(ask(lab, OVER("four")), NST_VERDICT_OPEN);
		expect_kind(ask(lab, OVER("six")), NST_VERDICT_OPEN);
	}
	/* The port is free for others. */
	expect_kind(ask(lab, TCP("a", "b")), NST_VERDICT_OPEN);
}

Test(held, connections_die_where_the_packets_do_and_come_back)
{
	static const struct {
		const char *host, *hook, *rule;
		enum nst_place place;
		bool answer;
	} cases[] = {
		{ "a", "output", "tcp dport 80 drop", NST_PLACE_OUTPUT, false },
		{ "r", "forward", "tcp dport 80 drop", NST_PLACE_FORWARD, false },
		{ "b", "input", "tcp dport 80 drop", NST_PLACE_INPUT, false },
		{ "b", "output", "tcp sport 80 drop", NST_PLACE_OUTPUT, true },
		{ "r", "forward", "tcp sport 80 drop", NST_PLACE_FORWARD, true },
		{ "a", "input", "tcp sport 80 drop", NST_PLACE_INPUT, true },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct nst_lab *lab nst_autodown = up(&routed);
		const struct nst_verdict *verdict;
		char script[256];

		expect_kind(ask(lab, TCP("a", "b", .keep = "x")), NST_VERDICT_OPEN);
		snprintf(script, sizeof(script),
			 "table inet t { chain c { type filter hook %s priority 0; %s; "
			 "}; }",
			 cases[i].hook, cases[i].rule);
		rules(lab, cases[i].host, script);
		for (int again = 0; again < 2; again++) {
			verdict = ask(lab, OVER("x"));
			expect_kind(verdict, NST_VERDICT_DROPPED);
			expect_place(verdict, cases[i].place, cases[i].host,
				     cases[i].answer);
		}
		rules(lab, cases[i].host, "delete table inet t");
		expect_kind(ask(lab, OVER("x")), NST_VERDICT_OPEN);
		expect_kind(ask(lab, OVER("x")), NST_VERDICT_OPEN);
	}
}

Test(held, connections_of_a_program_are_asked_with_an_empty_line)
{
	struct nst_lab *lab nst_autodown = up(&direct);

	serve(lab, "b", "exec busybox nc -ll -p 80 -e cat", 80, 0);
	expect_kind(ask(lab, TCP("a", "b", .keep = "x")), NST_VERDICT_OPEN);
	expect_kind(ask(lab, OVER("x")), NST_VERDICT_OPEN);
	expect_kind(ask(lab, OVER("x")), NST_VERDICT_OPEN);
	rules(lab, "b", CHAIN("input", "tcp dport 80 drop"));
	expect_kind(ask(lab, OVER("x")), NST_VERDICT_DROPPED);
}

Test(held, connections_have_names)
{
	struct nst_lab *lab nst_autodown = up(&direct);

	refused(lab, OVER("x"), -ENOENT, "there is no connection \"x\"");
	expect_kind(ask(lab, TCP("a", "b", .keep = "x")), NST_VERDICT_OPEN);
	refused(lab, TCP("a", "b", .keep = "x"), -EEXIST,
		"there is a connection \"x\" already");
	refused(lab, UDP("a", "b", .keep = "y"), -EINVAL,
		"only a TCP connection can be kept");
}
