/* SPDX-License-Identifier: MIT */
/* What goes out next, in its order: frames that need not wait any more. */
#ifndef NETEM_WIRE_LANE_H
#define NETEM_WIRE_LANE_H

#include "wire_socket.h"

struct wire_lane {
	struct wire_frame *frames[WIRE_BATCH];
	int ifindexes[WIRE_BATCH];
	size_t first, sent, count; /* those before `first` are forgotten already */
	int error;                 /* why the frame at `sent` could not leave; 0 */
	uint64_t refused_since_ns; /* the frame at `first`; 0: it is not */
};

/* Room is the caller's matter. */
static inline void wire_lane_put(struct wire_lane *lane, struct wire_frame *frame,
				 int ifindex)
{
	lane->ifindexes[lane->count] = ifindex;
	lane->frames[lane->count++] = frame;
}

static inline bool wire_lane_is_empty(const struct wire_lane *lane)
{
	return lane->first == lane->count;
}

/* Up to the first that cannot leave. */
void wire_lane_send(struct wire_socket *socket, struct wire_lane *lane);

#endif
