/* SPDX-License-Identifier: MIT */
/* Which cases nstest runs, how often, and in which order. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include <base/scope.h>

#include "trial.h"

#define TWO_HOSTS                       \
	"hosts:\n"                      \
	"  a: {address: 10.0.0.1/24}\n" \
	"  b: {address: 10.0.0.2/24}\n" \
	"links:\n"                      \
	"  - a -- b\n"

#define CASE(name, command) \
	"  " name ":\n    - run: {on: a, command: \"" command "\"}\n"

/* A case that fails while the file "broken" is there. */
#define FRAGILE CASE("fragile", "! test -e broken")

/* A case that fails the first time. */
#define FLAKY CASE("unsteady", "test -e tried || { touch tried; exit 4; }")

static bool says_in_order(const struct trial *trial, const char *first,
			  const char *second)
{
	const char *one = strstr(trial->output, first);

	return one && strstr(one, second);
}

Test(select, takes_expressions_over_names_and_tags)
{
	TRIAL trial = trial_begin(TWO_HOSTS "cases:\n" CASE("one", "true") CASE(
		"two", "true") "  three:\n    tags: [slow, net]\n    steps:\n"
			       "      - run: {on: a, command: \"true\"}\n");

	trial_run(&trial, "list -k 'one | th & !tw'");
	cr_expect_str_eq(trial.output, "t / one\nt / three\n");
	trial_run(&trial, "list --tags 'slow & net'");
	cr_expect_str_eq(trial.output, "t / three\n");
	trial_run(&trial, "list --tags '!slow' -k o");
	cr_expect_str_eq(trial.output, "t / one\nt / two\n");
	trial_run(&trial, "list -k '\"t / two\"'");
	cr_expect_str_eq(trial.output, "t / two\n");
	trial_run(&trial, "run -k nothing");
	cr_expect_eq(trial.status, 2);
	cr_expect(trial_said(&trial, "none of 3 cases matches \"nothing\""), "%s",
		  trial.output);
	trial_run(&trial, "list --json -k three");
	cr_expect_str_eq(trial.output,
			 "{\"suite\": \"t\", \"case\": \"three\", \"file\": "
			 "\"./t.yaml\", \"line\": 11, \"tags\": [\"slow\", "
			 "\"net\"]}\n");
}

Test(select, runs_of_a_suite_only_what_was_asked_for)
{
	TRIAL trial = trial_begin(NULL);

	trial_run(&trial, "run -v -k 'pass | skip' " PLAIN_SUITE);
	cr_expect_eq(trial.status, 0, "%s", trial.output);
	cr_expect(trial_said(&trial, "1 passed, 0 failed, 1 skipped"), "%s",
		  trial.output);
	trial_run(&trial, "run --tags any " PLAIN_SUITE);
	cr_expect_eq(trial.status, 2, "%s", trial.output);
}

Test(select, runs_again_what_failed)
{
	TRIAL trial = trial_begin(TWO_HOSTS "cases:\n" CASE("good", "true") FRAGILE);

	trial_run(&trial, "run --rerun-failed");
	cr_expect_eq(trial.status, 2, "%s", trial.output);
	cr_expect(trial_said(&trial, "none of 2 cases failed"), "%s", trial.output);
	trial_file(&trial, "broken", "");
	trial_run(&trial, "run");
	cr_assert_eq(trial.status, 1);

	trial_run(&trial, "run -v --failed-first -j1");
	cr_expect(says_in_order(&trial, "t / fragile", "t / good"), "%s", trial.output);
	trial_run(&trial, "run -v --rerun-failed");
	cr_expect(trial_said(&trial, "0 passed, 1 failed"), "%s", trial.output);
	trial_run(&trial, "run -k good"); /* does not forget the other */
	trial_run(&trial, "list --rerun-failed");
	cr_expect_str_eq(trial.output, "t / fragile\n");

	trial_run(&trial, "run --rerun-failed " PLAIN_SUITE " --history plain");
	cr_expect_eq(trial.status, 2);
	trial_run(&trial, "run " PLAIN_SUITE " --history plain");
	trial_run(&trial, "list --rerun-failed " PLAIN_SUITE " --history plain");
	cr_expect_str_eq(trial.output, "plain / crashes\nplain / fails\n");
}

