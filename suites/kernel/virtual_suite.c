/* SPDX-License-Identifier: MIT */
/* nstest run --virtual: waiting costs nothing, and the same seed gives the same run. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include <kernel/guest.h>
#include <nstest/error.h>

#include "../rooms/runner/trial.h"

enum { RUNS = 20 };

static void need_virtual_time(void)
{
	struct nst_guest_kernel kernel;
	bool has;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	cr_skip_test("nstest with sanitizers finds no room in a guest kernel");
#endif
	if (nst_guest_kernel_find("uml", &kernel) < 0)
		cr_skip_test("%s", nst_error());
	has = kernel.has_virtual_time;
	nst_guest_kernel_free(&kernel);
	if (!has)
		cr_skip_test(
			"no kernel with virtual time: nstest kernel build makes one");
}

#define TWO_HOSTS                       \
	"hosts:\n"                      \
	"  a: {address: 10.0.0.1/24}\n" \
	"  b: {address: 10.0.0.2/24}\n" \
	"links:\n"                      \
	"  - a -- b\n"

Test(virtual, hours_pass_at_once, .timeout = 60)
{
	TRIAL trial = trial_begin(
		TWO_HOSTS "cases:\n"
			  "  hours:\n"
			  "    timeout: 9h\n"
			  "    steps:\n"
			  "      - run: {on: a, command: sleep 28800, within: 9h}\n");
	time_t began = time(NULL);

	need_virtual_time();
	trial_run(&trial, "run -v --virtual t.yaml");

	cr_expect_eq(trial.status, 0, "%s", trial.output);
	cr_expect(trial_said(&trial, "480 min"), "%s", trial.output);
	cr_expect_lt(time(NULL) - began, 40);
}

/* Delay, jitter, loss, a server, random bytes: all that could differ. */
#define MIXED                                                                         \
	TWO_HOSTS                                                                     \
	"cases:\n"                                                                    \
	"  mixed:\n"                                                                  \
	"    timeout: 1h\n"                                                           \
	"    steps:\n"                                                                \
	"      - impair: a -> b delay 20ms 5ms, loss 10%\n"                           \
	"      - start: {on: b, command: python3 -m http.server 80, ready: tcp/80}\n" \
	"      - run:\n"                                                              \
	"          on: a\n"                                                           \
	"          within: 30min\n"                                                   \
	"          command: |\n"                                                      \
	"            for i in 1 2 3; do curl -s http://10.0.0.2/none >&-; done\n"     \
	"            date +%s%N; head -c 8 /dev/urandom | od -x\n"

/* Runs it in a folder of its own of this depth; prints a sum of all that it left. */
static void run_mixed(struct trial *trial, int depth, int seed)
{
	trial_run(trial,
		  "--version >&- && d=. && for i in $(seq %d); do d=$d/deep$i; done && "
		  "mkdir -p $d && cp t.yaml $d/ && cd $d && "
		  "'%s' run -K --virtual --seed %d --output json=r.json t.yaml >said "
		  "2>&1; "
		  "grep '\"result\"' r.json >result && "
		  "cat result $(find nstest-out -type f ! -name 'history*' | sort) | "
		  "sha256sum; rm -rf nstest-out",
		  depth, NSTEST, seed);
}

/* In other folders, idle and beside programs that compute. */
Test(virtual, the_same_seed_gives_the_same_bytes, .timeout = 280)
{
	TRIAL trial = trial_begin(MIXED);
	char first[128] = "";
	pid_t hog = 0;

	need_virtual_time();
	for (int i = 1; i <= RUNS; i++) {
		if (i == RUNS / 2) {
			hog = fork();
			if (hog == 0)
				for (;;)
					;
		}
		run_mixed(&trial, i % 4 + 1, 7);
		if (!*first)
			snprintf(first, sizeof(first), "%s", trial.output);
		if (strcmp(first, trial.output) != 0 || strlen(first) < 64)
			break;
		if (i == RUNS)
			cr_expect(true);
	}
	if (hog)
		kill(hog, SIGKILL);
	while (hog && waitpid(hog, NULL, 0) < 0)
		;
	cr_expect_str_eq(trial.output, first);
	cr_expect_eq(strlen(first), 68, "%s", first);

	run_mixed(&trial, 1, 8);
	cr_expect_str_neq(trial.output, first, "another seed is another run");
}

