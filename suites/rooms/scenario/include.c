/* SPDX-License-Identifier: MIT */
/* Several files. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <nstest/error.h>

#include "right.h"

TestSuite(scenario_include, .fini = remove_test_folder);

static int load(const char *name, struct nst_scenario **scenario,
		struct nst_diagnostics **problems)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", test_folder(), name);
	return nst_scenario_load(path, NULL, scenario, problems);
}

/* Loads a file that is wrong; compares its complaints, in which "@" stands for the
 * folder. */
static void expect_says(const char *name, const char *wanted)
{
	struct nst_scenario *scenario = NULL;
	struct nst_diagnostics *problems = NULL;
	const char *text;
	char got[2048] = "", *to = got;
	size_t length = strlen(test_folder());

	cr_assert_eq(load(name, &scenario, &problems), -EINVAL);
	text = nst_diagnostics_text(problems);
	while (*text && to < got + sizeof(got) - 1) {
		bool is_folder = strncmp(text, test_folder(), length) == 0;

		*to++ = is_folder ? '@' : *text;
		text += is_folder ? length : 1;
	}
	cr_expect_str_eq(got, wanted);
	nst_diagnostics_free(problems);
}

Test(scenario_include, shares_hosts_links_and_variables)
{
	struct nst_scenario *scenario = NULL;
	struct nst_diagnostics *problems = NULL;

	write_file("net.yaml",
		   "include: vars.yaml\n"
		   "hosts: {a: {address: '${net}.1/24', run: '${here}/x'}}\n");
	write_file("vars.yaml", "variables: {net: 10.1.0}\n");
	write_file("main.yaml", "include: [net.yaml, vars.yaml]\n"
				"hosts: {b: {address: '${net}.2/24'}}\n"
				"links: [a -- b]\n"
				"steps: [expect: a -> b icmp open]\n");
	cr_assert_eq(load("main.yaml", &scenario, &problems), 0, "%s",
		     nst_diagnostics_text(problems));

	cr_expect_str_eq(scenario->name, "main");
	cr_expect_str_eq(scenario->setups[0].topology.links[0].a.addresses,
			 "10.1.0.1/24");
	cr_expect(strncmp(scenario->setups[0].programs[0].start.command, test_folder(),
			  strlen(test_folder())) == 0);
	nst_diagnostics_free(problems);
	nst_scenario_free(scenario);
}

Test(scenario_include, a_rule_file_is_found_beside_its_scenario)
{
	struct nst_scenario *scenario = NULL;
	struct nst_diagnostics *problems = NULL;
	char path[256];

	write_file("a.rules", "table inet t { }\n");
	write_file("main.yaml", "hosts: {a: {ruleset: a.rules}}\n");
	cr_assert_eq(load("main.yaml", &scenario, &problems), 0, "%s",
		     nst_diagnostics_text(problems));

	snprintf(path, sizeof(path), "%s/a.rules", test_folder());
	cr_expect_str_eq(scenario->setups[0].rulesets[0].rules.path, path);
	cr_expect_str_eq(scenario->setups[0].rulesets[0].rules.text,
			 "table inet t { }\n");
	cr_expect_eq(scenario->setups[0].rulesets[0].rules.first_line, 1);
	nst_diagnostics_free(problems);
	nst_scenario_free(scenario);
}

Test(scenario_include, complaints_name_the_file_they_are_about)
{
	write_file("net.yaml", "hosts: {a: {adress: 10.0.0.1/24}}\n");
	write_file("main.yaml",
		   "include: net.yaml\nsteps: [expect: a -> c icmp open]\n");

	expect_says(
		"main.yaml",
		"@/main.yaml:2:22: no host \"c\" (there is a)\n"
		"    2 | steps: [expect: a -> c icmp open]\n"
		"      |                      ^\n"
		"@/net.yaml:1:13: unknown key \"adress\"; did you mean \"address\"?\n"
		"    1 | hosts: {a: {adress: 10.0.0.1/24}}\n"
		"      |             ^~~~~~\n");
}

