/* SPDX-License-Identifier: MIT */
/* Memory that is let go of all at once; what it hands out never moves. */
#ifndef FIREWALL_ARENA_H
#define FIREWALL_ARENA_H

#include <stddef.h>

struct arena_chunk;

/* All-zero is empty. After `failed` everything it handed out is "" or NULL. */
struct arena {
	struct arena_chunk *chunks;
	int failed;
};

/* Zeroed; NULL if memory is out. */
void *arena_take(struct arena *arena, size_t size);

/* A copy of `length` bytes, NUL-terminated; "" if memory is out. */
const char *arena_cut(struct arena *arena, const char *text, size_t length);
const char *arena_string(struct arena *arena, const char *text);

void arena_free(struct arena *arena);

/* A growing array: room for one more at its end, zeroed; NULL if memory is out. The
 * array itself is malloc'd, the owner's to free. */
void *array_push(void *items, size_t *count, size_t *room, size_t size);

#endif
