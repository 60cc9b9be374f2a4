/* SPDX-License-Identifier: MIT */
/* Running cases: what is found, in which order, by how many workers, into which sinks.
 */
#ifndef RUNNER_RUN_H
#define RUNNER_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <nstest/topology.h>
#include <report/sink.h>

struct nst_jobs;

/* What to look for, and how. All-zero is the usual. */
struct nst_jobs_options {
	const char *only; /* only cases with this text in "suite / case"; NULL: all */
	const char *const *set; /* "name=value": variables of scenario files; NULL */
};

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

/* "webserver.yaml: 3 cases", a line per file. */
void nst_jobs_summary(const struct nst_jobs *jobs, FILE *out);

/* What is right in scenario files, but may surprise; as problems are told. */
void nst_jobs_warnings(const struct nst_jobs *jobs, FILE *out);

/* One line per case, "suite / case"; asks suite executables for theirs. */
int nst_jobs_list(const struct nst_jobs *jobs, FILE *out);

struct nst_coverage;

struct nst_run_options {
	unsigned int workers; /* 0: as many as there are processors */
	int timeout_ms;       /* per case that names none; 0: 60 s */
	const char *out; /* folder for what failing cases leave; NULL: nstest-out */
	bool keep_all;   /* passing cases too */
	int live_fd; /* > 0: packets of all cases go there as they happen; one worker */
	enum nst_engine engine;        /* of impaired links that name none */
	struct nst_coverage *coverage; /* rules are counted, and added; NULL: not */
	uint64_t seed; /* of all chance on links; 0: another one each time */
};

struct nst_run_summary {
	struct nst_totals totals;
	int signal; /* that ended the run early; 0 */
};

/* Runs all jobs. The caller has called nst_become_root() and has no threads.
 * Return: 0 when it came to its end, whatever the results; -errno if workers could not
 * be had. */
int nst_run_jobs(const struct nst_jobs *jobs, const struct nst_run_options *options,
		 const struct nst_sink *sinks, size_t sink_count,
		 struct nst_run_summary *ret_summary);

#endif
