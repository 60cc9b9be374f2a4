/* SPDX-License-Identifier: MIT */
/* nstest merge: the results of several machines as those of one run. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>
#include <runner/run.h>

#include "main.h"
#include "rule_coverage.h"
#include "run_sinks.h"

struct merge_flags {
	struct common_flags common;
	const char *out, *history;
	struct rule_coverage_flags rule_coverage;
	bool verbose;
	struct option_list outputs;
};

/* The operands by what they are. */
struct parts {
	const char **results; /* files of --output json */
	size_t result_count, coverage_count;
	struct nst_coverage coverage; /* of all others, added up */
};

static void scope_parts(struct parts *parts)
{
	free(parts->results);
	nst_coverage_free(&parts->coverage);
}

/* Adds the file if it is of rule coverage. Return: 1 if it is, else 0; -errno. */
static int add_coverage(struct nst_coverage *coverage, const char *path)
{
	static const char mark[] = "{\"nstest_rule_coverage\"";
	AUTO_FCLOSE FILE *in = fopen(path, "re");
	AUTO_FREE char *text = NULL;
	char start[sizeof(mark)] = "";
	size_t room = 0;
	int r;

	if (!in)
		return nst_fail_errno("%s", path);
	if (!fgets(start, sizeof(start), in) || strcmp(start, mark) != 0)
		return 0;
	rewind(in);
	if (getdelim(&text, &room, '\0', in) < 0)
		return nst_fail_errno("%s", path);
	r = nst_coverage_parse(coverage, text);
	return r < 0 ? nst_fail_in(r, "%s", path) : 1;
}

/* A folder stands for the rule coverage in it. */
static int sort_operand(struct parts *parts, const char *path)
{
	AUTO_FREE char *inside = NULL;
	int r;

	if (asprintf(&inside, "%s/" RULE_COVERAGE_FILE, path) < 0)
		return nst_fail_memory();
	r = add_coverage(&parts->coverage, access(inside, F_OK) == 0 ? inside : path);
	if (r == 0)
		parts->results[parts->result_count++] = path;
	parts->coverage_count += r == 1;
	return r < 0 ? r : 0;
}

static int sort_operands(const struct invocation *invocation, struct parts *parts)
{
	int r = 0;

	parts->results = calloc(invocation->operand_count, sizeof(*parts->results));
	if (!parts->results)
		return nst_fail_memory();
	for (size_t i = 0; i < invocation->operand_count && r == 0; i++)
		r = sort_operand(parts, invocation->operands[i]);
	return r;
}

/* What was asked for must not be left out because its files are not there. */
static int check_parts(const struct parts *parts, const struct merge_flags *flags)
{
	if (!parts->coverage_count && rule_coverage_is_wanted(&flags->rule_coverage))
		return nst_fail(
			-EINVAL,
			"there is no rule coverage among these files: nstest run "
			"--rule-coverage=DIR writes DIR/" RULE_COVERAGE_FILE);
	if (!parts->result_count && flags->outputs.count)
		return nst_fail(-EINVAL,
				"there are no results among these files: nstest run "
				"--output json=FILE writes them");
	return 0;
}

static int merge_results(const struct merge_flags *flags, struct parts *parts)
{
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
	r = nst_merge(parts->results, parts->result_count, history,
		      parts->coverage_count ? &parts->coverage : NULL, sinks.list,
		      sinks.count, &totals);
	if (r < 0)
		report_failure("merge");
	closed = run_sinks_close(&sinks);
	if (closed < 0)
		report_failure("merge");
	if (r < 0 || closed < 0)
		return EXIT_COULD_NOT_RUN;
	return nst_totals_bad(&totals) ? EXIT_SOME_FAILED : EXIT_ALL_PASSED;
}

static int merge_handle(const struct invocation *invocation)
{
	const struct merge_flags *flags = invocation->options;
	struct rule_coverage_flags rules = flags->rule_coverage;
	struct parts parts AUTO(scope_parts) = { 0 };
	int r = rule_coverage_check(&rules);

	if (r == 0)
		r = sort_operands(invocation, &parts);
	if (r == 0)
		r = check_parts(&parts, flags);
	if (r < 0)
		return report_failure("merge");
	if (parts.result_count)
		r = merge_results(flags, &parts);
	return parts.coverage_count && r <= EXIT_SOME_FAILED
		       ? rule_coverage_report("merge", &parts.coverage, &rules, r)
		       : r;
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
			{ 'O', "output", "junit|tap|json|github|markdown|html[=FILE]",
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
			{ 0, "rule-coverage", "DIR",
			  "write the rule coverage of all FILEs as one report into DIR",
			  OPTION_TEXT,
			  offsetof(struct merge_flags, rule_coverage.folder) },
			{ 0, "min-rule-coverage", "PERCENT",
			  "fail if fewer rules and policies match in all of them "
			  "together",
			  OPTION_TEXT,
			  offsetof(struct merge_flags, rule_coverage.percent) },
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
			"A FILE may also be the coverage.json of a nstest run "
			"--rule-coverage, or the folder with it: the counts of all of "
			"them are added up, be they of shards or of other runs.",
			"The history that it leaves balances the shards of the next "
			"run, if each of them is given it.",
			NULL,
		},
	.examples =
		(const struct example[]){
			{ "nstest merge -O junit=all.xml shard-*.jsonl",
			  "one JUnit file of all shards" },
			{ "nstest merge --rule-coverage all shard-*.jsonl rules-*/",
			  "their results, and what rules they met together" },
			{},
		},
	.exit_codes =
		(const struct exit_row[]){
			{ 0, "all cases passed (or were skipped)" },
			{ 1, "some failed, or less than --min-rule-coverage" },
			{ 2, "the files are no whole run, or could not be read or "
			     "written" },
			{},
		},
	.options_size = sizeof(struct merge_flags),
	.handle = merge_handle,
};
