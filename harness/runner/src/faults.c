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

static void account_faults(char **account, const struct nst_fault_report *faults,
			   size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct nst_fault_report *fault = &faults[i];
		const struct nst_fault_counters *counters = &fault->counters;

		nst_text_add(account,
			     "fault #%u of %s -> %s (%s): %llu matched, "
			     "%llu fired%s",
			     fault->id, fault->from, fault->to, fault->text,
			     (unsigned long long)counters->matched,
			     (unsigned long long)counters->fired,
			     fault->removed ? ", removed" : "");
	}
}

static void account_links(char **account, const struct nst_link_report *links,
			  size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char text[1024];

		nst_link_report_print(&links[i], text, sizeof(text));
		nst_text_add(account, "%s", text);
	}
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

void account_for(struct live_case *live)
{
	struct nst_link_report *links AUTO_FREE = NULL;
	struct nst_fault_report *faults AUTO_FREE = NULL;
	struct nst_result *result = live->result;
	size_t link_count = 0, fault_count = 0;
	const char *scheduling;

	if (nst_link_reports(live->lab, &links, &link_count, &faults, &fault_count) < 0)
		return; /* the check of the lab says why */
	account_links(&result->account, links, link_count);
	account_faults(&result->account, faults, fault_count);
	if (live->happened)
		nst_text_add(&result->account, "timeline:\n%s", live->happened);
	if (!link_count)
		return;
	result->seed = nst_lab_seed(live->lab);
	name_engines(&result->engine, links, link_count);
	scheduling = nst_lab_engine_scheduling(live->lab);
	if (*scheduling)
		nst_text_add(&result->account, "the wire engine ran with %s",
			     scheduling);
}
