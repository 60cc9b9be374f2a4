/* SPDX-License-Identifier: MIT */
/* expect: {matrix: …}: what a table becomes, and what is said about wrong ones. */
#include <criterion/criterion.h>
#include <sys/socket.h>

#include <base/scope.h>

#include "right.h"
#include "wrong.h"

#define THREE                                             \
	"hosts:\n"                                        \
	"  a: {address: [10.0.0.1/24, \"fd00::1/64\"]}\n" \
	"  b: {address: [10.0.0.2/24, \"fd00::2/64\"]}\n" \
	"  c: {address: 10.0.0.3/24}\n"                   \
	"  lan: {kind: switch}\n"                         \
	"links: [a -- lan, b -- lan, c -- lan]\n"         \
	"steps:\n"                                        \
	"  - expect:\n"                                   \
	"      matrix: |\n"

Test(scenario_policy, is_a_step_for_each_cell)
{
	struct nst_scenario *scenario =
		right(THREE "        from -> to    tcp/22    icmp\n"
			    "        a    -> b     open      -\n"
			    "        c    -> b     dropped   refused or open\n");
	const struct nst_step *steps = scenario->cases[0].steps;

	cr_assert_eq(scenario->cases[0].step_count, 3);
	cr_expect_str_eq(steps[0].expect.question_text, "a -> b tcp/22");
	cr_expect_eq(steps[0].expect.verdicts, 1u << NST_VERDICT_OPEN);
	cr_expect_eq(steps[0].expect.cells_after, 2);
	cr_expect_eq(steps[0].position.line, 11);
	cr_expect_eq(steps[0].position.column, 23);
	cr_expect_str_eq(steps[1].text, "c -> b tcp/22");
	cr_expect_eq(steps[1].expect.question.listener, NST_LISTENER_AUTO);
	cr_expect_str_eq(steps[2].expect.verdict_text, "refused or open");
	cr_expect_eq(steps[2].expect.question.protocol, NST_ICMP);
	cr_expect_eq(steps[2].expect.question.listener, NST_LISTENER_NONE);
	cr_expect_eq(steps[2].expect.cells_after, 0);
	nst_scenario_free(scenario);
}

/* Reasons belong to the cell in front of them, and may come from a variable. */
Test(scenario_policy, may_say_why_in_its_cells)
{
	struct nst_scenario *scenario =
		right("variables: {closed: dropped by policy}\n" THREE
		      "        from -> to  tcp/22                              udp/53\n"
		      "        a    -> b   rejected with tcp reset or refused  open\n"
		      "        c    -> b   ${closed}                           open "
		      "via nat\n");
	const struct nst_step *steps = scenario->cases[0].steps;

	cr_assert_eq(scenario->cases[0].step_count, 4);
	cr_assert_eq(steps[0].expect.reason_count, 2);
	cr_expect(steps[0].expect.reasons[0].reset);
	cr_expect_str_eq(steps[0].expect.verdict_text,
			 "rejected with tcp reset or refused");
	cr_expect_eq(steps[1].expect.reason_count, 0);
	cr_expect_str_eq(steps[1].expect.verdict_text, "open");
	cr_assert_eq(steps[2].expect.reason_count, 1);
	cr_expect_eq(steps[2].expect.reasons[0].cause, NST_CAUSE_POLICY);
	cr_assert_eq(steps[3].expect.reason_count, 1);
	cr_expect(steps[3].expect.reasons[0].nat);
	nst_scenario_free(scenario);
}

Test(scenario_policy, may_be_a_markdown_table)
{
	struct nst_scenario *scenario =
		right(THREE "        | from -> to | udp/53 |\n"
			    "        |------------|:------:|\n"
			    "        | a -> c     | open   |\n");

	cr_assert_eq(scenario->cases[0].step_count, 1);
	cr_expect_str_eq(step_of(scenario, 0)->text, "a -> c udp/53");
	nst_scenario_free(scenario);
}

Test(scenario_policy, asks_each_of_a_list_but_nobody_about_himself)
{
	struct nst_scenario *scenario =
		right(THREE "        from -> to         tcp/22\n"
			    "        a, b -> a, b over ipv6   open\n"
			    "        c -> 10.0.0.1,b    open\n");
	const struct nst_step *steps = scenario->cases[0].steps;

	cr_assert_eq(scenario->cases[0].step_count, 4);
	cr_expect_str_eq(steps[0].text, "a -> b tcp/22 over ipv6");
	cr_expect_eq(steps[0].expect.question.family, AF_INET6);
	cr_expect_str_eq(steps[1].text, "b -> a tcp/22 over ipv6");
	cr_expect_str_eq(steps[2].text, "c -> 10.0.0.1 tcp/22");
	cr_expect_eq(steps[2].expect.question.family, 0);
	cr_expect_str_eq(steps[3].text, "c -> b tcp/22");
	nst_scenario_free(scenario);
}

