/* SPDX-License-Identifier: MIT */
/* nstest.yaml: options of a project. Its keys are the long options of nstest run, so that
 * there is nothing more to learn, and two of its own. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>
#include <runner/run.h>

#include "args.h"
#include "config.h"

enum { CANDIDATES = 64 };

static bool is_own(const char *key)
{
	return !strcmp(key, "paths") || !strcmp(key, "env");
}

static const struct option_row *find(const struct verb *verb, const char *key)
{
	for (const struct option_row *row = verb->options; row->name; row++)
		if (!strcmp(row->name, key) && strcmp(key, "help") != 0)
			return row;
	return NULL;
}

static int unknown(const char *key)
{
	const char *candidates[CANDIDATES] = { "paths", "env" }, *near;
	size_t count = 2;

	for (const struct option_row *row = verb_run.options;
	     row->name && count < CANDIDATES; row++)
		candidates[count++] = row->name;
	near = meant_word(key, candidates, count);
	return near ? nst_fail(-EINVAL, "no setting \"%s\"; did you mean \"%s\"?", key,
			       near)
		    : nst_fail(-EINVAL,
			       "no setting \"%s\": there are paths, env, and the "
			       "options of nstest run --help",
			       key);
}

static int store(const struct option_row *row, const struct nst_setting *setting,
		 void *options)
{
	const char *value = setting->values[0];
	int r = 0;

	if (!value || (setting->values[1] && row->kind != OPTION_LIST))
		return nst_fail(-EINVAL, "\"%s\" wants one value", setting->key);
	if (row->kind == OPTION_FLAG) {
		if (strcmp(value, "true") && strcmp(value, "false"))
			return nst_fail(-EINVAL, "\"%s\" is true or false",
					setting->key);
		return strcmp(value, "true") ? 0 : args_store(row, NULL, options);
	}
	for (size_t i = 0; setting->values[i] && !r; i++)
		r = args_store(row, setting->values[i], options);
	return r;
}

static int check(const struct nst_setting *setting)
{
	const struct option_row *row = find(&verb_run, setting->key);
	AUTO_FREE void *scratch = NULL;

	if (is_own(setting->key))
		return 0;
	if (!row)
		return unknown(setting->key);
	scratch = calloc(1, verb_run.options_size);
	return scratch ? store(row, setting, scratch) : nst_fail_memory();
}

int config_load(struct nst_settings **ret)
{
	AUTO_FREE char *problems = NULL;
	int r;

	*ret = NULL;
	if (access(NST_CONFIG, F_OK) < 0)
		return 0;
	r = nst_settings_load(NST_CONFIG, check, ret, &problems);
	if (r < 0)
		fputs(problems ? problems : nst_error(), stderr);
	if (r < 0 && !problems)
		fputc('\n', stderr);
	return r;
}

int config_apply(const struct nst_settings *settings, const struct verb *verb,
		 void *options)
{
	int r = 0;

	for (size_t i = 0; settings && i < settings->count && !r; i++) {
		const struct option_row *row = find(verb, settings->items[i].key);

		if (row && !is_own(row->name))
			r = store(row, &settings->items[i], options);
	}
	return r;
}

void config_environment(const struct nst_settings *settings)
{
	for (size_t i = 0; settings && i < settings->count; i++)
		for (const char *const *value = settings->items[i].values;
		     !strcmp(settings->items[i].key, "env") && *value; value++) {
			AUTO_FREE char *name = strdup(*value);
			char *equals = name ? strchr(name, '=') : NULL;

			if (!equals)
				continue;
			*equals = '\0';
			setenv(name, equals + 1, 1);
		}
}

const char *const *config_paths(const struct nst_settings *settings)
{
	for (size_t i = 0; settings && i < settings->count; i++)
		if (!strcmp(settings->items[i].key, "paths") &&
		    settings->items[i].values[0])
			return settings->items[i].values;
	return NULL;
}
