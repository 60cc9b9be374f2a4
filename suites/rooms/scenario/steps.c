/* SPDX-License-Identifier: MIT */
/* What each step becomes. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <sys/socket.h>

#include "right.h"

/* a has one link, b two: it needs interfaces. */
#define THREE                                                               \
	"hosts:\n"                                                          \
	"  a: {address: [10.0.0.1/24, \"fd00::1/64\"], run: sleep 9}\n"     \
	"  b: {run: [sleep 9, cat], interfaces: {\n"                        \
	"       eth0: {address: [10.0.0.2/24, \"fd00::2/64\"]}, eth1: }}\n" \
	"  c:\n"                                                            \
	"links: [a -- b, b -- c]\n"                                         \
	"steps:\n"

static struct nst_step only_step(const char *yaml, struct nst_scenario **scenario)
{
	*scenario = right(yaml);
	return *step_of(*scenario, 0);
}

Test(scenario_steps, expect_asks_over_the_family_that_is_written)
{
	struct nst_scenario *scenario;
	struct nst_step step = only_step(
		THREE "  - expect: a -> b  tcp/80 over ipv6   open\n", &scenario);
	const struct nst_question *question = &step.expect.question;

	cr_expect_eq(step.kind, NST_STEP_EXPECT);
	cr_expect_str_eq(question->from, "a");
	cr_expect_str_eq(question->to, "b");
	cr_expect_eq(question->protocol, NST_TCP);
	cr_expect_eq(question->port, 80);
	cr_expect_eq(question->family, AF_INET6);
	cr_expect_eq(question->listener, NST_LISTENER_AUTO);
	cr_expect_eq(step.expect.verdicts, 1u << NST_VERDICT_OPEN);
	cr_expect_str_eq(step.expect.question_text, "a -> b  tcp/80 over ipv6");
	cr_expect_str_eq(step.expect.verdict_text, "open");
	cr_expect_eq(step.position.line, 8);
	cr_expect_eq(step.position.column, 5);
	nst_scenario_free(scenario);
}

Test(scenario_steps, blocked_is_rejected_or_dropped)
{
	struct nst_scenario *scenario;
	struct nst_step step =
		only_step(THREE "  - expect: a -> 10.0.0.2 icmp blocked\n", &scenario);

	cr_expect_eq(step.expect.verdicts,
		     1u << NST_VERDICT_REJECTED | 1u << NST_VERDICT_DROPPED);
	cr_expect_eq(step.expect.question.protocol, NST_ICMP);
	cr_expect_eq(step.expect.question.family, 0);
	nst_scenario_free(scenario);
}

Test(scenario_steps, each_verdict_has_its_bit)
{
	static const struct {
		const char *name;
		enum nst_verdict_kind kind;
	} verdicts[] = {
		{ "open", NST_VERDICT_OPEN },
		{ "refused", NST_VERDICT_REFUSED },
		{ "rejected", NST_VERDICT_REJECTED },
		{ "dropped", NST_VERDICT_DROPPED },
		{ "unroutable", NST_VERDICT_UNROUTABLE },
		{ "unanswered", NST_VERDICT_UNANSWERED },
	};

	for (size_t i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++) {
		char yaml[512];
		struct nst_scenario *scenario;
		struct nst_step step;

		snprintf(yaml, sizeof(yaml), THREE "  - expect: a -> b udp/9 %s\n",
			 verdicts[i].name);
		step = only_step(yaml, &scenario);
		cr_expect_eq(step.expect.verdicts, 1u << verdicts[i].kind, "%s",
			     verdicts[i].name);
		nst_scenario_free(scenario);
	}
}

Test(scenario_steps, where_refused_is_right_no_listener_is_put_up)
{
	struct nst_scenario *scenario;
	struct nst_step step = only_step(
		THREE "  - expect: a -> b tcp/80 dropped or refused\n", &scenario);

	cr_expect_eq(step.expect.question.listener, NST_LISTENER_NONE);
	cr_expect(nst_expected(&step.expect, NST_VERDICT_REFUSED));
	cr_expect(nst_expected(&step.expect, NST_VERDICT_DROPPED));
	cr_expect_not(nst_expected(&step.expect, NST_VERDICT_REJECTED));
	cr_expect_str_eq(step.expect.verdict_text, "dropped or refused");
	nst_scenario_free(scenario);
}

