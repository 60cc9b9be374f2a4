/* SPDX-License-Identifier: MIT */
/* Rule coverage of one case. */
#include "counting.h"

#include <stdlib.h>
#include <string.h>

#include <base/fail.h>

/* Rulesets that count, in place of the scenario's. */
static int make_rulesets(const struct nst_setup *setup,
			 struct nst_scenario_ruleset *rulesets)
{
	int r = 0;

	for (size_t i = 0; i < setup->ruleset_count && r == 0; i++) {
		rulesets[i] = setup->rulesets[i];
		r = nst_coverage_ruleset(&setup->rulesets[i].rules, &rulesets[i].rules);
		while (r < 0 && i--)
			nst_coverage_ruleset_free(&rulesets[i].rules);
	}
	return r;
}

int counting_prepare(struct counting *counting, const struct nst_setup *setup, bool on)
{
	struct nst_scenario_ruleset *rulesets;
	int r;

	counting->setup = setup;
	if (!on || !setup->ruleset_count)
		return 0;
	rulesets = calloc(setup->ruleset_count, sizeof(*rulesets));
	if (!rulesets)
		return nst_fail_memory();
	r = make_rulesets(setup, rulesets);
	if (r < 0) {
		free(rulesets);
		return r;
	}
	counting->copy = *setup;
	counting->copy.rulesets = rulesets;
	counting->setup = &counting->copy;
	counting->on = true;
	return 0;
}

void counting_end(struct counting *counting)
{
	for (size_t i = 0; counting->on && i < counting->copy.ruleset_count; i++)
		nst_coverage_ruleset_free(
			(struct nst_ruleset *)&counting->copy.rulesets[i].rules);
	free((void *)counting->copy.rulesets);
	nst_coverage_free(&counting->coverage);
}

int counting_load(const struct counting *counting, struct nst_lab *lab,
		  const struct nst_scenario_ruleset *ruleset)
{
	struct nst_ruleset counted;
	int r;

	if (!counting || !counting->on)
		return nst_ruleset_load(lab, ruleset->host, &ruleset->rules);
	r = nst_coverage_ruleset(&ruleset->rules, &counted);
	if (r < 0)
		return r;
	r = nst_ruleset_load(lab, ruleset->host, &counted);
	nst_coverage_ruleset_free(&counted);
	return r;
}

/* Once per host, however many rulesets it has. */
static int each_host(struct counting *counting, struct nst_lab *lab,
		     int (*act)(struct counting *, struct nst_lab *, const char *host))
{
	const struct nst_scenario_ruleset *rulesets = counting->copy.rulesets;
	int r = 0;

	for (size_t i = 0; counting->on && i < counting->copy.ruleset_count && r == 0;
	     i++) {
		bool seen = false;

		for (size_t before = 0; before < i; before++)
			seen |= !strcmp(rulesets[before].host, rulesets[i].host);
		if (!seen)
			r = act(counting, lab, rulesets[i].host);
	}
	return r;
}

static int begin(struct counting *counting, struct nst_lab *lab, const char *host)
{
	(void)counting;
	return nst_coverage_begin(lab, host);
}

int counting_begin(struct counting *counting, struct nst_lab *lab)
{
	return each_host(counting, lab, begin);
}

static int take(struct counting *counting, struct nst_lab *lab, const char *host)
{
	return nst_coverage_take(lab, host, &counting->coverage);
}

int counting_take(struct counting *counting, struct nst_lab *lab)
{
	return each_host(counting, lab, take);
}

void counting_tell(const struct counting *counting, struct nst_result *result)
{
	if (counting->on)
		result->coverage = nst_coverage_print(&counting->coverage);
}
