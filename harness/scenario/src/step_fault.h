/* SPDX-License-Identifier: MIT */
/* A fault as a file says it. */
#ifndef SCENARIO_STEP_FAULT_H
#define SCENARIO_STEP_FAULT_H

#include "steps.h"

struct fault_spec {
	struct string on, match, name;
	struct nst_fault fault;
	const struct node
		*action; /* the key that says what is done; NULL: none so far */
};

const char *const *names_of_words(struct reader *reader, const struct nst_word *words);

extern const struct type type_ordinal;     /* uint64_t, from 1 */
extern const struct type type_probability; /* uint32_t, ppm */
extern const struct type type_size;        /* uint64_t, bytes */

/* What is done: each fills in struct fault_spec, and only one may. */
extern const struct type type_fault_drop, type_fault_log, type_fault_delay,
	type_fault_duplicate, type_fault_corrupt, type_fault_truncate, type_fault_hold,
	type_fault_rst, type_fault_icmp, type_fault_ecn, type_fault_dscp,
	type_fault_ttl, type_fault_window;

#endif
