/* SPDX-License-Identifier: MIT */
/* A run under way: its workers, its results, and telling the sinks. */
#ifndef RUNNER_POOL_H
#define RUNNER_POOL_H

#include "worker.h"

enum { NAME_SIZE = 512 };

/* A task is one job in one round of a run: number = round * jobs + job. Its results are
 * kept until all earlier tasks are reported. */
struct pending {
	struct nst_result *list;
	size_t count;
	size_t all; /* results it has had, reported or not */
	unsigned int attempt;
	bool done;
};

struct pool {
	struct run_context context;
	const struct nst_sink *sinks;
	size_t sink_count;
	struct worker *workers;
	size_t worker_count;
	size_t *order; /* of jobs, in which they are handed out in each round */
	size_t tasks;  /* SIZE_MAX: without end */
	size_t next, next_report; /* tasks: handed out so far; to report */
	struct pending *pending;  /* of `pending_count` tasks from pending_first on */
	size_t pending_first, pending_count;
	size_t *again; /* tasks to be tried once more */
	size_t again_count;
	size_t silent; /* tasks without a result so far */
	struct nst_totals totals;
	uint64_t deadline_us; /* of the run */
	const char *why;      /* nothing more is begun, for this option's sake; NULL */
	bool timed_out;       /* deadline_us came */
	int signal_fd;
	int signal; /* that ends the run; 0 */
};

/* ---- Tasks: tasks.c ---- */

/* The order in which jobs are handed out, room for the first round. */
int tasks_begin(struct pool *pool);
void tasks_free(struct pool *pool);

bool tasks_left(const struct pool *pool);

/* The next task to hand out. Return: 0; -ENOMEM. */
int tasks_next(struct pool *pool, size_t *ret_task);

unsigned int task_attempt(const struct pool *pool, size_t task);

/* For Criterion's --filter, of a suite of which only some tests are tried again.
 * Malloc'd; NULL: all of the job. */
char *task_filter(const struct pool *pool, size_t task);

/* Takes the result over. */
int task_add_result(struct pool *pool, size_t task, struct nst_result *result);

/* All its results have come: it is reported when its turn comes, or tried again. */
void task_done(struct pool *pool, size_t task, uint64_t took_us);

void report_ready(struct pool *pool);

/* What finished is told even if an earlier task did not. */
void report_rest(struct pool *pool);

/* ---- Telling: tell.c ---- */

/* What runs, the longest first. */
struct running {
	size_t count;
	const char **names;
	char (*texts)[NAME_SIZE];
};

/* `with_step`: and where each is. */
struct running list_running(const struct pool *pool, bool with_step);
void running_free(struct running *running);

void tell_start(struct pool *pool);
void tell_progress(struct pool *pool);
void tell_end(struct pool *pool, uint64_t began_us, const struct running *cut_short);

#endif
