/* SPDX-License-Identifier: MIT */
/* nstest run on impaired links: what was planned must happen, at its time, and be told. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include <base/scope.h>

#include "trial.h"

TestSuite(impair, .timeout = 60);

#define TWO_HOSTS                       \
	"hosts:\n"                      \
	"  a: {address: 10.0.0.1/24}\n" \
	"  b: {address: 10.0.0.2/24}\n" \
	"links: [{link: a -- b, engine: wire}]\n"

#define ASK "    - expect: [a -> b udp/9 open, a -> b udp/9 open, a -> b udp/9 open]\n"

/* ---- Self-check ---- */

Test(impair, a_fault_that_never_fired_fails_the_case)
{
	TRIAL trial = trial_begin(
		TWO_HOSTS
		"cases:\n"
		"  missed:\n"
		"    - fault: {on: a -> b, match: syn, nth: 2, drop: true}\n"
		"    - expect: a -> b udp/9 open\n"
		"  may miss:\n"
		"    - fault: {on: a -> b, match: syn, drop: true, may miss: true}\n"
		"    - expect: a -> b udp/9 open\n");

	trial_run(&trial, "run t.yaml");

	cr_expect_eq(trial.status, 1);
	cr_expect(trial_said(&trial, "1 passed, 1 failed, 0 skipped"), "%s",
		  trial.output);
	cr_expect(trial_said(&trial, "not ok  t / missed"), "%s", trial.output);
	cr_expect(trial_said(&trial, "never fired: no packet matched"), "%s",
		  trial.output);
	cr_expect(trial_said(&trial, "(drop the 2nd syn): 0 matched, 0 fired"), "%s",
		  trial.output);
}

/* The neighbour is known; the engine is stopped while more comes than its buffer holds. */
#define FLOOD                                                                         \
	"    - expect: a -> b icmp open\n"                                            \
	"    - run:\n"                                                                \
	"        on: a\n"                                                             \
	"        within: 30s\n"                                                       \
	"        command: |\n"                                                        \
	"          for p in /proc/[0-9]*; do\n"                                       \
	"            [ \"$(cat $p/comm)\" != nstest-wire ] || engine=$${p#/proc/}\n"  \
	"          done\n"                                                            \
	"          kill -STOP $engine\n"                                              \
	"          python3 -c 'import socket\n"                                       \
	"          s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"            \
	"          for i in range(60000): s.sendto(bytes(999), (\"10.0.0.2\", 9))'\n" \
	"          kill -CONT $engine\n"

Test(impair, loss_that_nobody_planned_fails_the_case)
{
	TRIAL trial =
		trial_begin(TWO_HOSTS "capture: none\n"
				      "cases:\n"
				      "  flooded:\n" FLOOD "  flooded but allowed:\n"
				      "    unplanned loss: allowed\n"
				      "    steps:\n" FLOOD);

	trial_run(&trial, "run t.yaml");

	cr_expect_eq(trial.status, 1);
	cr_expect(trial_said(&trial, "1 passed, 1 failed, 0 skipped"), "%s",
		  trial.output);
	cr_expect(trial_said(&trial, "not ok  t / flooded "), "%s", trial.output);
	cr_expect(trial_said(&trial, "packets were lost that nobody planned to lose"),
		  "%s", trial.output);
}

Test(impair, what_links_did_is_told_and_kept)
{
	TRIAL trial = trial_begin(TWO_HOSTS "cases:\n"
					    "  one:\n"
					    "    - impair: a -> b delay 2ms\n"
					    "    - expect: a -> b udp/9 open\n"
					    "    - run: {on: a, command: exit 3}\n");

	trial_run(&trial, "run t.yaml");

	cr_expect(trial_said(&trial, "a -> b: delay 2ms; "), "%s", trial.output);
	cr_expect(trial_said(&trial, "engine wire (asked for)"), "%s", trial.output);
	cr_expect(trial_has(&trial, "nstest-out/t/one/faults.trace"));
	trial_run(&trial, "run t.yaml >/dev/null; cat nstest-out/t/one/failure.txt");
	cr_expect(trial_said(&trial, "a -> b: delay 2ms; "), "%s", trial.output);
}

