/* SPDX-License-Identifier: MIT */
/* The faults of a case by name, and what links were asked and did. */
#ifndef RUNNER_FAULTS_H
#define RUNNER_FAULTS_H

#include "step.h"

/* The number of the fault of that name. -ENOENT: no step has added it so far. */
int fault_find(const struct live_case *live, const char *name, uint32_t *ret_id);

/* Fills in result->account and seed: planned and actual, by link and fault. */
void account_for(struct live_case *live);

#endif
