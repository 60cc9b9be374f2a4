/* SPDX-License-Identifier: MIT */
/* ruleset, reload: other rules for a host, or its own once more. */
#include "step.h"

int exec_ruleset(struct live_case *live, const struct nst_step *step)
{
	for (size_t i = 0; i < step->ruleset.count; i++) {
		const struct nst_scenario_ruleset *ruleset = &step->ruleset.rulesets[i];
		int r = nst_ruleset_load(live->lab, ruleset->host, &ruleset->rules);

		if (r < 0)
			return r;
	}
	return STEP_HELD;
}
