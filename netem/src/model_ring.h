/* SPDX-License-Identifier: MIT */
/* Packets that a model holds: first in, first out; and those that leave at a given time. */
#ifndef MODEL_RING_H
#define MODEL_RING_H

#include <netem/model.h>

struct held {
	struct nst_departure out;
	uint64_t arrived_ns;
	int64_t delay_ns; /* still to come, once it has left the queue */
	uint64_t order;   /* of those that leave at the same time */
	size_t size;
	bool ecn_capable;
};

struct ring {
	struct held *slots;
	size_t room, first, count;
	uint64_t bytes;
};

/* Makes room for so many. Return: false if there is no memory. */
bool ring_reserve(struct ring *ring, size_t count);

/* Return: false if there is no memory; never if room was reserved. */
bool ring_push(struct ring *ring, const struct held *held);
bool ring_pop(struct ring *ring, struct held *ret);
const struct held *ring_first(const struct ring *ring);
void ring_free(struct ring *ring);

/* By out.due_ns, then by the order in which they were put in. Whoever leaves after all others,
 * which is everybody where there is no jitter, waits in a ring; only who overtakes
 * needs the heap. */
struct line {
	struct ring in_order;
	struct held *heap;
	size_t room, heap_count;
	size_t count; /* of both */
	uint64_t bytes, order;
	uint64_t last_due_ns; /* the latest that was ever in it */
};

bool line_reserve(struct line *line, size_t count);
bool line_push(struct line *line, const struct held *held);
bool line_pop(struct line *line, struct held *ret);
const struct held *line_first(const struct line *line);
void line_free(struct line *line);

#endif
