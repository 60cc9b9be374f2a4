/* SPDX-License-Identifier: MIT */
/* One trial: a lab with a ruleset that may be a mutant, and what is expected of it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>

#include "case.h"
#include "clock.h"
#include "step.h"
#include "trials.h"

bool rules_are_same(const struct nst_ruleset *one, const struct nst_ruleset *other)
{
	return one->first_line == other->first_line && one->kind == other->kind &&
	       one->xtables == other->xtables && !strcmp(one->path, other->path) &&
	       !strcmp(one->text, other->text);
}

/* ---- The lab ---- */

/* A copy of the setup with the replaced text; *ret_copy belongs to the caller. */
static int replace(const struct nst_setup *setup, const struct replaced *replaced,
		   struct nst_setup *ret_setup, struct nst_scenario_ruleset **ret_copy)
{
	struct nst_scenario_ruleset *copy =
		calloc(setup->ruleset_count + 1, sizeof(*copy));

	if (!copy)
		return nst_fail_memory();
	memcpy(copy, setup->rulesets, setup->ruleset_count * sizeof(*copy));
	for (size_t i = 0; replaced->rules && i < setup->ruleset_count; i++)
		if (rules_are_same(&copy[i].rules, replaced->rules))
			copy[i].rules.text = replaced->text;
	*ret_setup = *setup;
	ret_setup->rulesets = copy;
	*ret_copy = copy;
	return 0;
}

static void watch_nothing(void *self, const struct nst_position *position,
			  const char *doing, const char *what)
{
	(void)self, (void)position, (void)doing, (void)what;
}

int trial_lab(const struct nst_setup *setup, const struct replaced *replaced,
	      bool with_programs, int timeout_ms, struct nst_lab **ret_lab)
{
	const struct setup_watcher watcher = { watch_nothing, NULL };
	const struct patience patience = { now_us() + (uint64_t)timeout_ms * 1000 };
	struct nst_scenario_ruleset *copy AUTO_FREE = NULL;
	const struct nst_position *at;
	struct nst_setup mine;
	struct nst_lab *lab = NULL;
	int r = replace(setup, replaced, &mine, &copy);

	if (r < 0)
		return r;
	if (!with_programs)
		mine.program_count = 0;
	r = setup_lab(&mine, &(struct nst_lab_options){ 0 }, &patience, &watcher, &lab,
		      &at);
	if (r < 0)
		nst_lab_down(lab);
	else
		*ret_lab = lab;
	return r;
}

/* ---- Expectations, the likely ones first ---- */

static bool has_number(const char *text, unsigned int number)
{
	char word[16];
	size_t length = (size_t)snprintf(word, sizeof(word), "%u", number);

	for (const char *at = text; (at = strstr(at, word)); at += length)
		if ((at == text || !strchr("0123456789.", at[-1])) &&
		    !strchr("0123456789.", at[length]))
			return true;
	return false;
}

/* How much a question is about the mutated lines. */
static int likeness(const struct nst_question *question, const char *about)
{
	static const char *const words[] = {
		[NST_TCP] = "tcp", [NST_UDP] = "udp", [NST_ICMP] = "icmp"
	};

	if (!about)
		return 0;
	return 4 * (question->port && has_number(about, question->port)) +
	       2 * !!strstr(about, question->from) + 2 * !!strstr(about, question->to) +
	       !!strstr(about, words[question->protocol]);
}

/* The expectations in the order in which they are asked: malloc'd. */
static const struct nst_step **order(const struct trials *trials,
				     const struct trial *trial, const char *about)
{
	const struct nst_step **steps = calloc(trial->count + 1, sizeof(*steps));
	size_t count = 0;

	if (trials->in_order)
		about = NULL;
	for (int rank = 9; steps && rank >= 0; rank--)
		for (size_t i = 0; i < trial->count; i++)
			if (likeness(&trial->asked[i]->expect.question, about) == rank)
				steps[count++] = trial->asked[i];
	return steps;
}

static void name_step(const struct nst_step *step, const struct nst_result *result,
		      char *by, size_t size)
{
	snprintf(by, size, "%s:%u:%u  %s%s%.60s", step->position.file,
		 step->position.line, step->position.column, step->text,
		 result->got ? ": " : "", result->got ? result->got : "");
}

/* Return: as trial_try(). What fails by itself has noticed the mutant too. */
static int ask(struct nst_lab *lab, const struct nst_step *asked, int timeout_ms,
	       char *by, size_t size)
{
	struct nst_step step = *asked;
	struct nst_result result = { 0 };
	struct live_case live = {
		.lab = lab,
		.result = &result,
		.patience = { now_us() + (uint64_t)timeout_ms * 1000 },
	};
	int r;

	step.expect.cells_after = 0; /* one is enough */
	r = take_step(&live, &step);
	if (r != STEP_HELD)
		name_step(asked, &result, by, size);
	nst_result_free(&result);
	return r == STEP_HELD;
}

static int try_expectations(const struct trials *trials, const struct trial *trial,
			    const struct replaced *replaced, char *by, size_t size)
{
	const struct nst_step **steps AUTO_FREE = order(trials, trial, replaced->about);
	int timeout_ms = trials->context->options.timeout_ms;
	struct nst_lab *lab nst_autodown = NULL;
	int r;

	if (!steps)
		return nst_fail_memory();
	r = trial_lab(trial->setup, replaced, trial->with_programs, timeout_ms, &lab);
	if (r < 0)
		return r;
	r = 1;
	for (size_t i = 0; i < trial->count && r == 1; i++)
		r = ask(lab, steps[i], timeout_ms, by, size);
	return r;
}

/* ---- Cases as they are ---- */

/* Whether it is the rules that cannot be loaded: then nobody would have run them.
 * Return: 0, or the refusal. */
static int check_rules(const struct trials *trials, const struct trial *trial,
		       const struct replaced *replaced)
{
	struct nst_lab *lab nst_autodown = NULL;

	return trial_lab(trial->setup, replaced, false,
			 trials->context->options.timeout_ms, &lab);
}

static int try_case(const struct trials *trials, const struct trial *trial,
		    const struct replaced *replaced, char *by, size_t size)
{
	struct nst_scenario_ruleset *copy AUTO_FREE = NULL;
	struct nst_scenario_case item = *trial->job->item;
	struct job job = *trial->job;
	struct nst_result result = { 0 };
	struct note note = { 0 };
	struct nst_setup setup;
	int r = replace(item.setup, replaced, &setup, &copy);

	if (r < 0)
		return r;
	item.setup = &setup;
	job.item = &item;
	case_run(trials->context, &job, &note, &result);
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

int trial_try(const struct trials *trials, const struct trial *trial,
	      const struct replaced *replaced, char *by, size_t size)
{
	return trial->asked ? try_expectations(trials, trial, replaced, by, size)
			    : try_case(trials, trial, replaced, by, size);
}
