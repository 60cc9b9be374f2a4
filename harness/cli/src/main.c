/* SPDX-License-Identifier: MIT */
/* The program nstest: which verb, and with what. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>

#include "args.h"
#include "config.h"
#include "help.h"
#include "main.h"
#include <runner/run.h>

int report_failure(const char *verb)
{
	fprintf(stderr, "nstest %s: %s\n", verb, nst_error());
	return EXIT_COULD_NOT_RUN;
}

int unknown_verb(const char *name)
{
	const char *names[32];
	size_t count = 0;
	const char *near;

	for (; verbs[count] && count < ARRAY_SIZE(names); count++)
		names[count] = verbs[count]->name;
	near = meant_word(name, names, count);
	if (near)
		fprintf(stderr, "nstest: no command \"%s\" (did you mean %s?)\n", name,
			near);
	else
		fprintf(stderr, "nstest: no command \"%s\" (see nstest --help)\n",
			name);
	return EXIT_COULD_NOT_RUN;
}

bool wants_colour(FILE *out)
{
	const char *no = getenv("NO_COLOR");

	return isatty(fileno(out)) && !(no && *no);
}

/* Those that find cases. */
static bool is_configurable(const struct verb *verb)
{
	return verb == &verb_run || verb == &verb_list || verb == &verb_check;
}

static int carry_out(const struct verb *verb, const struct config *config, char **words)
{
	const char *const *paths = config_paths(config);
	struct invocation invocation;
	char **none;
	int status;

	if (args_read(verb, config, words, &invocation) < 0)
		return report_failure(verb->name);
	none = invocation.operands;
	if (paths && !invocation.operand_count)
		invocation.operands = (char **)paths;
	config_environment(config);
	if (((const struct common_flags *)invocation.options)->help) {
		help_verb(stdout, verb);
		status = EXIT_ALL_PASSED;
	} else {
		status = verb->handle(&invocation);
	}
	invocation.operands = none;
	args_free(&invocation);
	return status;
}

static int call(const struct verb *verb, char **words)
{
	struct config config AUTO(config_free) = { 0 };

	if (is_configurable(verb) && config_load(&config) < 0)
		return EXIT_COULD_NOT_RUN;
	return carry_out(verb, &config, words);
}

int nstest_main(int argc, char **argv)
{
	const struct verb *verb;

	if (argc < 2) {
		help_program(stderr);
		return EXIT_COULD_NOT_RUN;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		help_program(stdout);
		return EXIT_ALL_PASSED;
	}
	if (!strcmp(argv[1], "--version")) {
		printf("nstest %s\n", program_version);
		return EXIT_ALL_PASSED;
	}
	if (!strcmp(argv[1], NST_GUEST_WORD))
		return nst_guest_main();
	verb = verb_find(argv[1]);
	return verb ? call(verb, argv + 2) : unknown_verb(argv[1]);
}
