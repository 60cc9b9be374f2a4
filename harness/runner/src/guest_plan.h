/* SPDX-License-Identifier: MIT */
/* What a guest kernel's nstest has to know of a run: the same program wrote it, so it is
 * bytes. */
#ifndef RUNNER_GUEST_PLAN_H
#define RUNNER_GUEST_PLAN_H

#include <stdio.h>

#include "worker.h"

/* Jobs `first` to `first + count`. Return: 0; -errno. */
int guest_plan_write(FILE *out, const struct run_context *context, size_t first,
		     size_t count);

/* Fills context->options and context->jobs; scenarios are not loaded. It is kept to the end
 * of the process. -EPROTO. */
int guest_plan_read(FILE *in, struct run_context *context);

/* Loads the scenario of a job that has come this way. */
int guest_plan_load(struct nst_jobs *jobs, struct job *job);

#endif
