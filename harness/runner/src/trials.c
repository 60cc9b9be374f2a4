/* SPDX-License-Identifier: MIT */
/* Which cases are tried together. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>

#include "trials.h"

static bool only_expects(const struct nst_scenario_case *item)
{
	for (size_t i = 0; i < item->step_count; i++)
		if (item->steps[i].kind != NST_STEP_EXPECT)
			return false;
	return item->step_count;
}

static int add_trial(struct trials *trials, const struct job *job)
{
	struct trial *longer =
		realloc(trials->list, (trials->count + 1) * sizeof(*longer));

	if (!longer)
		return nst_fail_memory();
	trials->list = longer;
	longer[trials->count++] =
		(struct trial){ .setup = job->item->setup, .job = job };
	return 0;
}

/* Adds the case's expectations to the trial. */
static int add_case(struct trial *trial, const struct job *job)
{
	size_t steps = job->item->step_count;
	const struct nst_step **asked =
		reallocarray(trial->asked, trial->count + steps, sizeof(*asked));
	const struct job **jobs;

	if (!asked)
		return nst_fail_memory();
	trial->asked = asked;
	jobs = reallocarray(trial->jobs, trial->job_count + 1, sizeof(*jobs));
	if (!jobs)
		return nst_fail_memory();
	trial->jobs = jobs;
	jobs[trial->job_count++] = job;
	for (size_t i = 0; i < steps; i++)
		asked[trial->count++] = &job->item->steps[i];
	return 0;
}

static struct trial *trial_of(struct trials *trials, const struct nst_setup *setup)
{
	for (size_t i = 0; i < trials->count; i++)
		if (trials->list[i].asked && trials->list[i].setup == setup)
			return &trials->list[i];
	return NULL;
}

static int add_job(struct trials *trials, const struct job *job)
{
	struct trial *trial = NULL;
	int r;

	if (!only_expects(job->item))
		return add_trial(trials, job);
	if (!trials->in_order)
		trial = trial_of(trials, job->item->setup);
	if (!trial) {
		r = add_trial(trials, job);
		if (r < 0)
			return r;
		trial = &trials->list[trials->count - 1];
	}
	return add_case(trial, job);
}

/* What costs least first: cases as they are may start programs. */
static int by_cost(const void *a, const void *b)
{
	const struct trial *one = a, *other = b;

	if (!one->asked != !other->asked)
		return !one->asked - !other->asked;
	return (one->job > other->job) - (one->job < other->job);
}

static void sort(struct trials *trials)
{
	if (trials->count)
		qsort(trials->list, trials->count, sizeof(*trials->list), by_cost);
}

int trials_make(const struct nst_jobs *jobs, bool in_order, struct trials *ret_trials)
{
	struct trials trials AUTO(trials_free) = { .in_order = in_order };

	for (size_t i = 0; i < jobs->count; i++) {
		const struct job *job = &jobs->list[i];
		int r = 0;

		if (job->kind == JOB_CASE && job->item->setup->ruleset_count)
			r = add_job(&trials, job);
		if (r < 0)
			return r;
	}
	sort(&trials);
	*ret_trials = trials;
	trials = (struct trials){ 0 };
	return 0;
}

static void forget(struct trial *trial)
{
	for (size_t i = 0; trial->seen && i < (trial->asked ? trial->count : 1); i++)
		nst_coverage_free(&trial->seen[i]);
	free(trial->seen);
	trial->seen = NULL;
	free(trial->asked);
	free(trial->jobs);
	trial->asked = NULL;
	trial->jobs = NULL;
}

void trials_free(struct trials *trials)
{
	for (size_t i = 0; i < trials->count; i++)
		forget(&trials->list[i]);
	free(trials->list);
	nst_coverage_free(&trials->all);
	*trials = (struct trials){ 0 };
}

/* ---- Whether the short ways hold ---- */

/* The cases of a trial one by one, as they are. */
static int split(struct trials *trials, size_t i)
{
	struct trial was = trials->list[i];
	int r = 0;

	trials->list[i] = (struct trial){ .setup = was.setup, .job = was.jobs[0] };
	for (size_t n = 1; n < was.job_count && r == 0; n++)
		r = add_trial(trials, was.jobs[n]);
	forget(&was);
	return r;
}

static int prove(struct trials *trials, size_t i)
{
	const struct replaced none = { 0 };
	struct trial *trial = &trials->list[i];
	char by[256];
	int r = trial_try(trials, trial, &none, by, sizeof(by));

	if (r == 0 && trial->asked && trial->setup->program_count) {
		trial->with_programs = true;
		r = trial_try(trials, trial, &none, by, sizeof(by));
	}
	if (r != 0)
		return r < 0 ? r : 0;
	if (trial->asked && trial->job_count > 1) {
		r = split(trials, i);
		return r < 0 ? r : prove(trials, i);
	}
	return nst_fail(
		-EINVAL,
		"%s does not pass with the rules as they are, so it cannot tell "
		"a mutant: %s",
		trial->job->title, by);
}

int trials_prove(struct trials *trials)
{
	int r = 0;

	for (size_t i = 0; i < trials->count && r == 0; i++)
		r = prove(trials, i);
	sort(trials);
	for (size_t i = 0; i < trials->count && r == 0; i++)
		r = trial_look(trials, &trials->list[i]);
	return r;
}
