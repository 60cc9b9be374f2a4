/* SPDX-License-Identifier: MIT */
/* What is remembered of earlier runs: how each case last ended, and how long it took.
 * A file of result lines (report/lines.h), one per case. */
#ifndef RUNNER_HISTORY_H
#define RUNNER_HISTORY_H

#include <stdbool.h>

#include <report/result.h>

struct past {
	char *title; /* "suite / case" */
	enum nst_outcome outcome;
	uint64_t duration_us;
	bool fresh; /* noted in this run */
};

struct history;

/* A file that is not there is an empty history; a line that is none is passed over.
 * Return: 0; -errno with a sentence. */
int history_load(const char *path, struct history **ret);
void history_free(struct history *history);

/* NULL if the case has not been run yet. */
const struct past *history_find(const struct history *history, const char *title);

/* Of several results of one title in a run the worst and the longest count. What is
 * cut short for lack of memory is forgotten. */
void history_note(struct history *history, const struct nst_result *result);

/* Replaces the file, all at once; makes its folder. -errno with a sentence. */
int history_save(const struct history *history, const char *path);

#endif
