/* SPDX-License-Identifier: MIT */
/* A ring and a heap of packets, both grow as needed. */
#include "model_ring.h"

#include <stdlib.h>

enum { ROOM_AT_FIRST = 64 };

/* ---- Ring ---- */

/* Twice as much, until it is enough. */
static size_t room_for(size_t count, size_t room)
{
	if (room == 0)
		room = ROOM_AT_FIRST;
	while (room < count)
		room *= 2;
	return room;
}

bool ring_reserve(struct ring *ring, size_t count)
{
	size_t room = room_for(count, ring->room), done = 0;
	struct held *slots;

	if (room == ring->room)
		return true;
	slots = malloc(room * sizeof(*slots));
	if (!slots)
		return false;
	for (size_t i = ring->first; done < ring->count; i = (i + 1) % ring->room)
		slots[done++] = ring->slots[i];
	free(ring->slots);
	ring->slots = slots;
	ring->room = room;
	ring->first = 0;
	return true;
}

bool ring_push(struct ring *ring, const struct held *held)
{
	if (!ring_reserve(ring, ring->count + 1))
		return false;
	ring->slots[(ring->first + ring->count++) % ring->room] = *held;
	ring->bytes += held->size;
	return true;
}

bool ring_pop(struct ring *ring, struct held *ret)
{
	if (ring->count == 0)
		return false;
	*ret = ring->slots[ring->first];
	ring->first = (ring->first + 1) % ring->room;
	ring->count--;
	ring->bytes -= ret->size;
	return true;
}

const struct held *ring_first(const struct ring *ring)
{
	return ring->count ? &ring->slots[ring->first] : NULL;
}

void ring_free(struct ring *ring)
{
	free(ring->slots);
	*ring = (struct ring){ 0 };
}

/* ---- Heap ---- */

static bool earlier(const struct held *a, const struct held *b)
{
	if (a->out.due_ns != b->out.due_ns)
		return a->out.due_ns < b->out.due_ns;
	return a->order < b->order;
}

bool line_reserve(struct line *line, size_t count)
{
	size_t room = room_for(count, line->room);
	struct held *slots;

	if (room == line->room)
		return true;
	slots = reallocarray(line->slots, room, sizeof(*slots));
	if (!slots)
		return false;
	line->slots = slots;
	line->room = room;
	return true;
}

bool line_push(struct line *line, const struct held *held)
{
	struct held added = *held;
	size_t i;

	if (!line_reserve(line, line->count + 1))
		return false;
	added.order = line->order++;
	for (i = line->count++; i > 0; i = (i - 1) / 2) {
		if (!earlier(&added, &line->slots[(i - 1) / 2]))
			break;
		line->slots[i] = line->slots[(i - 1) / 2];
	}
	line->slots[i] = added;
	line->bytes += added.size;
	if (added.out.due_ns > line->last_due_ns)
		line->last_due_ns = added.out.due_ns;
	return true;
}

/* Lets `moved` sink from the top to its place. */
static void sink(struct line *line, const struct held *moved)
{
	size_t i = 0;

	for (size_t child; (child = 2 * i + 1) < line->count; i = child) {
		if (child + 1 < line->count &&
		    earlier(&line->slots[child + 1], &line->slots[child]))
			child++;
		if (!earlier(&line->slots[child], moved))
			break;
		line->slots[i] = line->slots[child];
	}
	line->slots[i] = *moved;
}

bool line_pop(struct line *line, struct held *ret)
{
	struct held last;

	if (line->count == 0)
		return false;
	*ret = line->slots[0];
	line->bytes -= ret->size;
	last = line->slots[--line->count];
	if (line->count)
		sink(line, &last);
	return true;
}

const struct held *line_first(const struct line *line)
{
	return line->count ? &line->slots[0] : NULL;
}

void line_free(struct line *line)
{
	free(line->slots);
	*line = (struct line){ 0 };
}
