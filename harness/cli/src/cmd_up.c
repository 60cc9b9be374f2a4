/* SPDX-License-Identifier: MIT */
/* nstest up, shell, exec: a lab to work in by hand. */
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <nstest/lab.h>
#include <runner/up.h>

#include "main.h"

struct up_flags {
	struct common_flags common;
	const char *only, *shell;
};

static int up_handle(const struct invocation *invocation)
{
	const struct up_flags *flags = invocation->options;
	const struct nst_up_options options = { .only = flags->only,
						.shell = flags->shell,
						.owner = getuid(),
						.out = stdout };
	int r = nst_become_root();

	if (!r)
		r = nst_up(invocation->operands[0], &options);
	return r < 0 ? report_failure("up") : r;
}

struct enter_flags {
	struct common_flags common;
	const char *lab;
};

static int shell_handle(const struct invocation *invocation)
{
	const struct enter_flags *flags = invocation->options;
	char **operands = invocation->operands;
	const char *lab = invocation->operand_count > 1 ? *operands++ : flags->lab;
	char *const none[] = { NULL };
	int r = nst_enter(lab, *operands, none);

	return r < 0 ? report_failure("shell") : r;
}

static int exec_handle(const struct invocation *invocation)
{
	const struct enter_flags *flags = invocation->options;
	int r;

	if (!invocation->command[0]) {
		fprintf(stderr,
			"nstest exec: it wants a command (see nstest exec --help)\n");
		return EXIT_COULD_NOT_RUN;
	}
	r = nst_enter(flags->lab, invocation->operands[0], invocation->command);
	return r < 0 ? report_failure("exec") : r;
}

static int ps_handle(const struct invocation *invocation)
{
	int count = nst_ps(stdout);

	(void)invocation;
	if (count < 0)
		return report_failure("ps");
	if (!count)
		puts("no lab is up");
	return EXIT_ALL_PASSED;
}

static int down_handle(const struct invocation *invocation)
{
	return nst_down(invocation->operands[0]) < 0 ? report_failure("down")
						     : EXIT_ALL_PASSED;
}

const struct verb verb_up = {
	.name = "up",
	.line = "builds the lab of a scenario file and keeps it for you",
	.arguments = "FILE",
	.operands = OPERANDS_FILES,
	.least = 1,
	.most = 1,
	.options =
		(const struct option_row[]){
			{ 'k', "only", "TEXT",
			  "the lab of the first case with TEXT in its name; matters "
			  "for files "
			  "with a matrix",
			  OPTION_TEXT, offsetof(struct up_flags, only) },
			{ 's', "shell", "HOST",
			  "open a shell in HOST, and take the lab down when it ends",
			  OPTION_TEXT, offsetof(struct up_flags, shell) },
			OPTIONS_FOR_ALL,
		},
	.text =
		(const char *const[]){
			"Builds the hosts and links of the file, loads its rulesets, "
			"starts "
			"its programs, prints who is where, and waits. Enter hosts "
			"from other "
			"terminals with nstest shell. Ctrl-C takes everything down.",
			NULL,
		},
	.examples =
		(const struct example[]){
			{ "nstest up webserver.yaml", "keeps the lab until Ctrl-C" },
			{ "nstest up --shell webserver1 webserver.yaml",
			  "one terminal is enough" },
			{},
		},
	.exit_codes =
		(const struct exit_row[]){
			{ 0, "taken down" },
			{ 2, "the lab could not be built, or broke" },
			{},
		},
	.options_size = sizeof(struct up_flags),
	.handle = up_handle,
};

#define LAB_OPTION                                                                    \
	{                                                                             \
		'l', "lab", "NAME",                                                   \
			"which lab, by a part of its name or by PID, if several are " \
			"up",                                                         \
			OPTION_TEXT, offsetof(struct enter_flags, lab)                \
	}

const struct verb verb_shell = {
	.name = "shell",
	.line = "opens a shell in a host of a lab that is up",
	.arguments = "[LAB] HOST",
	.operands = OPERANDS_HOST,
	.least = 1,
	.most = 2,
	.options = (const struct option_row[]){ LAB_OPTION, OPTIONS_FOR_ALL },
	.text =
		(const char *const[]){
			"Enters all namespaces of the host and runs $SHELL there. The "
			"prompt shows the host. LAB is a part of the name of a "
			"scenario or of a paused case, or the PID that nstest ps "
			"tells; it can be left out if there is only one. What is "
			"started ends with the lab at the latest.",
			NULL,
		},
	.examples =
		(const struct example[]){
			{ "nstest shell webserver1", "a shell in webserver1" },
			{ "nstest shell 'only b gets in' b",
			  "in the lab of a case that nstest run --pause-on-failure "
			  "keeps" },
			{},
		},
	.exit_codes =
		(const struct exit_row[]){
			{ 2, "there is no such lab or host" },
			{},
		},
	.options_size = sizeof(struct enter_flags),
	.handle = shell_handle,
};

const struct verb verb_exec = {
	.name = "exec",
	.line = "runs one command in a host of a lab that is up",
	.arguments = "HOST [--] COMMAND...",
	.operands = OPERANDS_HOST,
	.least = 1,
	.most = 1,
	.command_after = 1,
	.options = (const struct option_row[]){ LAB_OPTION, OPTIONS_FOR_ALL },
	.text =
		(const char *const[]){
			"The command has this terminal's input and output and the "
			"host's "
			"everything else. Its exit status is handed on.",
			NULL,
		},
	.examples =
		(const struct example[]){
			{ "nstest exec webserver2 -- curl -s http://192.168.0.1:8080/",
			  "asks one host from another" },
			{},
		},
	.exit_codes =
		(const struct exit_row[]){
			{ 2, "there is no such lab or host" },
			{ 126, "the command could not be run" },
			{ 127, "there is no such command" },
			{},
		},
	.options_size = sizeof(struct enter_flags),
	.handle = exec_handle,
};

const struct verb verb_ps = {
	.name = "ps",
	.line = "lists the labs that are up",
	.arguments = "",
	.options = (const struct option_row[]){ OPTIONS_FOR_ALL },
	.text =
		(const char *const[]){
			"Those of nstest up, nstest with, and of cases that nstest run "
			"has paused; only your own.",
			NULL,
		},
	.options_size = sizeof(struct common_flags),
	.handle = ps_handle,
};

const struct verb verb_down = {
	.name = "down",
	.line = "takes a lab down",
	.arguments = "[LAB]",
	.operands = OPERANDS_HOST,
	.most = 1,
	.options = (const struct option_row[]){ OPTIONS_FOR_ALL },
	.text =
		(const char *const[]){
			"LAB is a part of its name, or its PID; it can be left out if "
			"there is only one. A run that is paused goes on.",
			NULL,
		},
	.exit_codes =
		(const struct exit_row[]){
			{ 0, "it goes" },
			{ 2, "there is no such lab" },
			{},
		},
	.options_size = sizeof(struct common_flags),
	.handle = down_handle,
};
