/* SPDX-License-Identifier: MIT */
/* nstest run: runs cases. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>
#include <nstest/coverage.h>
#include <nstest/impair.h>
#include <report/text.h>
#include <runner/run.h>

#include "main.h"
#include "percent.h"

struct run_flags {
	struct common_flags common;
	int jobs, timeout_ms;
	const char *only, *out, *seed, *engine;
	const char *rule_coverage, *min_rule_coverage;
	bool verbose, keep_all, live;
};

/* For --live standard output belongs to the packets: all else moves to standard error.
 * Returns a descriptor of what standard output was. */
static int take_stdout(void)
{
	int fd = dup(STDOUT_FILENO);

	if (fd < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
		return nst_fail_errno("standard output");
	return fd;
}

static int columns(FILE *out)
{
	struct winsize size;

	return ioctl(fileno(out), TIOCGWINSZ, &size) < 0 ? 0 : size.ws_col;
}

static int exit_code(const struct nst_run_summary *summary)
{
	if (summary->signal)
		return 128 + summary->signal;
	return nst_totals_bad(&summary->totals) ? EXIT_SOME_FAILED : EXIT_ALL_PASSED;
}

static int read_seed(const char *text, uint64_t *ret)
{
	char *end;

	if (!text)
		return 0;
	errno = 0;
	*ret = strtoull(text, &end, 10);
	if (errno || *end || text[strspn(text, "0123456789")] || !*ret)
		return nst_fail(-EINVAL, "--seed: \"%s\" is no number from 1 on", text);
	return 0;
}

static int read_engine(const char *text, enum nst_engine *ret)
{
	for (enum nst_engine i = NST_ENGINE_AUTO; text && i <= NST_ENGINE_WIRE; i++)
		if (strcmp(text, nst_engine_name(i)) == 0) {
			*ret = i;
			return 0;
		}
	return text ? nst_fail(-EINVAL,
			       "--engine: there is no engine \"%s\" (auto, kernel, "
			       "wire)",
			       text)
		    : 0;
}

static bool wants_rule_coverage(const struct run_flags *flags)
{
	return flags->rule_coverage || flags->min_rule_coverage;
}

/* Writes and tells what was counted. Returns `status`, or that there is too little. */
static int report_rule_coverage(struct nst_coverage *coverage,
				const struct run_flags *flags, unsigned int least,
				int status)
{
	struct nst_coverage_total total = nst_coverage_total(coverage);
	unsigned int score = nst_coverage_score(coverage);
	AUTO_FREE char *summary = NULL;

	if (nst_coverage_find_shadows(coverage) < 0)
		return report_failure("run");
	summary = nst_coverage_summary(coverage);
	if (flags->rule_coverage &&
	    nst_coverage_write(coverage, flags->rule_coverage) < 0)
		return report_failure("run");
	printf("\nrule coverage %u.%u %%: %zu of %zu rules and policies matched\n%s",
	       score / 100, score / 10 % 10, total.covered, total.rules,
	       summary ? summary : "");
	if (flags->rule_coverage)
		printf("written: %s/index.html\n", flags->rule_coverage);
	if (score >= least)
		return status;
	printf("that is less than the %s %% asked for\n", flags->min_rule_coverage);
	return status == EXIT_ALL_PASSED ? EXIT_SOME_FAILED : status;
}

static int run_all(const struct nst_jobs *jobs, const struct run_flags *flags,
		   int live_fd)
{
	struct nst_run_options options = {
		.workers = (unsigned int)flags->jobs,
		.timeout_ms = flags->timeout_ms,
		.out = flags->out,
		.keep_all = flags->keep_all,
		.live_fd = live_fd,
	};
	const struct nst_text_options text = {
		.out = stdout,
		.terminal = isatty(STDOUT_FILENO),
		.colour = wants_colour(stdout),
		.verbose = flags->verbose,
		.columns = columns(stdout),
	};
	struct nst_coverage coverage AUTO(nst_coverage_free) = { 0 };
	struct nst_run_summary summary;
	struct nst_sink sink;
	unsigned int least = 0;
	int r = read_seed(flags->seed, &options.seed), status;

	if (r == 0)
		r = read_engine(flags->engine, &options.engine);
	if (r == 0 && flags->min_rule_coverage)
		r = percent_read("--min-rule-coverage", flags->min_rule_coverage,
				 &least);
	if (wants_rule_coverage(flags))
		options.coverage = &coverage;
	if (r == 0)
		r = nst_text_report_new(&text, &sink);
	if (r < 0)
		return report_failure("run");
	r = nst_run_jobs(jobs, &options, &sink, 1, &summary);
	nst_text_report_free(&sink);
	if (r < 0)
		return report_failure("run");
	status = exit_code(&summary);
	return wants_rule_coverage(flags) && !summary.signal
		       ? report_rule_coverage(&coverage, flags, least, status)
		       : status;
}

static int run_handle(const struct invocation *invocation)
{
	const struct run_flags *flags = invocation->options;
	const struct nst_jobs_options find = { .only = flags->only };
	AUTO_FREE char *problems = NULL;
	struct nst_jobs *jobs;
	int live_fd = 0, status;

	if (nst_jobs_find((const char *const *)invocation->operands, &find, &jobs,
			  &problems) < 0) {
		if (problems)
			fprintf(stderr, "%s\nnothing was run\n", problems);
		return problems ? EXIT_COULD_NOT_RUN : report_failure("run");
	}
	if (flags->live)
		live_fd = take_stdout();
	if (live_fd < 0 || nst_become_root() < 0)
		status = report_failure("run");
	else
		status = run_all(jobs, flags, live_fd);
	nst_jobs_free(jobs);
	return status;
}

const struct verb verb_run = {
	.name = "run",
	.line = "runs cases, each in a fresh private network",
	.arguments = "[PATH...]",
	.operands = OPERANDS_FILES,
	.most = SIZE_MAX,
	.options =
		(const struct option_row[]){
			{ 'j', "jobs", "N",
			  "run N cases at a time; default: as many as there are "
			  "processors",
			  OPTION_COUNT, offsetof(struct run_flags, jobs) },
			{ 'k', "only", "TEXT",
			  "run only cases with TEXT in \"suite / case\"", OPTION_TEXT,
			  offsetof(struct run_flags, only) },
			{ 'v', "verbose", NULL,
			  "name every case, with its duration and what impaired links "
			  "did",
			  OPTION_FLAG, offsetof(struct run_flags, verbose) },
			{ 't', "timeout", "TIME",
			  "longest time of a case that names none; default: 60s",
			  OPTION_TIME, offsetof(struct run_flags, timeout_ms) },
			{ 'o', "out", "DIR",
			  "folder for what failing cases leave; default: nstest-out",
			  OPTION_TEXT, offsetof(struct run_flags, out) },
			{ 'K', "keep-all", NULL, "keep what passing cases leave, too",
			  OPTION_FLAG, offsetof(struct run_flags, keep_all) },
			{ 's', "seed", "N",
			  "draw all chance on links from N; default: another one each "
			  "time",
			  OPTION_TEXT, offsetof(struct run_flags, seed) },
			{ 0, "engine", "ENGINE",
			  "who impairs links that do not say: auto, kernel or wire",
			  OPTION_TEXT, offsetof(struct run_flags, engine) },
			{ 'l', "live", NULL,
			  "write packets to standard output as they happen (pcapng), "
			  "one "
			  "case at a time",
			  OPTION_FLAG, offsetof(struct run_flags, live) },
			{ 0, "rule-coverage", "DIR",
			  "count which firewall rules match, and write a report into "
			  "DIR",
			  OPTION_TEXT, offsetof(struct run_flags, rule_coverage) },
			{ 0, "min-rule-coverage", "PERCENT",
			  "fail if fewer rules and policies match", OPTION_TEXT,
			  offsetof(struct run_flags, min_rule_coverage) },
			OPTIONS_FOR_ALL,
		},
	.text =
		(const char *const[]){
			"A PATH is a scenario file (.yaml), a folder, or a suite "
			"executable. "
			"Folders are searched for scenario files and for executables "
			"that "
			"were linked with nstest's suites; any other Criterion "
			"executable "
			"runs when it is named. Without a PATH the current folder is "
			"searched.",
			"What fails is explained at the end, and its packets, the "
			"output of "
			"its programs and the explanation are kept in a folder of the "
			"case "
			"below nstest-out. If any scenario file is wrong, nothing is "
			"run.",
			"A case that needs something this machine lacks is skipped, "
			"and says "
			"what; nstest doctor tells how to get it.",
			"Ctrl-C ends the run in order; a second one ends it at once. "
			"Nothing "
			"stays behind either way.",
			NULL,
		},
	.examples =
		(const struct example[]){
			{ "nstest run suites/", "runs all that is in the folder" },
			{ "nstest run -k 'only webserver2' webserver.yaml",
			  "runs one case of a file" },
			{ "nstest run --live webserver.yaml | tshark -r -",
			  "shows packets while the cases run" },
			{},
		},
	.exit_codes =
		(const struct exit_row[]){
			{ 0, "all cases passed (or were skipped)" },
			{ 1, "some failed" },
			{ 2, "nothing could be run" },
			{ 130, "stopped by Ctrl-C (by SIGTERM: 143)" },
			{},
		},
	.options_size = sizeof(struct run_flags),
	.handle = run_handle,
};
