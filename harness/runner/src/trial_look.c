/* SPDX-License-Identifier: MIT */
/* What of a trial comes to which rule, by counting. */
#include <stdlib.h>

#include <base/fail.h>
#include <base/scope.h>

#include "case.h"
#include "counting.h"
#include "trials.h"

/* The counts since `before`. */
static int difference(const struct nst_coverage *after,
		      const struct nst_coverage *before, struct nst_coverage *ret)
{
	int r = nst_coverage_merge(ret, after);

	/* Both have the same rules in the same order, unless rules were replaced. */
	if (r < 0 || before->count != ret->count)
		return r;
	for (size_t i = 0; i < ret->count; i++) {
		ret->list[i].reached -= before->list[i].reached;
		ret->list[i].matched -= before->list[i].matched;
	}
	return 0;
}

static int look_at_expectations(struct trials *trials, struct trial *trial,
				struct nst_lab *lab, struct counting *counting)
{
	struct nst_coverage before AUTO(nst_coverage_free) = { 0 };
	int timeout_ms = trials->context->options.timeout_ms, r = 0;
	char by[256];

	for (size_t i = 0; i < trial->count && r >= 0; i++) {
		r = trial_ask(lab, trial->asked[i], timeout_ms, by, sizeof(by));
		nst_coverage_free(&counting->coverage);
		if (r >= 0)
			r = counting_take(counting, lab);
		if (r >= 0)
			r = difference(&counting->coverage, &before, &trial->seen[i]);
		nst_coverage_free(&before);
		before = counting->coverage;
		counting->coverage = (struct nst_coverage){ 0 };
	}
	return r < 0 ? r : nst_coverage_merge(&trials->all, &before);
}

static int look_at_bundle(struct trials *trials, struct trial *trial)
{
	struct counting counting AUTO(counting_end) = { 0 };
	struct nst_lab *lab nst_autodown = NULL;
	int r = counting_prepare(&counting, trial->setup, true);

	if (r == 0)
		r = trial_lab(counting.setup, &(struct replaced){ 0 },
			      trial->with_programs, trials->context->options.timeout_ms,
			      &lab);
	if (r == 0)
		r = counting_begin(&counting, lab);
	return r < 0 ? r : look_at_expectations(trials, trial, lab, &counting);
}

static int look_at_case(struct trials *trials, struct trial *trial)
{
	struct run_context context = *trials->context;
	struct nst_result result = { 0 };
	struct note note = { 0 };
	int r = 0;

	context.options.coverage = &trials->all; /* that is: count */
	case_run(&context, trial->job, &note, &result);
	if (result.coverage)
		r = nst_coverage_parse(&trial->seen[0], result.coverage);
	nst_result_free(&result);
	return r < 0 ? r : nst_coverage_merge(&trials->all, &trial->seen[0]);
}

int trial_look(struct trials *trials, struct trial *trial)
{
	trial->seen = calloc(trial->asked ? trial->count : 1, sizeof(*trial->seen));
	if (!trial->seen)
		return nst_fail_memory();
	return trial->asked ? look_at_bundle(trials, trial)
			    : look_at_case(trials, trial);
}
