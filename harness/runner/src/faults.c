/* SPDX-License-Identifier: MIT */
/* The faults of a case by name, and what links were asked and did. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>
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

/* "wire", "kernel, wire": who carried them. */
static void name_engines(char **text, const struct nst_link_report *links, size_t count)
{
	for (enum nst_engine engine = NST_ENGINE_KERNEL; engine <= NST_ENGINE_WIRE;
	     engine++)
		for (size_t i = 0; i < count; i++)
			if (links[i].engine.engine == engine) {
				nst_text_set(text, "%s%s%s", *text ? *text : "",
					     *text ? ", " : "",
					     nst_engine_name(engine));
				break;
			}
}

/* Return: 0; -errno if the engine is gone. */
static int find_engines(struct live_case *live, char **text)
{
	struct nst_link_report *links AUTO_FREE = NULL;
	size_t count = 0;
	int r = nst_link_reports(live->lab, &links, &count, NULL, NULL);

	if (r == 0)
		name_engines(text, links, count);
	return r;
}

void account_for(struct live_case *live)
{
	struct nst_result *result = live->result;
	char *text AUTO_FREE = NULL;

	if (nst_lab_account(live->lab, &text) < 0 ||
	    find_engines(live, &result->engine) < 0)
		return; /* the check of the lab says why */
	if (*text) {
		result->seed = nst_lab_seed(live->lab);
		nst_text_add(&result->account, "%s", text);
	}
	if (live->happened)
		nst_text_add(&result->account, "timeline:\n%s", live->happened);
}
