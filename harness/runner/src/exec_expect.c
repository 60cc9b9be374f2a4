/* SPDX-License-Identifier: MIT */
/* expect: a question, and whether its answer is a right one. */
#include <stdio.h>
#include <string.h>

#include <base/scope.h>

#include "step.h"

/* "b INPUT", "a:eth0 OUTPUT, on the answer's way": where it ended. */
static const char *place_name(enum nst_place place)
{
	static const char *const names[] = {
		[NST_PLACE_NONE] = "",       [NST_PLACE_OUTPUT] = "OUTPUT",
		[NST_PLACE_LINK] = "link",   [NST_PLACE_FORWARD] = "FORWARD",
		[NST_PLACE_INPUT] = "INPUT",
	};

	return names[place];
}

static void explain_place(struct nst_result *result, const struct nst_verdict *verdict)
{
	const struct nst_where *where = &verdict->where;

	if (where->place == NST_PLACE_NONE)
		return;
	nst_text_add(&result->evidence, "%s%s%s %s%s%s%s", where->host,
		     *where->interface ? ":" : "", where->interface,
		     place_name(where->place),
		     where->answer ? " (on the way of the answer)" : "",
		     *where->rule ? "   " : "", where->rule);
}

static void explain_evidence(struct nst_result *result,
			     const struct nst_verdict *verdict)
{
	explain_place(result, verdict);
	for (size_t i = 0; i < verdict->evidence_count; i++) {
		const struct nst_evidence *seen = &verdict->evidence[i];

		nst_text_add(&result->evidence, "%8.1f us  %s%s%s  %s",
			     (double)seen->at_ns / 1e3, seen->host,
			     *seen->interface ? ":" : "", seen->interface, seen->text);
	}
	if (verdict->evidence_lost)
		nst_text_add(&result->evidence, "(%zu more)", verdict->evidence_lost);
	if (verdict->proof == NST_PROOF_WAITED)
		nst_text_add(&result->evidence, "not proved but waited for: %s",
			     verdict->why_waited);
	if (verdict->own_listener)
		nst_text_add(&result->evidence,
			     "nothing listened there, so the probe put up a listener");
}

/* Where to look next, by what came instead of what was expected. */
static void point_on(struct nst_result *result, const struct nst_question *question,
		     const struct nst_verdict *verdict)
{
	const char *to = question->to, *from = question->from;

	switch (verdict->kind) {
	case NST_VERDICT_OPEN:
		nst_text_set(
			&result->next,
			"the rules of %s (OUTPUT) and %s (INPUT): none of them stopped "
			"it",
			from, to);
		break;
	case NST_VERDICT_REFUSED:
		nst_text_set(
			&result->next,
			"what listens on %s: the host was reached, the port is closed",
			to);
		break;
	case NST_VERDICT_REJECTED:
	case NST_VERDICT_DROPPED:
		nst_text_set(&result->next, "%s of %s%s",
			     verdict->where.place == NST_PLACE_LINK ? "the link"
								    : "the rules",
			     *verdict->where.host ? verdict->where.host : to,
			     verdict->where.answer ? ", for what comes back" : "");
		break;
	case NST_VERDICT_UNROUTABLE:
		nst_text_set(&result->next, "the addresses, prefixes and routes of %s",
			     from);
		break;
	case NST_VERDICT_UNANSWERED:
	case NST_VERDICT_INCONCLUSIVE:
		nst_text_set(&result->next, "the capture: nothing was proved");
		break;
	}
}

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
	if (nst_expected(expect, verdict.kind))
		return STEP_HELD;
	nst_text_set(&result->question, "%s", expect->question_text);
	nst_text_set(&result->expected, "%s", expect->verdict_text);
	nst_text_set(&result->got, "%s: %s", nst_verdict_name(verdict.kind),
		     verdict.sentence);
	explain_evidence(result, &verdict);
	if (*verdict.ladder)
		nst_text_set(&result->ladder, "%s", verdict.ladder);
	point_on(result, &question, &verdict);
	return STEP_FAILED;
}
