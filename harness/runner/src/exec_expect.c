/* SPDX-License-Identifier: MIT */
/* expect: a question, and whether its answer is a right one. */
#include <stdio.h>
#include <string.h>

#include <base/scope.h>

#include "step.h"

static int ask(struct live_case *live, const struct nst_step *step,
	       struct nst_verdict *ret_verdict)
{
	struct nst_question question = step->expect.question;

	if (question.settle_ms)
		question.settle_ms = patience_ms(&live->patience, question.settle_ms);
	return nst_probe(live->lab, &question, ret_verdict);
}

/* A table is looked at as a whole: what else in it is wrong. */
static int ask_other_cells(struct live_case *live, const struct nst_step *step)
{
	char **evidence = &live->result->evidence;
	size_t wrong = 0;

	for (size_t i = 1; i <= step->expect.cells_after; i++) {
		const struct nst_step *cell = &step[i];
		struct nst_verdict verdict;
		int r = ask(live, cell, &verdict);

		if (r < 0)
			return r;
		if (nst_expected(&cell->expect, verdict.kind))
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

int exec_expect(struct live_case *live, const struct nst_step *step)
{
	const struct nst_expectation *expect = &step->expect;
	struct nst_result *result = live->result;
	struct nst_verdict verdict;
	int r;

	r = ask(live, step, &verdict);
	if (r < 0)
		return r;
	if (nst_expected(expect, verdict.kind))
		return STEP_HELD;
	nst_text_set(&result->question, "%s", expect->question_text);
	nst_text_set(&result->expected, "%s", expect->verdict_text);
	nst_text_set(&result->got, "%s: %s", nst_verdict_name(verdict.kind),
		     verdict.sentence);
	result->evidence = nst_verdict_explain(&verdict);
	if (*verdict.ladder)
		nst_text_set(&result->ladder, "%s", verdict.ladder);
	result->next = nst_verdict_next(&expect->question, &verdict);
	r = ask_other_cells(live, step);
	return r < 0 ? r : STEP_FAILED;
}
