/* SPDX-License-Identifier: MIT */
/* One case under many seeds, and the faults that matter of the one that fails.
 *
 * How it works. Seeds are rounds of a run on virtual time. What chance did to packets of the failing
 * one is in its faults.trace. A set of these is tried by writing a scenario file in which
 * chance is replaced by them, and running that: what is found is what has been run. Sets get smaller
 * by delta debugging (Zeller, Hildebrandt 2002: ddmin).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>
#include <runner/explore.h>
#include <scenario/exact.h>

#include "clock.h"
#include "jobs.h"

struct explorer {
	const struct job *job;
	struct nst_run_options options;
	void (*tell)(void *self, const char *line);
	void *self;
	struct nst_explored *found;
	struct nst_exact_fault *faults;
	size_t count;
	char *path;  /* of the file with exact faults */
	char *title; /* "suite / case" in it */
	uint64_t began_us;
};

/* ---- Hearing of results ---- */

static void on_start(void *self, const struct nst_run_start *start)
{
	(void)self, (void)start;
}

static void on_progress(void *self, const struct nst_run_progress *progress)
{
	struct explorer *explorer = self;
	char line[128];
	double seconds = (double)(progress->now_us - explorer->began_us) / 1e6;

	if (!explorer->tell || !progress->done)
		return;
	snprintf(line, sizeof(line), "%zu of %zu seeds, %.1f/s", progress->done,
		 progress->cases, (double)progress->done / seconds);
	explorer->tell(explorer->self, line);
}

static bool is_bad(const struct nst_result *result)
{
	return result->outcome == NST_OUTCOME_FAIL ||
	       result->outcome == NST_OUTCOME_ERROR;
}

/* Results come in the order of seeds. */
static void on_result(void *self, const struct nst_result *result)
{
	struct explorer *explorer = self;
	struct nst_explored *found = explorer->found;
	AUTO_FREE void *bytes = NULL;
	size_t size;

	if (!found->failing && is_bad(result) &&
	    nst_result_pack(result, &bytes, &size) == 0 &&
	    nst_result_unpack(bytes, size, &found->result) == 0)
		found->failing = explorer->options.seed + found->seeds;
	found->seeds++;
}

static void on_end(void *self, const struct nst_run_end *end)
{
	(void)self, (void)end;
}

static const struct nst_sink_ops ops = { on_start, on_progress, on_result, on_end };

/* ---- What chance did ---- */

static const struct {
	const char *action, *what;
} actions[] = {
	{ "drop", "drop: true" },
	{ "corrupt", "drop: true" }, /* its receiver's kernel throws it away */
	{ "duplicate", "duplicate: 1" },
	{ "reorder", "hold: 1" },
};

/* A line of faults.trace. Return: whether it is something that a fault can do. */
static bool read_fate(const char *line, struct nst_exact_fault *ret)
{
	const char *on = strstr(line, "\"dir\": \""), *n = strstr(line, "\"n\": ");
	const char *action = strstr(line, "\"action\": \"");

	if (!on || !n || !action || !strstr(line, "\"rule\": \"impairment\""))
		return false;
	on += strlen("\"dir\": \"");
	action += strlen("\"action\": \"");
	snprintf(ret->on, sizeof(ret->on), "%.*s", (int)strcspn(on, "\""), on);
	ret->nth = strtoull(n + strlen("\"n\": "), NULL, 10);
	for (size_t i = 0; i < ARRAY_SIZE(actions); i++)
		if (strcspn(action, "\"") == strlen(actions[i].action) &&
		    !strncmp(action, actions[i].action, strlen(actions[i].action))) {
			ret->what = actions[i].what;
			return true;
		}
	return false;
}

static int read_trace(struct explorer *explorer)
{
	AUTO_FREE char *path = NULL, *line = NULL;
	AUTO_FCLOSE FILE *trace = NULL;
	struct nst_exact_fault fault;
	size_t room = 0;

	nst_text_set(&path, "%s/faults.trace", explorer->found->result.kept);
	trace = path ? fopen(path, "re") : NULL;
	if (!trace)
		return nst_fail(-ENOENT, "no link of the case is impaired by chance");
	while (getline(&line, &room, trace) > 0) {
		struct nst_exact_fault *longer;

		if (!read_fate(line, &fault))
			continue;
		longer = realloc(explorer->faults,
				 (explorer->count + 1) * sizeof(*longer));
		if (!longer)
			return nst_fail_memory();
		explorer->faults = longer;
		longer[explorer->count++] = fault;
	}
	return 0;
}

