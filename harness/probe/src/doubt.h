/* SPDX-License-Identifier: MIT */
/* Whether it is certain that what was lost has been dropped. */
#ifndef PROBE_DOUBT_H
#define PROBE_DOUBT_H

#include "ask.h"

/* Nothing of the probe moves. Return: whether everything that could still bring an answer
 * has been asked and holds nothing. If not, ask->doubt says why, and ask->again
 * whether another attempt could tell more. */
bool doubt_is_excluded(struct ask *ask);

/* Whether packets of the probe may have gone by unseen; ask->lost and why. */
bool doubt_evidence_is_lost(struct ask *ask);

#endif
