/* SPDX-License-Identifier: MIT */
#include "hoard.h"

#include <stdlib.h>
#include <string.h>

struct hoard_chunk {
	struct hoard_chunk *next;
	size_t used, room;
	_Alignas(max_align_t) char bytes[];
};

enum { CHUNK_SIZE = 16 << 10, ALIGNMENT = _Alignof(max_align_t) };

void *hoard_take(struct hoard *hoard, size_t size)
{
	struct hoard_chunk *chunk = hoard->chunks;
	char *place;

	size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	if (!chunk || chunk->room - chunk->used < size) {
		size_t room = size > CHUNK_SIZE ? size : CHUNK_SIZE;

		chunk = malloc(sizeof(*chunk) + room);
		if (!chunk) {
			hoard->failed = 1;
			return NULL;
		}
		*chunk = (struct hoard_chunk){ hoard->chunks, 0, room };
		hoard->chunks = chunk;
	}
	place = chunk->bytes + chunk->used;
	chunk->used += size;
	return memset(place, 0, size);
}

const char *hoard_copy(struct hoard *hoard, const char *text, size_t length)
{
	char *copy = hoard_take(hoard, length + 1);

	return copy ? memcpy(copy, text, length) : "";
}

const char *hoard_string(struct hoard *hoard, const char *text)
{
	return *text ? hoard_copy(hoard, text, strlen(text)) : "";
}

void hoard_free(struct hoard *hoard)
{
	while (hoard->chunks) {
		struct hoard_chunk *next = hoard->chunks->next;

		free(hoard->chunks);
		hoard->chunks = next;
	}
	hoard->failed = 0;
}

void *hoard_push(void *items, size_t *count, size_t *room, size_t size)
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
