/* SPDX-License-Identifier: MIT */
/* Scenarios that are right, for what becomes of them. */
#include "right.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../scratch.h"

struct nst_scenario *right(const char *yaml)
{
	struct nst_scenario *scenario = NULL;
	struct nst_diagnostics *problems = NULL;
	int r = nst_scenario_parse(yaml, strlen(yaml), "t.yaml", NULL, &scenario,
				   &problems);

	cr_assert(r == 0, "%s", nst_diagnostics_text(problems));
	nst_diagnostics_free(problems);
	return scenario;
}

const struct nst_step *step_of(const struct nst_scenario *scenario, size_t i)
{
	cr_assert(scenario->case_count > 0 && i < scenario->cases[0].step_count);
	return &scenario->cases[0].steps[i];
}

char *complaint(const char *yaml, const struct nst_scenario_options *options)
{
	struct nst_scenario *scenario = NULL;
	struct nst_diagnostics *problems = NULL;
	char *text;

	cr_assert(nst_scenario_parse(yaml, strlen(yaml), "t.yaml", options, &scenario,
				     &problems) < 0);
	text = strdup(nst_diagnostics_text(problems));
	nst_diagnostics_free(problems);
	cr_assert(text);
	text[strcspn(text, "\n")] = '\0';
	return text;
}

static char folder[64];

const char *test_folder(void)
{
	if (!folder[0]) {
		cr_assert(scratch_folder(folder, sizeof(folder)));
	}
	return folder;
}

void write_file(const char *name, const char *text)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", test_folder(), name);
	file = fopen(path, "w");
	cr_assert(file);
	fputs(text, file);
	cr_assert(fclose(file) == 0);
}

void remove_test_folder(void)
{
	DIR *dir = folder[0] ? opendir(folder) : NULL;
	char path[512];

	for (struct dirent *entry; dir && (entry = readdir(dir));) {
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		unlink(path);
	}
	if (dir)
		closedir(dir);
	rmdir(folder);
}