/* ---- Trying a set ---- */

static int write_text(const char *path, const char *text)
{
	AUTO_FCLOSE FILE *out = fopen(path, "we");

	if (!out || fputs(text, out) < 0 || fflush(out))
		return nst_fail_errno("writing %s", path);
	return 0;
}

static int write_exact(const struct explorer *explorer,
		       const struct nst_exact_fault *faults, size_t count)
{
	AUTO_FREE char *heading = NULL, *text = NULL;
	const struct nst_result *result = &explorer->found->result;
	int r;

	nst_text_set(&heading,
		     "What seed %llu did to \"%s\", found by nstest explore:\n"
		     "%zu exact faults in the place of chance. It fails with\n"
		     "nstest run --virtual --engine wire --seed %llu %s -k '\"%s\"'",
		     (unsigned long long)explorer->found->failing, result->name, count,
		     (unsigned long long)explorer->found->failing, explorer->path,
		     explorer->title);
	if (!heading)
		return nst_fail_memory();
	r = nst_scenario_exact(explorer->job->path, explorer->job->item->position.line,
			       faults, count, heading, &text);
	return r < 0 ? r : write_text(explorer->path, text);
}

/* Return: 1 if the case still fails, 0 if not; -errno. */
static int fails_with(struct explorer *explorer, const struct nst_exact_fault *faults,
		      size_t count)
{
	const char *const paths[] = { explorer->path, NULL };
	AUTO_FREE char *only = nst_only_exactly(explorer->title), *problems = NULL;
	const struct nst_jobs_options which = { .only = only };
	struct nst_run_options options = explorer->options;
	struct nst_explored tried = { 0 };
	struct explorer one = { .options = options, .found = &tried };
	const struct nst_sink sink = { &ops, &one };
	struct nst_run_summary summary;
	struct nst_jobs *jobs;
	bool failed;
	int r = write_exact(explorer, faults, count);

	if (r < 0)
		return r;
	r = nst_jobs_find(paths, &which, &jobs, &problems);
	if (r < 0)
		return problems ? nst_fail(r, "%s", problems) : r;
	options.seed = explorer->found->failing;
	options.repeat = 1;
	options.until_failure = false;
	options.workers = 1;
	r = nst_run_jobs(jobs, &options, &sink, 1, &summary);
	nst_jobs_free(jobs);
	failed = tried.failing && tried.result.outcome == NST_OUTCOME_FAIL;
	nst_result_free(&tried.result);
	explorer->found->tries++;
	explorer->found->signal = r < 0 ? 0 : summary.signal;
	if (r < 0 || summary.signal)
		return r < 0 ? r : nst_fail(-EINTR, "it was interrupted");
	return failed;
}

/* ---- Smaller sets ---- */

/* Part `part` of `parts`, or all but that, of the first `count` faults. */
static size_t choose(const struct explorer *explorer, size_t part, size_t parts,
		     bool rest, struct nst_exact_fault *to)
{
	const size_t count = explorer->count;
	const size_t begin = count * part / parts, end = count * (part + 1) / parts;
	size_t chosen = 0;

	for (size_t i = 0; i < count; i++)
		if ((i >= begin && i < end) != rest)
			to[chosen++] = explorer->faults[i];
	return chosen;
}

/* Return: 1 if the faults became fewer; 0; -errno. */
static int reduce(struct explorer *explorer, size_t parts, bool rest)
{
	AUTO_FREE struct nst_exact_fault *set =
		calloc(explorer->count + 1, sizeof(*set));
	char line[128];

	if (!set)
		return nst_fail_memory();
	for (size_t part = 0; part < parts; part++) {
		size_t count = choose(explorer, part, parts, rest, set);
		int r;

		if (count == explorer->count)
			continue;
		snprintf(line, sizeof(line), "it fails with %zu faults; trying %zu",
			 explorer->count, count);
		if (explorer->tell)
			explorer->tell(explorer->self, line);
		r = fails_with(explorer, set, count);
		if (r < 0)
			return r;
		if (r) {
			memcpy(explorer->faults, set, count * sizeof(*set));
			explorer->count = count;
			return 1;
		}
	}
	return 0;
}

