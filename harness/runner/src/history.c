/* SPDX-License-Identifier: MIT */
/* What is remembered of earlier runs. */
#include <errno.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>
#include <report/lines.h>

#include "folders.h"
#include "history.h"

struct history {
	void *tree; /* of struct past, by title */
};

static int by_title(const void *a, const void *b)
{
	const struct past *one = a, *other = b;

	return strcmp(one->title, other->title);
}

static void free_past(void *node)
{
	struct past *past = node;

	free(past->title);
	free(past);
}

/* Takes the title over; NULL: no memory. */
static struct past *past_of(struct history *history, char *title)
{
	const struct past wanted = { .title = title };
	struct past **found = tfind(&wanted, &history->tree, by_title), *made;

	if (found) {
		free(title);
		return *found;
	}
	made = calloc(1, sizeof(*made));
	if (made)
		made->title = title;
	if (!made || !tsearch(made, &history->tree, by_title)) {
		free(made);
		free(title);
		return NULL;
	}
	return made;
}

/* A case that failed once and passed once in a run is to be looked at. */
static bool is_worse(enum nst_outcome one, enum nst_outcome other)
{
	static const int badness[NST_OUTCOMES] = {
		[NST_OUTCOME_FLAKY] = 1, [NST_OUTCOME_ERROR] = 2, [NST_OUTCOME_FAIL] = 2
	};

	return badness[one] > badness[other];
}

static void note(struct history *history, const struct nst_result *result, bool fresh)
{
	char *title = NULL;
	struct past *past;

	nst_text_set(&title, "%s / %s", result->suite ? result->suite : "",
		     result->name);
	past = title ? past_of(history, title) : NULL;
	if (!past)
		return;
	if (!past->fresh) {
		past->outcome = result->outcome;
		/* What was skipped took no time, but may not be skipped again. */
		if (result->outcome != NST_OUTCOME_SKIP || !past->duration_us)
			past->duration_us = result->duration_us;
	} else {
		if (is_worse(result->outcome, past->outcome))
			past->outcome = result->outcome;
		if (result->duration_us > past->duration_us)
			past->duration_us = result->duration_us;
	}
	past->fresh = fresh;
}

void history_note(struct history *history, const struct nst_result *result)
{
	note(history, result, true);
}

int history_load(const char *path, struct history **ret)
{
	AUTO_FCLOSE FILE *in = fopen(path, "re");
	struct history *made = calloc(1, sizeof(*made));
	AUTO_FREE char *line = NULL;
	size_t room = 0;
	ssize_t size;

	if (!made)
		return nst_fail_memory();
	if (!in && errno != ENOENT && errno != ENOTDIR) {
		history_free(made);
		return nst_fail_errno("%s", path);
	}
	while (in && (size = getline(&line, &room, in)) > 0) {
		struct nst_result result;
		bool start;

		size -= line[size - 1] == '\n';
		if (nst_line_read(line, (size_t)size, &start, &result) < 0)
			continue;
		if (!start)
			note(made, &result, false);
		nst_result_free(&result);
	}
	nst_error_clear();
	*ret = made;
	return 0;
}

void history_free(struct history *history)
{
	if (!history)
		return;
	tdestroy(history->tree, free_past);
	free(history);
}

const struct past *history_find(const struct history *history, const char *title)
{
	const struct past wanted = { .title = (char *)title };
	struct past **found = history ? tfind(&wanted, &history->tree, by_title) : NULL;

	return found ? *found : NULL;
}

static void write_past(const void *node, VISIT visit, void *out)
{
	const struct past *past = *(struct past *const *)node;
	struct nst_result result = { .outcome = past->outcome,
				     .duration_us = past->duration_us };
	AUTO_FREE char *title = NULL, *line = NULL;
	char *slash;

	if (visit != postorder && visit != leaf)
		return;
	title = strdup(past->title);
	slash = title ? strstr(title, " / ") : NULL;
	if (!slash)
		return;
	*slash = '\0';
	result.suite = title;
	result.name = slash + strlen(" / ");
	line = nst_line_write(&result);
	if (line)
		fputs(line, out);
}

int history_save(const struct history *history, const char *path)
{
	AUTO_FREE char *folder = strdup(path), *fresh = NULL;
	char *slash = folder ? strrchr(folder, '/') : NULL;
	bool fine;
	FILE *out;

	if (slash && slash != folder) {
		*slash = '\0';
		if (folders_make(folder) < 0)
			return nst_fail_errno("%s", folder);
	}
	/* One name for all: a run that is killed here leaves no more than this. */
	if (asprintf(&fresh, "%s.new", path) < 0)
		return nst_fail_memory();
	out = fopen(fresh, "we");
	if (!out)
		return nst_fail_errno("%s", fresh);
	twalk_r(history->tree, write_past, out);
	fine = !ferror(out);
	if (fclose(out) || !fine || rename(fresh, path) < 0) {
		int r = nst_fail_errno("%s", path);

		unlink(fresh);
		return r;
	}
	return 0;
}
