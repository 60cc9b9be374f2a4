/* SPDX-License-Identifier: MIT */
/* The faults of a case by name, and what links were asked and did. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>
#include <evidence/engines.h>
#include <nstest/impair.h>

#include "faults.h"

int fault_find(const struct live_case *live, const char *name, uint32_t *ret_id)
{
	for (size_t i = 0; i < live->fault_count; i++)
		if (!strcmp(live->faults[i].name, name)) {
			*ret_id = live->faults[i].id;
			return 0;
		}
	return nst_fail(-ENOENT, "no step has added the fault \"%s\" so far", name);
}

void account_for(struct live_case *live)
{
	struct nst_result *result = live->result;
	char *text AUTO_FREE = NULL;

	if (nst_lab_account(live->lab, &text) < 0 ||
	    nst_engines_of(live->lab, &result->engine) < 0)
		return; /* the check of the lab says why */
	if (*text) {
		result->seed = nst_lab_seed(live->lab);
		nst_text_add(&result->account, "%s", text);
	}
	if (live->happened)
		nst_text_add(&result->account, "timeline:\n%s", live->happened);
}
