/* SPDX-License-Identifier: MIT */
/* nstest run: runs cases. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>
#include <nstest/coverage.h>
#include <nstest/impair.h>
#include <runner/run.h>

#include "main.h"
#include "rule_coverage.h"
#include "run_sinks.h"
#include "select.h"
#include "watch.h"

struct run_flags {
	struct common_flags common;
	struct select_flags select;
	int jobs, timeout_ms, run_timeout_ms;
	int repeat, retries, max_failures;
	const char *out, *engine, *variant, *strace, *gdb, *kernel, *memory;
	struct rule_coverage_flags rule_coverage;
	uint64_t case_memory_bytes;
	bool verbose, keep_all, live;
	bool until_failure, fail_on_skip, fail_on_flaky, watch;
	bool pause, step, virtual;
	struct option_list outputs;
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

static int exit_code(const struct nst_run_summary *summary,
		     const struct run_flags *flags)
{
	const size_t *n = summary->totals.by_outcome;

	if (summary->signal)
		return 128 + summary->signal;
	return nst_totals_bad(&summary->totals) || summary->timed_out ||
			       (flags->fail_on_skip && n[NST_OUTCOME_SKIP]) ||
			       (flags->fail_on_flaky && n[NST_OUTCOME_FLAKY])
		       ? EXIT_SOME_FAILED
		       : EXIT_ALL_PASSED;
}

/* The word is one of them: args_store() has seen to that. */
static enum nst_engine read_engine(const char *text)
{
	enum nst_engine engine = NST_ENGINE_AUTO;

	while (text && engine < NST_ENGINE_WIRE &&
	       strcmp(text, nst_engine_name(engine)) != 0)
		engine++;
	return engine;
}

/* "512M", as the guest kernel reads it. */
static bool is_size(const char *text)
{
	size_t digits = strspn(text, "0123456789");

	return digits && digits < 8 && strchr("KMG", text[digits]) && text[digits] &&
	       !text[digits + 1];
}

static const char *kernel_word(const struct run_flags *flags)
{
	bool native = !flags->kernel || !strcmp(flags->kernel, "native");

	return !native ? flags->kernel : flags->virtual ? "uml" : NULL;
}

static int choose_kernel(const struct run_flags *flags, struct nst_run_options *options,
			 struct nst_guest_kernel *kernel)
{
	int r;
	const char *conflict = flags->live    ? "live"
			       : flags->step  ? "step"
			       : flags->pause ? "pause-on-failure"
					      : NULL;

	if (flags->memory && !is_size(flags->memory))
		return nst_fail(-EINVAL,
				"--memory: \"%s\" is no size such as 512M or 1G",
				flags->memory);
	if (!kernel_word(flags))
		return 0;
	if (conflict)
		return nst_fail(-EINVAL,
				"--%s is for the machine's own kernel: not with "
				"--kernel or --virtual",
				conflict);
	options->kernel = kernel_word(flags);
	options->guest_kernel = kernel;
	options->time = flags->virtual ? NST_TIME_VIRTUAL : NST_TIME_REAL;
	r = nst_guest_kernel_find(options->kernel, kernel);
	if (r == 0 && flags->virtual && !kernel->has_virtual_time)
		r = nst_fail(
			-EOPNOTSUPP,
			"the kernel %s has no virtual time: nstest kernel build makes "
			"one that has",
			kernel->path);
	return r;
}

