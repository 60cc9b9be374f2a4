/* SPDX-License-Identifier: MIT */
/* Tasks: in which order they are handed out, tried again, and reported. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>

#include "history.h"
#include "pool.h"

/* ---- Order ---- */

struct length {
	uint64_t us;
	size_t job;
};

static int longest_first(const void *a, const void *b)
{
	const struct length *one = a, *other = b;

	if (one->us != other->us)
		return one->us < other->us ? 1 : -1;
	return (one->job > other->job) - (one->job < other->job);
}

/* Jobs so long that workers might wait for them at the end are begun first. All others
 * stay in the order of files, so that results can be told as they come. */
static int order_jobs(struct pool *pool)
{
	enum { SHARE = 8 };
	const struct nst_jobs *jobs = pool->context.jobs;
	AUTO_FREE struct length *lengths = calloc(jobs->count + 1, sizeof(*lengths));
	uint64_t all = 0, long_us;

	pool->order = calloc(jobs->count + 1, sizeof(*pool->order));
	if (!lengths || !pool->order)
		return nst_fail_memory();
	for (size_t i = 0; i < jobs->count; i++)
		all += jobs->list[i].expected_us;
	long_us = all / pool->context.options.workers / SHARE;
	for (size_t i = 0; i < jobs->count; i++) {
		uint64_t us = jobs->list[i].expected_us;
		bool early = pool->context.options.workers > 1 && !jobs->ordered &&
			     us > long_us;

		lengths[i] = (struct length){ early ? us : 0, i };
	}
	qsort(lengths, jobs->count, sizeof(*lengths), longest_first);
	for (size_t i = 0; i < jobs->count; i++)
		pool->order[i] = lengths[i].job;
	return 0;
}

/* Room for the results of tasks up to this one. */
static int reach(struct pool *pool, size_t task)
{
	size_t jobs = pool->context.jobs->count, count;
	struct pending *longer;

	if (task < pool->pending_first + pool->pending_count)
		return 0;
	count = (task / jobs + 1) * jobs - pool->pending_first;
	longer = realloc(pool->pending, count * sizeof(*longer));
	if (!longer)
		return nst_fail_memory();
	memset(longer + pool->pending_count, 0,
	       (count - pool->pending_count) * sizeof(*longer));
	if (pool->tasks == SIZE_MAX)
		pool->silent += count - pool->pending_count;
	pool->pending = longer;
	pool->pending_count = count;
	return 0;
}

int tasks_begin(struct pool *pool)
{
	const struct nst_run_options *options = &pool->context.options;
	size_t jobs = pool->context.jobs->count;
	int r = order_jobs(pool);

	pool->tasks = !jobs ? 0 : options->repeat ? options->repeat * jobs : SIZE_MAX;
	if (pool->tasks != SIZE_MAX)
		pool->silent = pool->tasks;
	return r || !jobs ? r : reach(pool, 0);
}

void tasks_free(struct pool *pool)
{
	for (size_t i = 0; i < pool->pending_count; i++) {
		for (size_t j = 0; j < pool->pending[i].count; j++)
			nst_result_free(&pool->pending[i].list[j]);
		free(pool->pending[i].list);
	}
	free(pool->pending);
	free(pool->order);
	free(pool->again);
}

bool tasks_left(const struct pool *pool)
{
	return !pool->signal && !pool->why &&
	       (pool->again_count || pool->next < pool->tasks);
}

int tasks_next(struct pool *pool, size_t *ret_task)
{
	size_t jobs = pool->context.jobs->count, task;
	int r;

	if (pool->again_count) {
		*ret_task = pool->again[--pool->again_count];
		return 0;
	}
	task = pool->next / jobs * jobs + pool->order[pool->next % jobs];
	r = reach(pool, task);
	if (r < 0)
		return r;
	pool->next++;
	*ret_task = task;
	return 0;
}

static struct pending *pending_of(const struct pool *pool, size_t task)
{
	return &pool->pending[task - pool->pending_first];
}

unsigned int task_attempt(const struct pool *pool, size_t task)
{
	return pending_of(pool, task)->attempt;
}

/* ---- Trying again ---- */

