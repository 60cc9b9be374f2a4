/* SPDX-License-Identifier: MIT */
/* From evidence to verdict. Pure: looks at values, asks nobody. */
#ifndef PROBE_JUDGE_H
#define PROBE_JUDGE_H

#include "ask.h"
#include "settle.h"

/* Fills kind, proof, where, icmp_type and icmp_code. */
void judge(const struct ask *ask, enum settled settled, struct nst_verdict *verdict);

/* The end of the trail that decided: the question's or the answer's. */
const struct trail_end *judge_end(const struct ask *ask);

#endif
