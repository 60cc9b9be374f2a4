/* SPDX-License-Identifier: MIT */
/* What a case that measures needs before its steps. */
#ifndef RUNNER_MEASURE_H
#define RUNNER_MEASURE_H

#include "worker.h"

/* What it is compared with and no case of this run has measured yet, in whatever order they run, in
 * whichever shard, is measured now: the case that does so runs first. Return: 0; -errno with a
 * sentence, -EOPNOTSUPP if that case is skipped. */
int measure_baselines(const struct run_context *context, const struct job *job,
		      struct note *note);

#endif