/* ddmin: parts, then all but a part, then smaller parts. */
static int minimize(struct explorer *explorer)
{
	size_t parts = 2;

	while (explorer->count >= 2) {
		int r = reduce(explorer, parts, false);

		if (r > 0) {
			parts = 2;
			continue;
		}
		if (r == 0 && parts > 2)
			r = reduce(explorer, parts, true);
		if (r < 0)
			return r;
		if (r > 0) {
			parts = parts > 2 ? parts - 1 : 2;
			continue;
		}
		if (parts == explorer->count)
			break;
		parts = 2 * parts < explorer->count ? 2 * parts : explorer->count;
	}
	return 0;
}

/* ---- The whole ---- */

static int name_file(struct explorer *explorer)
{
	const char *path = explorer->job->path, *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path;
	const int stem = (int)(strrchr(path, '.') - path);
	const struct nst_scenario *scenario = explorer->job->scenario;
	const size_t base_stem = strcspn(base, ".");
	bool named = strncmp(scenario->name, base, base_stem) != 0 ||
		     strlen(scenario->name) != base_stem;
	const unsigned long long seed = explorer->found->failing;

	nst_text_set(&explorer->path, "%.*s-seed-%llu.yaml", stem, path, seed);
	if (named)
		nst_text_set(&explorer->title, "%s / %s", scenario->name,
			     explorer->job->item->name);
	else
		nst_text_set(&explorer->title, "%s-seed-%llu / %s", scenario->name,
			     seed, explorer->job->item->name);
	return explorer->path && explorer->title ? 0 : nst_fail_memory();
}

static int find_smallest(struct explorer *explorer)
{
	int r = read_trace(explorer);

	if (r < 0)
		return r;
	explorer->found->all_faults = explorer->count;
	r = fails_with(explorer, explorer->faults, explorer->count);
	if (r == 0)
		return nst_fail(
			-EOPNOTSUPP,
			"it does not fail with the exact faults alone: something "
			"else of the seed matters (jitter, a preset, the order of "
			"events)");
	if (r > 0)
		r = fails_with(explorer, explorer->faults, 0);
	if (r > 0)
		explorer->count = 0; /* chance has no part in it */
	else if (r == 0)
		r = minimize(explorer);
	/* The last one tried was not the smallest. */
	return r < 0 ? r : write_exact(explorer, explorer->faults, explorer->count);
}

static void tell_faults(struct explorer *explorer)
{
	nst_text_set(&explorer->found->faults, "%s", "");
	for (size_t i = 0; i < explorer->count; i++)
		nst_text_add(&explorer->found->faults, "%s packet %llu, %s",
			     explorer->faults[i].on, explorer->faults[i].nth,
			     explorer->faults[i].what);
}

int nst_explore(const struct nst_jobs *jobs, const struct nst_run_options *options,
		void (*tell)(void *self, const char *line), void *self,
		struct nst_explored *ret)
{
	struct explorer explorer = { .job = &jobs->list[0],
				     .options = *options,
				     .tell = tell,
				     .self = self,
				     .found = ret,
				     .began_us = now_us() };
	const struct nst_sink sink = { &ops, &explorer };
	struct nst_run_summary summary;
	int r;

	*ret = (struct nst_explored){ 0 };
	explorer.options.until_failure = true;
	r = nst_run_jobs(jobs, &explorer.options, &sink, 1, &summary);
	if (r < 0)
		return r;
	ret->signal = summary.signal;
	if (!ret->failing || ret->signal)
		return 0;
	if (ret->result.outcome != NST_OUTCOME_FAIL)
		r = nst_fail(-EOPNOTSUPP, "it could not be run");
	else
		r = name_file(&explorer);
	if (r == 0)
		r = find_smallest(&explorer);
	if (r == 0) {
		tell_faults(&explorer);
		ret->written = steal(explorer.path);
	} else {
		nst_text_set(&ret->why, "%s", nst_error());
		if (explorer.path)
			unlink(explorer.path);
	}
	free(explorer.path);
	free(explorer.title);
	free(explorer.faults);
	return 0;
}

void nst_explored_free(struct nst_explored *explored)
{
	nst_result_free(&explored->result);
	free(explored->written);
	free(explored->why);
	free(explored->faults);
}
