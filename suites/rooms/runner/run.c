/* SPDX-License-Identifier: MIT */
/* nstest run, from outside: what passes, fails, dies, hangs, and what is said of it. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include <criterion/criterion.h>

#include <base/scope.h>

#include "trial.h"

#define TWO_HOSTS                       \
	"hosts:\n"                      \
	"  a: {address: 10.0.0.1/24}\n" \
	"  b: {address: 10.0.0.2/24}\n" \
	"links:\n"                      \
	"  - a -- b\n"

/* The output ends with this line. */
static bool closes_with(const struct trial *trial, const char *line)
{
	size_t all = strlen(trial->output), size = strlen(line);

	return all > size + 1 && trial->output[all - size - 2] == '\n' &&
	       !strncmp(trial->output + all - size - 1, line, size) &&
	       trial->output[all - 1] == '\n';
}

Test(run, passes_and_says_so)
{
	TRIAL trial = trial_begin(TWO_HOSTS "cases:\n"
					    "  good:\n"
					    "    - run: {on: a, command: \"true\"}\n");

	trial_run(&trial, "run");

	cr_expect_eq(trial.status, 0);
	cr_expect(closes_with(&trial, "1 passed, 0 failed, 0 skipped"), "%s",
		  trial.output);
	cr_expect_not(trial_has(&trial, "nstest-out"), "a passing case leaves nothing");
}

Test(run, explains_a_failure_and_keeps_its_evidence)
{
	TRIAL trial =
		trial_begin(TWO_HOSTS "cases:\n"
				      "  bad one:\n"
				      "    - run: {on: a, command: echo here; exit 3}\n"
				      "  good:\n"
				      "    - run: {on: a, command: \"true\"}\n");

	trial_run(&trial, "run t.yaml");

	cr_expect_eq(trial.status, 1);
	cr_expect(closes_with(&trial, "1 passed, 1 failed, 0 skipped"), "%s",
		  trial.output);
	cr_expect(trial_said(&trial, "not ok  t / bad one"));
	cr_expect(trial_said(&trial, "t.yaml:8:7"));
	cr_expect(trial_said(&trial, "expected exit status 0, got exit status 3"));
	cr_expect(trial_has(&trial, "nstest-out/t/bad-one/case.pcapng"));
	cr_expect(trial_has(&trial, "nstest-out/t/bad-one/failure.txt"));
	cr_expect(trial_has(&trial, "nstest-out/t/bad-one/a-echo.out"));
}

Test(run, says_that_a_filter_sees_ipv4_only)
{
	TRIAL trial = trial_begin(
		"hosts: {a: {address: \"fd00::1/64\"}, b: {address: \"fd00::2/64\"}}\n"
		"links: [a -- b]\n"
		"steps:\n"
		"  - expect: a -> b tcp/80 open\n"
		"  - packets: {match: \"tcp[tcpflags] & tcp-syn != 0\", count: 4}\n");

	trial_run(&trial, "run t.yaml");
	cr_expect_eq(trial.status, 1);
	cr_expect(trial_said(&trial, "see IPv4 only"), "%s", trial.output);
}

Test(run, replaces_what_an_earlier_run_kept)
{
	TRIAL trial = trial_begin(TWO_HOSTS
				  "cases:\n"
				  "  one:\n"
				  "    - run: {on: a, command: echo here; exit 3}\n");

	trial_run(&trial, "run");
	cr_assert(trial_has(&trial, "nstest-out/t/one/a-echo.out"));
	trial_file(&trial, "t.yaml",
		   TWO_HOSTS "cases:\n"
			     "  one:\n"
			     "    - run: {on: a, command: \"true\"}\n");
	trial_run(&trial, "run");

	cr_expect_eq(trial.status, 0, "%s", trial.output);
	cr_expect_not(trial_has(&trial, "nstest-out/t/one"), "it would mislead");
	trial_run(&trial, "run --keep-all --out=there");
	cr_expect(trial_has(&trial, "there/t/one/case.pcapng"), "%s", trial.output);
}

Test(run, a_program_that_dies_unasked_fails_the_case)
{
	TRIAL trial = trial_begin(
		TWO_HOSTS
		"cases:\n"
		"  dies:\n"
		"    - start: {on: a, name: bad, command: echo oops >&2; exit 3}\n"
		"    - run: {on: b, command: sleep 0.1}\n");

	trial_run(&trial, "run");

	cr_expect_eq(trial.status, 1);
	cr_expect(trial_said(&trial, "bad on a died unasked: exit status 3"), "%s",
		  trial.output);
	cr_expect(trial_said(&trial, "oops"));
}

