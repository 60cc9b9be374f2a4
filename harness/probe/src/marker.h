/* SPDX-License-Identifier: MIT */
/* The barrier: a marker behind everything that is queued, and its arrival.
 *
 * How it works. A packet that crosses a veth pair, a bridge or the loopback is put
 * into the backlog queue of the processor that sent it (net/core/dev.c,
 * enqueue_to_backlog()), one queue for all interfaces and namespaces, first in first out,
 * emptied in softirq by that same processor. So a marker frame that the same processor
 * sends through any loopback arrives when all that was queued before it, anywhere in the
 * lab, has been handled: delivered, dropped, answered or put behind the marker by the
 * next hop, where the next marker finds it. It costs 2 us and no firewall sees it.
 *
 * Rejected: markers along the path itself. They prove the same, cost a send and a receive
 * per hop, are lost to bridge filters and cuts, and must know the path, which NAT may
 * change. What the path can hold that no backlog holds (queueing disciplines, unresolved
 * neighbours, programs) hold.c asks for by name.
 */
#ifndef PROBE_MARKER_H
#define PROBE_MARKER_H

#include "room.h"

/* Binds the calling thread to one processor, the same for the life of the lab. */
int marker_pin(struct probe_room *room);
void marker_unpin(struct probe_room *room);

/* A marker through the backlog of the probe's processor. `node`: whose loopback to try
 * first. Returns 0; -ETIME if it was lost or late, -errno if it cannot be sent. */
int marker_pass(struct probe_room *room, size_t node);

/* One through the backlog of every processor, one after the other. -EPERM where the
 * process is kept from running on some. */
int marker_pass_everywhere(struct probe_room *room, size_t node);

#endif