#define TABLE TWO_HOSTS "steps:\n  - expect:\n      matrix: |\n"

static const struct wrong wrongs[] = {
	{ "no first line", TABLE "        a -> b  open\n",
	  "t.yaml:6:9: a table's first line is \"from -> to\" and the services, as in "
	  "\"from -> to  tcp/22  icmp\"\n"
	  "    6 |         a -> b  open\n"
	  "      |         ^\n" },
	{ "no services", TABLE "        from -> to\n        a -> b\n",
	  "t.yaml:6:17: tcp/PORT, udp/PORT or icmp is missing behind this\n"
	  "    6 |         from -> to\n"
	  "      |                 ^~\n" },
	{ "a service twice", TABLE "        from -> to icmp tcp/1 icmp\n",
	  "t.yaml:6:31: there is a column for icmp already\n"
	  "    6 |         from -> to icmp tcp/1 icmp\n"
	  "      |                               ^~~~\n" },
	{ "too few cells",
	  TABLE "        from -> to  tcp/1  tcp/2\n"
		"        a    -> b   open\n",
	  "t.yaml:7:21: the verdict of tcp/2, or \"-\", is missing behind this\n"
	  "    7 |         a    -> b   open\n"
	  "      |                     ^~~~\n" },
	{ "too many cells",
	  TABLE "        from -> to  tcp/1\n"
		"        a    -> b   open  dropped\n",
	  "t.yaml:7:27: no service is above this: the first line has 1\n"
	  "    7 |         a    -> b   open  dropped\n"
	  "      |                           ^~~~~~~\n" },
	{ "a wrong verdict",
	  TABLE "        from -> to  tcp/1  tcp/2\n"
		"        a    -> b   -      opne\n",
	  "t.yaml:7:28: unknown verdict \"opne\"; did you mean \"open\"?\n"
	  "    7 |         a    -> b   -      opne\n"
	  "      |                            ^~~~\n" },
	{ "a wrong reason",
	  TABLE "        from -> to  tcp/1  tcp/2\n"
		"        a    -> b   open via nut  open\n",
	  "t.yaml:7:30: \"nat\" belongs here, as in \"open via nat\"\n"
	  "    7 |         a    -> b   open via nut  open\n"
	  "      |                              ^~~\n" },
	{ "no such host",
	  TABLE "        from -> to  tcp/1\n"
		"        a, c -> b   open\n",
	  "t.yaml:7:12: no host \"c\" (there are a, b)\n"
	  "    7 |         a, c -> b   open\n"
	  "      |            ^\n" },
	{ "a pair twice",
	  TABLE "        from -> to  tcp/1\n"
		"        a    -> b   open\n"
		"        a    -> b   dropped\n",
	  "t.yaml:8:17: a -> b is in this table already\n"
	  "    8 |         a    -> b   dropped\n"
	  "      |                 ^\n" },
	{ "no address of the family",
	  TABLE "        from -> to  tcp/1\n"
		"        a    -> b over ipv6  open\n",
	  "t.yaml:7:9: \"a\" has no IPv6 address\n"
	  "    7 |         a    -> b over ipv6  open\n"
	  "      |         ^\n" },
	{ "nothing is asked",
	  TABLE "        from -> to  tcp/1\n"
		"        a    -> b   -\n",
	  "t.yaml:6:1: this table asks nothing\n"
	  "    6 |         from -> to  tcp/1\n"
	  "      | ^~~~~~~~~~~~~~~~~~~~~~~~~\n" },
	{ "an unknown key", TWO_HOSTS "steps:\n  - expect: {matrx: x}\n",
	  "t.yaml:4:5: \"matrix\" is missing here\n"
	  "    4 |   - expect: {matrx: x}\n"
	  "      |     ^~~~~~\n"
	  "t.yaml:4:14: unknown key \"matrx\"; did you mean \"matrix\"?\n"
	  "    4 |   - expect: {matrx: x}\n"
	  "      |              ^~~~~\n" },
};

Test(scenario_policy, wrong_tables_are_explained)
{
	check_wrong(wrongs, ARRAY_SIZE(wrongs));
}
