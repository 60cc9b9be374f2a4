/* SPDX-License-Identifier: MIT */
/* Results of several runs made one: JSON lines in, sinks out. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>
#include <report/lines.h>
#include <runner/run.h>

#include "history.h"
#include "rules_page.h"

/* One run, from its file. */
struct part {
	const char *path;
	struct nst_result *results;
	size_t count;
	unsigned long long shard, shards, all_cases, workers, seed, duration_us;
	char plan[17];
	bool began, ended;
};

struct merging {
	struct part *parts;
	size_t count;
	struct nst_totals totals;
};

static void merging_free(struct merging *merging)
{
	for (size_t i = 0; i < merging->count; i++) {
		for (size_t j = 0; j < merging->parts[i].count; j++)
			nst_result_free(&merging->parts[i].results[j]);
		free(merging->parts[i].results);
	}
	free(merging->parts);
}

/* A number of an event that the runner has written. */
static unsigned long long number_of(const char *line, const char *key)
{
	char wanted[32];
	const char *found;

	snprintf(wanted, sizeof(wanted), "\"%s\": ", key);
	found = strstr(line, wanted);
	return found ? strtoull(found + strlen(wanted), NULL, 10) : 0;
}

static void take_run(struct part *part, const char *line)
{
	const char *plan = strstr(line, "\"plan\": \"");

	part->began = true;
	part->shard = number_of(line, "shard");
	part->shards = number_of(line, "shards");
	part->all_cases = number_of(line, "all_cases");
	part->workers = number_of(line, "workers");
	part->seed = number_of(line, "seed");
	if (plan)
		snprintf(part->plan, sizeof(part->plan), "%s",
			 plan + strlen("\"plan\": \""));
}

static int take_result(struct part *part, const char *line, size_t size)
{
	struct nst_result result, *longer;
	bool start;
	int r = nst_line_read(line, size, &start, &result);

	if (r < 0)
		return nst_fail_in(r, "%s", part->path);
	longer = realloc(part->results, (part->count + 1) * sizeof(*longer));
	if (!longer || start) {
		nst_result_free(&result);
		return longer ? 0 : nst_fail_memory();
	}
	part->results = longer;
	longer[part->count++] = result;
	return 0;
}

static int read_part(struct part *part)
{
	AUTO_FCLOSE FILE *in = fopen(part->path, "re");
	AUTO_FREE char *line = NULL;
	size_t room = 0;
	ssize_t size;
	int r = 0;

	if (!in)
		return nst_fail_errno("%s", part->path);
	while (!r && (size = getline(&line, &room, in)) > 0) {
		size -= line[size - 1] == '\n';
		if (!strncmp(line, "{\"event\": \"run\"", 15)) {
			take_run(part, line);
		} else if (!strncmp(line, "{\"event\": \"end\"", 15)) {
			part->ended = true;
			part->duration_us = number_of(line, "duration_us");
		} else {
			r = take_result(part, line, (size_t)size);
		}
	}
	if (!r && !part->began)
		r = nst_fail(-EINVAL, "%s is no file of nstest run --output json",
			     part->path);
	return r;
}

/* Missing and doubled parts, and parts of different wholes: what one machine left out
 * because it counted on another must not go unnoticed. */
static int check_parts(const struct merging *merging)
{
	const struct part *first = &merging->parts[0];

	for (size_t i = 0; i < merging->count; i++) {
		const struct part *part = &merging->parts[i];

		if (!part->ended)
			return nst_fail(-EINVAL, "%s: that run did not come to its end",
					part->path);
		if (part->shards != first->shards || strcmp(part->plan, first->plan))
			return nst_fail(-EINVAL,
					"%s and %s are not of one run: their cases or "
					"their histories differed",
					first->path, part->path);
		for (size_t j = 0; part->shards && j < i; j++)
			if (merging->parts[j].shard == part->shard)
				return nst_fail(-EINVAL,
						"%s and %s are both shard %llu",
						merging->parts[j].path, part->path,
						part->shard);
	}
	if (first->shards && merging->count != first->shards)
		return nst_fail(-EINVAL, "of %llu shards only %zu are here",
				first->shards, merging->count);
	return 0;
}

static int by_shard(const void *a, const void *b)
{
	const struct part *one = a, *other = b;

	return (one->shard > other->shard) - (one->shard < other->shard);
}

static void tell(struct merging *merging, const struct nst_sink *sinks, size_t count,
		 struct history *history, const char *rules)
{
	struct nst_run_start start = { .seed = merging->parts[0].seed };
	struct nst_run_end end = { .totals = &merging->totals, .rules = rules };

	for (size_t i = 0; i < merging->count; i++) {
		const struct part *part = &merging->parts[i];

		start.cases += part->count;
		start.workers += part->workers;
		if (part->duration_us > end.duration_us)
			end.duration_us = part->duration_us;
	}
	for (size_t s = 0; s < count; s++)
		sinks[s].ops->start(sinks[s].self, &start);
	for (size_t i = 0; i < merging->count; i++)
		for (size_t j = 0; j < merging->parts[i].count; j++) {
			const struct nst_result *result = &merging->parts[i].results[j];

			merging->totals.by_outcome[result->outcome]++;
			history_note(history, result);
			for (size_t s = 0; s < count; s++)
				sinks[s].ops->result(sinks[s].self, result);
		}
	for (size_t s = 0; s < count; s++)
		sinks[s].ops->end(sinks[s].self, &end);
}

int nst_merge(const char *const *paths, size_t path_count, const char *history_path,
	      struct nst_coverage *coverage, const struct nst_sink *sinks,
	      size_t sink_count, struct nst_totals *ret_totals)
{
	struct merging merging AUTO(merging_free) = { 0 };
	AUTO_FREE char *rules = NULL;
	struct history *history;
	int r = 0;

	merging.parts = calloc(path_count + 1, sizeof(*merging.parts));
	if (!merging.parts)
		return nst_fail_memory();
	merging.count = path_count;
	for (size_t i = 0; i < path_count && !r; i++) {
		merging.parts[i].path = paths[i];
		r = read_part(&merging.parts[i]);
	}
	qsort(merging.parts, path_count, sizeof(*merging.parts), by_shard);
	if (!r)
		r = check_parts(&merging);
	if (!r)
		r = history_load(history_path, &history);
	if (r < 0)
		return r;
	rules = coverage ? rules_page(coverage) : NULL;
	tell(&merging, sinks, sink_count, history, rules);
	*ret_totals = merging.totals;
	r = history_save(history, history_path);
	history_free(history);
	return r;
}
