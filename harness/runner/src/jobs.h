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
};

struct nst_jobs {
	struct job *list;
	size_t count;
	struct nst_scenario **scenarios;
	size_t scenario_count;
	const char *only; /* for suites, whose tests are known only as they run */
};

/* Letters, digits, '.', '_', '-'; anything else becomes one '-'. Malloc'd; never "",
 * "." or "..", and at most 80 bytes. */
char *safe_name(const char *text);

/* Whether the file is an ELF executable, and has the section `name`. Takes any bytes.
 * Return: 1, 0; -ENOEXEC if it is no executable of this machine; -errno of open(2). */
int elf_has_section(const char *path, const char *name);

/* Asks a suite executable for its tests: "suite / case" lines. */
int suite_list(const struct job *job, const char *only, FILE *out);

#endif