Test(impair, verbose_says_for_passing_cases_too_who_impaired_what)
{
	TRIAL trial = trial_begin(TWO_HOSTS "cases:\n"
					    "  one: [expect: a -> b udp/9 open]\n");

	trial_run(&trial, "run t.yaml");
	cr_expect_not(trial_said(&trial, "engine wire"), "%s", trial.output);
	trial_run(&trial, "run -v t.yaml");
	cr_expect(trial_said(&trial, "engine wire (asked for)"), "%s", trial.output);
}

/* ---- The seed ---- */

Test(impair, the_seed_is_told_only_where_it_means_something)
{
	TRIAL random = trial_begin(TWO_HOSTS "cases: {one: []}\n");
	TRIAL plain = trial_begin("links: [a -- b]\ncases: {one: []}\n");

	trial_run(&random, "run --seed 1234 t.yaml");
	trial_run(&plain, "run --seed 1234 t.yaml");

	cr_expect(trial_said(&random, "seed 1234\n"), "%s", random.output);
	cr_expect_not(trial_said(&plain, "seed"), "%s", plain.output);
}

Test(impair, a_wrong_seed_or_engine_is_refused)
{
	TRIAL trial = trial_begin(TWO_HOSTS "cases: {one: []}\n");

	trial_run(&trial, "run --seed 0x7 t.yaml");
	cr_expect_eq(trial.status, 2);
	cr_expect(trial_said(&trial, "--seed: \"0x7\" is no number from 1 on"), "%s",
		  trial.output);
	trial_run(&trial, "run --engine netem t.yaml");
	cr_expect_eq(trial.status, 2);
	cr_expect(trial_said(&trial,
			     "--engine: there is no \"netem\" (auto, kernel, wire)"),
		  "%s", trial.output);
}

/* ---- Timelines ---- */

/* The command ends only if the link goes down and up again while it runs. */
#define UNTIL(carrier) \
	"until grep -q " carrier " /sys/class/net/eth0/carrier; do sleep 0.01; done"

Test(impair, timelines_act_while_a_command_runs)
{
	TRIAL trial = trial_begin(
		TWO_HOSTS
		"cases:\n"
		"  one:\n"
		"    - timeline:\n"
		"        - {at: 200ms, do: [down: a -- b, pause: 400ms, up: a -- b]}\n"
		"    - run: {on: a, within: 9s, command: '" UNTIL("0") "; " UNTIL(
			"1") "'}\n"
			     "    - wait until: timeline is done\n");

	trial_run(&trial, "run -v t.yaml");

	cr_expect_eq(trial.status, 0, "%s", trial.output);
	cr_expect(trial_said(&trial, "up: a -- b  (at 200 ms"), "%s", trial.output);
}

Test(impair, timelines_act_on_what_a_program_prints)
{
	TRIAL trial = trial_begin(
		TWO_HOSTS
		"cases:\n"
		"  one:\n"
		"    - timeline:\n"
		"        - {when: 'speaker prints \"^now\"', do: {down: a -- "
		"b}, may miss: true}\n"
		"    - start: {on: b, name: speaker, ready: none, command: "
		"'sleep 0.2; echo "
		"now; sleep 9'}\n"
		"    - run: {on: a, within: 5s, command: '" UNTIL("0") "'}\n");

	trial_run(&trial, "run t.yaml");

	/* The program is named before it is known: that is said, with its place. */
	cr_expect_eq(trial.status, 2);
	cr_expect(trial_said(&trial, "no program \"speaker\""), "%s", trial.output);
}

Test(impair, timelines_act_on_a_program_of_the_setup)
{
	TRIAL trial = trial_begin(
		"hosts:\n"
		"  a: {address: 10.0.0.1/24}\n"
		"  b: {address: 10.0.0.2/24, run: {name: speaker, command: 'sleep 0.2; "
		"echo now; sleep 9'}}\n"
		"links: [a -- b]\n"
		"cases:\n"
		"  one:\n"
		"    - timeline: [{when: 'speaker prints \"^now\"', do: {down: a -- "
		"b}}]\n"
		"    - run: {on: a, within: 5s, command: '" UNTIL(
			"0") "'}\n"
			     "    - wait until: timeline is done\n");

	trial_run(&trial, "run t.yaml");

	cr_expect_eq(trial.status, 0, "%s", trial.output);
}

