/* SPDX-License-Identifier: MIT */
/* nstest.yaml: the options of a project, so that nobody has to type them. */
#ifndef CLI_CONFIG_H
#define CLI_CONFIG_H

#include <scenario/settings.h>

#include "verb.h"

/* Reads nstest.yaml of the current folder. Return: 0, and *ret is NULL if there is none;
 * -EINVAL, what is wrong is told on stderr. */
int config_load(struct nst_settings **ret);

/* Puts what it says into the option struct of a verb, where that has such an option. */
int config_apply(const struct nst_settings *settings, const struct verb *verb,
		 void *options);

/* Sets its `env:`. */
void config_environment(const struct nst_settings *settings);

/* Its `paths:`, ends with NULL; NULL if it has none. */
const char *const *config_paths(const struct nst_settings *settings);

#endif