Test(select, retries_tell_flaky_from_failed)
{
	TRIAL trial = trial_begin(TWO_HOSTS "cases:\n" CASE("bad", "exit 3") FLAKY);

	trial_run(&trial, "run --retries 2 -k unsteady --fail-on-flaky");
	cr_expect_eq(trial.status, 1);
	cr_expect(trial_said(&trial, "flaky   t / unsteady: it passed at attempt 2; "
				     "before: expected exit status 0, got exit "
				     "status 4"),
		  "%s", trial.output);
	cr_expect(trial_said(&trial, "1 passed, 0 failed, 0 skipped"));
	cr_expect(trial_has(&trial, "nstest-out/t/unsteady/failure.txt"),
		  "what is known of the failure stays");
	trial_run(&trial, "run --retries 2 -k bad");
	cr_expect_eq(trial.status, 1);
	cr_expect(trial_has(&trial, "nstest-out/attempt-3/t/bad/failure.txt"));
	cr_expect(trial_said(&trial, "0 passed, 1 failed, 0 skipped"), "%s",
		  trial.output);
}

Test(select, repeats_and_stops)
{
	TRIAL trial = trial_begin(TWO_HOSTS "cases:\n" CASE("good", "true") CASE(
		"bad", "exit 3") CASE("count", "echo x >> count; ! grep -c x "
					       "count | grep 5"));

	trial_run(&trial, "run -k good --repeat 7");
	cr_expect(trial_said(&trial, "7 passed, 0 failed, 0 skipped"), "%s",
		  trial.output);
	trial_run(&trial, "run -k count --until-failure -j1");
	cr_expect_eq(trial.status, 1);
	cr_expect(trial_said(&trial, "4 passed, 1 failed, 0 skipped"), "%s",
		  trial.output);
	trial_run(&trial, "run -k 'bad | good' --repeat 9 --max-failures 2 -j1");
	cr_expect(trial_said(&trial, "--max-failures: stopped; 14 had not begun"), "%s",
		  trial.output);
}

Test(select, fails_on_skips_if_asked)
{
	TRIAL trial = trial_begin(NULL);

	trial_run(&trial, "run -k skips " PLAIN_SUITE);
	cr_expect_eq(trial.status, 0);
	trial_run(&trial, "run -k skips --fail-on-skip " PLAIN_SUITE);
	cr_expect_eq(trial.status, 1, "%s", trial.output);
}

Test(select, whole_run_has_a_time)
{
	TRIAL trial = trial_begin(TWO_HOSTS "cases:\n" CASE("slow", "sleep 9") CASE(
		"slower", "sleep 9") CASE("never", "true"));

	trial_run(&trial, "run -j1 --run-timeout 300ms");
	cr_expect_eq(trial.status, 1);
	cr_expect(trial_said(&trial, "error   t / slow"), "%s", trial.output);
	cr_expect(trial_said(&trial, "the run's time was up (--run-timeout)"));
	cr_expect(trial_said(&trial, "--run-timeout: stopped; 2 had not begun"));
}

Test(select, shuffles_by_the_seed)
{
	AUTO_FREE char *once = NULL;
	char text[8192] = TWO_HOSTS "cases:\n";
	TRIAL trial = trial_begin(NULL);

	for (int i = 0; i < 30; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 CASE("c%02d", "true"), i);
	trial_file(&trial, "t.yaml", text);
	trial_run(&trial, "list --shuffle --seed 7");
	once = strdup(trial.output);
	trial_run(&trial, "list --shuffle --seed 7");
	cr_expect_str_eq(trial.output, once);
	trial_run(&trial, "list --shuffle --seed 8");
	cr_expect_str_neq(trial.output, once);
	trial_run(&trial, "list --shuffle | sort | md5sum > shuffled; " NSTEST
			  " list | md5sum | cmp - shuffled");
	cr_expect_eq(trial.status, 0, "the same cases");
	trial_run(&trial, "run --shuffle --seed 7 -v | grep -o 't / c[0-9]*'");
	cr_expect_str_eq(trial.output, once, "%s", trial.output);
}

