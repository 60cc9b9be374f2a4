/* SPDX-License-Identifier: MIT */
/* The expectations: each asks, compares, and on failure says what was seen. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <base/scope.h>
#include <nstest/explain.h>

#include "inner.h"
#include "question.h"

void nst_must_begins(void)
{
	story_mark();
}

int must_quietly(const struct nst_site *site, long long value, const char *call)
{
	/* What the machine lacks is no failure, in scenario files neither. */
	if (value == -EOPNOTSUPP && !in_child())
		cr_skip_test("%s: %s", call, nst_error());
	if (value < 0) {
		failure_say(site, "%s: %s", call, nst_error());
		criterion_abort_test();
	}
	success_report();
	return value > INT_MAX ? INT_MAX : (int)value;
}

int nst_must_at(const struct nst_site *site, long long value, const char *call)
{
	story_step(site, "must", value >= 0, "%s", call);
	return must_quietly(site, value, call);
}

/* What rules did, behind what was seen. */
static void add_rules(const struct nst_explanation *why, struct nst_result *result)
{
	char *rules AUTO_FREE = nst_explanation_text(why);

	if (rules && *rules)
		nst_text_add(&result->evidence, "%s", rules);
}

static void tell_answer(const struct nst_site *site, bool held,
			const struct nst_question *question,
			const struct nst_verdict *verdict,
			const struct nst_result *result)
{
	story_answer(site, held,
		     &(struct nst_details_answer){
			     .from = question->from,
			     .to = question->to,
			     .question = result->question,
			     .expected = result->expected,
			     .verdict = nst_verdict_name(verdict->kind),
			     .sentence = verdict->sentence,
		     });
}

void nst_expect_verdict_at(const struct nst_site *site, struct nst_lab *lab,
			   const char *from, const char *to, const char *what,
			   unsigned int verdicts)
{
	struct nst_question question = { .from = from, .to = to };
	struct nst_verdict *verdict AUTO_FREE = malloc(sizeof(*verdict));
	struct nst_explanation *why nst_explanation_autofree = NULL;
	struct nst_result result = { 0 };
	bool held;

	story_mark();
	/* Nobody refuses where a listener is put up. */
	if (verdicts & 1u << NST_VERDICT_REFUSED)
		question.listener = NST_LISTENER_NONE;
	if (!verdict || question_parse(what, &question) < 0 ||
	    nst_explain(lab, &question, verdict, &why) < 0) {
		story_step(site, "expect", false, "%s -> %s %s", from, to, what);
		failure_say(site, "%s -> %s %s: %s", from, to, what, nst_error());
		return;
	}
	nst_text_set(&result.question, "%s -> %s %s", from, to, what);
	verdict_explain(&question, verdict, verdicts, &result);
	held = verdicts & 1u << verdict->kind;
	tell_answer(site, held, &question, verdict, &result);
	if (held) {
		success_report();
		nst_result_free(&result);
		return;
	}
	add_rules(why, &result);
	failure_report(site, &result);
}

long long nst_count_at(const struct nst_site *site, struct nst_lab *lab,
		       const char *where, const char *filter)
{
	unsigned long long count;

	if (nst_packets(lab, where, filter, 0, &count) < 0) {
		failure_say(site, "counting packets: %s", nst_error());
		return -1;
	}
	return (long long)count;
}

void nst_expect_packets_at(const struct nst_site *site, struct nst_lab *lab,
			   const char *where, const char *filter,
			   const char *operator_text, long long count, long long seen,
			   bool holds)
{
	struct nst_result result = { 0 };
	bool all = !filter || !*filter;

	story_step(site, "packets", holds, "packets at %s: %s: %s %lld (%lld seen)",
		   where ? where : "all interfaces", all ? "all" : filter,
		   operator_text, count, seen);
	if (holds) {
		success_report();
		return;
	}
	nst_text_set(&result.question, "packets at %s: %s",
		     where ? where : "all interfaces", all ? "all" : filter);
	nst_text_set(&result.expected, "%s %lld", operator_text, count);
	nst_text_set(&result.got, "%lld", seen);
	if (nst_ladder(lab, filter, 0, 0, &result.ladder) < 0)
		result.ladder = NULL;
	failure_report(site, &result);
}

void nst_expect_number_at(const struct nst_site *site, const char *expression,
			  const char *operator_text, const char *right_text,
			  long long got, long long right, bool holds)
{
	struct nst_result result = { 0 };

	story_step(site, "expect", holds, "%s %s %s (it is %lld)", expression,
		   operator_text, right_text, got);
	if (holds) {
		success_report();
		return;
	}
	nst_text_set(&result.question, "%s %s %s", expression, operator_text,
		     right_text);
	nst_text_set(&result.expected, "%s %lld", operator_text, right);
	nst_text_set(&result.got, "%lld", got);
	failure_report(site, &result);
}

void nst_expect_near_at(const struct nst_site *site, const char *expression,
			const char *right_text, long long got, long long right,
			unsigned int percent)
{
	struct nst_result result = { 0 };
	double most = (double)llabs(right) * percent / 100;
	double off = (double)(got - right);
	bool holds = off <= most && off >= -most;

	story_step(site, "expect", holds, "%s is within %u %% of %s (it is %lld)",
		   expression, percent, right_text, got);
	if (holds) {
		success_report();
		return;
	}
	nst_text_set(&result.question, "%s within %u %% of %s", expression, percent,
		     right_text);
	nst_text_set(&result.expected, "%lld, give or take %.0f", right, most);
	if (right)
		nst_text_set(&result.got, "%lld (%+.1f %%)", got,
			     off * 100 / (double)llabs(right));
	else
		nst_text_set(&result.got, "%lld", got);
	failure_report(site, &result);
}

void nst_expect_text_at(const struct nst_site *site, const char *expression,
			const char *got, const char *right)
{
	struct nst_result result = { 0 };
	bool holds = got && strcmp(got, right) == 0;

	story_step(site, "expect", holds, "%s is \"%s\"", expression, right);
	if (holds) {
		success_report();
		return;
	}
	nst_text_set(&result.question, "%s", expression);
	nst_text_set(&result.expected, "\"%s\"", right);
	if (got)
		nst_text_set(&result.got, "\"%s\"", got);
	else
		nst_text_set(&result.got, "NULL");
	failure_report(site, &result);
}

void nst_expect_contains_at(const struct nst_site *site, const char *expression,
			    const char *got, const char *part)
{
	struct nst_result result = { 0 };
	bool holds = got && strstr(got, part);

	story_step(site, "expect", holds, "%s contains \"%s\"", expression, part);
	if (holds) {
		success_report();
		return;
	}
	nst_text_set(&result.question, "%s", expression);
	nst_text_set(&result.expected, "a text with \"%s\" in it", part);
	if (got)
		nst_text_set(&result.got, "\"%s\"", got);
	else
		nst_text_set(&result.got, "NULL");
	failure_report(site, &result);
}
