/* SPDX-License-Identifier: MIT */
/* nstest help: explains; also writes man pages and completion scripts. */
#include <errno.h>
#include <stdio.h>

#include <base/fail.h>

#include "help.h"
#include "main.h"

struct help_flags {
	struct common_flags common;
	bool man;
	const char *completion;
};

static int help_handle(const struct invocation *invocation)
{
	const struct help_flags *flags = invocation->options;
	const char *name = invocation->operands[0];
	const struct verb *verb = name ? verb_find(name) : NULL;

	if (name && !verb)
		return unknown_verb(name);
	if (flags->completion) {
		if (completion_script(stdout, flags->completion) < 0)
			return report_failure(verb_help.name);
	} else if (flags->man) {
		man_page(stdout, verb);
	} else if (verb) {
		help_verb(stdout, verb);
	} else {
		help_program(stdout);
	}
	return EXIT_ALL_PASSED;
}

const struct verb verb_help = {
	.name = "help",
	.line = "explains nstest or one of its commands",
	.arguments = "[COMMAND]",
	.operands = OPERANDS_VERBS,
	.most = 1,
	.options =
		(const struct option_row[]){
			{ 'm', "man", NULL, "write the man page, as roff", OPTION_FLAG,
			  offsetof(struct help_flags, man) },
			{ 'c', "completion", "bash|zsh|fish",
			  "write a completion script for that shell", OPTION_TEXT,
			  offsetof(struct help_flags, completion) },
			OPTIONS_FOR_ALL,
		},
	.examples =
		(const struct example[]){
			{ "nstest help run", "explains nstest run" },
			{ "nstest help --man run | man -l -",
			  "the same as a man page" },
			{ "source <(nstest help --completion bash)",
			  "completes commands and options in this shell" },
			{},
		},
	.options_size = sizeof(struct help_flags),
	.handle = help_handle,
};
