/* SPDX-License-Identifier: MIT */
/* Which of all cases are run, and in which order. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>

#include "expression.h"
#include "history.h"
#include "jobs.h"
#include "shard.h"

/* ---- Cases, and tests of suites ---- */

/* A suite that does not list its tests stands for itself. */
static size_t units_of(const struct job *job)
{
	return job->tests ? job->test_count : 1;
}

static const char *unit_title(const struct job *job, size_t unit)
{
	return job->tests ? job->tests[unit] : job->title;
}

typedef bool unit_function(const struct nst_jobs *jobs, const struct job *job,
			   size_t unit, void *what);

/* Drops what `stays` does not hold for, and jobs in which nothing is left. */
static void keep_units(struct nst_jobs *jobs, unit_function *stays, void *what)
{
	size_t kept_jobs = 0;

	for (size_t i = 0; i < jobs->count; i++) {
		struct job *job = &jobs->list[i];
		size_t units = units_of(job), kept = 0;

		for (size_t u = 0; u < units; u++) {
			bool fine = stays(jobs, job, u, what);

			if (job->tests && !fine)
				free(job->tests[u]);
			else if (job->tests)
				job->tests[kept] = job->tests[u];
			kept += fine;
		}
		if (job->tests)
			job->test_count = kept;
		if (kept)
			jobs->list[kept_jobs++] = *job;
		else
			job_free(job);
	}
	jobs->count = kept_jobs;
}

static size_t count_units(const struct nst_jobs *jobs)
{
	size_t count = 0;

	for (size_t i = 0; i < jobs->count; i++)
		count += units_of(&jobs->list[i]);
	return count;
}

/* What does not list its tests is run as a whole. */
static void ask_suites(struct nst_jobs *jobs)
{
	for (size_t i = 0; i < jobs->count; i++) {
		struct job *job = &jobs->list[i];

		if (job->kind == JOB_SUITE &&
		    suite_tests(job->path, &job->tests, &job->test_count) == 0 &&
		    !job->test_count)
			free(steal(job->tests));
	}
	nst_error_clear();
}

/* ---- By name, tag and result ---- */

static bool is_wanted(const struct nst_jobs *jobs, const struct job *job, size_t unit,
		      void *what)
{
	const char *const *tags = job->kind == JOB_CASE ? job->item->tags : NULL;

	(void)what;
	/* Of a suite that did not list its tests they are chosen as they come. */
	if (job->kind == JOB_SUITE && !job->tests)
		return !jobs->tags || expression_holds_of(jobs->tags, NULL);
	return expression_holds(jobs->only, unit_title(job, unit)) &&
	       expression_holds_of(jobs->tags, tags);
}

static bool has_failed(const struct nst_jobs *jobs, const struct job *job, size_t unit)
{
	AUTO_FREE char *whole =
		job->tests || job->kind == JOB_CASE ? NULL : suite_title(job);
	const struct past *past =
		history_find(jobs->history, whole ? whole : unit_title(job, unit));

	return past && (past->outcome == NST_OUTCOME_FAIL ||
			past->outcome == NST_OUTCOME_ERROR);
}

static bool failed_last_time(const struct nst_jobs *jobs, const struct job *job,
			     size_t unit, void *what)
{
	(void)what;
	return has_failed(jobs, job, unit);
}

/* ---- By shard ---- */

static uint64_t duration_of(const struct nst_jobs *jobs, const char *title)
{
	const struct past *past = history_find(jobs->history, title);

	return past ? past->duration_us : 0;
}

static uint64_t weight_of(const struct nst_jobs *jobs, const struct job *job,
			  size_t unit)
{
	AUTO_FREE char *whole = NULL;

	if (job->kind == JOB_CASE || job->tests)
		return duration_of(jobs, unit_title(job, unit));
	whole = suite_title(job);
	return whole ? duration_of(jobs, whole) : 0;
}

/* FNV-1a. */
static uint64_t digest(uint64_t so_far, const void *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		so_far = (so_far ^ ((const unsigned char *)bytes)[i]) * 0x100000001b3;
	return so_far;
}

struct sharing {
	const unsigned int *shard; /* by unit, from 0 on */
	size_t unit;
};

static bool is_ours(const struct nst_jobs *jobs, const struct job *job, size_t unit,
		    void *what)
{
	struct sharing *sharing = what;

	(void)job;
	(void)unit;
	return sharing->shard[sharing->unit++] == jobs->shard.index - 1;
}

