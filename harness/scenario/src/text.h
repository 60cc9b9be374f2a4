/* SPDX-License-Identifier: MIT */
/* A source file in memory: what may come in at all, and where its lines are. */
#ifndef SCENARIO_TEXT_H
#define SCENARIO_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"

enum {
	SOURCE_MAX = 1 << 20, /* bytes */
	SOURCE_PADDING = 64,  /* NULs behind the text: libfyaml 0.7.12 reads ahead */
};

struct source {
	const char *path; /* as it was reached */
	const char *
		folder; /* "" or with a '/' at its end: what relative paths start from */
	const char *text; /* SOURCE_PADDING NULs behind it */
	size_t size;
	size_t *lines; /* where each line starts */
	size_t line_count;
};

/* Copies a text into a source and notes its lines. */
struct source *source_new(struct arena *arena, const char *path, const char *text,
			  size_t size);

/* Reads a file whole. Return: 0; -errno of open() and read(), -EFBIG beyond `most` bytes,
 * with a sentence. */
int file_read(struct arena *arena, const char *path, size_t most, char **ret_text,
	      size_t *ret_size);

/* What may come in: strict UTF-8 without control characters, at most SOURCE_MAX bytes, no
 * line that starts with '%'. Return: NULL; else what is wrong, and at which byte. */
const char *source_fault(const struct source *source, size_t *ret_offset);

/* Line and column of a byte, both from 1; columns count characters. */
void source_position(const struct source *source, size_t offset, unsigned int *ret_line,
		     unsigned int *ret_column);

/* The byte at line and column (both from 1), at most the text's end. */
size_t source_offset(const struct source *source, unsigned int line,
		     unsigned int column);

/* A line without its newline. */
const char *source_line(const struct source *source, unsigned int line,
			size_t *ret_size);

/* How many characters `size` bytes of valid UTF-8 are. */
size_t utf8_length(const char *text, size_t size);

/* The size of the well-formed UTF-8 character at `text` (RFC 3629: shortest form, no
 * surrogates, at most U+10FFFF); 0 if there is none. */
size_t utf8_size(const char *text, size_t size);

#endif
