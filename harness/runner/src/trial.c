/* SPDX-License-Identifier: MIT */
/* One trial: a lab with a ruleset that may be a mutant, and what is expected of it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>

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

void replace_text(struct nst_ruleset *rules, const struct replaced *replaced)
{
	if (replaced->text)
		rules->text = replaced->text;
	rules->files = replaced->files;
}

int replace_rules(const struct nst_setup *setup, const struct replaced *replaced,
		  struct nst_setup *ret_setup, struct nst_scenario_ruleset **ret_copy)
{
	struct nst_scenario_ruleset *copy =
		calloc(setup->ruleset_count + 1, sizeof(*copy));

	if (!copy)
		return nst_fail_memory();
	memcpy(copy, setup->rulesets, setup->ruleset_count * sizeof(*copy));
	for (size_t i = 0; replaced->rules && i < setup->ruleset_count; i++)
		if (rules_are_same(&copy[i].rules, replaced->rules))
			replace_text(&copy[i].rules, replaced);
	*ret_setup = *setup;
	ret_setup->rulesets = copy;
	*ret_copy = copy;
	return 0;
}

int trial_lab(const struct nst_setup *setup, const struct replaced *replaced,
	      bool with_programs, int timeout_ms, struct nst_lab **ret_lab)
{
	const struct patience patience = { now_us() + (uint64_t)timeout_ms * 1000 };
	struct nst_scenario_ruleset *copy AUTO_FREE = NULL;
	const struct nst_position *at;
	struct nst_setup mine;
	struct nst_lab *lab = NULL;
	int r = replace_rules(setup, replaced, &mine, &copy);

	if (r < 0)
		return r;
	if (!with_programs)
		mine.program_count = 0;
	r = setup_lab(&mine, &(struct nst_lab_options){ 0 }, &patience, NULL, &lab,
		      &at);
	if (r < 0)
		nst_lab_down(lab);
	else
		*ret_lab = lab;
	return r;
}

/* ---- Expectations, the likely ones first ---- */

/* What stands in the line of the replaced rule, from `from` on; NULL. */
static const struct nst_covered *find_line(const struct nst_coverage *coverage,
					   const struct replaced *replaced, size_t from)
{
	for (size_t i = from; i < coverage->count; i++)
		if (coverage->list[i].line == replaced->line &&
		    !strcmp(coverage->list[i].file, replaced->name))
			return &coverage->list[i];
	return NULL;
}

static enum concern concern_of(const struct trials *trials,
			       const struct nst_coverage *seen,
			       const struct replaced *replaced)
{
	enum concern concern = CONCERN_NONE;

	if (!seen || !find_line(&trials->all, replaced, 0))
		return CONCERN_REACHED;
	for (const struct nst_covered *at = NULL;
	     (at = find_line(seen, replaced, at ? (size_t)(at - seen->list) + 1 : 0));)
		if (at->matched)
			return CONCERN_MATCHED;
		else if (at->reached || at->is_element)
			concern = CONCERN_REACHED;
	return concern;
}

enum concern trial_concern(const struct trials *trials, const struct trial *trial,
			   const struct replaced *replaced)
{
	enum concern concern = CONCERN_NONE;

	if (!trial->seen)
		return CONCERN_REACHED;
	for (size_t i = 0; i < (trial->asked ? trial->count : 1); i++) {
		enum concern one = concern_of(trials, &trial->seen[i], replaced);

		concern = one > concern ? one : concern;
	}
	return concern;
}

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

/* The higher, the earlier; -1: it need not be asked. */
enum { RANKS = 20 };

static int rank_of(const struct trials *trials, const struct trial *trial, size_t i,
		   const struct replaced *replaced)
{
	int alike = likeness(&trial->asked[i]->expect.question, replaced->about);

	switch (concern_of(trials, trial->seen ? &trial->seen[i] : NULL, replaced)) {
	case CONCERN_NONE:
		return -1;
	case CONCERN_REACHED:
		return alike;
	case CONCERN_MATCHED:
		return alike + RANKS / 2;
	}
	return alike;
}

