/* SPDX-License-Identifier: MIT */
/* The formats of a truth table. */
#ifndef RUNNER_MATRIX_PRINT_H
#define RUNNER_MATRIX_PRINT_H

#include <runner/matrix.h>

/* A page of its own: no script, nothing from elsewhere. `changes` NULL: none. */
void print_html(FILE *out, const struct nst_matrix *matrix,
		const struct nst_changes *changes, const char *base);

/* "1 question", "3 questions". */
void print_count(FILE *out, size_t count, const char *noun);

#endif