Test(scenario_steps, a_list_of_expectations_is_a_step_each)
{
	struct nst_scenario *scenario = right(THREE "  - expect:\n"
						    "      - a -> b tcp/80 open\n"
						    "      - b -> a tcp/80 open\n");

	cr_expect_eq(scenario->cases[0].step_count, 2);
	cr_expect_str_eq(step_of(scenario, 1)->expect.question.from, "b");
	cr_expect_eq(step_of(scenario, 1)->position.line, 10);
	cr_expect_eq(step_of(scenario, 1)->position.column, 9);
	nst_scenario_free(scenario);
}

Test(scenario_steps, run_judges_status_and_output)
{
	struct nst_scenario *scenario;
	struct nst_step step =
		only_step(THREE "  - run:\n"
				"      on: a\n"
				"      command: curl x\n"
				"      within: 200ms\n"
				"      status: not 0\n"
				"      stdout: {contains: [x, z], equals: y}\n"
				"      stderr: {matches: '^a+$', lacks: q}\n",
			  &scenario);
	const struct nst_text_check *checks = step.run.checks;

	cr_expect_str_eq(step.text, "run on a: curl x");
	cr_expect_str_eq(step.run.start.host, "a");
	cr_expect_eq(step.run.within_ms, 200);
	cr_expect_eq(step.run.status_rule, NST_STATUS_NOT_ZERO);
	cr_assert_eq(step.run.check_count, 5);
	cr_expect(checks[0].stream == NST_STDOUT &&
		  checks[0].rule == NST_TEXT_CONTAINS);
	cr_expect_str_eq(checks[1].text, "z");
	cr_expect_eq(checks[1].position.line, 13);
	cr_expect_eq(checks[1].position.column, 30);
	cr_expect(checks[2].stream == NST_STDOUT && checks[2].rule == NST_TEXT_EQUALS);
	cr_expect(checks[3].stream == NST_STDERR && checks[3].rule == NST_TEXT_LACKS);
	cr_expect(checks[4].stream == NST_STDERR && checks[4].rule == NST_TEXT_MATCHES);
	nst_scenario_free(scenario);
}

Test(scenario_steps, run_wants_status_0_within_10_s_unless_told)
{
	struct nst_scenario *scenario;
	struct nst_step step =
		only_step(THREE "  - run: {on: a, command: x}\n", &scenario);

	cr_expect_eq(step.run.within_ms, 10000);
	cr_expect_eq(step.run.status_rule, NST_STATUS_IS);
	cr_expect_eq(step.run.status, 0);
	nst_scenario_free(scenario);
}

static void expect_count(const char *count, uint64_t least, uint64_t most)
{
	char yaml[512];
	struct nst_scenario *scenario;
	struct nst_step step;

	snprintf(yaml, sizeof(yaml), THREE "  - packets: {count: %s}\n", count);
	step = only_step(yaml, &scenario);
	cr_expect_eq(step.packets.at_least, least, "%s", count);
	cr_expect_eq(step.packets.at_most, most, "%s", count);
	cr_expect_str_eq(step.packets.count_text, count);
	nst_scenario_free(scenario);
}

Test(scenario_steps, packets_count_as_is_said)
{
	expect_count("3", 3, 3);
	expect_count("0", 0, 0);
	expect_count("none", 0, 0);
	expect_count("at least 3", 3, UINT64_MAX);
	expect_count("at most 3", 0, 3);
	expect_count("between 2 and 4", 2, 4);
}

Test(scenario_steps, packets_are_counted_somewhere_since_sometime)
{
	struct nst_scenario *scenario =
		right(THREE "  - mark: begin\n"
			    "  - packets: {at: [a, \"b:eth1\"], match: tcp port 80,\n"
			    "              count: 1, since: mark begin}\n"
			    "  - packets: {count: 1, since: last step}\n");
	const struct nst_packets_step *packets = &step_of(scenario, 1)->packets;

	cr_expect_str_eq(step_of(scenario, 0)->mark, "begin");
	cr_expect_str_eq(packets->where[0], "a");
	cr_expect_str_eq(packets->where[1], "b:eth1");
	cr_expect_null(packets->where[2]);
	cr_expect_str_eq(packets->match, "tcp port 80");
	cr_expect_eq(packets->since, NST_SINCE_MARK);
	cr_expect_str_eq(packets->mark, "begin");
	cr_expect_eq(step_of(scenario, 2)->packets.since, NST_SINCE_STEP);
	cr_expect_null(step_of(scenario, 2)->packets.where);
	nst_scenario_free(scenario);
}

