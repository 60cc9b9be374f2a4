/* SPDX-License-Identifier: MIT */
/* A verdict's sentence, evidence and ladder. */
#ifndef PROBE_WORDS_H
#define PROBE_WORDS_H

#include "ask.h"

/* Fills sentence, evidence and ladder of a verdict that is judged. */
void words_put(const struct ask *ask, struct nst_verdict *verdict);

#endif