Test(select, shards_together_are_the_whole)
{
	char text[8192] = TWO_HOSTS "cases:\n";
	TRIAL trial = trial_begin(NULL);

	for (int i = 0; i < 30; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 CASE("c%02d", "true"), i);
	trial_file(&trial, "t.yaml", text);
	trial_run(&trial, "list . " PLAIN_SUITE " | sort > whole");
	for (int i = 1; i <= 4; i++)
		trial_run(&trial, "list --shard %d/4 . " PLAIN_SUITE " >> parts", i);
	trial_run(&trial, "help >/dev/null; sort parts | cmp - whole");
	cr_expect_eq(trial.status, 0, "%s", trial.output);
	trial_run(&trial, "run --shard 40/40"); /* nothing is left for it */
	cr_expect_eq(trial.status, 0, "%s", trial.output);
	cr_expect(trial_said(&trial, "0 passed, 0 failed, 0 skipped"));
}

/* Begun first, though last in the file: the short ones before it are done meanwhile. */
Test(select, longest_first_when_parallel)
{
	TRIAL trial = trial_begin(
		TWO_HOSTS "cases:\n" CASE("short", "test -e long-began")
			CASE("short too", "true") CASE("long", "touch long-began"));

	trial_file(&trial, "history",
		   "{\"suite\": \"t\", \"case\": \"long\", \"result\": \"pass\", "
		   "\"duration_us\": 9000000}\n"
		   "this is no line\n"
		   "{\"suite\": \"t\", \"case\": \"short\", \"result\": \"pass\", "
		   "\"duration_us\": 1000}\n");
	trial_run(&trial, "run --history history -j1");
	cr_expect_eq(trial.status, 1, "alone in the order of the file: %s",
		     trial.output);
	trial_run(&trial, "help >/dev/null; rm long-began");
	trial_file(&trial, "t.yaml",
		   TWO_HOSTS
		   "cases:\n" CASE("short", "until test -e long-began; do :; done")
			   CASE("short too", "until test -e long-began; do :; done")
				   CASE("long", "touch long-began"));
	trial_file(&trial, "history",
		   "{\"suite\": \"t\", \"case\": \"long\", \"result\": \"pass\", "
		   "\"duration_us\": 9000000}\n");
	trial_run(&trial, "run --history history -j2 --timeout 5s");
	cr_expect_eq(trial.status, 0, "%s", trial.output);
}

Test(select, watches_for_changes)
{
	static const char *const arguments[] = { "run", "--watch", "t.yaml", NULL };
	TRIAL trial = trial_begin(TWO_HOSTS "cases:\n" CASE("one", "touch first"));
	pid_t pid = trial_start(&trial, arguments);

	cr_assert(trial_gets(&trial, "first"));
	trial_file(&trial, "t.yaml", TWO_HOSTS "cases:\n" CASE("two", "touch second"));
	cr_assert(trial_gets(&trial, "second"), "a change while it runs, or after");
	kill(pid, SIGTERM);
	trial_wait(&trial, pid);
	cr_expect_eq(trial.status, 128 + SIGTERM);
	cr_expect(trial_said(&trial, "1 passed, 0 failed, 0 skipped"), "%s",
		  trial.output);
}

Test(merge, makes_one_run_of_shards)
{
	TRIAL trial = trial_begin(TWO_HOSTS "cases:\n" CASE("one", "true") CASE(
		"two", "true") CASE("three", "exit 3") CASE("four", "true"));

	for (int i = 1; i <= 3; i++)
		trial_run(&trial, "run --shard %d/3 -O json=part%d . " PLAIN_SUITE, i,
			  i);
	trial_run(&trial, "merge -v -O junit=all.xml part2 part1 part3");
	cr_expect_eq(trial.status, 1);
	cr_expect(trial_said(&trial, "4 passed, 3 failed, 1 skipped"), "%s",
		  trial.output);
	cr_expect(trial_has(&trial, "all.xml"));
	trial_run(&trial, "merge part1 part3");
	cr_expect_eq(trial.status, 2);
	cr_expect(trial_said(&trial, "of 3 shards only 2 are here"), "%s",
		  trial.output);
	trial_run(&trial, "merge part1 part3 part3");
	cr_expect(trial_said(&trial, "part3 and part3 are both shard 3"), "%s",
		  trial.output);
	trial_run(&trial, "run --shard 2/3 -k '!four' -O json=part2 . " PLAIN_SUITE);
	trial_run(&trial, "merge part1 part2 part3");
	cr_expect(trial_said(&trial, "are not of one run"), "%s", trial.output);
	trial_run(&trial, "help >/dev/null; sed '$d' part1 > part4; " NSTEST
			  " merge part4 part2 part3");
	cr_expect(trial_said(&trial, "did not come to its end"), "%s", trial.output);
	trial_run(&trial, "merge t.yaml");
	cr_expect_eq(trial.status, 2, "%s", trial.output);
}

