/* SPDX-License-Identifier: MIT */
/* Memory that is released as a whole. */
#include "arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct chunk {
	struct chunk *next;
	size_t used, size;
	alignas(max_align_t) unsigned char bytes[];
};

struct owned {
	struct owned *next;
	void *thing;
	void (*release)(void *thing);
};

enum { CHUNK_SIZE = 16 << 10 };

static struct chunk *add_chunk(struct arena *arena, size_t least)
{
	size_t size = least > CHUNK_SIZE ? least : CHUNK_SIZE;
	struct chunk *chunk = calloc(1, sizeof(*chunk) + size);

	if (!chunk)
		longjmp(*arena->no_memory, 1);
	chunk->size = size;
	chunk->next = arena->chunks;
	arena->chunks = chunk;
	return chunk;
}

void *arena_bytes(struct arena *arena, size_t size)
{
	const size_t step = alignof(max_align_t);
	size_t rounded = (size + step - 1) / step * step;
	struct chunk *chunk = arena->chunks;
	void *bytes;

	if (!chunk || chunk->size - chunk->used < rounded)
		chunk = add_chunk(arena, rounded);
	bytes = chunk->bytes + chunk->used;
	chunk->used += rounded;
	return bytes;
}

char *arena_copy(struct arena *arena, const char *text, size_t size)
{
	char *copy = arena_bytes(arena, size + 1);

	if (size)
		memcpy(copy, text, size);
	return copy;
}

char *arena_vprint(struct arena *arena, const char *format, va_list args)
{
	va_list again;
	int size;
	char *text;

	va_copy(again, args);
	size = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (size < 0)
		return arena_copy(arena, "", 0);
	text = arena_bytes(arena, (size_t)size + 1);
	vsnprintf(text, (size_t)size + 1, format, args);
	return text;
}

char *arena_print(struct arena *arena, const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = arena_vprint(arena, format, args);
	va_end(args);
	return text;
}

/* Room is made for 1, 2, 4, … elements and the zero behind them. */
void *arena_grow(struct arena *arena, void **items, size_t *count, size_t size)
{
	if ((*count & (*count - 1)) == 0) {
		size_t room = *count ? *count * 2 : 1;
		void *larger = arena_bytes(arena, (room + 1) * size);

		if (*count)
			memcpy(larger, *items, *count * size);
		*items = larger;
	}
	return (unsigned char *)*items + (*count)++ * size;
}

void grow(struct growing *growing, const char *text, size_t size)
{
	if (growing->size + size + 1 > growing->room) {
		char *larger;

		growing->room = (growing->size + size + 1) * 2;
		larger = arena_bytes(growing->arena, growing->room);
		if (growing->size)
			memcpy(larger, growing->text, growing->size);
		growing->text = larger;
	}
	memcpy(growing->text + growing->size, text, size);
	growing->size += size;
}

void arena_owns(struct arena *arena, void *thing, void (*release)(void *thing))
{
	struct owned *owned = malloc(sizeof(*owned));

	if (!owned) {
		release(thing);
		longjmp(*arena->no_memory, 1);
	}
	*owned = (struct owned){ arena->owned, thing, release };
	arena->owned = owned;
}

void arena_drop(struct arena *arena, void *thing)
{
	for (struct owned **at = &arena->owned; *at; at = &(*at)->next) {
		struct owned *owned = *at;

		if (owned->thing != thing)
			continue;
		*at = owned->next;
		owned->release(thing);
		free(owned);
		return;
	}
}

void arena_release(struct arena *arena)
{
	while (arena->owned)
		arena_drop(arena, arena->owned->thing);
	while (arena->chunks) {
		struct chunk *next = arena->chunks->next;

		free(arena->chunks);
		arena->chunks = next;
	}
}
