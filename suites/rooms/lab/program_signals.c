/* SPDX-License-Identifier: MIT */
/* Signals to programs, freezing and ending them, and deaths that nobody asked for. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "program_lab.h"

static struct nst_program *started(struct nst_lab *lab, const char *command)
{
	struct nst_program *program;

	must(nst_start(lab, &(struct nst_start){ .host = "server", .command = command },
		       &program));
	return program;
}

/* A program that says "ready" when its traps are set. */
static struct nst_program *trapping(struct nst_lab *lab, const char *command)
{
	struct nst_program *program = started(lab, command);

	must(nst_wait_line(program, "^ready$", PATIENCE_MS));
	return program;
}

#define COUNT_SLEEPS "pgrep -c sleep"

Test(signal, reaches_the_whole_group)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);
	struct nst_program *program =
		trapping(lab, "trap 'echo parent' USR1; "
			      "sh -c 'trap \"echo child\" USR1; echo ready; "
			      "while :; do sleep 60 & wait; done' & wait; wait");

	must(nst_signal(program, SIGUSR1));
	must(nst_wait_line(program, "child", PATIENCE_MS));
	must(nst_wait_line(program, "parent", PATIENCE_MS));
}

Test(signal, to_one_that_has_ended_is_esrch)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);
	struct nst_program *program = started(lab, "exit 0");

	must(nst_wait_exit(program, PATIENCE_MS, NULL));
	must_fail(nst_signal(program, SIGTERM), -ESRCH, "exit on server has ended");
	must_fail(nst_freeze(program), -ESRCH, "exit on server has ended");
}

/* Though nobody has waited for it yet. */
Test(signal, to_one_that_has_just_ended_is_esrch)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);

	for (int i = 0; i < 20; i++) {
		struct nst_program *program = started(lab, "exit 0");

		while (nst_program_pid(program))
			;
		must_fail(i % 2 ? nst_freeze(program) : nst_signal(program, SIGTERM),
			  -ESRCH, "has ended");
	}
}

Test(signal, reaches_children_whose_leader_is_gone)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);
	struct nst_program *program =
		started(lab, "sh -c 'trap \"echo got it; exit\" TERM; echo ready; "
			     "sleep 60 & wait' & exit 0");

	must(nst_wait_exit(program, PATIENCE_MS, NULL));
	must(nst_wait_line(program, "ready", PATIENCE_MS));
	must(nst_signal(program, SIGTERM));
	must(nst_wait_line(program, "got it", PATIENCE_MS));
}

Test(signal, that_is_invalid_is_refused)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);

	must_fail(nst_signal(started(lab, "sleep 60"), 999), -EINVAL,
		  "sending signal 999 to sleep on server: Invalid argument");
}

/* Once nst_freeze() has returned nothing more is said, threads and children included.
 */
Test(freeze, stops_the_whole_group_at_once_and_thaw_lets_it_go_on)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);
	struct nst_program *program;
	char *before, *after;
	size_t before_size, after_size;

	program = started(lab,
			  "python3 -uc '\nimport threading, sys\n"
			  "def talk():\n"
			  "    while True: print(\"tick\", flush=True)\n"
			  "for i in range(3): threading.Thread(target=talk).start()' & "
			  "while :; do echo tock; done");
	must(nst_wait_line(program, "^tick$", PATIENCE_MS));
	for (int i = 0; i < 10; i++) {
		must(nst_freeze(program));
		must(nst_output(program, NST_STDOUT, &before, &before_size));
		says(lab, "client", "sleep 0.01");
		must(nst_output(program, NST_STDOUT, &after, &after_size));
		cr_expect_eq(after_size, before_size);
		free(before);
		must(nst_thaw(program));
		for (before_size = after_size; after_size == before_size;) {
			free(after);
			must(nst_output(program, NST_STDOUT, &after, &after_size));
		}
		free(after);
	}
	must(nst_kill(program));
}

Test(freeze, does_not_protect_from_stop_and_kill)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);
	struct nst_program *one = started(lab, "exec sleep 60");
	struct nst_program *other = started(lab, "exec sleep 60");

	must(nst_freeze(one));
	must(nst_freeze(other));
	must(nst_stop(one, PATIENCE_MS));
	must(nst_kill(other));
	cr_expect_str_eq(says(lab, "server", COUNT_SLEEPS), "0");
	must(nst_lab_check(lab));
}

/* It waits in `read`, a builtin: a child that has not exec'd yet would swallow the signal. */
Test(stop, lets_a_program_end_in_order)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);
	struct nst_program *program;
	struct nst_exit how;

	must(nst_start(
		lab,
		&(struct nst_start){
			.host = "server",
			.command = "trap 'echo bye; exit 5' TERM; echo ready; read x",
			.keep_stdin_open = true,
		},
		&program));
	must(nst_wait_line(program, "ready", PATIENCE_MS));
	must(nst_stop(program, PATIENCE_MS));
	must(nst_wait_exit(program, 0, &how));
	must(nst_wait_line(program, "bye", 0));
	cr_expect_eq(how.status, 5);
	must(nst_lab_check(lab));
}