/* Two runs that each meet one of two rules: together they met both. */
Test(merge, adds_up_the_rules_that_runs_met)
{
	TRIAL trial = trial_begin("hosts:\n"
				  "  web:\n"
				  "    address: 10.0.0.1/24\n"
				  "    ruleset: |\n"
				  "      -A INPUT -p tcp --dport 80 -j ACCEPT\n"
				  "      -A INPUT -p tcp --dport 22 -j DROP\n"
				  "  client: {address: 10.0.0.2/24}\n"
				  "links: [web -- client]\n"
				  "cases:\n"
				  "  one: [expect: client -> web tcp/80 open]\n"
				  "  two: [expect: client -> web tcp/22 dropped]\n");

	for (int i = 1; i <= 2; i++)
		trial_run(&trial,
			  "run --shard %d/2 -O json=part%d --rule-coverage rules%d .",
			  i, i, i);
	cr_expect(trial_said(&trial, "1 of 2 rules and policies"), "%s", trial.output);
	trial_run(&trial,
		  "merge --rule-coverage all --min-rule-coverage 100 part1 part2 "
		  "rules1 rules2/coverage.json");
	cr_expect_eq(trial.status, 0, "%s", trial.output);
	cr_expect(trial_said(&trial, "2 passed") &&
			  trial_said(&trial, "2 of 2 rules and policies matched"),
		  "%s", trial.output);
	cr_expect(trial_has(&trial, "all/index.html"));
	trial_run(&trial, "merge --min-rule-coverage 51 rules1");
	cr_expect_eq(trial.status, 1, "without results: %s", trial.output);
	trial_run(&trial, "merge --rule-coverage none part1 part2");
	cr_expect_eq(trial.status, 2, "%s", trial.output);
	cr_expect(trial_said(&trial, "no rule coverage among these files"), "%s",
		  trial.output);
	trial_run(&trial, "merge -O junit=all.xml all");
	cr_expect(trial_said(&trial, "no results among these files"), "%s",
		  trial.output);
}

Test(config, stands_for_options_that_are_not_typed)
{
	TRIAL trial = trial_begin(NULL);

	trial_file(&trial, "one.yaml",
		   TWO_HOSTS "cases:\n" CASE("one", "test $GREETING = hi"));
	trial_file(&trial, "other.yaml", TWO_HOSTS "cases:\n" CASE("other", "true"));
	trial_run(&trial, "config");
	cr_expect_eq(trial.status, 0);
	trial_file(&trial, "nstest.yaml",
		   "paths: [one.yaml]\njobs: 1\nverbose: true\n"
		   "env: {GREETING: hi}\noutput: [json=all.jsonl, junit=all.xml]\n");
	trial_run(&trial, "run");
	cr_expect_eq(trial.status, 0, "%s", trial.output);
	cr_expect(trial_said(&trial, "ok      one / one"), "%s", trial.output);
	cr_expect(trial_has(&trial, "all.jsonl") && trial_has(&trial, "all.xml"));
	trial_run(&trial, "list other.yaml");
	cr_expect_str_eq(trial.output, "other / other\n", "what is typed goes first");
	trial_run(&trial, "list .");
	cr_expect_str_eq(trial.output, "one / one\nother / other\n",
			 "it is no scenario itself");
	trial_run(&trial, "config | head -4");
	cr_expect_str_eq(trial.output,
			 "paths              nstest.yaml:1          one.yaml\n"
			 "env                nstest.yaml:4          GREETING=hi\n"
			 "jobs               nstest.yaml:2          1\n"
			 "only               default                -\n");
	trial_run(&trial, "help >/dev/null; CI_NODE_INDEX=2 CI_NODE_TOTAL=3 " NSTEST
			  " config | grep shard");
	cr_expect_str_eq(trial.output,
			 "shard              GitLab                 2/3\n");
}

