/* SPDX-License-Identifier: MIT */
/* Cases, variables and the matrix. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "right.h"

#define TWO                                                               \
	"hosts: {a: {address: 10.0.0.1/24}, b: {address: 10.0.0.2/24}}\n" \
	"links: [a -- b]\n"

Test(scenario_cases, come_in_the_order_of_the_file_with_what_holds_for_all)
{
	struct nst_scenario *scenario =
		right(TWO "name: two cases\n"
			  "tags: [slow]\n"
			  "timeout: 5s\n"
			  "settle: 20ms\n"
			  "cases:\n"
			  "  first one: [expect: a -> b icmp open]\n"
			  "  second:\n"
			  "    tags: fast\n"
			  "    timeout: 1s\n"
			  "    settle: 30ms\n"
			  "    capture: none\n"
			  "    clock: virtual\n"
			  "    steps: [expect: a -> b icmp open]\n");
	const struct nst_scenario_case *cases = scenario->cases;

	cr_expect_str_eq(scenario->name, "two cases");
	cr_assert_eq(scenario->case_count, 2);
	cr_expect_str_eq(cases[0].name, "first one");
	cr_expect_eq(cases[0].position.line, 8);
	cr_expect_str_eq(cases[0].tags[0], "slow");
	cr_expect_eq(cases[0].timeout_ms, 5000);
	cr_expect_eq(cases[0].capture, NST_CAPTURE_ALL);
	cr_expect_eq(cases[0].clock, NST_CLOCK_ANY);
	cr_expect_eq(cases[0].steps[0].expect.question.settle_ms, 20);
	cr_expect_str_eq(cases[1].tags[0], "fast");
	cr_expect_null(cases[1].tags[1]);
	cr_expect_eq(cases[1].timeout_ms, 1000);
	cr_expect_eq(cases[1].capture, NST_CAPTURE_NONE);
	cr_expect_eq(cases[1].clock, NST_CLOCK_VIRTUAL);
	cr_expect_eq(cases[1].steps[0].expect.question.settle_ms, 30);
	cr_expect_eq(cases[0].setup, cases[1].setup);
	nst_scenario_free(scenario);
}

Test(scenario_cases, one_case_needs_no_name)
{
	struct nst_scenario *scenario =
		right(TWO "steps: [expect: a -> b icmp open]\n");

	cr_assert_eq(scenario->case_count, 1);
	cr_expect_str_eq(scenario->cases[0].name, "t");
	cr_expect_null(scenario->cases[0].tags);
	cr_expect_eq(scenario->cases[0].timeout_ms, 0);
	nst_scenario_free(scenario);
}

Test(scenario_cases, variables_go_into_any_text)
{
	struct nst_scenario *scenario = right(
		"variables: {host: a, port: 80, all: \"${host} -> b tcp/${port}\"}\n"
		"hosts: {'${host}': {address: 10.0.0.1/24}, b: {address: "
		"10.0.0.2/24}}\n"
		"links: ['${host} -- b']\n"
		"cases:\n"
		"  port ${port}:\n"
		"    - expect: ${all} open\n"
		"    - run: {on: b, command: 'echo $PATH $${HOME} ${here} $'}\n");

	cr_expect_str_eq(scenario->cases[0].name, "port 80");
	cr_expect_str_eq(step_of(scenario, 0)->expect.question.from, "a");
	cr_expect_eq(step_of(scenario, 0)->expect.question.port, 80);
	cr_expect_str_eq(step_of(scenario, 1)->run.start.command,
			 "echo $PATH ${HOME} . $");
	nst_scenario_free(scenario);
}

Test(scenario_cases, variables_can_be_set_from_outside)
{
	static const char *const set[] = { "port=81", "family=y", NULL };
	const struct nst_scenario_options options = { .set = set };
	const char *yaml = TWO "variables: {port: 80}\n"
			       "matrix: {family: [x, y, z]}\n"
			       "cases: {c: [expect: 'a -> b tcp/${port} open']}\n";
	struct nst_scenario *scenario = NULL;

	cr_assert_eq(nst_scenario_parse(yaml, strlen(yaml), "t.yaml", &options,
					&scenario, NULL),
		     0);

	cr_expect_eq(scenario->case_count, 1);
	cr_expect_str_eq(scenario->cases[0].name, "c [y]");
	cr_expect_eq(step_of(scenario, 0)->expect.question.port, 81);
	nst_scenario_free(scenario);
}

Test(scenario_cases, only_variables_that_exist_can_be_set)
{
	static const char *const set[] = { "prot=81", NULL };
	const struct nst_scenario_options options = { .set = set };
	char *text = complaint(TWO "variables: {port: 80}\n", &options);

	cr_expect_str_eq(text,
			 "t.yaml:1:1: there is no variable to be set by \"prot=81\"");
	free(text);
}

Test(scenario_cases, the_matrix_runs_each_case_in_each_combination)
{
	struct nst_scenario *scenario = right(
		"matrix: {family: [ipv4, ipv6], size: [1, 2]}\n"
		"hosts:\n"
		"  a: {address: [10.0.0.1/24, \"fd00::1/64\"], run: 'x ${size}'}\n"
		"  b: {address: [10.0.0.2/24, \"fd00::2/64\"]}\n"
		"links: [a -- b]\n"
		"cases:\n"
		"  one: [expect: 'a -> b tcp/${size} over ${family} open']\n"
		"  two: [expect: a -> b icmp open]\n");
	const struct nst_scenario_case *cases = scenario->cases;

	cr_assert_eq(scenario->case_count, 8);
	cr_assert_eq(scenario->setup_count, 4);
	cr_expect_str_eq(cases[0].name, "one [ipv4, 1]");
	cr_expect_str_eq(cases[1].name, "one [ipv4, 2]");
	cr_expect_str_eq(cases[2].name, "one [ipv6, 1]");
	cr_expect_str_eq(cases[3].name, "one [ipv6, 2]");
	cr_expect_str_eq(cases[4].name, "two [ipv4, 1]");
	cr_expect_str_eq(cases[2].steps[0].expect.question_text,
			 "a -> b tcp/1 over ipv6");
	cr_expect_str_eq(cases[3].setup->programs[0].start.command, "x 2");
	cr_expect_eq(cases[7].setup, cases[3].setup);
	nst_scenario_free(scenario);
}

Test(scenario_cases, all_that_is_wrong_is_said_at_once_in_the_order_of_the_file)
{
	static const char yaml[] = "cases: {one: [exepct: x]}\n" TWO "tmeout: 5s\n";
	struct nst_scenario *scenario = NULL;
	struct nst_diagnostics *problems = NULL;

	cr_assert(nst_scenario_parse(yaml, strlen(yaml), "t.yaml", NULL, &scenario,
				     &problems) < 0);

	cr_assert_eq(nst_diagnostics_count(problems), 2);
	cr_expect_eq(nst_diagnostics_at(problems, 0)->position.line, 1);
	cr_expect_eq(nst_diagnostics_at(problems, 1)->position.line, 4);
	cr_expect_null(nst_diagnostics_at(problems, 2));
	cr_expect_null(scenario);
	nst_diagnostics_free(problems);
}

Test(scenario_cases, complaints_end_at_twenty)
{
	char yaml[4096] = "hosts: {a: }\nlinks:\n";
	struct nst_scenario *scenario = NULL;
	struct nst_diagnostics *problems = NULL;

	for (size_t i = 0; i < 50; i++)
		strcat(yaml, "  - a -- nobody\n");
	cr_assert(nst_scenario_parse(yaml, strlen(yaml), "t.yaml", NULL, &scenario,
				     &problems) < 0);

	cr_expect_eq(nst_diagnostics_count(problems), 20);
	cr_expect(strstr(nst_diagnostics_text(problems),
			 "There may be more: only the first 20 are shown.\n"));
	nst_diagnostics_free(problems);
}
