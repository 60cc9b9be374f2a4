/* SPDX-License-Identifier: MIT */
/* The known word that a wrong one was probably meant to be. */
#ifndef SCENARIO_WORDS_H
#define SCENARIO_WORDS_H

#include "arena.h"

/* Of `words` (NULL-terminated), the one that is one or two slips of the finger from
 * `word`: the first of the nearest. NULL if none is near. */
const char *nearest_word(const char *word, const char *const *words);

/* What to say behind `no host "cleint"`: `; did you mean "client"?`, or
 * ` (there are client, server)` with at most ten of them, or "". */
const char *or_known(struct arena *arena, const char *word, const char *const *words);

#endif
