/* SPDX-License-Identifier: MIT */
/* Which word was meant: edit distance with transpositions. */
#include <stdlib.h>
#include <string.h>

#include "args.h"

enum { LONGEST = 63 };

static unsigned int least(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

/* Insertions, deletions, replacements and swaps of neighbours (optimal string
 * alignment). Words are cut at LONGEST. */
static unsigned int distance(const char *a, const char *b)
{
	unsigned int row[LONGEST + 1][LONGEST + 1];
	size_t n = strnlen(a, LONGEST), m = strnlen(b, LONGEST);

	for (size_t i = 0; i <= n; i++)
		row[i][0] = (unsigned int)i;
	for (size_t j = 0; j <= m; j++)
		row[0][j] = (unsigned int)j;
	for (size_t i = 1; i <= n; i++)
		for (size_t j = 1; j <= m; j++) {
			unsigned int same = a[i - 1] == b[j - 1] ? 0 : 1;

			row[i][j] = least(row[i - 1][j - 1] + same,
					  least(row[i - 1][j], row[i][j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				row[i][j] = least(row[i][j], row[i - 2][j - 2] + 1);
		}
	return row[n][m];
}

const char *nearest_word(const char *word, const char *const *candidates, size_t count)
{
	unsigned int limit = (unsigned int)strlen(word) / 3 + 1, best = limit + 1;
	const char *found = NULL;

	for (size_t i = 0; i < count; i++) {
		unsigned int d = distance(word, candidates[i]);

		/* Nothing in common is no likeness, however short both are. */
		if (d < best && d < strlen(candidates[i])) {
			best = d;
			found = candidates[i];
		}
	}
	return found;
}
