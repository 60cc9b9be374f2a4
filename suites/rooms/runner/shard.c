/* SPDX-License-Identifier: MIT */
/* Parts of the cases for several machines. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include <base/scope.h>
#include <nstest/error.h>

#include "shard.h"

static const char *const variables[] = {
	"NSTEST_SHARD",           "NSTEST_SHARDS",         "CI_NODE_INDEX",
	"CI_NODE_TOTAL",          "TEST_SHARD_INDEX",      "TEST_TOTAL_SHARDS",
	"TEST_SHARD_STATUS_FILE", "SLURM_ARRAY_TASK_ID",   "SLURM_ARRAY_TASK_COUNT",
	"SLURM_ARRAY_TASK_MIN",   "SLURM_ARRAY_TASK_STEP", "JOB_COMPLETION_INDEX",
};

/* Sets the variables of "A=1 B=2", and no other. */
static void environment(const char *text)
{
	AUTO_FREE char *copy = strdup(text);
	char *rest = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(variables); i++)
		unsetenv(variables[i]);
	for (char *word = strtok_r(copy, " ", &rest); word;
	     word = strtok_r(NULL, " ", &rest)) {
		char *equals = strchr(word, '=');

		*equals = '\0';
		setenv(word, equals + 1, 1);
	}
}

Test(shard, is_read_from_what_engines_say)
{
	static const struct {
		const char *environment, *text;
		unsigned int index, total;
	} rows[] = {
		{ "", NULL, 0, 0 },
		{ "", "2/4", 2, 4 },
		{ "", "1/1", 1, 1 },
		{ "NSTEST_SHARD=3/5", NULL, 3, 5 },
		{ "NSTEST_SHARD=3/5 CI_NODE_INDEX=1 CI_NODE_TOTAL=2", NULL, 3, 5 },
		{ "CI_NODE_INDEX=2 CI_NODE_TOTAL=3", NULL, 2, 3 },
		{ "CI_NODE_INDEX=2 CI_NODE_TOTAL=3", "1/1", 1, 1 },
		{ "CI_NODE_TOTAL=1", NULL, 0, 0 },
		{ "TEST_SHARD_INDEX=0 TEST_TOTAL_SHARDS=2", NULL, 1, 2 },
		{ "SLURM_ARRAY_TASK_ID=3 SLURM_ARRAY_TASK_COUNT=4 "
		  "SLURM_ARRAY_TASK_MIN=0",
		  NULL, 4, 4 },
		{ "SLURM_ARRAY_TASK_ID=14 SLURM_ARRAY_TASK_COUNT=3 "
		  "SLURM_ARRAY_TASK_MIN=10 SLURM_ARRAY_TASK_STEP=2",
		  NULL, 3, 3 },
		{ "JOB_COMPLETION_INDEX=1 NSTEST_SHARDS=2", NULL, 2, 2 },
		{ "JOB_COMPLETION_INDEX=1", NULL, 0, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct nst_shard shard;

		environment(rows[i].environment);
		cr_assert_eq(nst_shard_read(rows[i].text, &shard), 0, "%s: %s",
			     rows[i].environment, nst_error());
		cr_expect_eq(shard.index, rows[i].index, "%s", rows[i].environment);
		cr_expect_eq(shard.total, rows[i].total, "%s", rows[i].environment);
	}
}

Test(shard, that_is_none_is_refused)
{
	static const struct {
		const char *environment, *text;
	} rows[] = {
		{ "", "" },
		{ "", "2" },
		{ "", "0/4" },
		{ "", "5/4" },
		{ "", "1/4x" },
		{ "", "-1/4" },
		{ "", "1/99999999999" },
		{ "NSTEST_SHARD=x", NULL },
		{ "CI_NODE_INDEX=4 CI_NODE_TOTAL=3", NULL },
		{ "CI_NODE_INDEX=0 CI_NODE_TOTAL=3", NULL },
		{ "CI_NODE_INDEX=one CI_NODE_TOTAL=3", NULL },
		{ "SLURM_ARRAY_TASK_ID=7 SLURM_ARRAY_TASK_COUNT=3 "
		  "SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_STEP=1",
		  NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct nst_shard shard;

		environment(rows[i].environment);
		cr_expect_eq(nst_shard_read(rows[i].text, &shard), -EINVAL, "%s %s",
			     rows[i].environment, rows[i].text);
	}
}

Test(shard, tells_bazel_that_it_is_understood)
{
	char folder[] = "/var/tmp/nstest-shard-XXXXXX", path[64];
	struct nst_shard shard;

	cr_assert_not_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/status", folder);
	environment("TEST_SHARD_INDEX=1 TEST_TOTAL_SHARDS=2");
	setenv("TEST_SHARD_STATUS_FILE", path, 1);
	cr_expect_eq(nst_shard_read(NULL, &shard), 0);
	cr_expect_eq(access(path, F_OK), 0);
	unlink(path);
	rmdir(folder);
}

Test(shard, gives_everything_to_one_and_balances)
{
	enum { COUNT = 1000, SHARDS = 7 };
	uint64_t weights[COUNT], load[SHARDS] = { 0 }, all = 0;
	unsigned int first[COUNT], again[COUNT];

	for (size_t i = 0; i < COUNT; i++)
		weights[i] = 1 + (i * 7919) % 1000;
	cr_assert_eq(shard_assign(weights, COUNT, SHARDS, first), 0);
	cr_assert_eq(shard_assign(weights, COUNT, SHARDS, again), 0);
	for (size_t i = 0; i < COUNT; i++) {
		cr_assert_lt(first[i], SHARDS);
		cr_expect_eq(first[i], again[i]);
		load[first[i]] += weights[i];
		all += weights[i];
	}
	for (size_t s = 0; s < SHARDS; s++)
		cr_expect_leq(load[s], all / SHARDS + 1000);
}

Test(shard, takes_what_is_not_known_for_average)
{
	const uint64_t weights[] = { 100, 0, 0, 300 };
	unsigned int shard[4];

	cr_assert_eq(shard_assign(weights, 4, 2, shard), 0);
	cr_expect_neq(shard[3], shard[1], "300 alone, or with the 100");
	cr_expect_eq(shard[1], shard[2]);
}