Test(impair, an_entry_that_never_came_fails_the_case)
{
	TRIAL trial = trial_begin(
		TWO_HOSTS
		"cases:\n"
		"  short:\n"
		"    - timeline: [{at: 9s, do: {down: a -- b}}]\n"
		"  told:\n"
		"    - timeline: [{at: 9s, do: {down: a -- b}, may miss: true}]\n"
		"  waited:\n"
		"    - timeline: [{at: 9s, do: {down: a -- b}}]\n"
		"    - wait until: timeline is done within 100ms\n");

	trial_run(&trial, "run t.yaml");

	cr_expect(trial_said(&trial, "1 passed, 2 failed, 0 skipped"), "%s",
		  trial.output);
	cr_expect(trial_said(&trial, "the steps ended before this came: at 9000 ms"),
		  "%s", trial.output);
	cr_expect(trial_said(&trial, "timelines are not done after 100 ms: at 9000 ms "
				     "has not come"),
		  "%s", trial.output);
}

/* Nothing comes between a question and its answer, here 600 ms later. */
Test(impair, what_falls_due_during_an_expectation_comes_after_it_and_is_told)
{
	TRIAL trial = trial_begin(
		TWO_HOSTS "cases:\n"
			  "  one:\n"
			  "    - impair: a -- b delay 300ms\n"
			  "    - timeline: [{at: 100ms, do: {down: a -- b}}]\n"
			  "    - expect: [a -> b udp/9 open, a -> b udp/9 dropped]\n");

	trial_run(&trial, "run -v t.yaml");

	cr_expect_eq(trial.status, 0, "%s", trial.output);
	cr_expect(trial_said(&trial, "down: a -- b  (at 100 ms; "), "%s", trial.output);
	cr_expect(trial_said(&trial, " ms late)"), "%s", trial.output);
}

/* What fails in a timeline is blamed, not the step that waited meanwhile. */
Test(impair, a_step_that_fails_in_a_timeline_is_named)
{
	TRIAL trial = trial_begin(
		TWO_HOSTS "cases:\n"
			  "  one:\n"
			  "    - timeline:\n"
			  "        - at: 50ms\n"
			  "          do: {address: {host: a, add: 10.0.0.1/24}}\n"
			  "    - run: {on: a, command: sleep 5}\n");

	trial_run(&trial, "run t.yaml");

	cr_expect_eq(trial.status, 1);
	cr_expect(trial_said(&trial, "t.yaml:9:16  address: a gets 10.0.0.1/24"), "%s",
		  trial.output);
	cr_expect(trial_said(&trial, "has the address 10.0.0.1/24 already"), "%s",
		  trial.output);
}

Test(impair, a_wait_with_a_timeline_beside_it_speaks_of_its_own_time)
{
	TRIAL trial = trial_begin(
		"hosts:\n"
		"  a: {address: 10.0.0.1/24}\n"
		"  b: {address: 10.0.0.2/24, run: {name: mute, command: sleep 9}}\n"
		"links: [a -- b]\n"
		"cases:\n"
		"  one:\n"
		"    - timeline:\n"
		"        - {when: mute exits, do: {down: a -- b}, may miss: true}\n"
		"    - wait until: mute prints \"x\" within 200ms\n");

	trial_run(&trial, "run t.yaml");

	cr_expect_eq(trial.status, 1);
	cr_expect(trial_said(&trial, "after 200 ms no line matches /x/"), "%s",
		  trial.output);
}

Test(impair, a_fault_is_waited_for)
{
	TRIAL trial = trial_begin(
		TWO_HOSTS
		"cases:\n"
		"  fires:\n"
		"    - fault: {on: a -> b, match: udp, log: true, name: seen}\n" ASK
		"    - wait until: fault seen fired 3 times within 1s\n"
		"  does not:\n"
		"    - fault: {on: a -> b, match: udp, log: true, name: seen}\n" ASK
		"    - wait until: fault seen fired 99 times within 50ms\n");

	trial_run(&trial, "run t.yaml");

	cr_expect(trial_said(&trial, "1 passed, 1 failed, 0 skipped"), "%s",
		  trial.output);
	cr_expect(trial_said(&trial, "of 99 times"), "%s", trial.output);
}

/* ---- The case's time ---- */

Test(impair, a_pause_ends_with_the_time_of_the_case)
{
	TRIAL trial = trial_begin(TWO_HOSTS "timeout: 200ms\n"
					    "cases: {one: [pause: 30s]}\n");

	trial_run(&trial, "run t.yaml");

	cr_expect_eq(trial.status, 1);
	cr_expect(trial_said(&trial, "the case's time was up: 200 ms"), "%s",
		  trial.output);
}
