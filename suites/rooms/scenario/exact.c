/* SPDX-License-Identifier: MIT */
/* Chance is replaced by exact faults, and nothing else. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include <nstest/error.h>
#include <nstest/scenario.h>
#include <scenario/exact.h>

static const struct nst_exact_fault faults[] = {
	{ "a -> b", 17, "drop: true" },
	{ "b -> a", 23, "duplicate: 1" },
};

/* The text with `count` of the faults in the case that begins at `line`; NULL. */
static char *make_exact(const char *before, unsigned int line, size_t count)
{
	char path[] = "/tmp/nstest-exact-XXXXXX.yaml", *text = NULL;
	int fd = mkstemps(path, 5);
	size_t size = strlen(before);

	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, before, size), (ssize_t)size);
	close(fd);
	if (nst_scenario_exact(path, line, faults, count, "one\ntwo", &text) < 0)
		text = NULL;
	unlink(path);
	return text;
}

Test(exact, puts_faults_before_the_steps_of_the_case_and_takes_chance_away)
{
	char *text = make_exact(
		"# ours\n"
		"hosts: {a: {address: 10.0.0.1/24}, b: {address: 10.0.0.2/24}}\n"
		"links:\n"
		"  - link: a -- b\n"
		"    impair: {a -> b: \"loss 1% 25%, delay 20ms 5ms\", "
		"b -> a: {loss: 2%, rate: 1mbit}}\n"
		"cases:\n"
		"  other:\n"
		"    - impair: a -> b delay 5ms, loss 1%, reorder 5%\n"
		"  this: # one\n"
		"    timeout: 3s\n"
		"    steps:\n"
		"      - impair: a -> b loss 1%\n",
		9, 2);

	cr_assert_not_null(text, "%s", nst_error());
	cr_expect_str_eq(
		text,
		"# one\n# two\n"
		"# ours\n"
		"hosts: {a: {address: 10.0.0.1/24}, b: {address: 10.0.0.2/24}}\n"
		"links:\n"
		"  - link: a -- b\n"
		"    impair: {a -> b: \" delay 20ms 5ms\", "
		"b -> a: {loss: 0%, rate: 1mbit}}\n"
		"cases:\n"
		"  other:\n"
		"    - impair: a -> b delay 5ms\n"
		"  this: # one\n"
		"    timeout: 3s\n"
		"    steps:\n"
		"      - fault: {on: a -> b, nth: 17, drop: true, may miss: true}\n"
		"      - fault: {on: b -> a, nth: 23, duplicate: 1, may miss: true}\n"
		"      - impair: a -> b none\n",
		"%s", text);
	free(text);
}

Test(exact, is_a_scenario_still)
{
	struct nst_scenario *scenario = NULL;
	char *text = make_exact(
		"hosts: {a: {address: 10.0.0.1/24}, b: {address: 10.0.0.2/24}}\n"
		"links: [a -- b]\n"
		"cases:\n"
		"  this:\n"
		"    - impair: a -- b delay 5ms, corrupt 1%, duplicate 2%\n",
		4, 2);

	cr_assert_not_null(text, "%s", nst_error());
	cr_assert_eq(
		nst_scenario_parse(text, strlen(text), "t.yaml", NULL, &scenario, NULL),
		0, "%s\n%s", nst_error(), text);
	cr_expect_eq(scenario->cases[0].step_count, 3);
	nst_scenario_free(scenario);
	free(text);
}

Test(exact, refuses_steps_in_one_line)
{
	char *text = make_exact(
		"hosts: {a: {address: 10.0.0.1/24}, b: {address: 10.0.0.2/24}}\n"
		"links: [a -- b]\n"
		"cases: {this: [expect: a -> b tcp/80 refused]}\n",
		3, 1);

	cr_expect_null(text);
	cr_expect_not_null(strstr(nst_error(), "lines of their own"), "%s",
			   nst_error());
}
