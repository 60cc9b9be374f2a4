/* SPDX-License-Identifier: MIT */
/* What the HTML report shows of a case: its network, its steps, packets and logs.
 *
 * It becomes result->details, a JSON object; the page's script (report/page/report.js)
 * says how it is read. Times are microseconds since the case began. All functions do
 * nothing if live->details is NULL. */
#ifndef RUNNER_DETAILS_H
#define RUNNER_DETAILS_H

#include <stdbool.h>

#include <nstest/probe.h>

#include "step.h"

/* NULL: no memory; then there are none. */
struct details *details_begin(void);

void details_step_begins(struct live_case *live, const struct nst_step *step);
void details_step_ended(struct live_case *live, bool held);

/* What an expectation was answered. */
void details_verdict(struct live_case *live, const struct nst_expectation *expect,
		     const struct nst_verdict *verdict);

/* A timeline begins a step. */
void details_act(struct live_case *live, const struct nst_step *step,
		 const struct nst_timeline_entry *entry);

/* Fills in result->details, and forgets the rest: after artefacts_keep(), because it shows
 * what was kept of rulesets. Packets, logs and rulesets only of cases that did not pass, or
 * with `all`. */
void details_finish(struct live_case *live, const struct nst_scenario_case *item,
		    bool all);

/* Where Graphviz puts hosts and links ("dot -Tplain"); "" without it. It is asked once
 * for each topology. Static. */
const char *layout_of(const struct nst_topology *topology);

#endif
