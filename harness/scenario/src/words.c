/* SPDX-License-Identifier: MIT */
/* The known word that a wrong one was probably meant to be. */
#include "words.h"

#include <string.h>

#include <lab/names.h>

enum { LISTED_MAX = 10 };

/* Short words are near only by one slip: "a" is not meant by "b", "to" by "on" hardly. */
static size_t allowed(const char *word)
{
	size_t length = strlen(word);

	return length < 3 ? 0 : length < 6 ? 1 : 2;
}

const char *nearest_word(const char *word, const char *const *words)
{
	const char *nearest = NULL;
	size_t best = allowed(word) + 1;

	for (; *words; words++) {
		size_t n = nst_name_distance(word, *words);

		if (n < best) {
			best = n;
			nearest = *words;
		}
	}
	return nearest;
}

const char *or_known(struct arena *arena, const char *word, const char *const *words)
{
	const char *nearest = nearest_word(word, words);
	const char *text = "";
	size_t i;

	if (nearest)
		return arena_print(arena, "; did you mean \"%s\"?", nearest);
	for (i = 0; words[i] && i < LISTED_MAX; i++)
		text = arena_print(arena, "%s%s%s", text, i ? ", " : "", words[i]);
	if (i == 0)
		return "";
	return arena_print(arena, " (there %s %s%s)", i == 1 ? "is" : "are", text,
			   words[i] ? ", ..." : "");
}
