/* SPDX-License-Identifier: MIT */
/* Nearest names: the edit distance, and the list that ends a sentence. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <lab/names.h>

enum { LONGEST_NAME = 63, NAMES_LISTED = 10 };

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

size_t nst_name_distance(const char *a, const char *b)
{
	/* Three rows of the usual table: before[] is needed for swapped neighbours. */
	size_t rows[3][LONGEST_NAME + 1];
	size_t *before = rows[0], *above = rows[1], *row = rows[2], *oldest;
	size_t a_length = strnlen(a, LONGEST_NAME), b_length = strnlen(b, LONGEST_NAME);

	for (size_t j = 0; j <= b_length; j++)
		above[j] = j;
	for (size_t i = 1; i <= a_length; i++) {
		row[0] = i;
		for (size_t j = 1; j <= b_length; j++) {
			row[j] = least(above[j], row[j - 1]) + 1;
			row[j] = least(row[j], above[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				row[j] = least(row[j], before[j - 2] + 1);
		}
		oldest = before;
		before = above;
		above = row;
		row = oldest;
	}
	return above[b_length];
}

struct candidate {
	size_t distance;
	const char *name;
};

/* Keeps the nearest ones in order; of equals the one that came first stays first. */
static size_t keep(struct candidate *best, size_t count, struct candidate new)
{
	size_t at = count;

	while (at > 0 && best[at - 1].distance > new.distance)
		at--;
	if (at == NAMES_LISTED)
		return count;
	if (count < NAMES_LISTED)
		count++;
	memmove(best + at + 1, best + at, (count - at - 1) * sizeof(*best));
	best[at] = new;
	return count;
}

void nst_names_suggest(char *text, size_t size, const char *wanted,
		       const char *const *names, size_t count)
{
	struct candidate best[NAMES_LISTED];
	size_t kept = 0, used = strlen(text);
	FILE *out;

	for (size_t i = 0; i < count; i++)
		kept = keep(best, kept,
			    (struct candidate){ nst_name_distance(wanted, names[i]),
						names[i] });
	out = fmemopen(text + used, size - used, "w");
	if (!out)
		return;
	if (count == 0)
		fprintf(out, " (there are none)");
	else if (count == 1)
		fprintf(out, " (there is only %s", best[0].name);
	else if (count > kept)
		fprintf(out, " (the nearest of %zu are %s", count, best[0].name);
	else
		fprintf(out, " (there are %s", best[0].name);
	for (size_t i = 1; i < kept; i++)
		fprintf(out, ", %s", best[i].name);
	if (count > 0)
		fputc(')', out);
	fclose(out);
	text[size - 1] = '\0';
}
