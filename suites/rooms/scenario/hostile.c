/* SPDX-License-Identifier: MIT */
/* Files that mean harm: refused, and at once. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "right.h"

/* The test's own timeout is the deadline: each of these once took for ever, or all memory,
 * in some reader of YAML. */
TestSuite(scenario_hostile, .timeout = 20);

/* `head`, then `unit` as often as fits, then `tail`. */
static char *repeated(const char *head, const char *unit, const char *tail, size_t size)
{
	char *text = malloc(size + 1), *to = text;

	cr_assert(text);
	to = stpcpy(to, head);
	while (to + strlen(unit) + strlen(tail) < text + size)
		to = stpcpy(to, unit);
	stpcpy(to, tail);
	return text;
}

static void expect_refused(char *yaml, const char *with)
{
	char *text = complaint(yaml, NULL);

	cr_expect(strstr(text, with), "%s", text);
	free(text);
	free(yaml);
}

Test(scenario_hostile, an_alias_bomb_does_not_go_off)
{
	expect_refused(strdup("a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n"),
		       "anchors");
}

Test(scenario_hostile, deep_nesting_does_not_take_the_stack)
{
	expect_refused(repeated("a: ", "[", "", 1 << 20), "nested too deeply");
	expect_refused(repeated("a: ", "{a: ", "", 1 << 20), "nested too deeply");
}

Test(scenario_hostile, more_than_a_mebibyte_is_not_read)
{
	expect_refused(repeated("#", "x", "\n", (1 << 20) + 2), "1 MiB");
}

Test(scenario_hostile, many_wrong_names_take_no_time)
{
	expect_refused(repeated("hosts: {a: , b: }\nlinks:\n", "- a -- xxxxxxxxxxxx\n",
				"", 1 << 20),
		       "no host");
}

Test(scenario_hostile, many_hosts_with_wrong_links_take_no_time)
{
	char *text = malloc(1 << 20), *to = text;

	cr_assert(text);
	to = stpcpy(to, "hosts:\n");
	for (int i = 0; i < 20000; i++)
		to += sprintf(to, "  host-%d:\n", i);
	to = stpcpy(to, "links:\n");
	for (int i = 0; i < 20000; i++)
		to += sprintf(to, "- host-%d -- hots-%d\n", i, i);
	expect_refused(text, "did you mean");
}

Test(scenario_hostile, variables_do_not_fill_the_memory)
{
	char yaml[16384] = "variables:\n  v0: xxxxxxxxxxxxxxxx\n",
	     *to = yaml + strlen(yaml);

	for (int i = 1; i < 60; i++)
		to += sprintf(to, "  v%d: ${v%d}${v%d}\n", i, i - 1, i - 1);
	expect_refused(strdup(yaml), "longer than 256 KiB");
}

Test(scenario_hostile, many_long_variables_end_too)
{
	char *yaml = malloc(1 << 20), *to = yaml;

	cr_assert(yaml);
	to = stpcpy(to, "variables:\n  v: ");
	memset(to, 'x', 200000);
	to = stpcpy(to + 200000, "\n");
	for (int i = 0; i < 900; i++)
		to += sprintf(to, "  v%d: ${v}\n", i);
	expect_refused(yaml, "have become 64 MiB");
}

Test(scenario_hostile, a_long_list_of_addresses_takes_no_time)
{
	expect_refused(repeated("links: [a -- b]\nhosts: {b: , a: {address: [",
				"1.1.1.1, ", "x]}}\n", 1 << 20),
		       "is not an address");
}

Test(scenario_hostile, a_partition_of_a_million_names_takes_no_time)
{
	expect_refused(repeated("hosts: {a: , b: }\nsteps:\n  - cut: ", "a,",
				" from b, c\n", 1 << 20),
		       "no host \"c\"");
}

Test(scenario_hostile, bytes_behind_percent_do_not_hang)
{
	expect_refused(strdup("%\xff\xff\n"), "this is not UTF-8");
	expect_refused(strdup("%TAG ! x\n"), "directives");
}

Test(scenario_hostile, a_long_matrix_and_many_variables_are_refused)
{
	char yaml[32768] = "variables:\n", *to = yaml + strlen(yaml);

	expect_refused(repeated("matrix: {a: [", "1, ", "2]}\n", 4096),
		       "at most 256 values");
	for (int i = 0; i <= 1000; i++)
		to += sprintf(to, "  v%d: x\n", i);
	expect_refused(strdup(yaml), "more than 1000 variables");
}