Test(virtual, what_computes_without_end_is_run_inexactly_and_said, .timeout = 120)
{
	TRIAL trial = trial_begin(
		TWO_HOSTS
		"cases:\n"
		"  spins:\n"
		"    timeout: 5s\n"
		"    steps:\n"
		"      - run: {on: a, command: \"while :; do :; done\", within: 2s}\n"
		"  other:\n"
		"    - expect: a -> b tcp/80 refused\n");

	need_virtual_time();
	trial_run(&trial, "run -v --virtual t.yaml");

	cr_expect(trial_said(&trial, "time    t / spins: inexact: it computed"), "%s",
		  trial.output);
	cr_expect(trial_said(&trial, "expected its end within 2000 ms, got none"), "%s",
		  trial.output);
	cr_expect(trial_said(&trial, "1 passed, 1 failed, 0 skipped"), "%s",
		  trial.output);
}

Test(virtual, needs_a_kernel_that_has_it, .timeout = 60)
{
	TRIAL trial = trial_begin(MIXED);

	trial_run(&trial, "run --virtual --kernel /bin/true t.yaml");

	cr_expect_eq(trial.status, 2);
	cr_expect(trial_said(&trial, "has no virtual time: nstest kernel build"), "%s",
		  trial.output);
}

/* Ten copies of a question without an answer; only the loss of the first SYN matters. */
#define IMPATIENT                                                                     \
	TWO_HOSTS                                                                     \
	"cases:\n"                                                                    \
	"  impatient:\n"                                                              \
	"    steps:\n"                                                                \
	"      - impair: a -- b delay 5ms, loss 10%\n"                                \
	"      - start: {on: b, command: python3 -m http.server 80, ready: tcp/80}\n" \
	"      - run:\n"                                                              \
	"          on: a\n"                                                           \
	"          command: timeout 0.5 bash -c 'exec 3<>/dev/tcp/10.0.0.2/80'\n"     \
	"  patient:\n"                                                                \
	"    - expect: a -> b tcp/80 refused\n"

Test(explore, finds_the_packet_whose_loss_makes_a_case_fail, .timeout = 280)
{
	TRIAL trial = trial_begin(IMPATIENT);

	need_virtual_time();
	trial_run(&trial, "explore impatient --seeds 1..200 t.yaml");
	cr_expect_eq(trial.status, 1);
	cr_expect(trial_said(&trial, "these suffice"), "%s", trial.output);
	cr_expect(trial_said(&trial, "packet 1, drop: true\nwritten: t-seed-"), "%s",
		  trial.output);

	trial_run(&trial, "run --virtual --engine wire -k impatient t-seed-*.yaml");
	cr_expect(trial_said(&trial, "0 passed, 1 failed"), "%s", trial.output);
}

Test(explore, tells_that_no_seed_fails, .timeout = 120)
{
	TRIAL trial = trial_begin(IMPATIENT);

	need_virtual_time();
	trial_run(&trial, "explore ' / patient' --seeds 3..6 t.yaml");

	cr_expect_eq(trial.status, 0, "%s", trial.output);
	cr_expect(trial_said(&trial, "4 seeds from 3 on: none fails"), "%s",
		  trial.output);
}

Test(explore, wants_one_case_and_seeds_that_are_some)
{
	TRIAL trial = trial_begin(IMPATIENT);

	need_virtual_time();
	trial_run(&trial, "explore patient t.yaml");
	cr_expect(trial_said(&trial, "\"patient\" means 2 cases; it must be one"), "%s",
		  trial.output);
	trial_run(&trial, "explore patient --seeds 7..3 t.yaml");
	cr_expect(trial_said(&trial, "is not of the form 1..1000"), "%s", trial.output);
}
