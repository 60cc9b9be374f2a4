/* SPDX-License-Identifier: MIT */
/* nstest merge: the results of several machines as those of one run. */
#include <stdint.h>
#include <stdio.h>

#include <base/scope.h>
#include <runner/run.h>

#include "main.h"
#include "run_sinks.h"

struct merge_flags {
	struct common_flags common;
	const char *out, *history;
	bool verbose;
	struct option_list outputs;
};

static int merge_handle(const struct invocation *invocation)
{
	const struct merge_flags *flags = invocation->options;
	const struct run_sinks_options where = {
		.outputs = &flags->outputs,
		.out = flags->out,
		.verbose = flags->verbose,
	};
	AUTO_FREE char *history = NULL;
	struct nst_totals totals;
	struct run_sinks sinks;
	int r, closed;

	nst_text_set(&history, flags->history ? "%s" : "%s/history.jsonl",
		     flags->history ? flags->history
		     : flags->out   ? flags->out
				    : "nstest-out");
	if (run_sinks_open(&where, &sinks) < 0)
		return report_failure("merge");
	r = nst_merge((const char *const *)invocation->operands,
		      invocation->operand_count, history, sinks.list, sinks.count,
		      &totals);
	if (r < 0)
		report_failure("merge");
	closed = run_sinks_close(&sinks);
	if (closed < 0)
		report_failure("merge");
	if (r < 0 || closed < 0)
		return EXIT_COULD_NOT_RUN;
	return nst_totals_bad(&totals) ? EXIT_SOME_FAILED : EXIT_ALL_PASSED;
}

const struct verb verb_merge = {
	.name = "merge",
	.line = "joins the results of several machines",
	.arguments = "FILE...",
	.operands = OPERANDS_FILES,
	.least = 1,
	.most = SIZE_MAX,
	.options =
		(const struct option_row[]){
			{ 'O', "output", "FORMAT[=FILE]",
			  "write results as nstest run does; may be given several "
			  "times",
			  OPTION_LIST, offsetof(struct merge_flags, outputs) },
			{ 'o', "out", "DIR",
			  "folder of files that are not named; default: nstest-out",
			  OPTION_TEXT, offsetof(struct merge_flags, out) },
			{ 0, "history", "FILE",
			  "where results and durations are remembered; default: "
			  "history.jsonl in the folder of --out",
			  OPTION_TEXT, offsetof(struct merge_flags, history) },
			{ 'v', "verbose", NULL, "name every case", OPTION_FLAG,
			  offsetof(struct merge_flags, verbose) },
			OPTIONS_FOR_ALL,
		},
	.text =
		(const char *const[]){
			"Reads what nstest run --output json=FILE wrote on each "
			"machine and reports it as one run. It refuses what is not "
			"whole: a shard that is missing, is there twice, did not come "
			"to its end, or divided the cases otherwise than the others.",
			"The history that it leaves balances the shards of the next "
			"run, if each of them is given it.",
			NULL,
		},
	.examples =
		(const struct example[]){
			{ "nstest merge -O junit=all.xml shard-*.jsonl",
			  "one JUnit file of all shards" },
			{},
		},
	.exit_codes =
		(const struct exit_row[]){
			{ 0, "all cases passed (or were skipped)" },
			{ 1, "some failed" },
			{ 2, "the files are no whole run, or could not be read or "
			     "written" },
			{},
		},
	.options_size = sizeof(struct merge_flags),
	.handle = merge_handle,
};
