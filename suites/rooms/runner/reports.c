/* SPDX-License-Identifier: MIT */
/* What a run leaves for machines and for later: files of --output, artefacts, and the
 * command that runs a case again. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include <base/scope.h>

#include "trial.h"

#define LINES                                                              \
	SOURCE_FOLDER "/suites/rooms/report/check_lines.py " SOURCE_FOLDER \
		      "/docs/results.schema.json"
#define XSD SOURCE_FOLDER "/suites/rooms/report/junit.xsd"

#define TWO_HOSTS                       \
	"hosts:\n"                      \
	"  a: {address: 10.0.0.1/24}\n" \
	"  b: {address: 10.0.0.2/24}\n" \
	"links:\n"                      \
	"  - a -- b\n"

#define TWO_CASES                                           \
	TWO_HOSTS "cases:\n"                                \
		  "  good:\n"                               \
		  "    - run: {on: a, command: \"true\"}\n" \
		  "  'bad/../one':\n"                       \
		  "    - run: {on: a, command: echo here; exit 3}\n"

/* Exit status of a command in the trial's folder. */
static int in_folder(const struct trial *trial, const char *command)
{
	AUTO_FREE char *line = NULL;
	int status;

	cr_assert_gt(
		asprintf(&line, "cd %s && { %s; } >.said 2>&1", trial->folder, command),
		0);
	status = system(line);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Details of cases come with the JSON lines of shards; of a whole run they are in its page. */
Test(reports, a_merged_page_shows_what_that_of_one_run_does)
{
	TRIAL trial = trial_begin(TWO_CASES);

	trial_run(&trial, "run -O html=whole.html -O json=whole.jsonl t.yaml");
	for (int i = 1; i <= 2; i++)
		trial_run(&trial, "run --shard %d/2 -O json=part%d t.yaml", i, i);
	trial_run(&trial, "merge -O html=merged.html part1 part2");

	cr_expect_eq(trial.status, 1, "%s", trial.output);
	for (int i = 0; i < 2; i++) {
		const char *page = i ? "merged.html" : "whole.html";
		AUTO_FREE char *command = NULL;

		cr_assert_gt(asprintf(&command,
				      "grep -c 'class=\"details\"' %s | grep -qx 2 && "
				      "grep -c 'class=\"layout\"' %s | grep -qx 2 && "
				      "grep -q '\"packets\": ' %s && "
				      "grep -q '\"text\": \"run on a: ' %s",
				      page, page, page, page),
			     0);
		cr_expect_eq(in_folder(&trial, command), 0, "%s", page);
	}
	cr_expect_eq(in_folder(&trial, "python3 " LINES " part1"), 0);
	cr_expect_neq(in_folder(&trial, "grep -q '\"details\"' whole.jsonl"), 0);
}

Test(reports, several_come_out_of_one_run)
{
	TRIAL trial = trial_begin(TWO_CASES);

	trial_run(&trial,
		  "run -O junit -O json=deep/down/r.jsonl -O tap=- -O html t.yaml "
		  "2>text");

	cr_expect_eq(trial.status, 1);
	cr_expect_eq(strncmp(trial.output, "TAP version 14\n", 15), 0,
		     "standard output is TAP only: %s", trial.output);
	cr_expect_eq(in_folder(&trial, "grep -q '1 passed, 1 failed' text"), 0);
	cr_expect_eq(in_folder(&trial,
			       "xmllint --noout --schema " XSD " nstest-out/junit.xml"),
		     0);
	cr_expect_eq(in_folder(&trial,
			       "grep -q '<testcase name=\"good\" classname=\"t\" "
			       "file=\"t.yaml\" line=\"7\"' "
			       "nstest-out/junit.xml"),
		     0);
	cr_expect_eq(in_folder(&trial, "python3 " LINES " deep/down/r.jsonl"), 0);
	cr_expect(trial_has(&trial, "nstest-out/report.html"));
}

Test(reports, of_criterion_look_like_those_of_scenarios)
{
	TRIAL trial = trial_begin(TWO_CASES);

	trial_run(&trial, "run -O junit -O json t.yaml " PLAIN_SUITE);

	cr_expect_eq(in_folder(&trial,
			       "xmllint --noout --schema " XSD " nstest-out/junit.xml"),
		     0);
	cr_expect_eq(in_folder(&trial, "python3 " LINES " nstest-out/results.jsonl"),
		     0);
	cr_expect_eq(in_folder(&trial, "grep -q 'case.*replay.*plain_suite -k' "
				       "nstest-out/results.jsonl"),
		     0);
}

Test(reports, of_a_killed_run_are_valid)
{
	static const char *const run[] = { "run",  "-O",     "junit", "-O",
					   "json", "-O",     "html",  "-j",
					   "1",    "t.yaml", NULL };
	TRIAL trial = trial_begin(
		TWO_HOSTS "cases:\n"
			  "  first:\n"
			  "    - run: {on: a, command: \"true\"}\n"
			  "  second:\n"
			  "    - run: {on: a, command: touch here; sleep 60}\n");
	pid_t pid = trial_start(&trial, run);

	cr_assert(trial_gets(&trial, "here"), "the second case runs");
	kill(pid, SIGKILL);
	trial_wait(&trial, pid);

	cr_expect_eq(trial.status, 128 + SIGKILL);
	cr_expect_eq(in_folder(&trial,
			       "xmllint --noout --schema " XSD " nstest-out/junit.xml"),
		     0);
	cr_expect_eq(in_folder(&trial, "grep -q '<testsuites name=\"nstest\" "
				       "tests=\"1\"' nstest-out/junit.xml"),
		     0);
	cr_expect_eq(in_folder(&trial, "python3 " LINES " nstest-out/results.jsonl"),
		     0);
	cr_expect_eq(in_folder(&trial, "tail -n 1 nstest-out/report.html | grep -qx "
				       "'</html>'"),
		     0);
}

Test(reports, are_what_github_asks_for_by_its_environment)
{
	TRIAL trial = trial_begin(TWO_CASES);

	cr_assert_eq(setenv("GITHUB_ACTIONS", "true", 1), 0);
	cr_assert_eq(setenv("GITHUB_STEP_SUMMARY", "sum.md", 1), 0);
	trial_run(&trial, "run t.yaml");

	cr_expect(trial_said(&trial, "::error file=t.yaml,line=10,col=7,title=t / "
				     "bad/../one::not ok"),
		  "%s", trial.output);
	cr_expect_eq(in_folder(&trial, "grep -q '1 passed, 1 failed' sum.md"), 0);
}

Test(artefacts, tell_what_the_kernel_knew_of_each_host)
{
	TRIAL trial = trial_begin("hosts:\n"
				  "  a: {address: 10.0.0.1/24}\n"
				  "  b:\n"
				  "    address: 10.0.0.2/24\n"
				  "    root: tmpfs\n"
				  "    ruleset: |\n"
				  "      *filter\n"
				  "      -A INPUT -p icmp -j DROP\n"
				  "      COMMIT\n"
				  "links:\n"
				  "  - a -- b\n"
				  "cases:\n"
				  "  'bad/../one':\n"
				  "    - expect: a -> b icmp open\n");

	trial_run(&trial, "run t.yaml");

	cr_expect_eq(trial.status, 1, "%s", trial.output);
	cr_expect(trial_has(&trial, "nstest-out/t/bad-..-one/b.state"), "%s",
		  trial.output);
	cr_expect_eq(in_folder(&trial, "grep -q 'inet 10.0.0.2/24' "
				       "nstest-out/t/bad-..-one/b.state"),
		     0);
	cr_expect_eq(in_folder(&trial,
			       "grep -Eq '\\[[1-9][0-9]*:[0-9]+\\] -A INPUT -p "
			       "icmp -j DROP' nstest-out/t/bad-..-one/b.ruleset"),
		     0, "the rule has counted what it dropped");
	cr_expect_not(trial_has(&trial, "nstest-out/t/bad-..-one/a.ruleset"));
}

/* The command that a failure names runs that case and no other, with that seed. */
Test(artefacts, name_the_command_that_runs_a_case_again)
{
	TRIAL trial =
		trial_begin(TWO_HOSTS "cases:\n"
				      "  \"it's \\\"so\\\" & (odd) | bad\":\n"
				      "    - run: {on: a, command: exit 3}\n"
				      "  \"it's \\\"so\\\" & (odd) | bad, too\":\n"
				      "    - run: {on: a, command: exit 3}\n");
	AUTO_FREE char *command = NULL;
	char *line, *end;

	trial_run(&trial, "run --seed 4711 -j 1 t.yaml");
	line = strstr(trial.output, "  replay: nstest ");
	cr_assert(line, "%s", trial.output);
	line += strlen("  replay: nstest ");
	end = strchr(line, '\n');
	command = strndup(line, (size_t)(end - line));
	cr_assert(strstr(command, "--seed 4711"));

	trial_run(&trial, "%s", command);
	cr_expect_eq(trial.status, 1);
	cr_expect(trial_said(&trial, "0 passed, 1 failed, 0 skipped"), "%s: %s",
		  command, trial.output);
}

/* Where the shell allows them, and the kernel writes them into directories. */
Test(artefacts, have_the_core_of_a_program_that_crashed)
{
	TRIAL trial = trial_begin(
		TWO_HOSTS
		"cases:\n"
		"  crash:\n"
		"    - run: {on: a, command: \"true\"}\n" /* nor is it the first one's */
		"    - run: {on: b, command: \"sh -c 'kill -SEGV $$'; exit 3\"}\n");

	if (in_folder(&trial, "grep -q '[/|]' /proc/sys/kernel/core_pattern") == 0)
		cr_skip("core_pattern of this machine is no name of a file");
	if (in_folder(&trial, "ulimit -c unlimited") != 0)
		cr_skip("core dumps are limited here (ulimit -H -c)");
	/* AddressSanitizer forbids them, otherwise. */
	trial_run(&trial, "help >/dev/null; ulimit -c unlimited; "
			  "ASAN_OPTIONS=$ASAN_OPTIONS:disable_coredump=0 " NSTEST
			  " run t.yaml");

	cr_expect(trial_has(&trial, "nstest-out/t/crash/b.core"), "%s", trial.output);
	cr_expect_not(trial_has(&trial, "nstest-out/t/crash/a.core"));
	cr_expect_eq(in_folder(&trial, "ls core*"), 2, "it was moved");
}

/* ---- A full disk ---- */

Test(artefacts, of_a_full_disk_are_said_to_be_lost_and_results_come_out)
{
	static const char on_a_small_disk[] =
		"#!/bin/sh\n"
		"mkdir nstest-out && mount -t tmpfs -o size=64k tmpfs nstest-out || "
		"exit 98\n"
		"exec " NSTEST " run -j 1 -O junit=j.xml -O html t.yaml\n";
	TRIAL trial = trial_begin(TWO_HOSTS "cases:\n"
					    "  flood:\n"
					    "    - run: {on: a, command: head -c "
					    "3000000 /dev/zero | tr '\\0' x; exit 3}\n"
					    "  bad:\n"
					    "    - run: {on: a, command: exit 4}\n");
	int status;

	trial_file(&trial, "script", on_a_small_disk);
	status = in_folder(&trial, geteuid() ? "unshare -rm sh script"
					     : "unshare -m sh script");

	cr_assert_neq(status, 98, "no tmpfs");
	cr_expect_eq(status, 1);
	trial_run(&trial, "help >/dev/null; cat .said");
	cr_expect(trial_said(&trial, "could not be kept: No space left on device"),
		  "%s", trial.output);
	cr_expect_not(trial_said(&trial, "kept: nstest-out/t/bad/{case.pcapng"),
		      "what is empty is not kept: %s", trial.output);
	cr_expect(trial_said(&trial, "not ok  t / bad"));
	cr_expect(trial_said(&trial, "0 passed, 2 failed, 0 skipped"));
	cr_expect_eq(in_folder(&trial, "xmllint --noout --schema " XSD " j.xml"), 0);
}
