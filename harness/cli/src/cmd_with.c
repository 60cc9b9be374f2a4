/* SPDX-License-Identifier: MIT */
/* nstest with: another program's tests in a lab. */
#include <stdint.h>
#include <stdio.h>

#include <runner/run.h>
#include <runner/up.h>

#include "main.h"
#include "select.h"

struct with_flags {
	struct common_flags common;
	const char *only, *on, *out, *seed;
	bool keep_all;
};

static int with_handle(const struct invocation *invocation)
{
	const struct with_flags *flags = invocation->options;
	const struct select_flags select = { .seed = flags->seed };
	struct nst_with_options options = {
		.only = flags->only,
		.on = flags->on,
		.out = flags->out,
		.keep_all = flags->keep_all,
	};
	int r;

	if (!invocation->command[0]) {
		fprintf(stderr,
			"nstest with: it wants a command (see nstest with --help)\n");
		return EXIT_COULD_NOT_RUN;
	}
	r = select_seed(&select, &options.seed);
	if (r == 0)
		r = nst_with(invocation->operands[0], invocation->command, &options);
	return r < 0 ? report_failure("with") : r;
}

const struct verb verb_with = {
	.name = "with",
	.line = "runs a command in the lab of a scenario file",
	.arguments = "FILE [--] COMMAND...",
	.operands = OPERANDS_FILES,
	.least = 1,
	.most = 1,
	.command_after = 1,
	.options =
		(const struct option_row[]){
			{ 0, "on", "HOST",
			  "run it in this host; default: here, to enter hosts by "
			  "nstest "
			  "exec",
			  OPTION_TEXT, offsetof(struct with_flags, on) },
			{ 'k', "only", "TEXT",
			  "first take the steps of the first case with TEXT in its "
			  "name",
			  OPTION_TEXT, offsetof(struct with_flags, only) },
			{ 's', "seed", "N",
			  "draw all chance on links from N; default: another one each "
			  "time",
			  OPTION_TEXT, offsetof(struct with_flags, seed) },
			{ 'o', "out", "DIR",
			  "folder for what is kept if it fails; default: nstest-out",
			  OPTION_TEXT, offsetof(struct with_flags, out) },
			{ 'K', "keep-all", NULL, "keep it if it passes, too",
			  OPTION_FLAG, offsetof(struct with_flags, keep_all) },
			OPTIONS_FOR_ALL,
		},
	.text =
		(const char *const[]){
			"Builds the hosts and links of the file with their "
			"impairments, loads its rulesets, starts its programs, and "
			"runs COMMAND with this terminal's input and output: the tests "
			"of any framework. Then everything is taken down, and the "
			"command's exit status is handed on.",
			"With --only the steps of a case come first, such as those "
			"that impair links or set faults; its timeline goes on while "
			"the command runs.",
			"Without --on the command runs on this machine as the user you "
			"are, and NSTEST_LAB tells nstest exec which lab is meant.",
			"If the command fails, packets and the output of the lab's "
			"programs are kept as those of a failing case are.",
			NULL,
		},
	.examples =
		(const struct example[]){
			{ "nstest with shop.yaml --on client -- pytest tests/",
			  "runs pytest in the host client" },
			{ "nstest with shop.yaml -k 'a lossy link' --on client -- "
			  "ctest",
			  "and with what the steps of that case do" },
			{},
		},
	.exit_codes =
		(const struct exit_row[]){
			{ 1, "the command passed, but a program of the lab died, or a "
			     "fault never fired" },
			{ 2, "the lab could not be built, or a step failed" },
			{ 126, "the command could not be run" },
			{ 127, "there is no such command" },
			{},
		},
	.options_size = sizeof(struct with_flags),
	.handle = with_handle,
};
