/* SPDX-License-Identifier: MIT */
/* Who said no, and whether it was a closed port, a missing route or a firewall. */
#ifndef PROBE_REFUSAL_H
#define PROBE_REFUSAL_H

#include "ask.h"

/* Fills ask->refusal from what was sighted and heard. */
void refusal_look(struct ask *ask);

/* 1: since the attempt began the host's own TCP or UDP has refused something; 0: it has
 * not; -1: unknown. */
int refusal_counted(const struct ask *ask, size_t node);

#endif
