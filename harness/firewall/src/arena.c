/* SPDX-License-Identifier: MIT */
#include "arena.h"

#include <stdlib.h>
#include <string.h>

struct arena_chunk {
	struct arena_chunk *next;
	size_t used, room;
	_Alignas(max_align_t) char bytes[];
};

enum { CHUNK_SIZE = 16 << 10, ALIGNMENT = _Alignof(max_align_t) };

void *arena_take(struct arena *arena, size_t size)
{
	struct arena_chunk *chunk = arena->chunks;
	char *place;

	size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	if (!chunk || chunk->room - chunk->used < size) {
		size_t room = size > CHUNK_SIZE ? size : CHUNK_SIZE;

		chunk = malloc(sizeof(*chunk) + room);
		if (!chunk) {
			arena->failed = 1;
			return NULL;
		}
		*chunk = (struct arena_chunk){ arena->chunks, 0, room };
		arena->chunks = chunk;
	}
	place = chunk->bytes + chunk->used;
	chunk->used += size;
	return memset(place, 0, size);
}

const char *arena_cut(struct arena *arena, const char *text, size_t length)
{
	char *copy = arena_take(arena, length + 1);

	return copy ? memcpy(copy, text, length) : "";
}

const char *arena_string(struct arena *arena, const char *text)
{
	return *text ? arena_cut(arena, text, strlen(text)) : "";
}

void arena_free(struct arena *arena)
{
	while (arena->chunks) {
		struct arena_chunk *next = arena->chunks->next;

		free(arena->chunks);
		arena->chunks = next;
	}
	arena->failed = 0;
}

void *array_push(void *items, size_t *count, size_t *room, size_t size)
{
	char **array = items;

	if (*count == *room) {
		size_t more = *room ? *room * 2 : 32;
		char *larger = realloc(*array, more * size);

		if (!larger)
			return NULL;
		*array = larger;
		*room = more;
	}
	return memset(*array + size * (*count)++, 0, size);
}
