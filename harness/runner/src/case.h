/* SPDX-License-Identifier: MIT */
/* One case of a scenario, from an empty machine to its result. */
#ifndef RUNNER_CASE_H
#define RUNNER_CASE_H

#include "step.h"
#include "worker.h"

/* Always gives a result. Return: whether it has been told to the runner already. */
bool case_run(const struct run_context *context, const struct job *job,
	      struct note *note, struct nst_result *ret_result);

/* ---- Its parts, for those who do something in between ---- */

/* Takes the steps in a lab that stands, until one fails. */
void case_take_steps(const struct run_context *context, const struct job *job,
		     struct live_case *live, struct note *note);

/* What shows only at the end: timelines and faults that never came, programs that
 * died, what links did. */
void case_settle(const struct job *job, struct live_case *live);

/* Takes the lab down and frees all that is in it; not live->result. */
void case_free(struct live_case *live);

#endif
