/* SPDX-License-Identifier: MIT */
/* nstest.yaml: options of a project. Its keys are the long options of nstest run, so that
 * there is nothing more to learn, and two of its own. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>
#include <runner/run.h>

#include "args.h"
#include "config.h"
#include "config_find.h"

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

/* ---- Paths ---- */

/* Where in a value of this setting a path begins; NULL: nowhere. */
static const char *path_in(const char *key, const char *value)
{
	const struct option_row *row = find(&verb_run, key);
	const char *equals;

	if (!strcmp(key, "paths") ||
	    (row && row->value &&
	     (!strcmp(row->value, "FILE") || !strcmp(row->value, "DIR"))))
		return value;
	equals = row && row->value && strstr(row->value, "[=FILE]") ? strchr(value, '=')
								    : NULL;
	return equals ? equals + 1 : NULL;
}

/* A relative path leads from where the file is. */
static char *localize(const char *key, const char *value, const char *folder)
{
	const char *path = path_in(key, value);
	char *local = NULL;

	if (!path || *path == '/' || !*path || !strcmp(path, "-"))
		return strdup(value);
	if (asprintf(&local, "%.*s%s%s", (int)(path - value), value, folder, path) < 0)
		return NULL;
	return local;
}

static int localize_setting(const struct nst_setting *from, const char *folder,
			    struct nst_setting *ret)
{
	size_t count = 0;
	char **values;

	while (from->values[count])
		count++;
	values = calloc(count + 1, sizeof(*values));
	*ret = *from;
	ret->values = (const char *const *)values;
	if (!values)
		return nst_fail_memory();
	for (size_t i = 0; i < count; i++) {
		values[i] = localize(from->key, from->values[i], folder);
		if (!values[i])
			return nst_fail_memory();
	}
	return 0;
}

static int localize_all(struct config *config)
{
	const struct nst_settings *settings = config->settings;
	int r = 0;

	config->items = calloc(settings->count + 1, sizeof(*config->items));
	if (!config->items)
		return nst_fail_memory();
	for (; config->count < settings->count && !r; config->count++)
		r = localize_setting(&settings->items[config->count], config->folder,
				     &config->items[config->count]);
	return r;
}

/* ---- All of it ---- */

int config_load(struct config *ret)
{
	AUTO_FREE char *problems = NULL, *path = NULL;
	int r;

	*ret = (struct config){ 0 };
	r = config_search(&ret->folder);
	if (r == 0 && !ret->folder)
		return 0;
	if (r == 0 && asprintf(&path, "%s" NST_CONFIG, ret->folder) < 0)
		r = nst_fail_memory();
	if (r == 0)
		r = nst_settings_load(path, check, &ret->settings, &problems);
	if (r == 0)
		r = localize_all(ret);
	if (r < 0)
		fputs(problems ? problems : nst_error(), stderr);
	if (r < 0 && !problems)
		fputc('\n', stderr);
	return r;
}

void config_free(struct config *config)
{
	for (size_t i = 0; i < config->count; i++) {
		const struct nst_setting *item = &config->items[i];

		for (const char *const *value = item->values; value && *value; value++)
			free((void *)*value);
		free((void *)item->values);
	}
	free(config->items);
	nst_settings_free(config->settings);
	free(config->folder);
	*config = (struct config){ 0 };
}

int config_apply(const struct config *config, const struct verb *verb, void *options)
{
	int r = 0;

	for (size_t i = 0; config && i < config->count && !r; i++) {
		const struct option_row *row = find(verb, config->items[i].key);

		if (row)
			r = store(row, &config->items[i], options);
	}
	return r;
}

const struct nst_setting *config_find(const struct config *config, const char *key)
{
	for (size_t i = 0; i < config->count; i++)
		if (!strcmp(config->items[i].key, key))
			return &config->items[i];
	return NULL;
}

void config_environment(const struct config *config)
{
	const struct nst_setting *env = config_find(config, "env");

	for (const char *const *value = env ? env->values : NULL; value && *value;
	     value++) {
		AUTO_FREE char *name = strdup(*value);
		char *equals = name ? strchr(name, '=') : NULL;

		if (!equals)
			continue;
		*equals = '\0';
		setenv(name, equals + 1, 1);
	}
}

const char *const *config_paths(const struct config *config)
{
	const struct nst_setting *paths = config_find(config, "paths");

	return paths && paths->values[0] ? paths->values : NULL;
}