Test(scenario_include, the_same_host_in_two_files_is_refused_with_both_places)
{
	write_file("net.yaml", "hosts: {a: }\nvariables: {x: 1}\n");
	write_file("main.yaml", "include: net.yaml\nhosts:\n  a:\n");
	expect_says("main.yaml",
		    "@/main.yaml:3:3: host \"a\" is declared twice; the other is "
		    "at @/net.yaml:1:9\n"
		    "    3 |   a:\n"
		    "      |   ^\n");

	write_file("main.yaml", "include: net.yaml\nvariables: {x: 2}\n");
	expect_says(
		"main.yaml",
		"@/main.yaml:2:13: variable \"x\" is declared twice; the other is at "
		"@/net.yaml:2:13\n"
		"    2 | variables: {x: 2}\n"
		"      |             ^\n");
}

Test(scenario_include, circles_are_refused)
{
	write_file("a.yaml", "include: b.yaml\n");
	write_file("b.yaml", "include: ./a.yaml\n");
	expect_says(
		"a.yaml",
		"@/b.yaml:1:10: the files include each other: @/a.yaml, which includes "
		"@/b.yaml, which includes it again\n"
		"    1 | include: ./a.yaml\n"
		"      |          ^~~~~~~~\n");
}

Test(scenario_include, cases_belong_to_the_file_that_is_run)
{
	write_file("a.yaml", "include: b.yaml\n");
	write_file("b.yaml", "cases: {}\n");
	expect_says("a.yaml",
		    "@/b.yaml:1:1: \"cases\" cannot be in a file that is included "
		    "(by @/a.yaml)\n"
		    "    1 | cases: {}\n"
		    "      | ^~~~~\n");
}

Test(scenario_include, a_file_that_is_not_there_is_named)
{
	write_file("a.yaml", "include: no.yaml\n");
	expect_says("a.yaml", "@/a.yaml:1:10: cannot read @/no.yaml: No such file or "
			      "directory\n"
			      "    1 | include: no.yaml\n"
			      "      |          ^~~~~~~\n");
}

Test(scenario_include, what_a_broken_file_would_declare_is_not_missed)
{
	write_file("a.yaml", "include: b.yaml\nsteps: [expect: a -> b icmp open]\n");
	write_file("b.yaml", "hosts: {a: {}\n");
	expect_says("a.yaml", "@/b.yaml:1:14: this is not YAML: missing comma in flow "
			      "mapping\n"
			      "    1 | hosts: {a: {}\n"
			      "      |              ^\n");
}

Test(scenario_include, a_scenario_that_is_not_there_has_its_errno)
{
	struct nst_scenario *scenario = NULL;
	struct nst_diagnostics *problems = NULL;

	cr_expect_eq(load("no.yaml", &scenario, &problems), -ENOENT);
	cr_expect(strstr(nst_error(), "no.yaml: No such file or directory"));
	cr_expect_eq(nst_diagnostics_count(problems), 0);
	nst_diagnostics_free(problems);
}

Test(scenario_include, alone_opens_no_other_file)
{
	const struct nst_scenario_options alone = { .alone = true };
	char *text = complaint("include: /etc/passwd\n", &alone);

	cr_expect_str_eq(text, "t.yaml:1:10: other files are not opened here");
	free(text);
	text = complaint("hosts: {a: {ruleset: /etc/passwd}}\n", &alone);
	cr_expect_str_eq(text, "t.yaml:1:22: rule files are not opened here");
	free(text);
}

Test(scenario_include, files_that_cannot_be_meant_are_refused)
{
	write_file("a.yaml", "include: .\n");
	expect_says("a.yaml", "@/a.yaml:1:10: cannot read @/.: Is a directory\n"
			      "    1 | include: .\n"
			      "      |          ^\n");

	write_file("a.yaml", "hosts: {a: {ruleset: /proc/self/environ}}\n");
	expect_says("a.yaml", "@/a.yaml:1:22: /proc/self/environ has a NUL in it\n"
			      "    1 | hosts: {a: {ruleset: /proc/self/environ}}\n"
			      "      |                      ^~~~~~~~~~~~~~~~~~\n");

	write_file("a.yaml", "include: /dev/zero\n");
	expect_says("a.yaml", "@/a.yaml:1:10: /dev/zero has more than 1048576 bytes\n"
			      "    1 | include: /dev/zero\n"
			      "      |          ^~~~~~~~~\n");
}
