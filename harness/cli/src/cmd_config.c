/* SPDX-License-Identifier: MIT */
/* nstest config: what nstest.yaml says. */
#include <stdio.h>

#include <runner/run.h>

#include "config.h"
#include "main.h"

static int config_handle(const struct invocation *invocation)
{
	struct nst_settings *settings;

	(void)invocation;
	if (config_load(&settings) < 0)
		return EXIT_SOME_FAILED;
	if (!settings) {
		puts("there is no " NST_CONFIG " in this folder: all options have "
		     "their defaults (nstest run --help)");
		return EXIT_ALL_PASSED;
	}
	for (size_t i = 0; i < settings->count; i++) {
		const struct nst_setting *setting = &settings->items[i];

		printf("%-18s", setting->key);
		for (const char *const *value = setting->values; *value; value++)
			printf("%s%s", value == setting->values ? "" : ", ", *value);
		printf("  (%s:%u)\n", setting->position.file, setting->position.line);
	}
	nst_settings_free(settings);
	return EXIT_ALL_PASSED;
}

const struct verb verb_config = {
	.name = "config",
	.line = "shows the settings of this project",
	.arguments = "",
	.options = (const struct option_row[]){ OPTIONS_FOR_ALL },
	.text =
		(const char *const[]){
			"Settings stand in nstest.yaml in the folder from which nstest "
			"is called: `option: value` for each option of nstest run by "
			"its long name (flags are true), `paths:` for what is run when "
			"no PATH is given, `env:` for the environment. What is written "
			"on the command line goes first.",
			NULL,
		},
	.exit_codes =
		(const struct exit_row[]){
			{ 0, "there is nothing wrong with it" },
			{ 1, "it is wrong" },
			{},
		},
	.options_size = sizeof(struct common_flags),
	.handle = config_handle,
};
