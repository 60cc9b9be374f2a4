/* SPDX-License-Identifier: MIT */
/* nstest init: the first scenario for a rule file. */
#include <stdio.h>

#include <base/scope.h>
#include <nstest/lab.h>
#include <runner/init.h>

#include "main.h"

struct init_flags {
	struct common_flags common;
	const char *from;
};

static int init_handle(const struct invocation *invocation)
{
	const struct init_flags *flags = invocation->options;
	AUTO_FREE char *path = NULL;

	if (!flags->from) {
		fputs("nstest init: it wants --from RULES, a file that iptables-save "
		      "or nft has written\n",
		      stderr);
		return EXIT_COULD_NOT_RUN;
	}
	if (nst_become_root() < 0 ||
	    nst_init(flags->from, invocation->operands[0], &path) < 0)
		return report_failure("init");
	printf("%s: edit its policy, then: nstest run %s\n", path, path);
	return EXIT_ALL_PASSED;
}

const struct verb verb_init = {
	.name = "init",
	.line = "writes a first scenario for a rule file",
	.arguments = "--from RULES [FILE]",
	.operands = OPERANDS_FILES,
	.most = 1,
	.options =
		(const struct option_row[]){
			{ 'f', "from", "RULES",
			  "what iptables-save, ip6tables-save or nft list ruleset "
			  "prints",
			  OPTION_TEXT, offsetof(struct init_flags, from) },
			OPTIONS_FOR_ALL,
		},
	.text =
		(const char *const[]){
			"Looks for interfaces, networks and addresses in the rules, "
			"puts "
			"hosts there, loads the rules into the firewall between them, "
			"and "
			"asks who reaches whom. The answers are written as a table: "
			"the "
			"policy as it is today, to be edited into the policy as it "
			"should "
			"be.",
			"Without a FILE it is the rules' name with .yaml, in the "
			"current "
			"folder. A file that is there is never overwritten.",
			NULL,
		},
	.examples =
		(const struct example[]){
			{ "iptables-save > gate.rules; nstest init --from gate.rules",
			  "writes gate.yaml" },
			{},
		},
	.exit_codes =
		(const struct exit_row[]){
			{ 0, "the file was written" },
			{ 2, "it could not be, or the rules could not be asked" },
			{},
		},
	.options_size = sizeof(struct init_flags),
	.handle = init_handle,
};
