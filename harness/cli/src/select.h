/* SPDX-License-Identifier: MIT */
/* Which cases, and in which order: what nstest run and nstest list ask alike. */
#ifndef CLI_SELECT_H
#define CLI_SELECT_H

#include <runner/run.h>

#include "verb.h"

struct select_flags {
	const char *only, *tags, *shard, *history, *seed;
	bool rerun_failed, failed_first, shuffle;
	struct option_list set;
};

/* Rows of an option table; `type` has a struct select_flags called `select`. */
#define SELECT_OPTIONS(type)                                                             \
	{ 'k',                                                                           \
	  "only",                                                                        \
	  "EXPR",                                                                        \
	  "only cases with this text in \"suite / case\"; texts may be "                 \
	  "joined by &, |, ! and ()",                                                    \
	  OPTION_TEXT,                                                                   \
	  offsetof(type, select.only) },                                                 \
		{ 0,                                                                     \
		  "set",                                                                 \
		  "NAME=VALUE",                                                          \
		  "this value for a variable of scenario files; may be given more "      \
		  "than once",                                                           \
		  OPTION_LIST,                                                           \
		  offsetof(type, select.set) },                                          \
		{ 'T',         "tags",                                                   \
		  "EXPR",      "only cases with this tag; joined likewise",              \
		  OPTION_TEXT, offsetof(type, select.tags) },                            \
		{ 0,           "rerun-failed",                                           \
		  NULL,        "only cases that failed the last time they ran",          \
		  OPTION_FLAG, offsetof(type, select.rerun_failed) },                    \
		{ 0,           "failed-first",                                           \
		  NULL,        "those first, then all others",                           \
		  OPTION_FLAG, offsetof(type, select.failed_first) },                    \
		{ 0,           "shuffle",                                                \
		  NULL,        "in an order drawn from the seed",                        \
		  OPTION_FLAG, offsetof(type, select.shuffle) },                         \
		{ 's',         "seed",                                                   \
		  "N",         "draw all chance from N; default: another one each time", \
		  OPTION_TEXT, offsetof(type, select.seed) },                            \
		{ 0,                                                                     \
		  "shard",                                                               \
		  "I/N",                                                                 \
		  "only the I-th of N parts that take about as long; default: as "       \
		  "GitLab, Bazel, Slurm or Kubernetes say",                              \
		  OPTION_TEXT,                                                           \
		  offsetof(type, select.shard) },                                        \
	{                                                                                \
		0, "history", "FILE",                                                    \
			"results and durations of earlier runs; default: "               \
			"history.jsonl in "                                              \
			"the folder of --out",                                           \
			OPTION_TEXT, offsetof(type, select.history)                      \
	}

/* What --seed says; 0 if it says nothing. -EINVAL with a sentence. */
int select_seed(const struct select_flags *flags, uint64_t *ret);

/* Finds and chooses. `out`: the folder of --out, or NULL. `*seed` 0 becomes one if an
 * order is drawn from it. Return: EXIT_ALL_PASSED; else it has said what is wrong, and
 * *ret_wrong_file tells whether a scenario file is. */
int select_jobs(const struct invocation *invocation, const struct select_flags *flags,
		const char *out, uint64_t *seed, struct nst_jobs **ret_jobs,
		bool *ret_wrong_file);

#endif
