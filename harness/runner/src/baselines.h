/* SPDX-License-Identifier: MIT */
/* What cases of this run have measured, by name, for other cases to compare with: in memory that
 * all workers share. */
#ifndef RUNNER_BASELINES_H
#define RUNNER_BASELINES_H

#include <nstest/scenario.h>

/* The values of one measurement, in the units of struct nst_bound. */
struct baseline {
	uint64_t values[NST_MEASURED];
	uint64_t segments;
};

/* In the runner, before there are workers. -errno with a sentence. */
int baselines_open(void);

/* The newest of a name is the one that counts. -ENOSPC with a sentence. */
int baseline_put(const char *file, const char *name, const struct baseline *baseline);

/* Whether it was measured by now. */
bool baseline_get(const char *file, const char *name, struct baseline *ret);

#endif
