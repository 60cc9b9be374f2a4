/* SPDX-License-Identifier: MIT */
/* expect: a question, and whether its answer is a right one. */
#include <stdio.h>
#include <string.h>

#include <base/scope.h>
#include <evidence/details.h>

#include "hold.h"
#include "reasons.h"
#include "step.h"

static int ask(struct live_case *live, const struct nst_step *step,
	       struct nst_verdict *ret_verdict, struct nst_explanation **ret_why)
{
	struct nst_question question = step->expect.question;

	if (question.settle_ms)
		question.settle_ms = patience_ms(&live->patience, question.settle_ms);
	return nst_explain(live->lab, &question, ret_verdict, ret_why);
}

/* A table is looked at as a whole: what else in it is wrong. */
static int ask_other_cells(struct live_case *live, const struct nst_step *step)
{
	char **evidence = &live->result->evidence;
	size_t wrong = 0;

	for (size_t i = 1; i <= step->expect.cells_after; i++) {
		const struct nst_step *cell = &step[i];
		struct nst_explanation *why nst_explanation_autofree = NULL;
		struct nst_verdict verdict;
		int r = ask(live, cell, &verdict, &why);

		if (r < 0)
			return r;
		if (is_expected(&cell->expect, &verdict, why))
			continue;
		if (!wrong++)
			nst_text_add(evidence, "also wrong in this table:");
		nst_text_add(evidence, "  %s:%u:%u  %s  expected %s, got %s",
			     cell->position.file, cell->position.line,
			     cell->position.column, cell->expect.question_text,
			     cell->expect.verdict_text, nst_verdict_name(verdict.kind));
	}
	return 0;
}

/* What was seen, and what rules did. */
static void add_evidence(struct nst_result *result, const struct nst_verdict *verdict,
			 const struct nst_explanation *why)
{
	char *rules AUTO_FREE = nst_explanation_text(why);

	result->evidence = nst_verdict_explain(verdict);
	if (rules && *rules)
		nst_text_add(&result->evidence, "%s", rules);
	if (*verdict->ladder)
		nst_text_set(&result->ladder, "%s", verdict->ladder);
}

/* The rule that decided is where to look. */
static void add_next(struct nst_result *result, const struct nst_expectation *expect,
		     const struct nst_verdict *verdict,
		     const struct nst_explanation *why)
{
	if (why->decisive && *why->decisive->file)
		nst_text_set(&result->next, "%s", verdict->where.rule);
	else
		result->next = nst_verdict_next(&expect->question, verdict);
}

static void note_answer(struct live_case *live, const struct nst_expectation *expect,
			const struct nst_verdict *verdict)
{
	nst_details_answer(live->details,
			   &(struct nst_details_answer){
				   .from = expect->question.from,
				   .to = expect->question.to,
				   .question = expect->question_text,
				   .expected = expect->verdict_text,
				   .verdict = nst_verdict_name(verdict->kind),
				   .sentence = verdict->sentence,
			   });
}

int exec_expect(struct live_case *live, const struct nst_step *step)
{
	const struct nst_expectation *expect = &step->expect;
	struct nst_explanation *why nst_explanation_autofree = NULL;
	struct nst_result *result = live->result;
	struct nst_verdict verdict;
	int r;

	r = ask(live, step, &verdict, &why);
	if (r < 0)
		return r;
	note_answer(live, expect, &verdict);
	hold_answer(live->hold, nst_verdict_name(verdict.kind), verdict.sentence);
	if (is_expected(expect, &verdict, why))
		return STEP_HELD;
	r = nst_explain_silence(live->lab, &expect->question, &verdict, why);
	if (r < 0)
		return r;
	nst_text_set(&result->question, "%s", expect->question_text);
	nst_text_set(&result->expected, "%s", expect->verdict_text);
	nst_text_set(&result->got, "%s%s%s: %s", nst_verdict_name(verdict.kind),
		     *verdict.where.rule ? " by " : "", verdict.where.rule,
		     verdict.sentence);
	add_evidence(result, &verdict, why);
	add_next(result, expect, &verdict, why);
	r = ask_other_cells(live, step);
	return r < 0 ? r : STEP_FAILED;
}
