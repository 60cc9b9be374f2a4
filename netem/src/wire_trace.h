/* SPDX-License-Identifier: MIT */
/* The log of what was done to frames: an unnamed file that the engine writes through a
 * mapping, and that the owner of the handle reads. */
#ifndef NETEM_WIRE_TRACE_H
#define NETEM_WIRE_TRACE_H

#include <nstest/wire.h>

struct wire_trace {
	int fd;
	struct nst_wire_event *events;
	size_t count, room, most;
	uint64_t missing; /* events for which there was no room */
};

/* Return: its descriptor, or -errno. */
int wire_trace_file(void);

/* Plain delays are left out when half of `most` is used: the rarer events matter more. */
void wire_trace_add(struct wire_trace *trace, const struct nst_wire_event *event);
void wire_trace_close(struct wire_trace *trace);

/* Reads `count` events into malloc'd memory, sorted by link, direction and number. */
int wire_trace_read(int fd, size_t count, struct nst_wire_event **ret_events);

#endif
