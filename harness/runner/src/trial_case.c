/* SPDX-License-Identifier: MIT */
/* A trial that is a case as it is, with a ruleset that may be a mutant. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>

#include "case.h"
#include "trials.h"

static bool loads(const struct nst_step *step, const struct replaced *replaced)
{
	if (!replaced->rules ||
	    (step->kind != NST_STEP_RULESET && step->kind != NST_STEP_RELOAD))
		return false;
	for (size_t i = 0; i < step->ruleset.count; i++)
		if (rules_are_same(&step->ruleset.rulesets[i].rules, replaced->rules))
			return true;
	return false;
}

/* A step that loads the replaced rules once more loads the same mutant. */
static int replace_step(struct nst_step *step, const struct replaced *replaced)
{
	size_t count = step->ruleset.count;
	struct nst_scenario_ruleset *copy = calloc(count, sizeof(*copy));

	if (!copy)
		return nst_fail_memory();
	memcpy(copy, step->ruleset.rulesets, count * sizeof(*copy));
	for (size_t i = 0; i < count; i++)
		if (rules_are_same(&copy[i].rules, replaced->rules))
			replace_text(&copy[i].rules, replaced);
	step->ruleset.rulesets = copy;
	return 0;
}

static void free_steps(const struct nst_scenario_case *item, struct nst_step *steps)
{
	for (size_t i = 0; steps && i < item->step_count; i++)
		if (steps[i].kind == item->steps[i].kind &&
		    (steps[i].kind == NST_STEP_RULESET ||
		     steps[i].kind == NST_STEP_RELOAD) &&
		    steps[i].ruleset.rulesets != item->steps[i].ruleset.rulesets)
			free((void *)steps[i].ruleset.rulesets);
	free(steps);
}

/* The case's steps with the replaced rules; free_steps() when done. */
static int replace_steps(const struct nst_scenario_case *item,
			 const struct replaced *replaced, struct nst_step **ret_steps)
{
	struct nst_step *steps = calloc(item->step_count + 1, sizeof(*steps));
	int r = steps ? 0 : nst_fail_memory();

	if (steps)
		memcpy(steps, item->steps, item->step_count * sizeof(*steps));
	for (size_t i = 0; r == 0 && i < item->step_count; i++)
		if (loads(&steps[i], replaced))
			r = replace_step(&steps[i], replaced);
	*ret_steps = steps;
	return r;
}

/* Whether it is the rules that cannot be loaded: then nobody would have run them.
 * Return: 0, or the refusal. */
static int check_rules(const struct trials *trials, const struct trial *trial,
		       const struct replaced *replaced)
{
	struct nst_lab *lab nst_autodown = NULL;

	return trial_lab(trial->setup, replaced, false,
			 trials->context->options.timeout_ms, &lab);
}

int trial_case(const struct trials *trials, const struct trial *trial,
	       const struct replaced *replaced, char *by, size_t size)
{
	struct nst_scenario_ruleset *copy AUTO_FREE = NULL;
	struct nst_scenario_case item = *trial->job->item;
	struct job job = *trial->job;
	struct nst_result result = { 0 };
	struct note note = { 0 };
	struct nst_setup setup;
	struct nst_step *steps = NULL;
	int r = replace_rules(item.setup, replaced, &setup, &copy);

	if (r == 0)
		r = replace_steps(trial->job->item, replaced, &steps);
	if (r < 0) {
		free_steps(trial->job->item, steps);
		return r;
	}
	item.setup = &setup;
	item.steps = steps;
	job.item = &item;
	case_run(trials->context, &job, &note, &result);
	free_steps(trial->job->item, steps);
	r = result.outcome == NST_OUTCOME_PASS || result.outcome == NST_OUTCOME_SKIP;
	if (!r)
		snprintf(by, size, "%s:%u:%u  %.80s: %.80s",
			 result.file ? result.file : item.position.file,
			 result.file ? result.line : item.position.line,
			 result.file ? result.column : item.position.column,
			 result.question ? result.question : item.name,
			 result.got       ? result.got
			 : result.message ? result.message
					  : "failed");
	if (result.outcome == NST_OUTCOME_ERROR && replaced->rules)
		r = check_rules(trials, trial, replaced);
	nst_result_free(&result);
	return r;
}