Test(run, order_of_results_does_not_depend_on_workers)
{
	AUTO_FREE char *one = NULL, *many = NULL;
	char text[4096] = TWO_HOSTS "cases:\n";
	TRIAL trial = trial_begin(NULL);

	/* The first cases take longest, so that with several workers the last end first. */
	for (int i = 0; i < 12; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 "  case %02d:\n    - run: {on: a, command: sleep 0.%02d; exit "
			 "%d}\n",
			 i, 12 - i, i % 3);
	trial_file(&trial, "t.yaml", text);
	for (int j = 1; j <= 6; j += 5) {
		char *line, *rest = NULL;

		trial_run(&trial, "run -v -j%d | grep -o '^[a-z ]*  t / case [0-9]*'",
			  j);
		for (line = strtok_r(trial.output, "\n", &rest); line;
		     line = strtok_r(NULL, "\n", &rest)) {
			char **all = j == 1 ? &one : &many, *longer;

			cr_assert_gt(
				asprintf(&longer, "%s%s\n", *all ? *all : "", line), 0);
			free(*all);
			*all = longer;
		}
	}
	cr_assert_not_null(one);
	cr_expect_not_null(strstr(one, "ok      t / case 00\nnot ok  t / case 01"),
			   "%s", one);
	cr_expect_str_eq(one, many);
}

Test(run, a_case_that_takes_too_long_is_told_where_it_was)
{
	TRIAL trial = trial_begin(TWO_HOSTS
				  "cases:\n"
				  "  slow:\n"
				  "    - run: {on: a, command: sleep 60, within: 50s}\n"
				  "  good:\n"
				  "    - run: {on: a, command: \"true\"}\n");

	trial_run(&trial, "run --timeout=300ms");

	cr_expect_eq(trial.status, 1);
	cr_expect(trial_said(&trial, "not ok  t / slow"), "%s", trial.output);
	cr_expect(trial_said(&trial, "t.yaml:8:7"));
	cr_expect(trial_said(&trial, "the case's time was up: 300 ms"));
	cr_expect(trial_has(&trial, "nstest-out/t/slow/case.pcapng"));
	cr_expect(closes_with(&trial, "1 passed, 1 failed, 0 skipped"));
}

/* The child of the runner that runs a case. */
static pid_t worker_of(pid_t runner)
{
	char path[64];
	FILE *children;
	pid_t worker = 0;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", runner, runner);
	children = fopen(path, "r");
	if (!children || fscanf(children, "%d", &worker) != 1)
		worker = 0;
	if (children)
		fclose(children);
	return worker;
}

/* Its first case says that it has begun by a file. */
#define SLEEPS_AND_GOOD                                                               \
	TWO_HOSTS "cases:\n"                                                          \
		  "  sleeps:\n"                                                       \
		  "    - run: {on: a, command: touch begun; sleep 30, within: 40s}\n" \
		  "  good:\n"                                                         \
		  "    - run: {on: a, command: \"true\"}\n"

Test(run, a_worker_that_dies_is_an_error_and_others_go_on)
{
	static const char *const arguments[] = { "run", "-j1", "t.yaml", NULL };
	TRIAL trial = trial_begin(SLEEPS_AND_GOOD);
	pid_t runner = trial_start(&trial, arguments);

	cr_assert(trial_gets(&trial, "begun"));
	cr_assert_eq(kill(worker_of(runner), SIGKILL), 0);
	trial_wait(&trial, runner);

	cr_expect_eq(trial.status, 1);
	cr_expect(trial_said(&trial, "error   t / sleeps"), "%s", trial.output);
	cr_expect(trial_said(&trial, "the worker process was killed by SIGKILL"));
	cr_expect(trial_said(&trial, "t.yaml:8:7"));
	cr_expect(closes_with(&trial, "1 passed, 1 failed, 0 skipped"));
}