Test(config, is_that_of_the_nearest_folder_above)
{
	TRIAL trial = trial_begin(NULL);

	trial_run(&trial, "help >/dev/null; mkdir -p part/deep suites");
	trial_file(&trial, "suites/one.yaml", TWO_HOSTS "cases:\n" CASE("one", "true"));
	trial_file(&trial, "nstest.yaml",
		   "paths: [suites]\nout: kept\noutput: [tap, junit=all.xml]\n");
	trial_run(&trial, "help >/dev/null; cd part/deep; " NSTEST " run -v");
	cr_expect(trial_said(&trial, "ok      one / one"), "%s", trial.output);
	cr_expect(trial_has(&trial, "kept/results.tap"), "paths lead from the file");
	cr_expect(trial_has(&trial, "all.xml"));
	trial_file(&trial, "part/nstest.yaml", "jobs: 1\n");
	trial_run(&trial,
		  "help >/dev/null; cd part/deep; " NSTEST " config | grep yaml");
	cr_expect_str_eq(trial.output, "jobs               ../nstest.yaml:1       1\n");
	trial_run(&trial, "help >/dev/null; mkdir part/deep/.git; cd part/deep; " NSTEST
			  " config | head -1");
	cr_expect(trial_said(&trial, "there is no nstest.yaml"), "%s", trial.output);
	trial_run(
		&trial,
		"help >/dev/null; rmdir part/deep/.git; cd part/deep; HOME=$PWD " NSTEST
		" config | head -1");
	cr_expect(trial_said(&trial, "there is no nstest.yaml"), "%s", trial.output);
	if (!getuid())
		trial_run(&trial, "help >/dev/null; chown 1 part/nstest.yaml; cd "
				  "part/deep; " NSTEST " config");
	cr_expect(getuid() || trial_said(&trial, "is another user's"), "%s",
		  trial.output);
}

Test(config, that_is_wrong_is_told_with_its_place)
{
	TRIAL trial = trial_begin(TWO_HOSTS "cases:\n" CASE("one", "true"));

	trial_file(&trial, "nstest.yaml", "job: 3\nretries: x\nverbose: maybe\n");
	trial_run(&trial, "run");
	cr_expect_eq(trial.status, 2);
	cr_expect(trial_said(&trial,
			     "nstest.yaml:1:1: no setting \"job\"; did you mean "
			     "\"jobs\"?\n    1 | job: 3\n      | ^~~\n"),
		  "%s", trial.output);
	cr_expect(trial_said(&trial,
			     "nstest.yaml:2:1: --retries: \"x\" is not a number"));
	cr_expect(trial_said(&trial, "nstest.yaml:3:1: \"verbose\" is true or false"));
	trial_run(&trial, "config");
	cr_expect_eq(trial.status, 1);
}

/* What Slurm sets for each task of an array; the real one is suites/install/slurm.sh. */
Test(merge, of_an_array_of_slurm_is_the_whole)
{
	char text[8192] = TWO_HOSTS "cases:\n";
	TRIAL trial = trial_begin(NULL);

	for (int i = 0; i < 20; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 i % 6 ? CASE("c%02d", "true") : CASE("c%02d", "false"), i);
	trial_file(&trial, "t.yaml", text);
	trial_run(&trial, "help >/dev/null; mkdir bin; ln -s " NSTEST " bin/nstest");
	for (int i = 0; i < 4; i++) {
		trial_run(&trial,
			  "help >/dev/null; PATH=$PWD/bin:$PATH SLURM_ARRAY_TASK_ID=%d "
			  "SLURM_ARRAY_TASK_COUNT=4 SLURM_ARRAY_TASK_MIN=0 "
			  "SLURM_ARRAY_TASK_STEP=1 " SOURCE_FOLDER "/docs/ci/slurm.sh "
			  "t.yaml",
			  i);
		cr_expect(trial_said(&trial, " skipped"), "%s", trial.output);
	}
	trial_run(&trial,
		  "merge -v shard-0.jsonl shard-1.jsonl shard-2.jsonl "
		  "shard-3.jsonl | grep -o '^[a-z ]*t / c[0-9]*' | sort >merged");
	trial_run(&trial,
		  "run -v t.yaml | grep -o '^[a-z ]*t / c[0-9]*' | sort >whole");
	trial_run(&trial, "help >/dev/null; wc -l <merged; diff merged whole");
	cr_expect_eq(trial.status, 0, "%s", trial.output);
	cr_expect_str_eq(trial.output, "24\n", "4 failures are told twice");
}