/* The expectations in the order in which they are asked, ended by NULL: malloc'd. Rules that
 * remember need all of them. */
static const struct nst_step **order(const struct trials *trials,
				     const struct trial *trial,
				     const struct replaced *replaced)
{
	const struct nst_step **steps = calloc(trial->count + 1, sizeof(*steps));
	bool all = trials->in_order || !replaced->rules;
	size_t count = 0;

	for (int rank = RANKS; steps && rank >= 0; rank--)
		for (size_t i = 0; i < trial->count; i++)
			if (all ? rank == 0
				: rank_of(trials, trial, i, replaced) == rank)
				steps[count++] = trial->asked[i];
	return steps;
}

/* Of what it got, the verdict and who is to blame: "dropped by fw.nft:5". */
static void name_step(const struct nst_step *step, const struct nst_result *result,
		      char *by, size_t size)
{
	const char *got = result->got ? result->got : "failed";
	const char *rule = strstr(got, "  ");

	snprintf(by, size, "%s:%u:%u  %s: %.*s", step->position.file,
		 step->position.line, step->position.column, step->text,
		 (int)(rule ? (size_t)(rule - got) : strcspn(got, ":\n")), got);
}

/* By the verdict alone. Who is to blame is known, and tracing it costs more than asking. */
static int ask_verdict(struct nst_lab *lab, const struct nst_step *step,
		       struct nst_result *result)
{
	struct nst_verdict verdict;
	int r = nst_probe(lab, &step->expect.question, &verdict);

	if (r < 0 || nst_expected(&step->expect, verdict.kind))
		return r < 0 ? r : STEP_HELD;
	nst_text_set(&result->got, "%s", nst_verdict_name(verdict.kind));
	return STEP_FAILED;
}

/* As the step does it, reasons and all. */
static int ask_reason(struct nst_lab *lab, const struct nst_step *asked, int timeout_ms,
		      struct nst_result *result)
{
	struct nst_step step = *asked;
	struct live_case live = {
		.lab = lab,
		.result = result,
		.patience = { now_us() + (uint64_t)timeout_ms * 1000 },
	};

	step.expect.cells_after = 0; /* one is enough */
	return take_step(&live, &step);
}

/* Return: as trial_try(). What fails by itself has noticed the mutant too. */
int trial_ask(struct nst_lab *lab, const struct nst_step *step, int timeout_ms,
	      char *by, size_t size)
{
	struct nst_result result = { 0 };
	int r = step->expect.reason_count ? ask_reason(lab, step, timeout_ms, &result)
					  : ask_verdict(lab, step, &result);

	if (r != STEP_HELD)
		name_step(step, &result, by, size);
	nst_result_free(&result);
	return r == STEP_HELD;
}

static int try_expectations(const struct trials *trials, const struct trial *trial,
			    const struct replaced *replaced, char *by, size_t size)
{
	const struct nst_step **steps AUTO_FREE = order(trials, trial, replaced);
	int timeout_ms = trials->context->options.timeout_ms;
	struct nst_lab *lab nst_autodown = NULL;
	int r;

	if (!steps)
		return nst_fail_memory();
	r = trial_lab(trial->setup, replaced, trial->with_programs, timeout_ms, &lab);
	if (r < 0)
		return r;
	r = 1;
	for (size_t i = 0; steps[i] && r == 1; i++)
		r = trial_ask(lab, steps[i], timeout_ms, by, size);
	return r;
}

int trial_try(const struct trials *trials, const struct trial *trial,
	      const struct replaced *replaced, char *by, size_t size)
{
	return trial->asked ? try_expectations(trials, trial, replaced, by, size)
			    : trial_case(trials, trial, replaced, by, size);
}
