/* SPDX-License-Identifier: MIT */
/* A scenario's files, their variables, and the matrix. */
#ifndef SCENARIO_FILES_H
#define SCENARIO_FILES_H

#include "table.h"

struct file {
	const char *real; /* what names it once: its real path */
	const struct source *source;
	const struct node *root; /* a mapping */
};

/* In the order in which they are read: what is included comes before who includes it; the
 * last is the scenario itself. */
struct files {
	struct file **items;
	size_t count;
	bool broken; /* one could not be read: what it declares would be missed */
};

extern const struct table file_table;
extern const struct type type_include;

/* Adds a source and all that it includes. */
bool files_add(struct reader *reader, struct files *files, const struct source *source);

/* The matrix: for each name its values. Combination i of `combinations` is made of value
 * number (i / step) % count of each, the last name's turning fastest. */
struct axis {
	const char *name;
	const struct node *node;
	struct strings values;
	size_t step;
};

struct matrix {
	struct axis *axes;
	size_t count;
	size_t combinations; /* 1 without a matrix */
};

extern const struct type type_matrix; /* struct matrix */
extern const struct type type_variables;

bool read_matrix(struct reader *reader, const struct node *root, struct matrix *ret);

/* " [ipv4, nft]", or "". */
const char *matrix_suffix(struct reader *reader, const struct matrix *matrix, size_t i);

/* The variables that hold in combination i: those of the matrix, and of all files. */
bool make_scope(struct reader *reader, const struct files *files,
		const struct matrix *matrix, size_t i, struct scope *ret);

/* Complains about options->set that no file knows. */
bool check_set(struct reader *reader, const struct node *root,
	       const struct scope *scope);

#endif
