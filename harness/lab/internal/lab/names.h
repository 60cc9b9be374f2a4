/* SPDX-License-Identifier: MIT */
/* Which of the known names somebody meant who typed another. */
#ifndef LAB_NAMES_H
#define LAB_NAMES_H

#include <stddef.h>

/* How many letters to insert, delete, replace or swap (with the next) until `a` reads
 * `b`. Names longer than 63 characters count as 63. */
size_t nst_name_distance(const char *a, const char *b);

/* Appends to a sentence which names there are, nearest to `wanted` first, at most ten:
 * " (there are client, server)". `text` always ends with NUL. */
void nst_names_suggest(char *text, size_t size, const char *wanted,
		       const char *const *names, size_t count);

#endif
