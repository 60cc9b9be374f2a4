/* SPDX-License-Identifier: MIT */
/* Rule coverage of one case. */
#ifndef RUNNER_COUNTING_H
#define RUNNER_COUNTING_H

#include <nstest/coverage.h>
#include <nstest/scenario.h>
#include <report/result.h>

/* All-zero counts nothing. */
struct counting {
	bool on;
	const struct nst_setup *setup; /* to be set up */
	struct nst_setup copy; /* with texts that count; its rulesets are ours */
	struct nst_coverage coverage;
};

/* Chooses the setup; `on`: with rules that count. */
int counting_prepare(struct counting *counting, const struct nst_setup *setup, bool on);
void counting_end(struct counting *counting);

/* Loads a ruleset of a step, with rules that count if those of the setup do; `counting` may be NULL. */
int counting_load(const struct counting *counting, struct nst_lab *lab,
		  const struct nst_scenario_ruleset *ruleset);

/* From now on; once the rulesets are loaded. Again when they have been replaced. */
int counting_begin(struct counting *counting, struct nst_lab *lab);

/* Adds what was counted since. */
int counting_take(struct counting *counting, struct nst_lab *lab);

/* Into the result. */
void counting_tell(const struct counting *counting, struct nst_result *result);

#endif
