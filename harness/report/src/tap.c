/* SPDX-License-Identifier: MIT */
/* The TAP that plain Criterion binaries write (2.4: src/log/tap.c there). */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <base/fail.h>
#include <report/lines.h>

struct tap {
	struct nst_result *results;
	size_t count;
	long planned; /* -1: no plan line was seen */
};

static struct nst_result *add(struct tap *tap)
{
	struct nst_result *longer =
		realloc(tap->results, (tap->count + 1) * sizeof(*longer));

	if (!longer)
		return NULL;
	tap->results = longer;
	longer[tap->count] = (struct nst_result){ 0 };
	return &longer[tap->count++];
}

/* "suite::name": up to `end`, which is behind the last character. */
static void read_title(struct nst_result *result, const char *title, const char *end)
{
	const char *colons = memmem(title, (size_t)(end - title), "::", 2);

	if (!colons) {
		nst_text_set(&result->name, "%.*s", (int)(end - title), title);
		return;
	}
	nst_text_set(&result->suite, "%.*s", (int)(colons - title), title);
	nst_text_set(&result->name, "%.*s", (int)(end - colons - 2), colons + 2);
}

/* "(0.01s)" */
static void read_duration(struct nst_result *result, const char *line)
{
	const char *open = strrchr(line, '(');
	double seconds;

	if (open && sscanf(open, "(%lfs)", &seconds) == 1 && seconds >= 0 &&
	    seconds < 1e9)
		result->duration_us = (uint64_t)(seconds * 1e6);
}

/* Behind the title: "# SKIP reason", "timed out", "unexpected signal after f.c:5". */
static void read_remark(struct nst_result *result, const char *remark)
{
	const char *skip = strstr(remark, "# SKIP");
	const char *signal = strstr(remark, "unexpected signal after ");

	if (skip) {
		result->outcome = NST_OUTCOME_SKIP;
		skip += strlen("# SKIP");
		nst_text_set(&result->message, "%s", skip + strspn(skip, " "));
		return;
	}
	if (signal) {
		result->outcome = NST_OUTCOME_ERROR;
		nst_text_set(&result->message, "it crashed after %s",
			     signal + strlen("unexpected signal after "));
	}
	if (strstr(remark, "timed out")) {
		result->outcome = NST_OUTCOME_ERROR;
		nst_text_set(&result->message, "it timed out");
	}
}

static int read_test(struct tap *tap, const char *line, bool ok)
{
	const char *title = line + (ok ? strlen("ok - ") : strlen("not ok - "));
	const char *end = title + strcspn(title, " ");
	struct nst_result *result = add(tap);

	if (!result)
		return nst_fail_memory();
	result->outcome = ok ? NST_OUTCOME_PASS : NST_OUTCOME_FAIL;
	read_title(result, title, end);
	read_duration(result, end);
	read_remark(result, end);
	return 0;
}

/* "  - file.c:4: |+" begins a failure; deeper lines are its words. */
static void read_detail(struct tap *tap, const char *line)
{
	struct nst_result *result = tap->count ? &tap->results[tap->count - 1] : NULL;
	char file[256];
	unsigned int number;

	if (!result || result->outcome != NST_OUTCOME_FAIL)
		return;
	if (sscanf(line, "  - %255[^:]:%u:", file, &number) == 2) {
		if (!result->file) {
			nst_text_set(&result->file, "%s", file);
			result->line = number;
		} else {
			nst_text_add(&result->message, "%s:%u:", file, number);
		}
	} else if (!strncmp(line, "      ", 6)) {
		nst_text_add(&result->message, "%s", line + 6);
	}
}

static int read_line(struct tap *tap, const char *line)
{
	if (!strncmp(line, "ok - ", 5))
		return read_test(tap, line, true);
	if (!strncmp(line, "not ok - ", 9))
		return read_test(tap, line, false);
	if (!strncmp(line, "1..", 3))
		tap->planned = strtol(line + 3, NULL, 10);
	else
		read_detail(tap, line);
	return 0;
}

/* A failure that says nothing, as after exit() in the test's body. */
static void name_silence(struct tap *tap)
{
	for (size_t i = 0; i < tap->count; i++) {
		struct nst_result *result = &tap->results[i];

		if (result->outcome == NST_OUTCOME_FAIL && !result->message)
			nst_text_set(
				&result->message,
				"it failed without a failed assertion: did it exit?");
	}
}

static bool is_bad(const struct nst_result *result)
{
	return result->outcome == NST_OUTCOME_FAIL ||
	       result->outcome == NST_OUTCOME_ERROR;
}

static bool is_same(const char *one, const char *other)
{
	return !strcmp(one ? one : "", other ? other : "");
}

/* Parameters of a test come as tests of one name: they are told as one, as those of our
 * own suites are. The first that failed speaks for it. */
static void join_parameters(struct tap *tap, size_t first)
{
	struct nst_result *result = &tap->results[first];
	size_t kept = first + 1, runs = 1, failed = is_bad(result);
	uint64_t duration_us = result->duration_us;

	for (size_t i = kept; i < tap->count; i++) {
		struct nst_result *run = &tap->results[i];

		if (!is_same(result->name, run->name) ||
		    !is_same(result->suite, run->suite)) {
			if (i != kept)
				nst_result_move(&tap->results[kept], run);
			kept++;
			continue;
		}
		runs++;
		duration_us += run->duration_us;
		failed += is_bad(run);
		if (is_bad(run) && !is_bad(result))
			nst_result_move(result, run);
		else
			nst_result_free(run);
	}
	tap->count = kept;
	result->duration_us = duration_us;
	if (runs > 1 && failed)
		nst_text_add(&result->evidence, "it failed for %zu of %zu parameters",
			     failed, runs);
}

static void free_tap(struct tap *tap)
{
	for (size_t i = 0; i < tap->count; i++)
		nst_result_free(&tap->results[i]);
	free(tap->results);
}

int nst_tap_read(const char *text, struct nst_result **ret_results, size_t *ret_count)
{
	struct tap tap = { .planned = -1 };
	int r = 0;

	while (*text && !r) {
		size_t length = strcspn(text, "\n");
		char *line = strndup(text, length);

		r = line ? read_line(&tap, line) : nst_fail_memory();
		free(line);
		text += length + (text[length] == '\n');
	}
	if (!r && tap.planned != (long)tap.count)
		r = tap.planned < 0
			    ? nst_fail(-EPROTO, "it wrote no TAP")
			    : nst_fail(-EPROTO, "it planned %ld tests and reported %zu",
				       tap.planned, tap.count);
	if (r < 0) {
		free_tap(&tap);
		return r;
	}
	name_silence(&tap);
	for (size_t i = 0; i < tap.count; i++)
		join_parameters(&tap, i);
	*ret_results = tap.results;
	*ret_count = tap.count;
	return 0;
}
