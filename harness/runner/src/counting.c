/* SPDX-License-Identifier: MIT */
/* Rule coverage of one case. */
#include "counting.h"

#include <stdlib.h>
#include <string.h>

#include <base/fail.h>

/* Texts that count, in place of the scenario's. */
static int make_texts(struct nst_scenario_ruleset *rulesets, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		rulesets[i].rules.text = nst_coverage_text(&rulesets[i].rules);
		if (!rulesets[i].rules.text) {
			while (i--)
				free((char *)rulesets[i].rules.text);
			return nst_fail_memory();
		}
	}
	return 0;
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
	memcpy(rulesets, setup->rulesets, setup->ruleset_count * sizeof(*rulesets));
	r = make_texts(rulesets, setup->ruleset_count);
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
		free((char *)counting->copy.rulesets[i].rules.text);
	free((void *)counting->copy.rulesets);
	nst_coverage_free(&counting->coverage);
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
