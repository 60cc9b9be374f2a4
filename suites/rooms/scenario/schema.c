/* SPDX-License-Identifier: MIT */
/* docs/scenario.schema.json is what the parser's tables say, and accepts what it accepts. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "right.h"
#include "table.h"

static char *read_schema(void)
{
	char *text = NULL;

	cr_assert_eq(nst_scenario_schema(&text), 0);
	return text;
}

#define SHIPPED SOURCE_FOLDER "/docs/scenario.schema.json"

/* NSTEST_WRITE_SCHEMA=1 in the environment writes it anew. */
static void write_schema(const char *schema)
{
	FILE *file = fopen(SHIPPED, "w");

	cr_assert(file);
	fputs(schema, file);
	cr_assert(fclose(file) == 0);
}

Test(scenario_schema, is_the_one_that_is_shipped)
{
	char *schema = read_schema(), *shipped = calloc(1, 1 << 17);
	FILE *file;

	if (getenv("NSTEST_WRITE_SCHEMA"))
		write_schema(schema);
	file = fopen(SHIPPED, "r");

	cr_assert(file && shipped);
	cr_assert_gt(fread(shipped, 1, (1 << 17) - 1, file), 0);
	fclose(file);

	cr_expect(strcmp(schema, shipped) == 0,
		  "run this with NSTEST_WRITE_SCHEMA=1 to write it anew");
	free(shipped);
	free(schema);
}

Test(scenario_schema, defines_all_that_it_refers_to)
{
	static const char before[] = "\"#/definitions/";
	char *schema = read_schema();
	size_t count = 0;

	for (char *at = schema; (at = strstr(at, before)); count++) {
		char definition[64];

		at += strlen(before);
		snprintf(definition, sizeof(definition), "\n    \"%.*s\": {",
			 (int)strcspn(at, "\""), at);
		cr_expect(strstr(schema, definition), "no definition %s", definition);
	}
	cr_expect_gt(count, 50);
	free(schema);
}

Test(scenario_schema, has_every_key_with_its_help)
{
	char *schema = read_schema();

	for (size_t i = 0; scenario_tables[i]; i++)
		for (size_t j = 0; j < scenario_tables[i]->count; j++) {
			const struct key *key = &scenario_tables[i]->keys[j];
			char property[128];

			snprintf(property, sizeof(property),
				 "\n        \"%s\": {\n          \"description\": \"",
				 key->name);
			cr_expect(strstr(schema, property), "%s of %s", key->name,
				  scenario_tables[i]->name);
			cr_expect(key->help && key->help[0], "%s of %s has no help",
				  key->name, scenario_tables[i]->name);
		}
	free(schema);
}

/* Exit status 0: all are as the file names say; 3: this machine cannot tell. */
Test(scenario_schema, agrees_with_the_parser, .timeout = 60)
{
	int status = system("python3 " SOURCE_FOLDER
			    "/suites/rooms/scenario/validate.py " SOURCE_FOLDER " >&2");

	if (WEXITSTATUS(status) == 3)
		cr_skip_test("needs python3 with jsonschema and yaml");
	cr_expect_eq(WEXITSTATUS(status), 0);
}