static bool is_bad(const struct nst_result *result)
{
	return result->outcome == NST_OUTCOME_FAIL ||
	       result->outcome == NST_OUTCOME_ERROR;
}

static bool any_bad(const struct pending *pending)
{
	for (size_t i = 0; i < pending->count; i++)
		if (is_bad(&pending->list[i]))
			return true;
	return false;
}

char *task_filter(const struct pool *pool, size_t task)
{
	const struct pending *pending = pending_of(pool, task);
	const struct job *job =
		&pool->context.jobs->list[task % pool->context.jobs->count];
	AUTO_FREE char **titles = calloc(pending->count + 1, sizeof(*titles));
	char *filter = NULL;
	size_t count = 0;

	if (job->kind == JOB_CASE || !pending->attempt || !titles)
		return NULL;
	for (size_t i = 0; i < pending->count; i++)
		if (is_bad(&pending->list[i]))
			nst_text_set(&titles[count++], "%s / %s",
				     pending->list[i].suite, pending->list[i].name);
	/* What went wrong with the whole is tried with the whole. */
	for (size_t i = 0; i < count; i++)
		if (!titles[i] || strstr(titles[i], "(the suite)") ||
		    !strncmp(titles[i], job->title, strlen(job->title)))
			goto out;
	filter = suite_filter(titles, count);
out:
	for (size_t i = 0; i < count; i++)
		free(titles[i]);
	return filter;
}

/* In one line: what went wrong the first time. */
static void tell_reason(char **text, unsigned int attempts,
			const struct nst_result *bad)
{
	const char *message = bad->message ? bad->message : "";
	int line = (int)strcspn(message, "\n");

	if (line)
		nst_text_set(text, "it passed at attempt %u; before: %.*s", attempts,
			     line, message);
	else
		nst_text_set(text,
			     "it passed at attempt %u; before: expected %s, got %s",
			     attempts, bad->expected ? bad->expected : "something else",
			     bad->got ? bad->got : "nothing");
}

/* A later attempt's result is put in the place of the earlier one. A pass keeps what is
 * known of the failure. */
static void put_anew(struct nst_result *old, struct nst_result *new,
		     unsigned int attempts)
{
	struct nst_result *bad = is_bad(old) ? old : new;

	if (is_bad(old) == is_bad(new)) {
		new->attempts = attempts;
		if (is_bad(old))
			nst_result_move(old, new);
		else
			nst_result_free(new);
		return;
	}
	if (new->outcome == NST_OUTCOME_SKIP || old->outcome == NST_OUTCOME_SKIP) {
		nst_result_move(old, new);
		return;
	}
	tell_reason(&bad->message, attempts, bad);
	bad->outcome = NST_OUTCOME_FLAKY;
	bad->attempts = attempts;
	if (bad == new)
		nst_result_move(old, new);
	else
		nst_result_free(new);
}

static bool is_same(const char *one, const char *other)
{
	return !strcmp(one ? one : "", other ? other : "");
}

static struct nst_result *earlier(struct pending *pending,
				  const struct nst_result *result)
{
	for (size_t i = 0; pending->attempt && i < pending->count; i++)
		if (is_same(pending->list[i].suite, result->suite) &&
		    is_same(pending->list[i].name, result->name))
			return &pending->list[i];
	return NULL;
}

/* Something that was wrong with a whole suite, and did not come again. */
static void forgive_whole(struct pool *pool, struct pending *pending)
{
	for (size_t i = 0; i < pending->count; i++) {
		struct nst_result *result = &pending->list[i];

		if (!is_bad(result) || result->attempts == pending->attempt + 1 ||
		    !is_same(result->name, "(the suite)"))
			continue;
		pool->totals.by_outcome[result->outcome]--;
		tell_reason(&result->message, pending->attempt + 1, result);
		result->outcome = NST_OUTCOME_FLAKY;
		pool->totals.by_outcome[result->outcome]++;
	}
}

