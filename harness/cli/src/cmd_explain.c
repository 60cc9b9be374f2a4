/* SPDX-License-Identifier: MIT */
/* nstest explain: one question, and which rule decided it. */
#include <stdio.h>

#include <base/scope.h>
#include <nstest/lab.h>
#include <runner/answer.h>
#include <runner/matrix.h>

#include "main.h"

struct explain_flags {
	struct common_flags common;
	const char *only;
};

static int explain_handle(const struct invocation *invocation)
{
	const struct explain_flags *flags = invocation->options;
	const char *text = invocation->operands[1];
	struct nst_side side AUTO(nst_side_free) = { 0 },
			     none AUTO(nst_side_free) = { 0 };
	struct nst_asked asked;
	int r = nst_asked_parse(text, &asked);

	if (!r)
		r = nst_sides_load(invocation->operands[0], NULL, flags->only, &side,
				   &none);
	if (!r)
		r = nst_become_root();
	if (!r)
		r = nst_answer(&side.setup, &asked, text, wants_colour(stdout), stdout);
	return r < 0 ? report_failure("explain") : EXIT_ALL_PASSED;
}

const struct verb verb_explain = {
	.name = "explain",
	.line = "asks one question about a scenario, and says which rule decided",
	.arguments = "FILE QUESTION",
	.operands = OPERANDS_FILES,
	.least = 2,
	.most = 2,
	.options =
		(const struct option_row[]){
			{ 'k', "only", "TEXT",
			  "use the network of the first case with TEXT in its name",
			  OPTION_TEXT, offsetof(struct explain_flags, only) },
			OPTIONS_FOR_ALL,
		},
	.text =
		(const char *const[]){
			"Builds the network of a scenario file with its rulesets and "
			"programs, asks the question with real packets, and tells of "
			"each of them, on its way there and back, at which hosts and "
			"hooks it met which rules, with file and line, what NAT made "
			"of it, and what decided.",
			"QUESTION is as in a scenario: `a -> b tcp/22`, "
			"`a -> 10.0.0.2 icmp`, `a -> b udp/53 over ipv6`.",
			NULL,
		},
	.examples =
		(const struct example[]){
			{ "nstest explain gate.yaml 'inside -> outside tcp/443'",
			  "who let it pass, or who did not" },
			{},
		},
	.exit_codes =
		(const struct exit_row[]){
			{ 0, "it was asked, whatever the answer is" },
			{ 2, "the network could not be built, or broke" },
			{},
		},
	.options_size = sizeof(struct explain_flags),
	.handle = explain_handle,
};
