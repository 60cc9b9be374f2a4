/* SPDX-License-Identifier: MIT */
/* What sanitizers and valgrind found in programs: they say it on stderr, and a program may
 * go on or exit with any status after it. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>

#include "program_findings.h"
#include "programs.h"

enum { FRAMES = 4, WORDS_SIZE = 700 };

static bool follows_a_place(const char *line, const char *mark)
{
	int numbers = 0;

	/* FILE:LINE:COLUMN before it; else it is Go's. */
	while (mark > line && isdigit((unsigned char)mark[-1])) {
		while (mark > line && isdigit((unsigned char)mark[-1]))
			mark--;
		numbers += mark > line && mark[-1] == ':';
		mark -= mark > line;
	}
	return numbers == 2;
}

static bool counts_errors(const char *line, const char *mark)
{
	(void)line;
	return mark[strlen("ERROR SUMMARY: ")] != '0';
}

bool finding_is(const char *line)
{
	static const struct {
		const char *text;
		bool (*also)(const char *line, const char *mark);
	} marks[] = {
		{ "ERROR: AddressSanitizer: ", NULL },
		{ "ERROR: LeakSanitizer: ", NULL },
		{ "WARNING: ThreadSanitizer: ", NULL },
		{ "WARNING: MemorySanitizer: ", NULL },
		{ ": runtime error: ", follows_a_place }, /* UBSan */
		{ "ERROR SUMMARY: ", counts_errors },     /* valgrind */
	};

	for (size_t i = 0; i < ARRAY_SIZE(marks); i++) {
		const char *mark = strstr(line, marks[i].text);

		if (mark && (!marks[i].also || marks[i].also(line, mark)))
			return true;
	}
	return false;
}

static bool is_frame(const char *line)
{
	return line[0] == '#' && isdigit((unsigned char)line[1]);
}

/* The headline of the first finding, and the first frames of the stack below it. */
static bool first_finding(struct output *output, char *words)
{
	struct output_cursor cursor = { 0 };
	struct output_line line = { .complete = true };
	size_t used = 0;
	int frames = 0;

	/* A last line without its end is not passed by the cursor. */
	while (line.complete && frames < FRAMES && used < WORDS_SIZE &&
	       output_line(output, &cursor, &line)) {
		const char *text = line.text + strspn(line.text, " \t");

		if (used ? !is_frame(text) : !finding_is(text))
			continue;
		frames += used != 0;
		used += (size_t)snprintf(words + used, WORDS_SIZE - used, "%s%s",
					 used ? "\n    " : "", text);
	}
	return used != 0;
}

int programs_check_findings(struct nst_inside *inside)
{
	struct programs *programs = inside->programs;
	char title[PROGRAM_TITLE_SIZE], words[WORDS_SIZE];

	for (size_t i = 0; programs && i < programs->count; i++) {
		struct program *program = programs->list[i];
		struct stream *stream = &program->streams[NST_STDERR];
		bool found;

		stream_drain(stream);
		pthread_mutex_lock(&stream->lock);
		found = first_finding(&stream->output, words);
		pthread_mutex_unlock(&stream->lock);
		if (found)
			return nst_fail(-EUCLEAN,
					"a sanitizer found something in %s: %s",
					program_title(inside, program, title), words);
	}
	return 0;
}
