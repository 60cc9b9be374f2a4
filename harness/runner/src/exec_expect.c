/* SPDX-License-Identifier: MIT */
/* expect: a question, and whether its answer is a right one. */
#include <stdio.h>
#include <string.h>

#include <base/scope.h>

#include "details.h"
#include "step.h"

int exec_expect(struct live_case *live, const struct nst_step *step)
{
	const struct nst_expectation *expect = &step->expect;
	struct nst_question question = expect->question;
	struct nst_result *result = live->result;
	struct nst_verdict verdict;
	int r;

	if (question.settle_ms)
		question.settle_ms = patience_ms(&live->patience, question.settle_ms);
	r = nst_probe(live->lab, &question, &verdict);
	if (r < 0)
		return r;
	details_verdict(live, expect, &verdict);
	if (nst_expected(expect, verdict.kind))
		return STEP_HELD;
	nst_text_set(&result->question, "%s", expect->question_text);
	nst_text_set(&result->expected, "%s", expect->verdict_text);
	nst_text_set(&result->got, "%s: %s", nst_verdict_name(verdict.kind),
		     verdict.sentence);
	result->evidence = nst_verdict_explain(&verdict);
	if (*verdict.ladder)
		nst_text_set(&result->ladder, "%s", verdict.ladder);
	result->next = nst_verdict_next(&question, &verdict);
	return STEP_FAILED;
}
