/* SPDX-License-Identifier: MIT */
/* What formats of results share. */
#include <stdlib.h>
#include <string.h>

#include <base/scope.h>

#include "format.h"

bool piece_begin(struct piece *piece)
{
	*piece = (struct piece){ 0 };
	piece->out = open_memstream(&piece->text, &piece->size);
	return piece->out;
}

void piece_add(struct piece *piece, struct document *document, const char *tail)
{
	fclose(piece->out);
	document_add(document, piece->text ? piece->text : "", tail);
	free(piece->text);
}

static bool says(const char *text)
{
	return text && *text;
}

char *reason_line(const struct nst_result *result)
{
	char *line = NULL;

	if (says(result->expected) && says(result->got))
		nst_text_set(&line, "%s%sexpected %s, got %s",
			     says(result->question) ? result->question : "",
			     says(result->question) ? ": " : "", result->expected,
			     result->got);
	else if (says(result->message))
		nst_text_set(&line, "%s", result->message);
	else if (result->outcome == NST_OUTCOME_FAIL && says(result->question))
		nst_text_set(&line, "%s", result->question);
	else
		line = strdup("");
	if (line)
		line[strcspn(line, "\r\n")] = '\0';
	return line;
}

char *title_line(const struct nst_result *result)
{
	char *line = NULL;

	nst_text_set(&line, "%s%s%s", says(result->suite) ? result->suite : "",
		     says(result->suite) ? " / " : "",
		     result->name ? result->name : "");
	for (char *at = line; at && *at; at++)
		if (*at == '\n' || *at == '\r')
			*at = ' ';
	return line;
}

void each_artefact(const struct nst_result *result,
		   void (*tell)(void *self, const char *path), void *self)
{
	const char *name = result->files;

	while (name && *name && result->kept) {
		AUTO_FREE char *path = NULL;
		size_t length = strcspn(name, "\n");

		nst_text_set(&path, "%s/%.*s", result->kept, (int)length, name);
		if (path)
			tell(self, path);
		name += length + (name[length] == '\n');
	}
}

void slowest_add(struct slowest *slowest, const struct nst_result *result)
{
	size_t at = slowest->count;
	char *title;

	if (result->outcome == NST_OUTCOME_SKIP)
		return;
	while (at && slowest->list[at - 1].duration_us < result->duration_us)
		at--;
	if (at == SLOWEST_MOST)
		return;
	title = title_line(result);
	if (!title)
		return;
	if (slowest->count == SLOWEST_MOST)
		free(slowest->list[--slowest->count].title);
	memmove(&slowest->list[at + 1], &slowest->list[at],
		(slowest->count - at) * sizeof(*slowest->list));
	slowest->list[at] = (struct slow_case){ result->duration_us, title };
	slowest->count++;
}

void slowest_free(struct slowest *slowest)
{
	for (size_t i = 0; i < slowest->count; i++)
		free(slowest->list[i].title);
	slowest->count = 0;
}

void ignore_progress(void *self, const struct nst_run_progress *progress)
{
	(void)self;
	(void)progress;
}
