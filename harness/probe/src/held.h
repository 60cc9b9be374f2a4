/* SPDX-License-Identifier: MIT */
/* Connections that stay open between questions: `keep` and `over`. */
#ifndef PROBE_HELD_H
#define PROBE_HELD_H

#include "ask.h"

/* Finds the connection that the question is asked over: the request becomes that which
 * opened it. -ENOENT, -EEXIST with a sentence. */
int held_find(struct ask *ask);

/* Instead of connecting: takes its sockets, and sends. */
int held_resume(struct ask *ask);

/* Whether TCP has yet to repeat what an earlier question lost. */
bool held_waits(const struct ask *ask);

/* At the end of an attempt: keeps its sockets, if they are to stay. False: close them. */
bool held_keep(struct ask *ask);

#endif