Test(stop, kills_what_does_not_listen)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);
	struct nst_program *program =
		trapping(lab, "trap '' TERM; echo ready; while :; do sleep 0.01; done");
	struct nst_exit how;

	must(nst_stop(program, 50));
	must(nst_wait_exit(program, 0, &how));
	cr_expect_eq(how.signal, SIGKILL);
	must(nst_lab_check(lab));
}

/* sh dies of SIGTERM at once; its child takes longer, and still holds the port. */
Test(stop, returns_when_the_children_have_ended_too)
{
	static const char *const hosts[] = { "server", "alone" };
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);

	for (int i = 0; i < 2; i++) {
		struct nst_program *program;

		must(nst_start(
			lab,
			&(struct nst_start){
				.host = hosts[i],
				.command = "(trap 'sleep 0.2; exit' TERM; echo ready; "
					   "while :; do sleep 0.01; done) & wait",
			},
			&program));
		must(nst_wait_line(program, "ready", PATIENCE_MS));
		must(nst_stop(program, PATIENCE_MS));
		cr_expect_str_eq(says(lab, hosts[i], COUNT_SLEEPS), "0");
	}
}

Test(kill, takes_the_whole_group)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);
	struct nst_program *program =
		trapping(lab, "sleep 60 & sleep 60 & echo ready; wait");

	must(nst_kill(program));
	cr_expect_str_eq(says(lab, "server", COUNT_SLEEPS), "0");
	must(nst_kill(program));
	must(nst_lab_check(lab));
}

Test(death, unasked_is_told_with_the_end_of_stderr)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);
	struct nst_program *program =
		started(lab, "echo out; echo 1 >&2; echo two >&2; printf 'bind: in "
			     "use\\nbye' >&2; exit 1");

	must(nst_wait_line(program, "bye", PATIENCE_MS));
	while (nst_program_pid(program))
		;
	must_fail(nst_lab_check(lab), -ECHILD,
		  "echo on server died unasked: exit status 1 after ");
	cr_expect_not_null(strstr(
		nst_error(), " ms; its stderr ended: \"two | bind: in use | bye\""));
	must_fail(nst_stop(program, 0) ?: nst_lab_check(lab), -ECHILD, "died unasked");
}

/* Each program, how it is treated, and whether that leaves a death unasked. */
Test(death, is_unasked_unless_waited_for_or_caused)
{
	enum act { NOTHING, WAIT, TERM, HUP, USR1 };
	static const struct {
		const char *command;
		bool may_exit;
		enum act act;
		bool unasked;
	} cases[] = {
		{ "exit 0", false, NOTHING, true },
		{ "exit 0", true, NOTHING, false },
		{ "exit 1", true, NOTHING, true },
		{ "kill -9 $$", true, NOTHING, true },
		{ "exit 1", false, WAIT, false },
		{ "kill -9 $$", false, WAIT, false },
		{ "exec sleep 60", false, TERM, false },
		{ "trap 'exit 3' TERM; echo ready; sleep 60 & wait", false, TERM,
		  false },
		{ "exec sleep 60", false, HUP, false },
		{ "trap 'exit 3' HUP; echo ready; sleep 60 & wait", false, HUP, true },
		{ "exec sleep 60", false, USR1, false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);
		struct nst_program *program;
		int r;

		must(nst_start(lab,
			       &(struct nst_start){ .host = "alone",
						    .command = cases[i].command,
						    .may_exit = cases[i].may_exit },
			       &program));
		if (strstr(cases[i].command, "ready"))
			must(nst_wait_line(program, "ready", PATIENCE_MS));
		if (cases[i].act == WAIT)
			must(nst_wait_exit(program, PATIENCE_MS, NULL));
		else if (cases[i].act != NOTHING)
			must(nst_signal(program, cases[i].act == TERM  ? SIGTERM
						 : cases[i].act == HUP ? SIGHUP
								       : SIGUSR1));
		while (nst_program_pid(program))
			;
		r = nst_lab_check(lab);
		cr_expect_eq(r, cases[i].unasked ? -ECHILD : 0, "case %zu (%s): %d", i,
			     cases[i].command, r);
	}
}

Test(death, of_several_is_counted)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);
	struct nst_program *programs[3];

	for (int i = 0; i < 3; i++)
		programs[i] = started(lab, "exit 4");
	for (int i = 0; i < 3; i++)
		while (nst_program_pid(programs[i]))
			;
	must_fail(nst_lab_check(lab), -ECHILD, "it wrote nothing (and 2 more died)");
}