static int run_all(const struct nst_jobs *jobs, const struct run_flags *flags,
		   uint64_t seed, int live_fd, uid_t owner)
{
	struct nst_run_options options = {
		.workers = (unsigned int)flags->jobs,
		.timeout_ms = flags->timeout_ms,
		.out = flags->out,
		.keep_all = flags->keep_all || flags->strace,
		.live_fd = live_fd,
		.seed = seed,
		.repeat = (unsigned int)flags->repeat,
		.until_failure = flags->until_failure,
		.retries = (unsigned int)flags->retries,
		.max_failures = (unsigned int)flags->max_failures,
		.run_timeout_ms = flags->run_timeout_ms,
		.variant = flags->variant,
		.strace = flags->strace,
		.gdb = flags->gdb,
		.terminal = flags->gdb ? ttyname(STDIN_FILENO) : NULL,
		.pause_on_failure = flags->pause,
		.step = flags->step,
		.engine = read_engine(flags->engine),
		.memory = flags->memory,
		.case_memory_bytes = flags->case_memory_bytes,
		.owner = owner,
	};
	const struct run_sinks_options where = {
		.outputs = &flags->outputs,
		.out = flags->out,
		.verbose = flags->verbose,
		.still = flags->step || flags->gdb,
		.part = nst_jobs_are_part(jobs),
	};
	struct nst_coverage coverage AUTO(nst_coverage_free) = { 0 };
	struct nst_guest_kernel kernel AUTO(nst_guest_kernel_free) = { 0 };
	struct nst_run_summary summary;
	struct run_sinks sinks;
	struct rule_coverage_flags rules = flags->rule_coverage;
	int r = rule_coverage_check(&rules), closed;

	if (r == 0)
		r = choose_kernel(flags, &options, &kernel);
	if (rule_coverage_is_wanted(&rules))
		options.coverage = &coverage;
	if (r == 0)
		r = run_sinks_open(&where, &sinks);
	if (r < 0)
		return report_failure("run");
	options.details = sinks.details;
	r = nst_run_jobs(jobs, &options, sinks.list, sinks.count, &summary);
	if (r < 0)
		report_failure("run");
	closed = run_sinks_close(&sinks);
	if (closed < 0)
		report_failure("run");
	if (r == 0)
		r = exit_code(&summary, flags);
	else
		r = EXIT_COULD_NOT_RUN;
	if (r <= EXIT_SOME_FAILED && rule_coverage_is_wanted(&rules) && !summary.signal)
		r = rule_coverage_report("run", &coverage, &rules, r);
	/* Who reads the files must not take what is missing for passed. */
	return closed < 0 && r == EXIT_ALL_PASSED ? EXIT_COULD_NOT_RUN : r;
}

static int run_once(const void *what)
{
	const struct invocation *invocation = what;
	const struct run_flags *flags = invocation->options;
	struct nst_jobs *jobs;
	int live_fd = 0, status;
	uid_t owner = getuid();
	bool wrong_file;
	uint64_t seed;

	if (select_seed(&flags->select, &seed) < 0)
		return report_failure("run");
	status = select_jobs(invocation, &flags->select, flags->out, &seed, &jobs,
			     &wrong_file);
	if (wrong_file)
		fputs("nothing was run\n", stderr);
	if (status != EXIT_ALL_PASSED)
		return status;
	nst_jobs_warnings(jobs, stderr);
	if (flags->step && nst_jobs_have_suites(jobs))
		fputs("nstest run: --step is for scenario files: tests of suite "
		      "executables run as ever\n",
		      stderr);
	if (flags->gdb && !isatty(STDIN_FILENO)) {
		nst_jobs_free(jobs);
		nst_fail(-ENOTTY, "--gdb needs a terminal, and standard input is none");
		return report_failure("run");
	}
	if (flags->live)
		live_fd = take_stdout();
	if (live_fd < 0 || nst_become_root() < 0)
		status = report_failure("run");
	else
		status = run_all(jobs, flags, seed, live_fd, owner);
	nst_jobs_free(jobs);
	return status;
}

