/* SPDX-License-Identifier: MIT */
/* docs/scenario.md is true, and names every key. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "right.h"
#include "table.h"

TestSuite(scenario_docs, .fini = remove_test_folder);

static char *read_docs(void)
{
	static const char path[] = SOURCE_FOLDER "/docs/scenario.md";
	FILE *file = fopen(path, "r");
	char *text = calloc(1, 1 << 17);

	cr_assert(file && text, "%s", path);
	cr_assert_gt(fread(text, 1, (1 << 17) - 1, file), 0);
	fclose(file);
	return text;
}

/* The next fenced block: its language, and its text. *at moves behind it. */
static bool next_block(char **at, char **language, char **text)
{
	char *open = strstr(*at, "\n```"), *end;

	if (!open)
		return false;
	*language = open + 4;
	end = strchr(*language, '\n');
	cr_assert(end);
	*end = '\0';
	*text = end + 1;
	end = strstr(end + 1, "\n```");
	cr_assert(end, "a block has no end");
	end[1] = '\0';
	*at = end + 4;
	return true;
}

/* A block that begins with "# NAME" is a file of that name for those behind it. */
static void keep_as_file(const char *text)
{
	char name[64];

	if (sscanf(text, "# %60[a-z.]\n", name) == 1)
		write_file(name, text);
}

static void check_block(const char *text)
{
	struct nst_scenario *scenario = NULL;
	struct nst_diagnostics *problems = NULL;
	char path[128];

	write_file("block.yaml", text);
	snprintf(path, sizeof(path), "%s/block.yaml", test_folder());
	cr_expect(nst_scenario_load(path, NULL, &scenario, &problems) == 0, "%s",
		  nst_diagnostics_text(problems));
	nst_diagnostics_free(problems);
	nst_scenario_free(scenario);
}

Test(scenario_docs, all_examples_can_be_read)
{
	char *docs = read_docs(), *at = docs, *language, *text;
	size_t count = 0;

	while (next_block(&at, &language, &text)) {
		keep_as_file(text);
		if (strcmp(language, "yaml") != 0)
			continue;
		check_block(text);
		count++;
	}
	cr_expect_geq(count, 5, "only %zu examples were found", count);
	free(docs);
}

Test(scenario_docs, name_every_key)
{
	char *docs = read_docs();

	for (size_t i = 0; scenario_tables[i]; i++)
		for (size_t j = 0; j < scenario_tables[i]->count; j++) {
			char quoted[64];

			snprintf(quoted, sizeof(quoted), "`%s`",
				 scenario_tables[i]->keys[j].name);
			cr_expect(strstr(docs, quoted), "%s of %s is missing", quoted,
				  scenario_tables[i]->name);
		}
	free(docs);
}
