/* SPDX-License-Identifier: MIT */
/* Running cases: what is found, in which order, by how many workers, into which sinks.
 */
#ifndef RUNNER_RUN_H
#define RUNNER_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

#include <kernel/guest.h>
#include <nstest/topology.h>
#include <report/sink.h>

/* The file of settings at the root of a project: no scenario, though it is YAML. */
#define NST_CONFIG "nstest.yaml"

struct nst_jobs;

/* A part of the cases, for one of several machines. */
struct nst_shard {
	unsigned int index, total; /* 1 to total; total 0: the whole */
	const char *by;            /* who said it: "--shard", "GitLab", ... */
};

/* From `text` ("2/4"); if that is NULL, from NSTEST_SHARD or from what GitLab, Bazel,
 * Slurm and Kubernetes say in the environment. -EINVAL with a sentence. */
int nst_shard_read(const char *text, struct nst_shard *ret);

/* What to look for, and how. All-zero is the usual. */
struct nst_jobs_options {
	const char *only; /* expression over "suite / case" (expression.h); NULL: all */
	const char *tags; /* expression over the tags of cases; NULL: all */
	/* "name=value": variables of scenario files; NULL. Must outlive what is found. */
	const char *const *set;
	const char *history; /* file of earlier results; NULL: none */
	bool rerun_failed;   /* only those that failed the last time they ran */
	bool failed_first;
	uint64_t shuffle; /* seed of a random order; 0: that of the files */
	struct nst_shard shard;
};

/* An expression for `only` that means exactly this "suite / case". Malloc'd; NULL: no
 * memory. */
char *nst_only_exactly(const char *title);

/* Finds scenario files (.yaml, .yml) and suite executables. Folders are walked in
 * alphabetical order; a suite in a folder is known by its section .note.nstest, a path
 * that is given may be any Criterion executable. No path means the current folder.
 *
 * Return: 0; -ENOENT if there is nothing to run; -EINVAL if a file is wrong, and
 * *ret_problems (malloc'd) has all that is wrong with all files, as people read it. */
int nst_jobs_find(const char *const *paths, const struct nst_jobs_options *options,
		  struct nst_jobs **ret_jobs, char **ret_problems);
void nst_jobs_free(struct nst_jobs *jobs);

size_t nst_jobs_count(const struct nst_jobs *jobs);

/* Whether all of them are cases of scenario files. */
bool nst_jobs_are_cases(const struct nst_jobs *jobs);

/* Whether suite executables are among them. */
bool nst_jobs_have_suites(const struct nst_jobs *jobs);

/* Whether these are one of several parts, whose results nstest merge will join. */
bool nst_jobs_are_part(const struct nst_jobs *jobs);

/* "webserver.yaml: 3 cases", a line per file. */
void nst_jobs_summary(const struct nst_jobs *jobs, FILE *out);

/* What is right in scenario files, but may surprise; as problems are told. */
void nst_jobs_warnings(const struct nst_jobs *jobs, FILE *out);

/* One line per case, "suite / case"; asks suite executables for theirs. `json`: an
 * object per line with suite, case, file, line, tags, and duration_us and result of the
 * last time. */
int nst_jobs_list(const struct nst_jobs *jobs, bool json, FILE *out);

struct nst_coverage;

enum { NST_CASE_TIMEOUT_MS = 60000 };

struct nst_run_options {
	unsigned int workers; /* 0: as many as there are processors */
	int timeout_ms;       /* per case that names none; 0: NST_CASE_TIMEOUT_MS */
	const char *out; /* folder for what failing cases leave; NULL: nstest-out */
	bool keep_all;   /* passing cases too */
	bool details;    /* for the HTML report: nst_result.details */
	int live_fd; /* > 0: packets of all cases go there as they happen; one worker */
	enum nst_engine engine;        /* of impaired links that name none */
	struct nst_coverage *coverage; /* rules are counted, and added; NULL: not */
	/* Of all chance on links; 0: another one each time. Each round of `repeat` adds
	 * one to it. */
	uint64_t seed;
	unsigned int repeat;       /* rounds; 0: one, or with until_failure no end */
	bool until_failure;        /* no round more once something failed */
	unsigned int retries;      /* of what failed; a pass then is "flaky" */
	unsigned int max_failures; /* begin nothing more after so many; 0: no limit */
	int run_timeout_ms;        /* of the whole run; 0: none */
	bool pause_on_failure;     /* the lab of a failed case stays for people */
	/* "HOST/PROGRAM", patterns: run these under strace, or under gdb on `terminal`; NULL */
	const char *strace, *gdb, *terminal;
	const char *variant; /* pattern: only these of each NST_TEST_EACH(); NULL */
	bool step;           /* ask on stdin and stderr before each step */
	const char *kernel;  /* "uml", or the path of one; NULL: the machine's */
	const struct nst_guest_kernel *guest_kernel; /* what that is */
	enum nst_guest_time time;                    /* that passes there */
	const char *memory; /* of each guest kernel: "512M"; NULL: that */
	uint64_t
		case_memory_bytes; /* of all programs of a case; 0: half of the machine's */
	uid_t owner;               /* whose labs these are: of whoever called nstest */
};

/* A seed that was not there before, short enough to be typed again. */
uint64_t nst_make_seed(void);

struct nst_run_summary {
	struct nst_totals totals;
	int signal;     /* that ended the run early; 0 */
	bool timed_out; /* run_timeout_ms did */
};

/* Runs all jobs. The caller has called nst_become_root() and has no threads.
 * Return: 0 when it came to its end, whatever the results; -errno if workers could not
 * be had. */
int nst_run_jobs(const struct nst_jobs *jobs, const struct nst_run_options *options,
		 const struct nst_sink *sinks, size_t sink_count,
		 struct nst_run_summary *ret_summary);

/* What nstest does as the command of a guest kernel, which is this program with this word: a
 * run's cases. */
#define NST_GUEST_WORD "--in-guest"
int nst_guest_main(void);

/* Tells sinks of the runs whose JSON lines are in these files, as if they were one, and
 * adds them to the history. `coverage` is what rules did in all of them; NULL: nobody
 * counted. Return: 0; -EINVAL with a sentence if they are no whole. */
int nst_merge(const char *const *paths, size_t path_count, const char *history_path,
	      struct nst_coverage *coverage, const struct nst_sink *sinks,
	      size_t sink_count, struct nst_totals *ret_totals);

#endif
