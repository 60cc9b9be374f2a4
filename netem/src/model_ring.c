/* SPDX-License-Identifier: MIT */
/* A ring, and a delay line of a ring and a heap. They grow as needed. */
#include "model_ring.h"

#include <stdlib.h>

enum { ROOM_AT_FIRST = 64 };

/* ---- Ring ---- */

/* Twice as much, until it is enough: a power of two. */
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
	for (size_t i = ring->first; done < ring->count; i = (i + 1) & (ring->room - 1))
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
	ring->slots[(ring->first + ring->count++) & (ring->room - 1)] = *held;
	ring->bytes += held->size;
	return true;
}

bool ring_pop(struct ring *ring, struct held *ret)
{
	if (ring->count == 0)
		return false;
	*ret = ring->slots[ring->first];
	ring->first = (ring->first + 1) & (ring->room - 1);
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

/* ---- Line ---- */

static bool earlier(const struct held *a, const struct held *b)
{
	if (a->out.due_ns != b->out.due_ns)
		return a->out.due_ns < b->out.due_ns;
	return a->order < b->order;
}

bool line_reserve(struct line *line, size_t count)
{
	size_t room = room_for(count, line->room);
	struct held *heap;

	if (!ring_reserve(&line->in_order, count))
		return false;
	if (room == line->room)
		return true;
	heap = reallocarray(line->heap, room, sizeof(*heap));
	if (!heap)
		return false;
	line->heap = heap;
	line->room = room;
	return true;
}

/* Lets it rise from the end to its place. */
static void heap_push(struct line *line, const struct held *added)
{
	size_t i;

	for (i = line->heap_count++; i > 0; i = (i - 1) / 2) {
		if (!earlier(added, &line->heap[(i - 1) / 2]))
			break;
		line->heap[i] = line->heap[(i - 1) / 2];
	}
	line->heap[i] = *added;
}

/* The last takes the place of the first, and sinks. */
static void heap_pop(struct line *line, struct held *ret)
{
	const struct held *last = &line->heap[--line->heap_count];
	size_t i = 0;

	*ret = line->heap[0];
	for (size_t child; (child = 2 * i + 1) < line->heap_count; i = child) {
		if (child + 1 < line->heap_count &&
		    earlier(&line->heap[child + 1], &line->heap[child]))
			child++;
		if (!earlier(&line->heap[child], last))
			break;
		line->heap[i] = line->heap[child];
	}
	line->heap[i] = *last;
}

static const struct held *ring_last(const struct ring *ring)
{
	if (ring->count == 0)
		return NULL;
	return &ring->slots[(ring->first + ring->count - 1) & (ring->room - 1)];
}

bool line_push(struct line *line, const struct held *held)
{
	const struct held *last;
	struct held added = *held;

	if (!line_reserve(line, line->count + 1))
		return false;
	last = ring_last(&line->in_order);
	added.order = line->order++;
	if (!last || added.out.due_ns >= last->out.due_ns)
		ring_push(&line->in_order, &added);
	else
		heap_push(line, &added);
	line->count++;
	line->bytes += added.size;
	if (added.out.due_ns > line->last_due_ns)
		line->last_due_ns = added.out.due_ns;
	return true;
}

const struct held *line_first(const struct line *line)
{
	const struct held *first = ring_first(&line->in_order);

	if (line->heap_count && (!first || earlier(&line->heap[0], first)))
		return &line->heap[0];
	return first;
}

bool line_pop(struct line *line, struct held *ret)
{
	const struct held *first = line_first(line);

	if (!first)
		return false;
	if (line->heap_count && first == &line->heap[0])
		heap_pop(line, ret);
	else
		ring_pop(&line->in_order, ret);
	line->count--;
	line->bytes -= ret->size;
	return true;
}

void line_free(struct line *line)
{
	ring_free(&line->in_order);
	free(line->heap);
	*line = (struct line){ 0 };
}
