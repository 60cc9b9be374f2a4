/* SPDX-License-Identifier: MIT */
/* Which verbs there are. */
#include <string.h>

#include "verb.h"

const struct verb *const verbs[] = {
	&verb_run,   &verb_check, &verb_list, &verb_doctor, &verb_up,
	&verb_shell, &verb_exec,  &verb_new,  &verb_help,   NULL,
};

const struct verb *verb_find(const char *name)
{
	for (size_t i = 0; verbs[i]; i++)
		if (!strcmp(verbs[i]->name, name))
			return verbs[i];
	return NULL;
}
