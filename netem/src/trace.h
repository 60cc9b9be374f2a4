/* SPDX-License-Identifier: MIT */
/* Recorded opportunities to deliver: the traces of mahimahi(1). */
#ifndef TRACE_H
#define TRACE_H

#include <stddef.h>
#include <stdint.h>

/* Each opportunity carries so many bytes: a packet of 1,500, and the 4 that mahimahi's tunnel
 * puts in front. */
enum { TRACE_OPPORTUNITY = 1504, TRACE_PACKET_EXTRA = 4 };

struct trace {
	uint64_t *at_ms; /* ascending; the last is also when the trace starts again */
	size_t count;    /* 0: no trace */

	uint64_t start_ns; /* of this round */
	size_t next;
};

/* Return: 0; -ENOENT, -EINVAL, -ENOMEM with a sentence that names file and line. */
int trace_load(const char *file, struct trace *ret_trace);
void trace_free(struct trace *trace);

/* The trace begins now. */
void trace_begin(struct trace *trace, uint64_t now_ns);

/* When the next opportunity is. */
uint64_t trace_next_ns(const struct trace *trace);

/* It is used, or has passed. */
void trace_take(struct trace *trace);

/* Opportunities up to now, included, have passed. */
void trace_skip(struct trace *trace, uint64_t now_ns);

#endif
