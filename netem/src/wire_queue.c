/* SPDX-License-Identifier: MIT */
/* A heap with four children per entry: half as deep as a binary one, and the children
 * of an entry lie side by side. */
#include <stdlib.h>

#include "wire_queue.h"

enum { CHILDREN = 4, ROOM_AT_FIRST = 256 };

static bool is_before(const struct wire_entry *one, const struct wire_entry *other)
{
	if (one->due_ns != other->due_ns)
		return one->due_ns < other->due_ns;
	return one->order < other->order;
}

static bool grow(struct wire_queue *queue)
{
	size_t room = queue->room ? 2 * queue->room : ROOM_AT_FIRST;
	struct wire_entry *entries =
		reallocarray(queue->entries, room, sizeof(*entries));

	if (!entries)
		return false;
	queue->entries = entries;
	queue->room = room;
	return true;
}

bool wire_queue_put(struct wire_queue *queue, uint64_t due_ns, void *item)
{
	struct wire_entry entry = { due_ns, queue->next_order, item };
	size_t at;

	if (queue->count == queue->room && !grow(queue))
		return false;
	queue->next_order++;
	at = queue->count++;
	while (at > 0) {
		size_t above = (at - 1) / CHILDREN;

		if (!is_before(&entry, &queue->entries[above]))
			break;
		queue->entries[at] = queue->entries[above];
		at = above;
	}
	queue->entries[at] = entry;
	return true;
}

/* Which of the entries below `at` comes first; `count` if there is none. */
static size_t first_below(const struct wire_queue *queue, size_t at)
{
	size_t first = CHILDREN * at + 1, end = first + CHILDREN;

	if (first >= queue->count)
		return queue->count;
	if (end > queue->count)
		end = queue->count;
	for (size_t i = first + 1; i < end; i++)
		if (is_before(&queue->entries[i], &queue->entries[first]))
			first = i;
	return first;
}

void *wire_queue_take(struct wire_queue *queue)
{
	void *taken = queue->entries[0].item;
	struct wire_entry last = queue->entries[--queue->count];
	size_t at = 0;

	for (;;) {
		size_t below = first_below(queue, at);

		if (below == queue->count || is_before(&last, &queue->entries[below]))
			break;
		queue->entries[at] = queue->entries[below];
		at = below;
	}
	queue->entries[at] = last;
	return taken;
}

void wire_queue_free(struct wire_queue *queue)
{
	free(queue->entries);
	*queue = (struct wire_queue){ 0 };
}