Test(run, ctrl_c_stops_and_tells_what_was_running)
{
	static const char *const arguments[] = { "run", "-j1", "t.yaml", NULL };
	TRIAL trial = trial_begin(SLEEPS_AND_GOOD);
	pid_t runner = trial_start(&trial, arguments);

	cr_assert(trial_gets(&trial, "begun"));
	cr_assert_eq(kill(runner, SIGINT), 0);
	trial_wait(&trial, runner);

	cr_expect_eq(trial.status, 130);
	cr_expect(trial_said(&trial,
			     "Ctrl-C: stopped while running t / sleeps (at t.yaml:8:7"),
		  "%s", trial.output);
	cr_expect(trial_said(&trial, "1 had not begun"));
}

Test(run, nothing_to_run_is_an_error)
{
	TRIAL trial = trial_begin(NULL);

	trial_run(&trial, "run");
	cr_expect_eq(trial.status, 2);
	cr_expect(trial_said(&trial, "no scenario file"), "%s", trial.output);

	trial_run(&trial, "run missing.yaml");
	cr_expect_eq(trial.status, 2);
	cr_expect(trial_said(&trial, "missing.yaml: No such file or directory"));
}

Test(run, runs_nothing_if_a_file_is_wrong)
{
	TRIAL trial = trial_begin(SLEEPS_AND_GOOD);

	trial_file(&trial, "wrong.yaml", "hosts: 3\n");
	trial_run(&trial, "run");

	cr_expect_eq(trial.status, 2);
	cr_expect(trial_said(&trial, "wrong.yaml:1:"), "%s", trial.output);
	cr_expect(trial_said(&trial, "nothing was run"));
	trial_run(&trial, "check");
	cr_expect_eq(trial.status, 1);
	trial_run(&trial, "check t.yaml");
	cr_expect_eq(trial.status, 0);
	cr_expect(trial_said(&trial, "t.yaml: 2 cases"), "%s", trial.output);
}

Test(run, only_takes_what_was_named)
{
	TRIAL trial = trial_begin(SLEEPS_AND_GOOD);

	trial_run(&trial, "run -v --only 't / good'");
	cr_expect_eq(trial.status, 0, "%s", trial.output);
	cr_expect(trial_said(&trial, "ok      t / good"));
	cr_expect_not(trial_said(&trial, "sleeps"));

	trial_run(&trial, "list");
	cr_expect_str_eq(trial.output, "t / sleeps\nt / good\n");
}

Test(run, cases_of_one_name_do_not_share_a_folder)
{
	static const char bad[] = TWO_HOSTS "cases:\n"
					    "  x:\n"
					    "    - run: {on: a, command: \"false\"}\n"
					    "  x!:\n"
					    "    - run: {on: a, command: \"false\"}\n";
	TRIAL trial = trial_begin(bad);

	trial_run(&trial, "run");

	cr_expect(trial_has(&trial, "nstest-out/t/x/failure.txt"), "%s", trial.output);
	cr_expect(trial_has(&trial, "nstest-out/t/x-2/failure.txt"));
}

/* ---- Suite executables ---- */

Test(suite, of_plain_criterion_is_reported_test_by_test)
{
	TRIAL trial = trial_begin(NULL);

	trial_run(&trial, "run -v " PLAIN_SUITE);

	cr_expect_eq(trial.status, 1);
	cr_expect(trial_said(&trial, "ok      plain / passes"), "%s", trial.output);
	cr_expect(trial_said(&trial, "not ok  plain / fails"));
	cr_expect(trial_said(&trial, "one is not two"));
	cr_expect(trial_said(&trial, "skip    plain / skips: no such ability"));
	cr_expect(trial_said(&trial, "error   plain / crashes"));
	cr_expect(closes_with(&trial, "1 passed, 2 failed, 1 skipped"));
}

Test(suite, is_listed_by_its_tests)
{
	TRIAL trial = trial_begin(NULL);

	trial_run(&trial, "list " PLAIN_SUITE " | sort");

	cr_expect_str_eq(trial.output,
			 "plain / crashes\nplain / fails\nplain / passes\n"
			 "plain / skips\n");
}

Test(suite, that_is_none_is_an_error)
{
	TRIAL trial = trial_begin(NULL);

	trial_run(&trial, "run /bin/true");

	cr_expect_eq(trial.status, 1);
	cr_expect(trial_said(&trial, "it wrote no TAP"), "%s", trial.output);
	trial_file(&trial, "notes.txt", "x");
	trial_run(&trial, "run notes.txt");
	cr_expect_eq(trial.status, 2);
	cr_expect(trial_said(&trial, "neither a scenario file"), "%s", trial.output);
}
