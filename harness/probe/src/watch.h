/* SPDX-License-Identifier: MIT */
/* Watchers: a packet socket in each host on the path, which sees what enters and leaves
 * by any of its interfaces. */
#ifndef PROBE_WATCH_H
#define PROBE_WATCH_H

#include "room.h"
#include <probe/track.h>

/* Starts to watch a host, if it is not watched yet. Returns 0 or -errno. */
int watch_node(struct probe_room *room, size_t node);
bool watch_has(const struct probe_room *room, size_t node);

/* From now on the watchers look at neighbour discovery too, or no more. */
int watch_discovery(struct probe_room *room, bool on);

/* From now on packets handled on any processor are taken whole. */
int watch_any_cpu(struct probe_room *room);

/* Forgets what is queued from before, and the count of what was lost. */
void watch_clear(struct probe_room *room);

/* Adds all that was seen since the last call and belongs to the probe. Returns how many. */
size_t watch_drain(struct probe_room *room, struct tracked *tracked,
		   struct sightings *sightings);

/* How many packets the kernel could not queue for the watcher of a host. */
size_t watch_lost(struct probe_room *room, size_t node);

#endif
