/* SPDX-License-Identifier: MIT */
/* Settings: a flat YAML file, read with the guards and complaints of scenario files. */
#ifndef SCENARIO_SETTINGS_H
#define SCENARIO_SETTINGS_H

#include <stddef.h>

#include <nstest/scenario.h>

/* `key: value`, `key: [value, ...]` or, as "name=value" each, `key: {name: value}`. */
struct nst_setting {
	const char *key;
	const char *const *values; /* ends with NULL */
	struct nst_position position;
};

struct nst_settings {
	const struct nst_setting *items;
	size_t count;
};

/* Whether a setting may be: 0, or a negative errno with a sentence, which is told with
 * its place. */
typedef int nst_setting_check(const struct nst_setting *setting);

/* Return: 0; -EINVAL, and *ret_problems (malloc'd) has all that is wrong; -ENOENT and the
 * like without. */
int nst_settings_load(const char *path, nst_setting_check *check,
		      struct nst_settings **ret_settings, char **ret_problems);
void nst_settings_free(struct nst_settings *settings);

#endif
