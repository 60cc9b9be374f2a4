/* SPDX-License-Identifier: MIT */
/* Memory that is released as a whole: all that a scenario points to.
 *
 * An arena that finds no memory jumps to where its owner began (`no_memory`). So nothing
 * in this room looks for NULL, and whatever is not memory of the arena, but must be
 * released, is given to it with arena_owns().
 */
#ifndef SCENARIO_ARENA_H
#define SCENARIO_ARENA_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

struct arena {
	struct chunk *chunks;
	struct owned *owned;
	jmp_buf *no_memory;
};

/* Zeroed, aligned for anything. */
void *arena_bytes(struct arena *arena, size_t size);
#define arena_new(arena, type) ((type *)arena_bytes(arena, sizeof(type)))

/* A copy of `size` bytes with a NUL behind. */
char *arena_copy(struct arena *arena, const char *text, size_t size);

__attribute__((format(printf, 2, 3))) char *arena_print(struct arena *arena,
							const char *format, ...);
__attribute__((format(printf, 2, 0))) char *arena_vprint(struct arena *arena,
							 const char *format,
							 va_list args);

/* One more element, zeroed, at the end of an array that began as NULL and 0. There is
 * always an all-zero element behind the last. */
void *arena_grow(struct arena *arena, void **items, size_t *count, size_t size);
#define arena_push(arena, items, count)                                    \
	((__typeof__(items))arena_grow(arena, (void **)&(items), &(count), \
				       sizeof(*(items))))

/* A text that grows; `text` is NULL until something was added. */
struct growing {
	struct arena *arena;
	char *text; /* a NUL behind it */
	size_t size, room;
};
void grow(struct growing *growing, const char *text, size_t size);

/* From now on the arena releases `thing`, before its memory and in reverse order. */
void arena_owns(struct arena *arena, void *thing, void (*release)(void *thing));

/* Releases `thing` now, as arena_release() would have. */
void arena_drop(struct arena *arena, void *thing);

void arena_release(struct arena *arena);

#endif