Test(scenario_steps, programs_are_found_by_name_and_host)
{
	struct nst_scenario *scenario = right(
		THREE
		"  - kill: sleep on b\n"
		"  - stop: {program: cat, within: 1s}\n"
		"  - freeze: sleep on a\n"
		"  - start: {on: c, command: nc 1, name: n, ready: tcp/1, within: 3s}\n"
		"  - thaw: n\n"
		"  - start: cat\n");

	cr_expect_str_eq(step_of(scenario, 0)->program.host, "b");
	cr_expect_str_eq(step_of(scenario, 0)->program.name, "sleep");
	cr_expect_str_eq(step_of(scenario, 1)->program.host, "b");
	cr_expect_eq(step_of(scenario, 1)->program.within_ms, 1000);
	cr_expect_str_eq(step_of(scenario, 2)->program.host, "a");
	cr_expect_eq(step_of(scenario, 3)->start.start.ready.port, 1);
	cr_expect_eq(step_of(scenario, 3)->start.within_ms, 3000);
	cr_expect_str_eq(step_of(scenario, 4)->program.host, "c");
	cr_expect_str_eq(step_of(scenario, 5)->start.start.command, "cat");
	nst_scenario_free(scenario);
}

Test(scenario_steps, wait_until_knows_programs_ports_and_files)
{
	struct nst_scenario *scenario =
		right(THREE "  - wait until:\n"
			    "      - cat is ready\n"
			    "      - sleep on b prints \"a b+\" within 2s\n"
			    "      - cat exits within 1min\n"
			    "      - c listens on udp/53\n"
			    "      - c has file \"/run/a b\" within 5ms\n");

	cr_expect_eq(step_of(scenario, 0)->wait.kind, NST_WAIT_READY);
	cr_expect_str_eq(step_of(scenario, 0)->wait.program, "cat");
	cr_expect_eq(step_of(scenario, 0)->wait.within_ms, 10000);
	cr_expect_eq(step_of(scenario, 1)->wait.kind, NST_WAIT_PRINTS);
	cr_expect_str_eq(step_of(scenario, 1)->wait.host, "b");
	cr_expect_str_eq(step_of(scenario, 1)->wait.regex, "a b+");
	cr_expect_eq(step_of(scenario, 1)->wait.within_ms, 2000);
	cr_expect_eq(step_of(scenario, 2)->wait.kind, NST_WAIT_EXITS);
	cr_expect_eq(step_of(scenario, 2)->wait.within_ms, 60000);
	cr_expect_eq(step_of(scenario, 3)->wait.kind, NST_WAIT_PORT);
	cr_expect_eq(step_of(scenario, 3)->wait.protocol, NST_UDP);
	cr_expect_eq(step_of(scenario, 3)->wait.port, 53);
	cr_expect_eq(step_of(scenario, 4)->wait.kind, NST_WAIT_FILE);
	cr_expect_str_eq(step_of(scenario, 4)->wait.file, "/run/a b");
	nst_scenario_free(scenario);
}

Test(scenario_steps, links_and_partitions_name_hosts)
{
	struct nst_scenario *scenario = right(THREE "  - down: b -- a\n"
						    "  - up: a -- b\n"
						    "  - cut: a, c from b\n"
						    "  - cut: \"[a] -> [b,c,b]\"\n"
						    "  - mend: a c from b\n");

	cr_expect_eq(step_of(scenario, 0)->kind, NST_STEP_DOWN);
	cr_expect_str_eq(step_of(scenario, 0)->link.a, "b");
	cr_expect_eq(step_of(scenario, 1)->kind, NST_STEP_UP);
	cr_expect_str_eq(step_of(scenario, 2)->cut.one, "a,c");
	cr_expect_str_eq(step_of(scenario, 2)->cut.other, "b");
	cr_expect_not(step_of(scenario, 2)->cut.one_way);
	cr_expect_str_eq(step_of(scenario, 3)->cut.other, "b,c");
	cr_expect(step_of(scenario, 3)->cut.one_way);
	cr_expect_eq(step_of(scenario, 4)->kind, NST_STEP_MEND);
	cr_expect_str_eq(step_of(scenario, 4)->cut.one, "a,c");
	nst_scenario_free(scenario);
}

Test(scenario_steps, are_told_in_one_line)
{
	struct nst_scenario *scenario =
		right(THREE "  - run:\n"
			    "      on: a\n"
			    "      command: |\n"
			    "        set -e\n"
			    "        mount\n"
			    "  - kill: |\n"
			    "      sleep on a\n"
			    "  - run: {on: a, command: [ls, -l]}\n");

	cr_expect_str_eq(step_of(scenario, 0)->text, "run on a: set -e ...");
	cr_expect_str_eq(step_of(scenario, 1)->text, "kill: sleep on a");
	cr_expect_str_eq(step_of(scenario, 2)->text, "run on a: ls -l");
	nst_scenario_free(scenario);
}
