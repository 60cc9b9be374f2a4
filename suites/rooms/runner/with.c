/* SPDX-License-Identifier: MIT */
/* Labs for others: nstest with, runs that people look into, ps and down. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "trial.h"

#define SHOP                                                                         \
	"name: shop\n"                                                               \
	"hosts:\n"                                                                   \
	"  web:\n"                                                                   \
	"    address: 10.0.0.1/24\n"                                                 \
	"    run: python3 -m http.server 8080\n"                                     \
	"  client: {address: 10.0.0.2/24}\n"                                         \
	"links:\n"                                                                   \
	"  - web -- client\n"                                                        \
	"cases:\n"                                                                   \
	"  slow link:\n"                                                             \
	"    - impair: {client -> web: {delay: 300ms}}\n"                            \
	"    - expect: client -> web tcp/8080 open\n"                                \
	"  no dns:\n"                                                                \
	"    - fault: {on: client -> web, match: udp port 53, nth: 1, drop: true}\n" \
	"  wrong:\n"                                                                 \
	"    - run: {on: client, command: exit 3}\n"

#define GET                                                         \
	"curl -s -o /dev/null -w '%%{http_code} %%{time_connect}' " \
	"http://10.0.0.1:8080/"

Test(with, runs_a_command_in_a_host_and_hands_its_status_on)
{
	TRIAL trial = trial_begin(SHOP);

	trial_run(&trial, "with t.yaml --on client -- sh -c 'hostname; exit 7'");
	cr_expect_eq(trial.status, 7);
	cr_expect(trial_said(&trial, "client\n"), "%s", trial.output);
	cr_expect(trial_has(&trial, "nstest-out/shop/with/case.pcapng"));

	trial_run(&trial, "with t.yaml --on client -- " GET);
	cr_expect_eq(trial.status, 0, "%s", trial.output);
	cr_expect(trial_said(&trial, "200 0.0"), "%s", trial.output);
	cr_expect_not(trial_has(&trial, "nstest-out/shop/with"));

	trial_run(&trial, "with t.yaml --on client -- sh -c 'kill -9 $$'");
	cr_expect_eq(trial.status, 128 + SIGKILL);
}

/* pytest and ctest, as docs/frameworks.md shows them. */
Test(with, runs_tests_of_other_frameworks_as_the_docs_say, .timeout = 120)
{
	enum { MISSING = 3 };
	TRIAL trial = trial_begin(NULL);

	trial_run(&trial, "help >/dev/null; PATH=$(dirname " NSTEST
			  "):$PATH python3 " SOURCE_FOLDER
			  "/suites/rooms/runner/docs_examples.py " SOURCE_FOLDER
			  "/docs/frameworks.md");
	if (trial.status == MISSING)
		cr_skip("%s", trial.output);

	cr_expect_eq(trial.status, 0, "%s", trial.output);
	cr_expect(trial_said(&trial, "1 passed in"), "pytest: %s", trial.output);
	cr_expect(trial_said(&trial, "100% tests passed, 0 tests failed out of 1"),
		  "ctest: %s", trial.output);
	trial_run(&trial, "with shop.yaml --on client -- sh -c "
			  "'rm build/client_test; ctest --test-dir build -R in'");
	cr_expect_eq(trial.status, 8, "ctest's own: %s", trial.output);
}

Test(with, takes_the_steps_of_a_case_first)
{
	TRIAL trial = trial_begin(SHOP);

	trial_run(&trial, "with t.yaml -k 'slow link' --on client -- " GET);
	cr_expect_eq(trial.status, 0, "%s", trial.output);
	cr_expect(trial_said(&trial, "200 0.3"), "one way takes 300 ms: %s",
		  trial.output);
	trial_run(&trial, "with t.yaml -k wrong -- touch begun");
	cr_expect_eq(trial.status, 2);
	cr_expect(trial_said(&trial, "t.yaml:16:7"), "%s", trial.output);
	cr_expect_not(trial_has(&trial, "begun"));
}

Test(with, without_a_host_stays_here_and_enters_hosts_by_exec)
{
	TRIAL trial = trial_begin(SHOP);

	trial_run(&trial, "with t.yaml -- sh -c '" NSTEST
			  " exec client -- hostname; echo $$; " NSTEST
			  " ps | grep -c $NSTEST_LAB; " NSTEST " down; sleep 30'");
	cr_expect(trial_said(&trial, "client\n"), "%s", trial.output);
	cr_expect(trial_said(&trial, "\n1\n"), "%s", trial.output);
	cr_expect_eq(trial.status, 128 + SIGTERM, "down ends the command");
}

Test(with, in_a_host_ends_the_command_when_it_is_told_to_end)
{
	TRIAL trial = trial_begin(SHOP);

	trial_run(&trial,
		  "with t.yaml --on client -- sh -c 'touch begun; exec sleep 30' & "
		  "until test -e begun; do :; done; kill -TERM $!; wait $!");
	cr_expect_eq(trial.status, 128 + SIGTERM, "%s", trial.output);
}

