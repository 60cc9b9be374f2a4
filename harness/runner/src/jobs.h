/* SPDX-License-Identifier: MIT */
/* What there is to run, in the order in which it is reported. */
#ifndef RUNNER_JOBS_H
#define RUNNER_JOBS_H

#include <nstest/scenario.h>
#include <runner/run.h>

enum job_kind {
	JOB_CASE,  /* one case of a scenario file: one result */
	JOB_SUITE, /* a suite executable: as many results as it has tests */
};

struct job {
	enum job_kind kind;
	const struct nst_scenario *scenario; /* JOB_CASE */
	const struct nst_scenario_case *item;
	char *path;   /* of the file */
	char *title;  /* "suite / case"; of an executable: its file name */
	bool marked;  /* JOB_SUITE: knows nstest (section .note.nstest) */
	char *folder; /* below --out: "suite/case", safe and of this job alone */
	char **tests; /* JOB_SUITE: "suite / case" of those to be run; NULL: all */
	size_t test_count;
	char *filter;         /* for Criterion's --filter; NULL: all */
	uint64_t expected_us; /* by what earlier runs took; 0: not known */
};

struct expression;
struct history;

struct nst_jobs {
	struct job *list;
	size_t count;
	struct nst_scenario **scenarios;
	size_t scenario_count;
	const char *const *set; /* "name=value": variables of scenario files; NULL */
	size_t *items; /* in a guest kernel: of each job, which case of its scenario */
	struct expression *only, *tags;
	struct history *history; /* NULL: none */
	char *history_path;
	bool shuffled, ordered; /* ordered: by a wish, not by files */
	struct nst_shard shard;
	size_t all_cases; /* of all shards */
	uint64_t plan;    /* digest of which shard runs what */
};

/* Letters of any script, digits, '.', '_', '-'; anything else becomes one '-'. Malloc'd; never "",
 * "." or "..", and at most 80 bytes. */
char *safe_name(const char *text);

/* Whether the file is an ELF executable, and has the section `name`. Takes any bytes.
 * Return: 1, 0; -ENOEXEC if it is no executable of this machine; -errno of open(2). */
int elf_has_section(const char *path, const char *name);

/* Asks a suite executable for its tests: "suite / case". Return: 0, and both the array
 * and its texts are the caller's; -EIO if it does not say. */
int suite_tests(const char *path, char ***ret_tests, size_t *ret_count);

/* An extended pattern that matches these tests alone. Malloc'd; NULL: no memory. */
char *suite_filter(char *const *tests, size_t count);

/* The title under which the whole of a suite executable is remembered. Malloc'd. */
char *suite_title(const struct job *job);

/* Takes the scenario over. */
int jobs_keep_scenario(struct nst_jobs *jobs, struct nst_scenario *scenario);

void job_free(struct job *job);

/* Leaves of all jobs those that were asked for, in the order in which they are to be
 * reported. */
int jobs_choose(struct nst_jobs *jobs, const struct nst_jobs_options *options);

#endif