static int run_handle(const struct invocation *invocation)
{
	const struct run_flags *flags = invocation->options;
	int r;

	if (!flags->watch)
		return run_once(invocation);
	r = watch_and_run(invocation->operands, flags->out ? flags->out : "nstest-out",
			  run_once, invocation);
	return r < 0 ? report_failure("run") : r;
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
			SELECT_OPTIONS(struct run_flags),
			{ 'v', "verbose", NULL,
			  "name every case, with its duration and what impaired links "
			  "did",
			  OPTION_FLAG, offsetof(struct run_flags, verbose) },
			{ 't', "timeout", "TIME",
			  "longest time of a case that names none; default: 60s",
			  OPTION_TIME, offsetof(struct run_flags, timeout_ms) },
			{ 0, "run-timeout", "TIME",
			  "longest time of the whole run; what runs then is an error",
			  OPTION_TIME, offsetof(struct run_flags, run_timeout_ms) },
			{ 0, "case-memory", "SIZE",
			  "most memory that the programs of a case may have together; "
			  "default: half of the machine's",
			  OPTION_SIZE, offsetof(struct run_flags, case_memory_bytes) },
			{ 0, "repeat", "N",
			  "run all of it N times, N rounds of seeds; default: 1",
			  OPTION_COUNT, offsetof(struct run_flags, repeat) },
			{ 0, "until-failure", NULL,
			  "repeat, without end if --repeat does not say, until "
			  "something fails",
			  OPTION_FLAG, offsetof(struct run_flags, until_failure) },
			{ 0, "retries", "N",
			  "try what failed up to N times more; what then passes is "
			  "flaky",
			  OPTION_COUNT, offsetof(struct run_flags, retries) },
			{ 0, "max-failures", "N",
			  "begin nothing more once N cases have failed", OPTION_COUNT,
			  offsetof(struct run_flags, max_failures) },
			{ 0, "fail-on-skip", NULL, "a skipped case fails the run",
			  OPTION_FLAG, offsetof(struct run_flags, fail_on_skip) },
			{ 0, "fail-on-flaky", NULL, "a flaky case fails the run",
			  OPTION_FLAG, offsetof(struct run_flags, fail_on_flaky) },
			{ 0, "pause-on-failure", NULL,
			  "keep the lab of each case that fails until nstest down, to "
			  "be entered by nstest shell",
			  OPTION_FLAG, offsetof(struct run_flags, pause) },
			{ 0, "step", NULL, "ask before each step; one case at a time",
			  OPTION_FLAG, offsetof(struct run_flags, step) },
			{ 'w', "watch", NULL, "run again whenever a file changes",
			  OPTION_FLAG, offsetof(struct run_flags, watch) },
			{ 'o', "out", "DIR",
			  "folder for what failing cases leave; default: nstest-out",
			  OPTION_TEXT, offsetof(struct run_flags, out) },
			{ 'O', "output", "junit|tap|json|github|markdown|html[=FILE]",
			  "also write results so; FILE -: standard output; may be "
			  "given several times",
			  OPTION_LIST, offsetof(struct run_flags, outputs) },
			{ 'K', "keep-all", NULL, "keep what passing cases leave, too",
			  OPTION_FLAG, offsetof(struct run_flags, keep_all) },
			{ 0, "strace", "HOST/PROGRAM",
			  "run that program under strace, and keep "
			  "HOST-PROGRAM.strace; "
			  "a pattern, as */curl",
			  OPTION_TEXT, offsetof(struct run_flags, strace) },
			{ 0, "gdb", "HOST/PROGRAM",
			  "run that program under gdb on this terminal, one case at a "
			  "time; nothing is too late then",
			  OPTION_TEXT, offsetof(struct run_flags, gdb) },
			{ 0, "variant", "PATTERN",
			  "of C tests with variants (NST_TEST_EACH) run only those "
			  "whose name matches",
			  OPTION_TEXT, offsetof(struct run_flags, variant) },
			{ 0, "engine", "auto|kernel|wire",
			  "who impairs links that do not say; default: auto",
			  OPTION_TEXT, offsetof(struct run_flags, engine) },
			{ 0, "kernel", "KERNEL",
			  "run cases on another kernel: uml, or the path of a "
			  "User-Mode "
			  "Linux; default: native",
			  OPTION_TEXT, offsetof(struct run_flags, kernel) },
			{ 0, "virtual", NULL,
			  "on another kernel and on virtual time: waiting costs "
			  "nothing, "
			  "and the same seed gives the same run",
			  OPTION_FLAG, offsetof(struct run_flags, virtual) },
			{ 0, "memory", "SIZE", "of each such kernel; default: 512M",
			  OPTION_TEXT, offsetof(struct run_flags, memory) },
			{ 'l', "live", NULL,
			  "write packets to standard output as they happen (pcapng), "
			  "one "
			  "case at a time",
			  OPTION_FLAG, offsetof(struct run_flags, live) },
			{ 0, "rule-coverage", "DIR",
			  "count which firewall rules match, and write a report into "
			  "DIR",
			  OPTION_TEXT,
			  offsetof(struct run_flags, rule_coverage.folder) },
			{ 0, "min-rule-coverage", "PERCENT",
			  "fail if fewer rules and policies match", OPTION_TEXT,
			  offsetof(struct run_flags, rule_coverage.percent) },
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
			{ 2, "nothing could be run, or a file of --output is not "
			     "complete" },
			{ 130, "stopped by Ctrl-C (by SIGTERM: 143)" },
			{},
		},
	.options_size = sizeof(struct run_flags),
	.handle = run_handle,
};
