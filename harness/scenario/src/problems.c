/* SPDX-License-Identifier: MIT */
/* What is wrong with a scenario: collected, sorted, printed with a caret. */
#include "problems.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How much of a very long line is shown on each side of what is wrong. */
enum { SHOWN_BEFORE = 60, SHOWN_IN_ALL = 120 };

static bool is_known(const struct nst_diagnostics *problems,
		     const struct nst_position *position, const char *message)
{
	for (size_t i = 0; i < problems->count; i++) {
		const struct nst_diagnostic *other = &problems->items[i];

		if (other->position.line == position->line &&
		    other->position.column == position->column &&
		    strcmp(other->position.file, position->file) == 0 &&
		    strcmp(other->message, message) == 0)
			return true;
	}
	return false;
}

/* Characters of [start, end) that are on the line of `start`; at least one. */
static unsigned int underlined(const struct source *source, size_t start, size_t end)
{
	const char *newline;
	size_t length;

	if (end > source->size)
		end = source->size;
	if (start >= end)
		return 1;
	newline = memchr(source->text + start, '\n', end - start);
	if (newline)
		end = (size_t)(newline - source->text);
	length = utf8_length(source->text + start, end - start);
	return length ? (unsigned int)length : 1;
}

/* What could do something to a terminal, and what is no UTF-8, becomes "?". */
static const char *printable(char *text)
{
	size_t step;

	for (char *c = text; *c; c += step) {
		step = utf8_size(c, strnlen(c, 4));
		if (step == 0 ||
		    (step == 1 && *c != '\t' && (*c < ' ' || *c == 0x7f))) {
			*c = '?';
			step = 1;
		}
	}
	return text;
}

void problems_add(struct nst_diagnostics *problems, const struct source *source,
		  size_t start, size_t end, const char *format, va_list args)
{
	struct arena *arena = &problems->arena;
	struct nst_diagnostic *item;
	struct nst_position position = { .file = source->path };
	const char *message, *line;
	size_t size;

	if (problems->count >= PROBLEMS_MAX)
		return;
	message = printable(arena_vprint(arena, format, args));
	source_position(source, start, &position.line, &position.column);
	if (is_known(problems, &position, message))
		return;
	line = source_line(source, position.line, &size);
	item = arena_push(arena, problems->items, problems->count);
	item->position = position;
	item->position.file = arena_copy(arena, source->path, strlen(source->path));
	item->length = underlined(source, start, end);
	item->message = message;
	item->line = printable(arena_copy(arena, line, size));
}

static int compare(const void *one, const void *other)
{
	const struct nst_position *a = &((const struct nst_diagnostic *)one)->position;
	const struct nst_position *b =
		&((const struct nst_diagnostic *)other)->position;
	int files = strcmp(a->file, b->file);

	if (files)
		return files;
	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	return (a->column > b->column) - (a->column < b->column);
}

/* Skips `characters` of valid UTF-8. */
static const char *skip(const char *text, size_t characters)
{
	size_t step;

	while (characters-- && *text) {
		step = utf8_size(text, strnlen(text, 4));
		text += step ? step : 1;
	}
	return text;
}

/* The source line, or the part of a long one around what is wrong. The indent of the
 * caret line copies tabs, so that it comes out right whatever a tab's width is. */
static void print_line(FILE *to, const struct nst_diagnostic *item)
{
	unsigned int before = item->position.column - 1, left_out = 0,
		     length = item->length;
	const char *from = item->line, *here, *end;

	if (before > SHOWN_BEFORE)
		left_out = before - SHOWN_BEFORE;
	from = skip(item->line, left_out);
	here = skip(from, before - left_out);
	end = skip(from, SHOWN_IN_ALL);
	if (length > SHOWN_IN_ALL - (before - left_out))
		length = SHOWN_IN_ALL - (before - left_out);
	fprintf(to, "%5u | %s%.*s%s\n      | ", item->position.line,
		left_out ? "..." : "", (int)(end - from), from, *end ? "..." : "");
	fputs(left_out ? "   " : "", to);
	for (const char *c = from; c < here; c = skip(c, 1))
		fputc(*c == '\t' ? '\t' : ' ', to);
	fputc('^', to);
	for (unsigned int i = 1; i < length; i++)
		fputc('~', to);
	fputc('\n', to);
}

static void print_item(FILE *to, const struct nst_diagnostic *item)
{
	fprintf(to, "%s:%u:%u: %s\n", item->position.file, item->position.line,
		item->position.column, item->message);
	if (item->line[0])
		print_line(to, item);
}

void problems_finish(struct nst_diagnostics *problems)
{
	char *text = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&text, &size);

	if (!to)
		longjmp(*problems->arena.no_memory, 1);
	if (problems->count)
		qsort(problems->items, problems->count, sizeof(*problems->items),
		      compare);
	for (size_t i = 0; i < problems->count; i++)
		print_item(to, &problems->items[i]);
	if (problems->count >= PROBLEMS_MAX)
		fprintf(to, "There may be more: only the first %d are shown.\n",
			PROBLEMS_MAX);
	if (fclose(to) != 0)
		longjmp(*problems->arena.no_memory, 1);
	arena_owns(&problems->arena, text, free);
	problems->text = text;
}

size_t nst_diagnostics_count(const struct nst_diagnostics *problems)
{
	return problems ? problems->count : 0;
}

const struct nst_diagnostic *nst_diagnostics_at(const struct nst_diagnostics *problems,
						size_t i)
{
	return i < nst_diagnostics_count(problems) ? &problems->items[i] : NULL;
}

const char *nst_diagnostics_text(const struct nst_diagnostics *problems)
{
	return problems && problems->text ? problems->text : "";
}

void nst_diagnostics_free(struct nst_diagnostics *problems)
{
	if (!problems)
		return;
	arena_release(&problems->arena);
	free(problems);
}
