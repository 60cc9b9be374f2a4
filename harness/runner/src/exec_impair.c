/* SPDX-License-Identifier: MIT */
/* impair, fault, remove fault: what is asked of links; ramp, flap, pause, timeline: and
 * when. */
#include <errno.h>
#include <stdlib.h>

#include <base/fail.h>
#include <nstest/impair.h>

#include "activity.h"
#include "faults.h"
#include "timeline.h"

int exec_impair(struct live_case *live, const struct nst_step *step)
{
	for (size_t i = 0; i < step->impair.count; i++) {
		const struct nst_impair_direction *direction =
			&step->impair.directions[i];
		int r = nst_impair(live->lab, direction->from, direction->to,
				   &direction->impairment);

		if (r < 0)
			return r;
	}
	return STEP_HELD;
}

static int keep_name(struct live_case *live, const char *name, uint32_t id)
{
	struct named_fault *longer =
		realloc(live->faults, (live->fault_count + 1) * sizeof(*longer));

	if (!longer)
		return nst_fail_memory();
	live->faults = longer;
	longer[live->fault_count++] = (struct named_fault){ name, id };
	return STEP_HELD;
}

int exec_fault(struct live_case *live, const struct nst_step *step)
{
	const struct nst_fault_step *fault = &step->fault;
	uint32_t id;
	int r = nst_fault(live->lab, fault->from, fault->to, &fault->fault, &id);

	if (r < 0)
		return r;
	return fault->fault.name ? keep_name(live, fault->fault.name, id) : STEP_HELD;
}

int exec_unfault(struct live_case *live, const struct nst_step *step)
{
	uint32_t id;
	int r = fault_find(live, step->unfault, &id);

	if (r == 0)
		r = nst_fault_remove(live->lab, id);
	return r < 0 ? r : STEP_HELD;
}

int exec_timed(struct live_case *live, const struct nst_step *step)
{
	return activity_finish(live, step);
}

int exec_timeline(struct live_case *live, const struct nst_step *step)
{
	return timeline_begin(live, step);
}
