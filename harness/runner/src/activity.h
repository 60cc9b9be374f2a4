/* SPDX-License-Identifier: MIT */
/* A step that is done at once, or by and by at its own times: a flap, a ramp, a pause. */
#ifndef RUNNER_ACTIVITY_H
#define RUNNER_ACTIVITY_H

#include "step.h"

struct activity {
	const struct nst_step *step;
	uint64_t due_us; /* when activity_act() does the next part; CLOCK_MONOTONIC */
	uint64_t parts;  /* done so far */
	uint64_t began_us;
};

struct activity activity_begin(const struct nst_step *step, uint64_t due_us);

/* Does the part that is due. Return: 1 if there is more, at due_us; 0 when it is done;
 * -errno with a sentence. */
int activity_act(struct live_case *live, struct activity *activity);

/* Does a step to its end, letting timelines act. As a step_function. */
int activity_finish(struct live_case *live, const struct nst_step *step);

#endif
