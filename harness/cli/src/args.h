/* SPDX-License-Identifier: MIT */
/* Reading the command line by a verb's table. Pure but for malloc. */
#ifndef CLI_ARGS_H
#define CLI_ARGS_H

#include "verb.h"

struct config;

/* Reads what follows the verb, over what the config (may be NULL) says. Options may
 * stand anywhere until "--" or a command.
 * Return: 0, and the caller releases with args_free(); -EINVAL with a sentence that
 * names the nearest option where there is one. */
int args_read(const struct verb *verb, const struct config *config, char *const *words,
	      struct invocation *ret);
void args_free(struct invocation *invocation);

/* Stores `value` (NULL for a flag) where the row says. -EINVAL with a sentence. */
int args_store(const struct option_row *row, const char *value, void *options);

/* "500ms", "10s", "2m" to milliseconds. -EINVAL with a sentence. */
int args_time(const char *text, int *ret_ms);

/* The candidate that `word` was probably meant to be, or NULL. */
const char *meant_word(const char *word, const char *const *candidates, size_t count);

#endif
