/* SPDX-License-Identifier: MIT */
/* Steps that take their time. Each part has its time from the beginning on, so that what is
 * late does not make the rest late. */
#include <errno.h>

#include <base/fail.h>
#include <base/scope.h>
#include <nstest/impair.h>

#include "activity.h"
#include "clock.h"
#include "ramp.h"
#include "timeline.h"

struct activity activity_begin(const struct nst_step *step, uint64_t due_us)
{
	return (struct activity){ .step = step, .due_us = due_us, .began_us = due_us };
}

static int act_pause(struct activity *activity)
{
	if (activity->parts++)
		return 0;
	activity->due_us += (uint64_t)activity->step->pause_us;
	return 1;
}

/* Down, up, down, …, up. */
static int act_flap(struct live_case *live, struct activity *activity)
{
	const struct nst_flap_step *flap = &activity->step->flap;
	bool down = activity->parts % 2 == 0;
	int r = down ? nst_link_down(live->lab, flap->a, flap->b)
		     : nst_link_up(live->lab, flap->a, flap->b);

	if (r < 0)
		return r;
	activity->due_us += (uint64_t)(down ? flap->down_us : flap->up_us);
	return ++activity->parts < 2 * (uint64_t)flap->times;
}

static int act_ramp(struct live_case *live, struct activity *activity)
{
	const struct nst_ramp_step *ramp = &activity->step->ramp;
	uint64_t over = (uint64_t)ramp->over_us, every = (uint64_t)ramp->every_us;
	uint64_t whole = (over + every - 1) / every, part = activity->parts++;

	for (size_t i = 0; i < ramp->count; i++) {
		struct nst_impairment now =
			ramp_between(&ramp->begin[i].impairment,
				     &ramp->end[i].impairment, part, whole);
		int r = nst_impair(live->lab, ramp->begin[i].from, ramp->begin[i].to,
				   &now);

		if (r < 0)
			return r;
	}
	activity->due_us =
		activity->began_us + (part + 1 < whole ? (part + 1) * every : over);
	return part < whole;
}

int activity_act(struct live_case *live, struct activity *activity)
{
	struct nst_program *program;
	int r;

	switch (activity->step->kind) {
	case NST_STEP_PAUSE:
		return act_pause(activity);
	case NST_STEP_FLAP:
		return act_flap(live, activity);
	case NST_STEP_RAMP:
		return act_ramp(live, activity);
	case NST_STEP_START: /* not waited for */
		return nst_start(live->lab, &activity->step->start.start, &program);
	default: /* done at once, by its own function */
		r = take_step(live, activity->step);
		return r < 0 ? r : r == STEP_FAILED ? -ECANCELED : 0;
	}
}

int activity_finish(struct live_case *live, const struct nst_step *step)
{
	struct activity activity = activity_begin(step, now_us());
	int r;

	while ((r = activity_act(live, &activity)) > 0) {
		r = sleep_acting(live, activity.due_us);
		if (r < 0)
			break;
	}
	return r < 0 ? r : STEP_HELD;
}