int task_add_result(struct pool *pool, size_t task, struct nst_result *result)
{
	struct pending *pending = pending_of(pool, task);
	struct nst_result *before = earlier(pending, result), *longer;

	if (before) {
		pool->totals.by_outcome[before->outcome]--;
		put_anew(before, result, pending->attempt + 1);
		pool->totals.by_outcome[before->outcome]++;
		return 0;
	}
	longer = realloc(pending->list, (pending->count + 1) * sizeof(*longer));
	if (!longer) {
		nst_result_free(result);
		return nst_fail_memory();
	}
	pending->list = longer;
	longer[pending->count] = (struct nst_result){ 0 };
	nst_result_move(&longer[pending->count++], result);
	if (!pending->all++)
		pool->silent--;
	pool->totals.by_outcome[longer[pending->count - 1].outcome]++;
	return 0;
}

static bool try_again(struct pool *pool, size_t task, struct pending *pending)
{
	size_t *longer;

	if (pending->attempt >= pool->context.options.retries || !any_bad(pending) ||
	    pool->signal || pool->why)
		return false;
	longer = realloc(pool->again, (pool->again_count + 1) * sizeof(*longer));
	if (!longer)
		return false;
	pool->again = longer;
	longer[pool->again_count++] = task;
	pending->attempt++;
	return true;
}

/* How long the whole of a suite takes, for the order of the next run. */
static void remember_whole(const struct pool *pool, const struct job *job,
			   const struct pending *pending, uint64_t took_us)
{
	struct nst_result whole = { .duration_us = took_us };

	if (job->kind != JOB_SUITE || job->filter || pending->attempt)
		return;
	whole.outcome = any_bad(pending) ? NST_OUTCOME_FAIL : NST_OUTCOME_PASS;
	whole.suite = job->title;
	whole.name = (char[]){ "(the suite)" };
	history_note(pool->context.jobs->history, &whole);
}

static const char *reason_to_stop(const struct pool *pool)
{
	const struct nst_run_options *options = &pool->context.options;

	if (!options->max_failures ||
	    nst_totals_bad(&pool->totals) < options->max_failures)
		return NULL;
	return options->until_failure ? "--until-failure" : "--max-failures";
}

void task_done(struct pool *pool, size_t task, uint64_t took_us)
{
	struct pending *pending = pending_of(pool, task);
	const struct job *job =
		&pool->context.jobs->list[task % pool->context.jobs->count];

	if (!pending->all && !pending->attempt)
		pool->silent--;
	if (pending->attempt)
		forgive_whole(pool, pending);
	if (pool->context.jobs->history)
		remember_whole(pool, job, pending, took_us);
	if (try_again(pool, task, pending))
		return;
	pending->done = true;
	if (!pool->why)
		pool->why = reason_to_stop(pool);
	report_ready(pool);
}

/* ---- Reporting ---- */

static void report_one(struct pool *pool, const struct nst_result *result)
{
	for (size_t s = 0; s < pool->sink_count; s++)
		pool->sinks[s].ops->result(pool->sinks[s].self, result);
	if (pool->context.jobs->history)
		history_note(pool->context.jobs->history, result);
}

/* What may be replaced by a later attempt is not told yet. */
static bool is_settled(const struct pool *pool, const struct pending *pending)
{
	return pending->done || !pool->context.options.retries;
}

/* Forgets what is reported, once it is much. */
static void compact(struct pool *pool)
{
	size_t done = pool->next_report - pool->pending_first;

	if (done == 0 || done < pool->pending_count / 2)
		return;
	pool->pending_count -= done;
	pool->pending_first += done;
	memmove(pool->pending, pool->pending + done,
		pool->pending_count * sizeof(*pool->pending));
}

void report_ready(struct pool *pool)
{
	while (pool->next_report < pool->pending_first + pool->pending_count) {
		struct pending *pending = pending_of(pool, pool->next_report);

		if (!is_settled(pool, pending))
			break;
		for (size_t i = 0; i < pending->count; i++) {
			report_one(pool, &pending->list[i]);
			nst_result_free(&pending->list[i]);
		}
		free(pending->list);
		pending->list = NULL;
		pending->count = 0;
		if (!pending->done)
			break;
		pool->next_report++;
	}
	compact(pool);
}

void report_rest(struct pool *pool)
{
	for (size_t i = 0; i < pool->pending_count; i++)
		pool->pending[i].done = true;
	report_ready(pool);
}
