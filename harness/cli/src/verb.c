/* SPDX-License-Identifier: MIT */
/* Which verbs there are. */
#include <string.h>

#include "verb.h"

const struct verb *const verbs[] = {
	&verb_run,     &verb_check,  &verb_list, &verb_doctor, &verb_up,
	&verb_shell,   &verb_exec,   &verb_with, &verb_ps,     &verb_down,
	&verb_explain, &verb_matrix, &verb_init, &verb_mutate, &verb_explore,
	&verb_kernel,  &verb_merge,  &verb_new,  &verb_config, &verb_help,
	NULL,
};

const char *option_word(const struct option_row *row, size_t i, size_t *ret_length)
{
	const char *word = row->value && strchr(row->value, '|') ? row->value : NULL;

	for (; word && i; i--) {
		word = strchr(word, '|');
		word = word ? word + 1 : NULL;
	}
	if (word)
		*ret_length = strcspn(word, "|[");
	return word;
}

const struct verb *verb_find(const char *name)
{
	for (size_t i = 0; verbs[i]; i++)
		if (!strcmp(verbs[i]->name, name))
			return verbs[i];
	return NULL;
}
