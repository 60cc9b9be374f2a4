/* SPDX-License-Identifier: MIT */
/* One case of a scenario, from an empty machine to its result. */
#ifndef RUNNER_CASE_H
#define RUNNER_CASE_H

#include "worker.h"

/* Always gives a result. */
void case_run(const struct run_context *context, const struct job *job,
	      struct note *note, struct nst_result *ret_result);

#endif