static int take_share(struct nst_jobs *jobs)
{
	size_t count = count_units(jobs), at = 0;
	AUTO_FREE uint64_t *weights = calloc(count + 1, sizeof(*weights));
	AUTO_FREE unsigned int *shard = calloc(count + 1, sizeof(*shard));
	struct sharing sharing = { shard, 0 };
	int r;

	if (!weights || !shard)
		return nst_fail_memory();
	for (size_t i = 0; i < jobs->count; i++)
		for (size_t u = 0; u < units_of(&jobs->list[i]); u++)
			weights[at++] = weight_of(jobs, &jobs->list[i], u);
	r = shard_assign(weights, count, jobs->shard.total, shard);
	if (r < 0)
		return r;
	at = 0;
	jobs->plan = 0xcbf29ce484222325;
	for (size_t i = 0; i < jobs->count; i++)
		for (size_t u = 0; u < units_of(&jobs->list[i]); u++, at++) {
			const char *title = unit_title(&jobs->list[i], u);

			jobs->plan = digest(jobs->plan, title, strlen(title) + 1);
			jobs->plan = digest(jobs->plan, &shard[at], sizeof(*shard));
		}
	keep_units(jobs, is_ours, &sharing);
	return 0;
}

/* ---- Order ---- */

/* SplitMix64: the same order from the same seed, on every machine. */
static uint64_t draw(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static void shuffle(struct nst_jobs *jobs, uint64_t seed)
{
	for (size_t i = jobs->count; i > 1; i--) {
		size_t other = draw(&seed) % i;
		struct job job = jobs->list[other];

		jobs->list[other] = jobs->list[i - 1];
		jobs->list[i - 1] = job;
	}
}

static bool any_failed(const struct nst_jobs *jobs, const struct job *job)
{
	for (size_t u = 0; u < units_of(job); u++)
		if (has_failed(jobs, job, u))
			return true;
	return false;
}

/* Those that failed keep their order among themselves, and so do the others. */
static int put_failed_first(struct nst_jobs *jobs)
{
	struct job *sorted = calloc(jobs->count + 1, sizeof(*sorted));
	size_t count = 0;

	if (!sorted)
		return nst_fail_memory();
	for (int failed = 1; failed >= 0; failed--)
		for (size_t i = 0; i < jobs->count; i++)
			if (any_failed(jobs, &jobs->list[i]) == failed)
				sorted[count++] = jobs->list[i];
	free(jobs->list);
	jobs->list = sorted;
	return 0;
}

/* ---- All of it ---- */

static int prepare(struct nst_jobs *jobs, const struct nst_jobs_options *options)
{
	int r = 0;

	jobs->shard = options->shard;
	jobs->shuffled = options->shuffle;
	jobs->ordered = options->shuffle || options->failed_first;
	if (options->only) {
		r = expression_parse(options->only, &jobs->only);
		if (r < 0)
			return nst_fail_in(r, "--only");
	}
	if (options->tags) {
		r = expression_parse(options->tags, &jobs->tags);
		if (r < 0)
			return nst_fail_in(r, "--tags");
	}
	if (!options->history)
		return 0;
	jobs->history_path = strdup(options->history);
	return jobs->history_path ? history_load(options->history, &jobs->history)
				  : nst_fail_memory();
}

static int nothing_left(const struct nst_jobs_options *options, size_t all)
{
	if (options->only && !options->tags)
		return nst_fail(-ENOENT, "none of %zu cases matches \"%s\"", all,
				options->only);
	return nst_fail(-ENOENT, "none of %zu cases has %s \"%s\"", all,
			options->only ? "such a name and the tags" : "the tags",
			options->tags);
}

static int finish_jobs(struct nst_jobs *jobs, bool narrowed)
{
	for (size_t i = 0; i < jobs->count; i++) {
		struct job *job = &jobs->list[i];

		for (size_t u = 0; u < units_of(job); u++)
			job->expected_us += weight_of(jobs, job, u);
		if (!narrowed || !job->tests)
			continue;
		job->filter = suite_filter(job->tests, job->test_count);
		if (!job->filter)
			return nst_fail_memory();
	}
	return 0;
}

int jobs_choose(struct nst_jobs *jobs, const struct nst_jobs_options *options)
{
	bool sharded = options->shard.total > 1;
	bool narrowed =
		options->only || options->tags || options->rerun_failed || sharded;
	size_t all;
	int r = prepare(jobs, options);

	if (r < 0)
		return r;
	if (narrowed || options->failed_first)
		ask_suites(jobs);
	all = count_units(jobs);
	keep_units(jobs, is_wanted, NULL);
	if (!jobs->count)
		return nothing_left(options, all);
	if (options->rerun_failed)
		keep_units(jobs, failed_last_time, NULL);
	if (!jobs->count)
		return nst_fail(
			-ENOENT,
			"--rerun-failed: none of %zu cases failed the last time "
			"it ran (by %s)",
			all, options->history ? options->history : "no record");
	jobs->all_cases = count_units(jobs);
	if (sharded)
		r = take_share(jobs);
	if (!r && options->shuffle)
		shuffle(jobs, options->shuffle);
	if (!r && options->failed_first)
		r = put_failed_first(jobs);
	return r ? r : finish_jobs(jobs, narrowed);
}
