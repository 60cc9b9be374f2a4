/* SPDX-License-Identifier: MIT */
/* Wrong scenarios, and what is said about each. */
#include "wrong.h"

#include <criterion/criterion.h>
#include <string.h>

#include <nstest/scenario.h>

static void check_one(const struct wrong *wrong)
{
	struct nst_scenario *scenario = NULL;
	struct nst_diagnostics *problems = NULL;
	int r = nst_scenario_parse(wrong->yaml, strlen(wrong->yaml), "t.yaml", NULL,
				   &scenario, &problems);

	cr_expect(r == -22, "%s: expected -EINVAL, got %d", wrong->what, r);
	cr_expect(strcmp(nst_diagnostics_text(problems), wrong->says) == 0,
		  "%s: expected\n%sgot\n%s", wrong->what, wrong->says,
		  nst_diagnostics_text(problems));
	nst_diagnostics_free(problems);
	nst_scenario_free(scenario);
}

void check_wrong(const struct wrong *wrongs, size_t count)
{
	for (size_t i = 0; i < count; i++)
		check_one(&wrongs[i]);
}
