/* SPDX-License-Identifier: MIT */
/* One scenario file, its problems told. */
#include <stdio.h>

#include <base/fail.h>

#include "load.h"

int load_scenario(const char *path, struct nst_scenario **ret_scenario)
{
	struct nst_diagnostics *problems = NULL;
	int r = nst_scenario_load(path, NULL, ret_scenario, &problems);

	if (r < 0 && problems && nst_diagnostics_count(problems)) {
		fputs(nst_diagnostics_text(problems), stderr);
		r = nst_fail(r, "%s is wrong", path);
	}
	nst_diagnostics_free(problems);
	return r;
}
