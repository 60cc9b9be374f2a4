/* SPDX-License-Identifier: MIT */
/* A scenario file in which chance is replaced by exact faults. */
#ifndef SCENARIO_EXACT_H
#define SCENARIO_EXACT_H

#include <stddef.h>

struct nst_exact_fault {
	char on[160];           /* direction: "a -> b" */
	unsigned long long nth; /* packet of it, from 1 */
	const char *what;       /* as in a file: "drop: true" */
};

/* The text of the file at `path`: nothing that impairs links loses, duplicates, corrupts or
 * reorders packets by chance any more (presets do), and the case that begins at `line` has
 * these faults as its first steps. `heading` (lines) becomes a comment at the top. *ret_text
 * is malloc'd. Return: 0; -errno with a sentence. */
int nst_scenario_exact(const char *path, unsigned int line,
		       const struct nst_exact_fault *faults, size_t count,
		       const char *heading, char **ret_text);

#endif
