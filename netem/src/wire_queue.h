/* SPDX-License-Identifier: MIT */
/* Things that wait for their time, the one that is due first in front; those due at the same moment in
 * the order in which they were put. Pure. */
#ifndef NETEM_WIRE_QUEUE_H
#define NETEM_WIRE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wire_entry {
	uint64_t due_ns, order;
	void *item;
};

struct wire_queue {
	struct wire_entry *entries; /* a heap in which each has four below it */
	size_t count, room;
	uint64_t next_order;
};

/* Return: false if memory is out; then the item is still the caller's. */
bool wire_queue_put(struct wire_queue *queue, uint64_t due_ns, void *item);

/* Takes the first; the queue is not empty. */
void *wire_queue_take(struct wire_queue *queue);

/* When the first is due; UINT64_MAX if there is none. */
static inline uint64_t wire_queue_due(const struct wire_queue *queue)
{
	return queue->count ? queue->entries[0].due_ns : UINT64_MAX;
}

/* Frees the queue's own memory; the items in it are the caller's. */
void wire_queue_free(struct wire_queue *queue);

#endif
