/* SPDX-License-Identifier: MIT */
/* What reached the rules of the legacy iptables, worked out from what they matched. Pure. */
#ifndef FIREWALL_COVERAGE_LEGACY_H
#define FIREWALL_COVERAGE_LEGACY_H

#include <nstest/rules.h>

struct legacy_flow {
	double *reached; /* by rule */
	double *entered; /* by chain: what came in, and what of it ended there; -1: not yet known */
	double *ended;
};

int legacy_flow_of(const struct nst_rules *rules, struct legacy_flow *ret_flow);
void legacy_flow_free(struct legacy_flow *flow);

/* Packets, rounded. */
uint64_t legacy_reached(const struct legacy_flow *flow, size_t rule);

#endif
