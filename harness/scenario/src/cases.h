/* SPDX-License-Identifier: MIT */
/* Cases: their steps, and what holds for all of them. */
#ifndef SCENARIO_CASES_H
#define SCENARIO_CASES_H

#include "steps.h"

/* What a case or, for all of its cases, a file says. */
struct case_spec {
	struct strings tags;
	int timeout_ms, settle_ms;
	enum nst_capturing capture;
	enum nst_case_clock clock;
	bool allow_unplanned_loss;
	const struct node *steps;
};

struct cases {
	struct nst_scenario_case *items;
	size_t count;
};

extern const struct table case_table;
extern const struct type type_cases;   /* const struct node * */
extern const struct type type_capture; /* enum nst_capturing */
extern const struct type type_clock;   /* enum nst_case_clock */
extern const struct type type_tags;    /* struct strings: these instead */

/* Reads all cases of `node` with the setup of reader->building. `suffix` is "" or what the
 * matrix adds to each name. */
bool read_cases(struct reader *reader, const struct node *node,
		const struct case_spec *all, const char *suffix, struct cases *ret);

/* The shorthand: one case called `name` (which stands at `place`). */
bool read_only_case(struct reader *reader, const char *name, const struct node *place,
		    const struct case_spec *all, const char *suffix, struct cases *ret);

/* Where a program's readiness was not written, it is taken from the steps. */
void assume_ready(struct reader *reader, const struct cases *cases);

#endif
