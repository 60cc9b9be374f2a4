/* SPDX-License-Identifier: MIT */
/* What travels when links are impaired, and the functions it goes to in the lab process. */
#ifndef LAB_IMPAIR_REQUESTS_H
#define LAB_IMPAIR_REQUESTS_H

#include <lab/inside.h>
#include <nstest/impair.h>

enum { IMPAIR_TEXTS = 3 };

struct impair_request {
	size_t interface; /* by which the direction's packets are sent */
	uint32_t id;      /* of a fault */
	uint64_t times;
	int timeout_ms;
	bool none; /* no impairment */
	union {
		struct nst_impairment impairment; /* texts: distribution, trace, slots */
		struct nst_fault fault;           /* texts: match, name */
	};
	bool has_text[IMPAIR_TEXTS];
	char texts[]; /* each with its NUL */
};

/* impair_inside.c */
nst_inside_fn impair_inside, fault_inside, fault_remove_inside, fault_counters_inside,
	fault_await_inside, link_counters_inside, link_choice_inside, scheduling_inside;

/* impair_report.c. The reply: a struct reports_head, the links, the faults. */
struct reports_head {
	size_t link_count, fault_count;
};
nst_inside_fn reports_inside, faults_check_inside; /* check: a bool, unplanned loss is fine */

/* impair_trace.c: into the descriptor */
nst_inside_fn save_trace_inside;

#endif
