/* SPDX-License-Identifier: MIT */
/* Which part of the cases is this machine's: what engines that run many machines say in
 * the environment, and who gets what. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>

#include "shard.h"

/* ---- What was said ---- */

static const struct engine {
	const char *name;
	const char *index, *total;
	const char *first; /* variable with the lowest index; or the number itself */
	const char *step;  /* between two indices; NULL: 1 */
	const char *ready; /* a file to be touched: "I know about shards"; NULL */
} engines[] = {
	{ "Bazel", "TEST_SHARD_INDEX", "TEST_TOTAL_SHARDS", "0", NULL,
	  "TEST_SHARD_STATUS_FILE" },
	{ "GitLab", "CI_NODE_INDEX", "CI_NODE_TOTAL", "1", NULL, NULL },
	{ "Slurm", "SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT",
	  "SLURM_ARRAY_TASK_MIN", "SLURM_ARRAY_TASK_STEP", NULL },
	{ "Kubernetes", "JOB_COMPLETION_INDEX", "NSTEST_SHARDS", "0", NULL, NULL },
};

static bool to_number(const char *text, unsigned int *ret)
{
	unsigned long number;
	char *end;

	if (!text || *text < '0' || *text > '9')
		return false;
	errno = 0;
	number = strtoul(text, &end, 10);
	if (errno || *end || number > INT_MAX)
		return false;
	*ret = (unsigned int)number;
	return true;
}

static int read_text(const char *where, const char *text, struct nst_shard *ret)
{
	struct nst_shard made = { .by = where };
	const char *slash = strchr(text, '/');
	AUTO_FREE char *index = slash ? strndup(text, (size_t)(slash - text)) : NULL;

	if (!to_number(index, &made.index) || !to_number(slash + 1, &made.total) ||
	    !made.index || made.index > made.total)
		return nst_fail(-EINVAL,
				"%s: \"%s\" is no part of a whole: write 2/4 for the "
				"second of four",
				where, text);
	*ret = made;
	return 0;
}

/* Bazel asks for a sign that its shards are understood. */
static int acknowledge(const struct engine *engine)
{
	const char *path = engine->ready ? getenv(engine->ready) : NULL;
	AUTO_CLOSE int fd = -1;

	if (!path || !*path)
		return 0;
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	return fd < 0 ? nst_fail_errno("%s=%s", engine->ready, path) : 0;
}

static int read_engine(const struct engine *engine, struct nst_shard *ret)
{
	const char *index_text = getenv(engine->index);
	const char *total_text = getenv(engine->total);
	const char *first_text = getenv(engine->first);
	unsigned int index, total, first, step = 1;

	if (!to_number(index_text, &index) || !to_number(total_text, &total) ||
	    !to_number(first_text ? first_text : engine->first, &first) ||
	    (engine->step && getenv(engine->step) &&
	     (!to_number(getenv(engine->step), &step) || !step)))
		return nst_fail(-EINVAL,
				"%s=%s, %s=%s: these are no shard of %s; --shard 1/1 "
				"runs all",
				engine->index, index_text, engine->total, total_text,
				engine->name);
	if (index < first || (index - first) % step || (index - first) / step >= total)
		return nst_fail(-EINVAL,
				"%s=%s is not one of %s=%s shards that follow each "
				"other; --shard I/N says it otherwise",
				engine->index, index_text, engine->total, total_text);
	*ret = (struct nst_shard){ (index - first) / step + 1, total, engine->name };
	return acknowledge(engine);
}

int nst_shard_read(const char *text, struct nst_shard *ret)
{
	const char *ours = getenv("NSTEST_SHARD");

	if (text)
		return read_text("--shard", text, ret);
	if (ours && *ours)
		return read_text("NSTEST_SHARD", ours, ret);
	for (size_t i = 0; i < ARRAY_SIZE(engines); i++) {
		const char *index = getenv(engines[i].index);
		const char *total = getenv(engines[i].total);

		if (index && *index && total && *total)
			return read_engine(&engines[i], ret);
	}
	*ret = (struct nst_shard){ 0 };
	return 0;
}

/* ---- Who gets what ---- */

struct weight {
	uint64_t weight;
	size_t unit;
};

static int heaviest_first(const void *a, const void *b)
{
	const struct weight *one = a, *other = b;

	if (one->weight != other->weight)
		return one->weight < other->weight ? 1 : -1;
	return (one->unit > other->unit) - (one->unit < other->unit);
}

static uint64_t average(const uint64_t *weights, size_t count)
{
	uint64_t sum = 0, known = 0;

	for (size_t i = 0; i < count; i++) {
		sum += weights[i];
		known += weights[i] != 0;
	}
	return known && sum / known ? sum / known : 1;
}

int shard_assign(const uint64_t *weights, size_t count, unsigned int shards,
		 unsigned int *ret)
{
	AUTO_FREE struct weight *order = calloc(count + 1, sizeof(*order));
	AUTO_FREE uint64_t *load = calloc(shards, sizeof(*load));
	uint64_t usual = average(weights, count);

	if (!order || !load)
		return nst_fail_memory();
	for (size_t i = 0; i < count; i++)
		order[i] = (struct weight){ weights[i] ? weights[i] : usual, i };
	qsort(order, count, sizeof(*order), heaviest_first);
	for (size_t i = 0; i < count; i++) {
		unsigned int lightest = 0;

		for (unsigned int s = 1; s < shards; s++)
			if (load[s] < load[lightest])
				lightest = s;
		load[lightest] += order[i].weight;
		ret[order[i].unit] = lightest;
	}
	return 0;
}
