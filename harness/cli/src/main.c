/* SPDX-License-Identifier: MIT */
/* The program nstest: which verb, and with what. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>

#include "args.h"
#include "help.h"
#include "main.h"

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

static int call(const struct verb *verb, char **words)
{
	struct invocation invocation;
	int status;

	if (args_read(verb, words, &invocation) < 0)
		return report_failure(verb->name);
	if (((const struct common_flags *)invocation.options)->help) {
		help_verb(stdout, verb);
		status = EXIT_ALL_PASSED;
	} else {
		status = verb->handle(&invocation);
	}
	args_free(&invocation);
	return status;
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
	verb = verb_find(argv[1]);
	return verb ? call(verb, argv + 2) : unknown_verb(argv[1]);
}
