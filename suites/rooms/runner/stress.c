/* SPDX-License-Identifier: MIT */
/* Cases that misbehave fail alone; many at once give the same results as one. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include <base/scope.h>

#include "trial.h"

#define TWO_HOSTS                       \
	"hosts:\n"                      \
	"  a: {address: 10.0.0.1/24}\n" \
	"  b: {address: 10.0.0.2/24}\n" \
	"links:\n"                      \
	"  - a -- b\n"

Test(stress, sixty_four_at_a_time_give_the_same_results_as_one, .timeout = 120)
{
	AUTO_FREE char *text = NULL, *one = NULL;
	TRIAL trial = trial_begin(NULL);
	size_t size;
	FILE *out = open_memstream(&text, &size);

	fputs(TWO_HOSTS "cases:\n", out);
	for (int i = 0; i < 192; i++)
		fprintf(out, "  c%03d:\n    - expect: a -> b tcp/80 %s\n", i,
			i % 7 ? "open" : "dropped");
	fclose(out);
	trial_file(&trial, "t.yaml", text);
	for (int jobs = 1; jobs <= 64; jobs += 63) {
		trial_run(&trial, "run -v -j%d | grep -o '^[a-z ]*t / c[0-9]*'", jobs);
		if (jobs == 1)
			one = strdup(trial.output);
	}
	cr_expect_str_eq(trial.output, one);
	cr_expect(strstr(one, "not ok  t / c000\nok      t / c001\n"), "%s", one);
}

Test(stress, a_case_that_floods_its_log_fails_alone, .timeout = 120)
{
	TRIAL trial = trial_begin(
		TWO_HOSTS "cases:\n"
			  "  floods:\n"
			  "    timeout: 3s\n"
			  "    steps:\n"
			  "      - run: {on: a, command: \"yes\", within: 50s}\n"
			  "  good:\n"
			  "    - expect: a -> b tcp/80 open\n");

	trial_run(&trial, "run -j2");
	cr_expect_eq(trial.status, 1);
	cr_expect(trial_said(&trial, "not ok  t / floods"), "%s", trial.output);
	cr_expect(trial_said(&trial, "1 passed, 1 failed, 0 skipped"));
	trial_run(&trial,
		  "help >/dev/null; test $(du -sm nstest-out | cut -f1) -lt 100");
	cr_expect_eq(trial.status, 0, "what is kept of it is bounded");
}

Test(stress, a_case_that_starts_processes_without_end_fails_alone, .timeout = 120)
{
	TRIAL trial = trial_begin(
		TWO_HOSTS "cases:\n"
			  "  forks:\n"
			  "    timeout: 60s\n"
			  "    steps:\n"
			  "      - run: {on: a, command: \"while :; do sleep 1000 & "
			  "done\", within: 50s}\n"
			  "  good:\n"
			  "    - expect: a -> b tcp/80 open\n");

	trial_run(&trial, "run -j2");
	cr_expect_eq(trial.status, 1);
	cr_expect(trial_said(&trial, "not ok  t / forks"), "%s", trial.output);
	cr_expect(trial_said(&trial, "processes, and may be 4096"), "%s", trial.output);
	cr_expect(trial_said(&trial, "1 passed, 1 failed, 0 skipped"), "%s",
		  trial.output);
}

Test(stress, a_case_that_eats_all_memory_fails_alone, .timeout = 120)
{
	TRIAL trial = trial_begin(
		TWO_HOSTS
		"cases:\n"
		"  eats:\n"
		"    - run: {on: a, command: python3 -c \"x = bytearray(900 << "
		"20); import time; time.sleep(50)\", within: 50s}\n"
		"  eats by many:\n"
		"    - run: {on: a, command: \"for i in 1 2 3 4 5 6 7 8; do python3 "
		"-c 'x = bytearray(60 << 20); import time; time.sleep(50)' & "
		"done; wait\", within: 50s}\n"
		"  good:\n"
		"    - expect: a -> b tcp/80 open\n");

	trial_run(&trial, "run -j2 --case-memory 300M");
	cr_expect_eq(trial.status, 1);
	cr_expect(trial_said(&trial, "not ok  t / eats  "), "%s", trial.output);
	cr_expect(trial_said(&trial, "not ok  t / eats by many  "), "%s", trial.output);
	cr_expect(trial_said(&trial, "and they may have 300 MiB"), "%s", trial.output);
	cr_expect(trial_said(&trial, "1 passed, 2 failed, 0 skipped"), "%s",
		  trial.output);
}

/* Where a machine has no memory left, here in a cgroup, the kernel takes it from cases. */
Test(stress, a_machine_out_of_memory_takes_it_from_the_case, .timeout = 120)
{
	TRIAL trial =
		trial_begin(TWO_HOSTS "cases:\n"
				      "  eats:\n"
				      "    - run: {on: a, command: python3 -c \"x = "
				      "bytearray(900 << 20)\", within: 50s}\n"
				      "  good:\n"
				      "    - expect: a -> b tcp/80 open\n");

	trial_file(
		&trial, "small.sh",
		"v1=/sys/fs/cgroup/memory limit=memory.limit_in_bytes\n"
		"group=$v1/nstest-$$\n"
		"[ -d $v1 ] || { group=/sys/fs/cgroup/nstest-$$ limit=memory.max; }\n"
		"trap 'rmdir $group 2>/dev/null' EXIT\n"
		"{ mkdir $group && echo 400M >$group/$limit; } 2>/dev/null || exit 77\n"
		"sh -c \"echo \\$\\$ >$group/cgroup.procs; exec $*\"\n");
	trial_run(&trial, "help >/dev/null; sh small.sh " NSTEST " run -j2");
	if (trial.status == 77)
		cr_skip_test("needs a cgroup of its own with the memory controller");
	cr_expect_eq(trial.status, 1);
	cr_expect(trial_said(&trial, "not ok  t / eats"), "%s", trial.output);
	cr_expect(trial_said(&trial, "1 passed, 1 failed, 0 skipped"), "%s",
		  trial.output);
}

