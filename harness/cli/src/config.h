/* SPDX-License-Identifier: MIT */
/* nstest.yaml: the options of a project, so that nobody has to type them. */
#ifndef CLI_CONFIG_H
#define CLI_CONFIG_H

#include <stdio.h>

#include <scenario/settings.h>

#include "verb.h"

/* All-zero: there is none. */
struct config {
	char *folder; /* from here to where the file is: "" or "../../" */
	struct nst_settings *settings;
	/* As `settings`, but relative paths lead from here. */
	struct nst_setting *items;
	size_t count;
};

/* Reads the nstest.yaml of this project: that of the current folder, or else of the nearest
 * above it, up to the one with .git, or the home directory. Return: 0; -errno, what is
 * wrong is told on stderr. To be freed in any case. */
int config_load(struct config *ret);
void config_free(struct config *config);

/* Puts what it says into the option struct of a verb, where that has such an option. */
int config_apply(const struct config *config, const struct verb *verb, void *options);

/* Sets its `env:`. */
void config_environment(const struct config *config);

/* Its `paths:`, ends with NULL; NULL if it has none. */
const char *const *config_paths(const struct config *config);

/* What it says of an option or key; NULL: nothing. */
const struct nst_setting *config_find(const struct config *config, const char *key);

/* The JSON Schema of the file, from the options of nstest run. */
void config_schema(FILE *out);

#endif