Test(with, shows_packets_of_its_hosts_live)
{
	TRIAL trial = trial_begin(SHOP);

	if (system("command -v tcpdump >/dev/null") != 0)
		cr_skip("tcpdump is not installed");
	trial_file(&trial, "watch",
		   NSTEST
		   " exec web -- tcpdump -U -c 3 -i any -w - 2>said >three.pcap &\n"
		   "while kill -0 $! 2>gone; do\n"
		   "\t" NSTEST " exec client -- curl -so page http://10.0.0.1:8080/\n"
		   "done\n"
		   "grep '3 packets captured' said\n");
	trial_run(&trial, "with t.yaml -- sh watch");
	cr_expect_eq(trial.status, 0, "%s", trial.output);
	cr_expect(trial_has(&trial, "three.pcap"));
}

Test(with, fails_if_a_fault_never_fired)
{
	TRIAL trial = trial_begin(SHOP);

	trial_run(&trial, "with t.yaml -k 'no dns' --on client -- true");
	cr_expect_eq(trial.status, 1, "%d: %s", trial.status, trial.output);
	cr_expect(trial_said(&trial, "nstest with: "), "%s", trial.output);
}

Test(with, tells_what_is_wrong)
{
	TRIAL trial = trial_begin(SHOP);

	trial_run(&trial, "with t.yaml --on clinet -- true");
	cr_expect_eq(trial.status, 2);
	cr_expect(trial_said(&trial, "no host \"clinet\""), "%s", trial.output);
	trial_run(&trial, "with t.yaml");
	cr_expect_eq(trial.status, 2);
	cr_expect(trial_said(&trial, "it wants a command"), "%s", trial.output);
	trial_run(&trial, "with t.yaml -- no-such-command");
	cr_expect_eq(trial.status, 127);
	trial_run(&trial, "down no-such-lab");
	cr_expect_eq(trial.status, 2);
}

#define FAILS                                                  \
	"hosts:\n"                                             \
	"  a: {}\n"                                            \
	"cases:\n"                                             \
	"  fails:\n"                                           \
	"    - run: {on: a, command: touch failing; exit 3}\n" \
	"  later:\n"                                           \
	"    - run: {on: a, command: \"true\"}\n"

Test(by_hand, a_failed_case_is_kept_until_down)
{
	static const char *const arguments[] = { "run", "--pause-on-failure", "-j1",
						 "t.yaml", NULL };
	TRIAL trial = trial_begin(FAILS);
	pid_t run = trial_start(&trial, arguments);

	cr_assert(trial_gets(&trial, "failing"));
	for (int knocks = 0; knocks < 500; knocks++) {
		trial_run(&trial, "exec --lab %d a -- sh -c 'test $(hostname) = a'",
			  run);
		if (!trial.status)
			break;
	}
	/* Its output and that of what follows are one file: only statuses count. */
	cr_expect_eq(trial.status, 0, "%s", trial.output);
	trial_run(&trial, "ps | grep -q '^%d .*t / fails'", run);
	cr_expect_eq(trial.status, 0, "%s", trial.output);
	trial_run(&trial, "down %d", run);
	cr_expect_eq(trial.status, 0, "%s", trial.output);
	trial_wait(&trial, run);
	cr_expect_eq(trial.status, 1);
}

Test(by_hand, the_lab_of_a_c_test_that_failed_is_kept_until_down, .timeout = 60)
{
	TRIAL trial = trial_begin(NULL);

	trial_file(&trial, "look",
		   NSTEST " run --pause-on-failure -k 'bad / verdict' " SMALL_SUITE
			  " >words 2>&1 &\n"
			  "until " NSTEST " exec --lab $! a -- hostname 2>no; do\n"
			  "\tkill -0 $! || break\n"
			  "done\n" NSTEST " ps | grep \"^$! \"\n" NSTEST " down $!\n"
			  "wait $!\n"
			  "echo status $?\n"
			  "cat words\n");
	trial_run(&trial, "help >/dev/null; sh look");

	cr_expect_eq(strncmp(trial.output, "a\n", 2), 0, "%s", trial.output);
	cr_expect(trial_said(&trial, "  a, b\nstatus 1\n"), "%s", trial.output);
	cr_expect(trial_said(&trial, "\nnot ok  bad / verdict\n  a -> b tcp/80\n"),
		  "%s", trial.output);
	cr_expect(trial_said(&trial, "\n  nstest shell 'bad / verdict' a\n"), "%s",
		  trial.output);
}

Test(by_hand, goes_step_by_step)
{
	TRIAL trial = trial_begin("hosts:\n"
				  "  a: {}\n"
				  "cases:\n"
				  "  three:\n"
				  "    - run: {on: a, command: touch one}\n"
				  "    - run: {on: a, command: touch two}\n"
				  "    - run: {on: a, command: touch three}\n");

	trial_run(&trial,
		  "help >/dev/null; printf '\\nwhat\\nq\\n' | " NSTEST " run --step");
	cr_expect_eq(trial.status, 1);
	cr_expect(trial_has(&trial, "one"), "%s", trial.output);
	cr_expect_not(trial_has(&trial, "two"));
	cr_expect(trial_said(&trial, "it was ended by hand"), "%s", trial.output);
	trial_run(&trial, "help >/dev/null; printf '\\nc\\n' | " NSTEST " run --step");
	cr_expect_eq(trial.status, 0, "%s", trial.output);
	cr_expect(trial_has(&trial, "three"));
	cr_expect(trial_said(&trial, "\n  done ("), "how steps went: %s", trial.output);
}