Test(stress, cases_go_before_the_runner_when_memory_is_out)
{
	TRIAL trial = trial_begin(TWO_HOSTS "cases:\n"
					    "  score:\n"
					    "    - run: {on: a, command: test $(cat "
					    "/proc/self/oom_score_adj) -ge 500}\n");

	trial_run(&trial, "run");
	cr_expect_eq(trial.status, 0, "%s", trial.output);
}

Test(stress, twenty_shuffled_runs_under_load_give_the_same_results, .timeout = 240)
{
	AUTO_FREE char *text = NULL, *first = NULL;
	TRIAL trial = trial_begin(NULL);
	size_t size;
	FILE *out = open_memstream(&text, &size);
	pid_t hogs[4];

	fputs(TWO_HOSTS "cases:\n", out);
	for (int i = 0; i < 40; i++)
		fprintf(out, "  c%02d:\n    - expect: a -> b tcp/80 %s\n", i,
			i % 5 ? "open" : "dropped");
	fclose(out);
	trial_file(&trial, "t.yaml", text);
	for (size_t i = 0; i < ARRAY_SIZE(hogs); i++) {
		hogs[i] = fork();
		if (!hogs[i]) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			for (;;)
				;
		}
	}
	for (int i = 1; i <= 20; i++) {
		trial_run(
			&trial,
			"run -v --shuffle --seed %d | grep -o '^[a-z ]*t / c[0-9]*' | "
			"sort -u",
			i);
		if (!first)
			first = strdup(trial.output);
		cr_expect_str_eq(trial.output, first, "seed %d", i);
	}
	for (size_t i = 0; i < ARRAY_SIZE(hogs); i++) {
		kill(hogs[i], SIGKILL);
		waitpid(hogs[i], NULL, 0);
	}
	cr_expect(strstr(first, "not ok  t / c00\n"), "%s", first);
}

Test(stress, a_case_that_fills_its_disk_fails_alone, .timeout = 120)
{
	TRIAL trial = trial_begin(TWO_HOSTS "cases:\n"
					    "  fills:\n"
					    "    - run: {on: a, command: fallocate -l "
					    "1100m /tmp/all}\n"
					    "  good:\n"
					    "    - expect: a -> b tcp/80 open\n");

	trial_run(&trial, "run -j2");
	cr_expect_eq(trial.status, 1);
	cr_expect(trial_said(&trial, "No space left on device"), "%s", trial.output);
	cr_expect(trial_said(&trial, "1 passed, 1 failed, 0 skipped"), "%s",
		  trial.output);
}
