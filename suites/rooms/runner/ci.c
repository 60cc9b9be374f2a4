/* SPDX-License-Identifier: MIT */
/* The examples of docs/ci: ci.py says how they are looked at. */
#include <stdlib.h>
#include <sys/wait.h>

#include <criterion/criterion.h>

#define EXAMPLES(what)                                                       \
	"python3 " SOURCE_FOLDER "/suites/rooms/runner/ci.py " SOURCE_FOLDER \
	"/docs/ci " NSTEST " " what " >&2"

enum { CANNOT_TELL = 3 };

static void look(const char *command)
{
	int status = WEXITSTATUS(system(command));

	if (status == CANNOT_TELL)
		cr_skip_test("needs python3 with jsonschema and yaml");
	cr_expect_eq(status, 0);
}

Test(ci, examples_are_what_their_engines_read, .timeout = 60)
{
	look(EXAMPLES("check"));
}

Test(ci, examples_run_in_parts_that_make_a_whole, .timeout = 120)
{
	look(EXAMPLES("run"));
}
