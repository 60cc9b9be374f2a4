/* SPDX-License-Identifier: MIT */
/* What a test does, step by step, for the HTML report: expectations with their answers, what
 * it must()ed, assertions that failed. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <base/scope.h>

#include "inner.h"

/* Of what holds no more is told: a test may count to a million. */
enum { STEPS_MOST = 500, NESTED_MOST = 16 };

static struct nst_details *details;
static size_t steps;
static uint64_t marks[NESTED_MOST], began_us, took_us;
static size_t depth;

static uint64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

void story_begin(void)
{
	if (!getenv("NSTEST_DETAILS"))
		return;
	details = nst_details_begin();
	began_us = now_us();
}

void story_over(void)
{
	took_us = now_us() - began_us;
}

void story_mark(void)
{
	if (depth < NESTED_MOST)
		marks[depth] = now_us();
	depth++;
}

/* The innermost mark; 0: there is none. */
static uint64_t take_mark(void)
{
	if (!depth)
		return 0;
	depth--;
	return depth < NESTED_MOST ? marks[depth] : 0;
}

static bool is_told(bool held)
{
	return details && !in_child() && (!held || ++steps <= STEPS_MOST);
}

void story_step(const struct nst_site *site, const char *kind, bool held,
		const char *format, ...)
{
	struct nst_details_step step = { kind, NULL, site->file, site->line,
					 take_mark() };
	AUTO_FREE char *text = NULL;
	va_list args;

	if (!is_told(held))
		return;
	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	step.text = text;
	nst_details_step(details, &step);
	nst_details_step_ended(details, held);
}

void story_answer(const struct nst_site *site, bool held,
		  const struct nst_details_answer *answer)
{
	struct nst_details_step step = { "expect", NULL, site->file, site->line,
					 take_mark() };
	AUTO_FREE char *text = NULL;

	if (!is_told(held))
		return;
	nst_text_set(&text, "%s %s", answer->question, answer->expected);
	step.text = text;
	nst_details_step(details, &step);
	nst_details_answer(details, answer);
	nst_details_step_ended(details, held);
}

void story_end(const struct nst_test *test, struct nst_lab *lab, bool failed)
{
	AUTO_FREE char *folder = artefacts_folder(test->suite, variant_path(test));
	struct nst_result result = {
		.outcome = failed ? NST_OUTCOME_FAIL : NST_OUTCOME_PASS,
		.suite = (char *)test->suite,
		.name = (char *)test->name,
	};
	const struct nst_details_end end = {
		.topology = lab ? test->topology : NULL,
		.lab = lab,
		.took_us = took_us,
		.whole = failed || artefacts_keep_all(),
		.folder = folder,
	};

	if (!details)
		return;
	nst_details_finish(details, &end, &result);
	details = NULL;
	journal_write(NOTE_DETAILS, &result);
	free(result.details);
	free(result.graph);
}
