/* SPDX-License-Identifier: MIT */
/* Telling sinks of a run: its beginning, what runs at the moment, its end. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include <base/scope.h>

#include "clock.h"
#include "pool.h"
#include "rules_page.h"

static int compare_begin(const void *a, const void *b)
{
	const struct worker *const *one = a, *const *other = b;

	return ((*one)->began_us > (*other)->began_us) -
	       ((*one)->began_us < (*other)->began_us);
}

void running_free(struct running *running)
{
	free(running->names);
	free(running->texts);
}

static void name_running(const struct pool *pool, const struct worker *worker,
			 bool with_step, char *text)
{
	const char *title = pool->context.jobs->list[worker->job].title;
	struct note note = *worker->note;
	int used;

	note.title[sizeof(note.title) - 1] = note.step[sizeof(note.step) - 1] = '\0';
	used = snprintf(text, NAME_SIZE, "%s%s%s", title, *note.title ? " / " : "",
			note.title);
	if (with_step && *note.step && used < NAME_SIZE)
		snprintf(text + used, (size_t)(NAME_SIZE - used), " (%s)", note.step);
}

struct running list_running(const struct pool *pool, bool with_step)
{
	const struct worker **busy =
		calloc(pool->worker_count, sizeof(struct worker *));
	struct running running = { 0 };
	size_t count = 0;

	running.names = calloc(pool->worker_count, sizeof(*running.names));
	running.texts = calloc(pool->worker_count, sizeof(*running.texts));
	for (size_t i = 0; busy && i < pool->worker_count; i++)
		if (pool->workers[i].busy)
			busy[count++] = &pool->workers[i];
	if (count && running.names && running.texts) {
		qsort(busy, count, sizeof(*busy), compare_begin);
		for (size_t i = 0; i < count; i++) {
			name_running(pool, busy[i], with_step, running.texts[i]);
			running.names[i] = running.texts[i];
		}
		running.count = count;
	}
	free(busy);
	return running;
}

void tell_progress(struct pool *pool)
{
	struct running running AUTO(running_free) = list_running(pool, false);
	size_t done = nst_totals_all(&pool->totals);
	const struct nst_run_progress progress = {
		.now_us = now_us(),
		.done = done,
		.cases = done + pool->silent,
		.totals = &pool->totals,
		.running = running.names,
		.running_count = running.count,
	};

	for (size_t i = 0; i < pool->sink_count; i++)
		pool->sinks[i].ops->progress(pool->sinks[i].self, &progress);
}

static bool is_random(const struct nst_topology *topology)
{
	for (const struct nst_link *link = topology->links; link && link->a.host;
	     link++)
		if (link->impairable || link->engine != NST_ENGINE_AUTO ||
		    !nst_impairment_is_none(&link->a_to_b) ||
		    !nst_impairment_is_none(&link->b_to_a))
			return true;
	return false;
}

/* Whether a seed means anything to any case that is known. */
static bool any_random(const struct nst_jobs *jobs)
{
	for (size_t i = 0; i < jobs->count; i++)
		if (jobs->list[i].kind == JOB_CASE &&
		    is_random(&jobs->list[i].item->setup->topology))
			return true;
	return false;
}

void tell_start(struct pool *pool)
{
	const struct nst_run_start start = {
		.cases = pool->silent,
		.shard = pool->context.jobs->shard.index,
		.shards = pool->context.jobs->shard.total,
		.all_cases = pool->context.jobs->all_cases,
		.plan = pool->context.jobs->plan,
		.workers = pool->worker_count,
		.seed = any_random(pool->context.jobs) || pool->context.jobs->shuffled
				? pool->context.options.seed
				: 0,
	};

	for (size_t i = 0; i < pool->sink_count; i++)
		pool->sinks[i].ops->start(pool->sinks[i].self, &start);
}

static const char *signal_text(int signal)
{
	return signal == SIGINT ? "Ctrl-C" : signal == SIGTERM ? "SIGTERM" : "SIGHUP";
}

void tell_end(struct pool *pool, uint64_t began_us, const struct running *cut_short)
{
	struct nst_coverage *coverage = pool->context.options.coverage;
	AUTO_FREE char *rules = coverage ? rules_page(coverage) : NULL;
	const struct nst_run_end end = {
		.duration_us = now_us() - began_us,
		.totals = &pool->totals,
		.interrupted_by = pool->signal ? signal_text(pool->signal) : pool->why,
		.running = cut_short->names,
		.running_count = cut_short->count,
		.never_run = pool->tasks == SIZE_MAX ? 0 : pool->tasks - pool->next,
		.rules = rules,
	};

	for (size_t i = 0; i < pool->sink_count; i++)
		pool->sinks[i].ops->end(pool->sinks[i].self, &end);
}
