/* SPDX-License-Identifier: MIT */
/* Waits for nothing but proof: until the answer is there, or it is certain that none can
 * come any more. */
#ifndef PROBE_SETTLE_H
#define PROBE_SETTLE_H

#include "ask.h"

enum settled {
	SETTLED_ANSWER, /* a socket knows, or somebody said no */
	SETTLED_QUIET,  /* nothing is in flight and nothing is held: it was dropped */
	SETTLED_WAITED, /* time is up, and `doubt` says why nothing is proved */
	SETTLED_MOVED,  /* something moves again: settle() goes on */
	SETTLED_AGAIN,  /* ask once more: the watchers now see what they did not see */
};

enum settled settle(struct ask *ask);

#endif
