/* SPDX-License-Identifier: MIT */
/* What formats of results share. */
#ifndef REPORT_FORMAT_H
#define REPORT_FORMAT_H

#include <stdio.h>

#include <report/outputs.h>

#include "document.h"

/* Every sink's state begins with this. */
struct output {
	struct document document;
	const struct nst_outputs_options *options;
};

struct format {
	const char *name;
	const char *file; /* when none is named */
	unsigned int flags;
	size_t size; /* of its state, zeroed at first */
	const struct nst_sink_ops *ops;
	void (*release)(void *self); /* what is in its state; may be NULL */
};

extern const struct format format_junit, format_tap, format_json, format_github,
	format_markdown, format_html;

/* Pieces are written with stdio into memory. */
struct piece {
	FILE *out;
	char *text;
	size_t size;
};

/* Return: whether there was memory. */
bool piece_begin(struct piece *piece);

/* Adds it to the document, with this tail, and releases it. */
void piece_add(struct piece *piece, struct document *document, const char *tail);

/* In one line what went wrong, or why it was skipped: malloc'd; "" of a pass. */
char *reason_line(const struct nst_result *result);

/* "suite / name": malloc'd. */
char *title_line(const struct nst_result *result);

/* Each file that was kept, as "FOLDER/NAME": calls `tell`. */
void each_artefact(const struct nst_result *result,
		   void (*tell)(void *self, const char *path), void *self);

/* The cases that took longest, at most SLOWEST_MOST, the slowest first. */
enum { SLOWEST_MOST = 5 };
struct slowest {
	struct slow_case {
		uint64_t duration_us;
		char *title;
	} list[SLOWEST_MOST];
	size_t count;
};
void slowest_add(struct slowest *slowest, const struct nst_result *result);
void slowest_free(struct slowest *slowest);

/* No progress is written to files. */
void ignore_progress(void *self, const struct nst_run_progress *progress);

#endif
