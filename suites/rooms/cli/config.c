/* SPDX-License-Identifier: MIT */
/* docs/config.schema.json is what the table of options says, and accepts what is right. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <criterion/criterion.h>

#include <base/scope.h>

#include "config.h"

#define SHIPPED SOURCE_FOLDER "/docs/config.schema.json"

static char *read_whole(const char *path)
{
	AUTO_FCLOSE FILE *in = fopen(path, "re");
	char *text = NULL;
	size_t size = 0;

	if (!in || getdelim(&text, &size, '\0', in) < 0) {
		free(text);
		text = strdup("");
	}
	return text;
}

/* NSTEST_WRITE_SCHEMA=1 in the environment writes it anew. */
Test(config_schema, is_the_one_that_is_shipped)
{
	AUTO_FREE char *schema = NULL, *shipped = NULL;
	size_t size;
	FILE *out = open_memstream(&schema, &size);

	config_schema(out);
	fclose(out);
	if (getenv("NSTEST_WRITE_SCHEMA")) {
		out = fopen(SHIPPED, "w");
		cr_assert(out);
		fputs(schema, out);
		cr_assert_eq(fclose(out), 0);
	}
	shipped = read_whole(SHIPPED);

	cr_expect(!strcmp(schema, shipped),
		  "run this with NSTEST_WRITE_SCHEMA=1 to write it anew");
}

/* Exit status 3: this machine cannot tell. */
Test(config_schema, tells_right_from_wrong)
{
	int status = system("python3 " SOURCE_FOLDER
			    "/suites/rooms/cli/config.py " SHIPPED " >&2");

	if (WEXITSTATUS(status) == 3)
		cr_skip_test("needs python3 with jsonschema and yaml");
	cr_expect_eq(WEXITSTATUS(status), 0);
}
