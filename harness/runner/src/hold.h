/* SPDX-License-Identifier: MIT */
/* People who look into a case of a run: --pause-on-failure and --step. */
#ifndef RUNNER_HOLD_H
#define RUNNER_HOLD_H

#include "step.h"
#include "worker.h"

/* A run waits as long as people do. */
enum { HOLD_MS = 24 * 3600 * 1000 };

/* Tells the failure and how to get in, and waits for `nstest down`, or until the runner
 * has gone. `live->result` is told to the runner, which must not get it again. */
void hold_failure(const struct run_context *context, const struct job *job,
		  const struct live_case *live);

/* Opens the case's lab for --step. NULL: it could not, and stderr has why. */
struct hold *hold_begin(const struct run_context *context, const struct job *job,
			struct nst_lab *lab);
void hold_end(struct hold *hold);

/* Shows the step and asks what to do. Return: whether to take it; false ends the case. */
bool hold_step(struct hold *hold, const struct nst_step *step);

/* What the step that is taken was answered. */
void hold_answer(struct hold *hold, const char *verdict, const char *sentence);

/* Shows how the step went. */
void hold_taken(struct hold *hold, bool held, uint64_t took_us);

#endif
