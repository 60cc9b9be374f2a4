/* SPDX-License-Identifier: MIT */
/* The examples of docs/ci: their YAML is right, and so are the commands in it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <criterion/criterion.h>

#include <base/scope.h>
#include <nstest/error.h>

#include "args.h"
#include "doctor.h"

/* "nstest run --shard 1/4 suites": read as the program would. */
static void try_command(char *line)
{
	enum { WORDS = 64 };
	char *words[WORDS] = { NULL }, *rest = NULL;
	struct invocation invocation;
	const struct verb *verb;
	size_t count = 0;

	for (char *word = strtok_r(line, " \n", &rest); word && count < WORDS - 1;
	     word = strtok_r(NULL, " \n", &rest))
		words[count++] = word;
	cr_assert_geq(count, 2);
	verb = verb_find(words[1]);
	cr_assert_not_null(verb, "nstest %s", words[1]);
	cr_assert_eq(args_read(verb, NULL, words + 2, &invocation), 0, "nstest %s: %s",
		     words[1], nst_error());
	args_free(&invocation);
}

Test(ci, examples_are_right)
{
	FILE *out = popen("python3 " SOURCE_FOLDER
			  "/suites/rooms/cli/ci.py " SOURCE_FOLDER "/docs/ci 2>&1",
			  "r");
	AUTO_FREE char *line = NULL;
	size_t room = 0, commands = 0;
	int status;

	while (getline(&line, &room, out) > 0) {
		if (strncmp(line, "nstest ", 7)) {
			cr_log_warn("%s", line);
			continue;
		}
		try_command(line);
		commands++;
	}
	status = pclose(out);
	if (WEXITSTATUS(status) == 127)
		cr_skip_test("python3 is not installed");
	cr_expect_eq(status, 0);
	cr_expect_geq(commands, 5);
}

Test(doctor, fixes_are_of_things_that_can_be_missing)
{
	for (const struct fix *fix = fixes; fix->ability; fix++) {
		const struct ability *ability = abilities;

		while (ability->name && strcmp(ability->name, fix->ability))
			ability++;
		cr_expect_not_null(ability->name, "%s", fix->ability);
	}
}
