/* SPDX-License-Identifier: MIT */
/* Where the question and its answer ended, and what stands in their way there. */
#ifndef PROBE_ENDS_H
#define PROBE_ENDS_H

#include "ask.h"

/* Follows both by what has been sighted so far. */
void ends_follow(struct ask *ask);

/* The end of what was lost: the question's trail, or the answer's. */
const struct trail_end *ends_lost(const struct ask *ask);

/* Asks the host where the question ended whether it has made an answer nevertheless:
 * its sockets and counters know what no interface showed. */
void ends_ask_host(struct ask *ask);

/* Whether a link behind an end is down, and whether what came there is cut. */
void ends_look_at_links(struct ask *ask, const struct trail_end *end);
bool ends_is_cut(const struct ask *ask, const struct trail_end *end, size_t sender);

/* Whether it ended on an impaired link that takes all of its kind. */
bool ends_takes_all(const struct ask *ask, const struct trail_end *end);

/* Whether the host where it was dropped filters by reverse path, and has. */
void ends_look_at_reverse_path(struct ask *ask);

/* Where the host at an end sends the packet next, or at its destination the answer. A
 * host without a route drops it, and a router may do so without a word: its
 * "unreachable" is limited in rate (net/ipv4/route.c, ip_error()).
 *
 * Return: 0; -errno of the route; -ENODATA where it is not a matter of routes. */
int ends_next_hop(const struct ask *ask, const struct trail_end *end,
		  struct next_hop *ret_next);

#endif
