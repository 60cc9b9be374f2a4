/* SPDX-License-Identifier: MIT */
/* nstest config: what holds for nstest run, and who says so. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <base/scope.h>
#include <nstest/error.h>
#include <runner/run.h>

#include "config.h"
#include "main.h"

struct config_flags {
	struct common_flags common;
	bool schema;
};

static void print_row(const char *name, const char *value, const char *from)
{
	printf("%-18s %-22s %s\n", name, from, value);
}

static void print_setting(const struct nst_setting *setting)
{
	char values[512] = "", from[512];
	size_t used = 0;

	for (const char *const *value = setting->values;
	     *value && used < sizeof(values); value++)
		used += (size_t)snprintf(values + used, sizeof(values) - used, "%s%s",
					 used ? ", " : "", *value);
	snprintf(from, sizeof(from), "%s:%u", setting->position.file,
		 setting->position.line);
	print_row(setting->key, values, from);
}

/* What stands behind "default: " in its help. */
static const char *default_of(const struct option_row *row)
{
	static const char word[] = "default: ";
	const char *text = strstr(row->help, word);

	return text ? text + strlen(word) : row->kind == OPTION_FLAG ? "false" : "-";
}

/* Return: whether the environment says which shard this is. */
static bool print_shard(const char *name)
{
	struct nst_shard shard;
	char text[32];

	if (nst_shard_read(NULL, &shard) < 0) {
		print_row(name, "?", nst_error());
		return true;
	}
	if (!shard.total)
		return false;
	snprintf(text, sizeof(text), "%u/%u", shard.index, shard.total);
	print_row(name, text, shard.by);
	return true;
}

static void print_option(const struct config *config, const struct option_row *row)
{
	const struct nst_setting *setting = config_find(config, row->name);

	if (setting)
		print_setting(setting);
	else if (strcmp(row->name, "shard") != 0 || !print_shard(row->name))
		print_row(row->name, default_of(row), "default");
}

static int config_handle(const struct invocation *invocation)
{
	const struct config_flags *flags = invocation->options;
	struct config config AUTO(config_free) = { 0 };
	static const char *const own[] = { "paths", "env" };

	if (flags->schema) {
		config_schema(stdout);
		return EXIT_ALL_PASSED;
	}
	if (config_load(&config) < 0)
		return EXIT_SOME_FAILED;
	config_environment(&config);
	if (!config.folder)
		puts("there is no " NST_CONFIG " in this folder, nor above it in this "
		     "project\n");
	for (size_t i = 0; i < ARRAY_SIZE(own); i++) {
		const struct nst_setting *setting = config_find(&config, own[i]);

		if (setting)
			print_setting(setting);
		else
			print_row(own[i], i ? "-" : "this folder", "default");
	}
	for (const struct option_row *row = verb_run.options; row->name; row++)
		if (strcmp(row->name, "help") != 0)
			print_option(&config, row);
	return EXIT_ALL_PASSED;
}

const struct verb verb_config = {
	.name = "config",
	.line = "shows the settings of this project, and where each comes from",
	.arguments = "",
	.options =
		(const struct option_row[]){
			{ 0, "schema", NULL, "write the JSON Schema of nstest.yaml",
			  OPTION_FLAG, offsetof(struct config_flags, schema) },
			OPTIONS_FOR_ALL,
		},
	.text =
		(const char *const[]){
			"Settings stand in nstest.yaml at the root of a project: in "
			"the "
			"current folder, or in the nearest one above it, up to the one "
			"with .git, or the home directory. They are `option: value` "
			"for "
			"each option of nstest run by its long name (flags are true), "
			"`paths:` for what is run when no PATH is given, `env:` for "
			"the "
			"environment. Relative paths lead from the folder of the file. "
			"What is written on the command line goes first.",
			NULL,
		},
	.exit_codes =
		(const struct exit_row[]){
			{ 0, "there is nothing wrong with it" },
			{ 1, "it is wrong" },
			{},
		},
	.options_size = sizeof(struct config_flags),
	.handle = config_handle,
};
