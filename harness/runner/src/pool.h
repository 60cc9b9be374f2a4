/* SPDX-License-Identifier: MIT */
/* A run under way: its workers, its results, and telling the sinks. */
#ifndef RUNNER_POOL_H
#define RUNNER_POOL_H

#include "worker.h"

enum { NAME_SIZE = 512 };

/* Results of one job that are not reported yet: earlier jobs still run. */
struct pending {
	struct nst_result *list;
	size_t count;
	size_t all; /* results it has had, reported or not */
	bool done;
};

struct pool {
	struct run_context context;
	const struct nst_sink *sinks;
	size_t sink_count;
	struct worker *workers;
	size_t worker_count;
	struct pending *pending;  /* by job */
	size_t next, next_report; /* jobs: to hand out, to report */
	size_t silent;            /* jobs without a result so far */
	struct nst_totals totals;
	int signal_fd;
	int signal; /* that ends the run; 0 */
};

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
