/* SPDX-License-Identifier: MIT */
/* Impaired links on the way: what they hold, and what they did to packets of the probe.
 *
 * A link that delays, reorders or loses breaks what markers prove on others. Its engine
 * knows what it holds and what it lost: so the probe asks it. */
#ifndef PROBE_WIRES_H
#define PROBE_WIRES_H

#include "ask.h"

/* Before each attempt: lets what earlier ones left under way come to its end (copies,
 * the last words of connections), since hosts count what they make of it. Then notes what
 * the links of the planned way have done until now. */
void wires_begin(struct ask *ask);

/* Whether nothing is under way on any impaired link, or, where others send all the time, of
 * what was at the first call of a round. Return: 0, also in a lab without any;
 * -EINPROGRESS; -EIO: the engine is gone, and nobody knows. Either with a doubt. */
int wires_look(struct ask *ask);

/* How many such rounds without news prove that nothing of the probe moves: settle.c. */
unsigned int wires_rounds(const struct ask *ask);

/* The trail ends behind interface `out`, and nothing is under way: whether an impaired link
 * took the packet. Then it is noted, with a doubt. */
bool wires_took(struct ask *ask, size_t out);

/* Whether it takes all such packets: proved by its settings, or by attempts in a row. */
bool wires_take_all(const struct ask *ask, size_t out);

/* Whether since the attempt began a link of the way changed packets so that a host may
 * have dropped them for it: then no silence is a firewall's. With a doubt. */
bool wires_altered(struct ask *ask);

/* Before the next attempt: one that an impaired link took counts among these only. */
void wires_end(struct ask *ask);

/* A refusal that no host sent: whether a link of the way forged it. */
void wires_find_forger(struct ask *ask);

/* How much longer than the settle time it may take: while packets are under way nothing is
 * waited for in vain. */
uint64_t wires_extra_ns(const struct ask *ask);

#endif
