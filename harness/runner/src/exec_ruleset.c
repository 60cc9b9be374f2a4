/* SPDX-License-Identifier: MIT */
/* ruleset, reload: other rules for a host, or its own once more. */
#include "counting.h"
#include "step.h"

int exec_ruleset(struct live_case *live, const struct nst_step *step)
{
	int counted = live->counting ? counting_take(live->counting, live->lab) : 0;

	for (size_t i = 0; counted == 0 && i < step->ruleset.count; i++) {
		int r = counting_load(live->counting, live->lab,
				      &step->ruleset.rulesets[i]);

		if (r < 0)
			return r;
	}
	if (counted == 0 && live->counting)
		counted = counting_begin(live->counting, live->lab);
	return counted < 0 ? counted : STEP_HELD;
}
