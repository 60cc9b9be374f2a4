/* SPDX-License-Identifier: MIT */
/* What a program wrote to one stream: bytes in blocks, each stretch with the moment it
 * arrived. Pure, not locked.
 *
 * A stream that floods keeps its first and its last half of `limit`; what lay between
 * is counted and said in the text.
 */
#ifndef LAB_PROGRAM_OUTPUT_H
#define LAB_PROGRAM_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	OUTPUT_LIMIT = 64 << 20, /* bytes kept per stream */
	OUTPUT_LINE_LIMIT = 64
			    << 10, /* a longer line is matched in pieces of this size */
};

/* From byte `from` of a block on, bytes arrived at `at_ns` (CLOCK_REALTIME, the clock
 * of captures). */
struct output_mark {
	size_t from;
	uint64_t at_ns;
};

struct output_block {
	struct output_block *next;
	uint64_t offset; /* of its first byte in the stream */
	size_t used, room;
	struct output_mark *marks;
	size_t mark_count, mark_room;
	char *data;
};

struct output {
	size_t limit; /* 0: OUTPUT_LIMIT */
	struct output_block *first, *last;
	struct output_block *head_end; /* the last block that is never dropped */
	uint64_t size;                 /* all that ever came */
	uint64_t dropped;              /* of these, no longer kept */
	size_t held;                   /* room of all blocks */
	char *scratch;                 /* the line that was asked for */
};

/* Where the next bytes can be read to; at least one byte of room. NULL: out of memory.
 */
char *output_room(struct output *output, size_t *ret_room);

/* `size` bytes have been put there. */
void output_came(struct output *output, size_t size, uint64_t now_ns);

/* `size` bytes came and could not be kept. */
void output_lost(struct output *output, size_t size);

void output_free(struct output *output);

/* All that is kept, NUL-terminated, the caller's; NULL: out of memory. */
char *output_text(struct output *output, size_t *ret_size);

/* A place in a stream. All-zero: its beginning. Stays valid while the stream grows. */
struct output_cursor {
	uint64_t at;
	uint64_t dropped; /* `block` holds only while the stream's is the same */
	struct output_block *block;
};

struct output_line {
	const char *text; /* NUL-terminated, but may hold NULs; valid until the next */
	size_t size;      /* without the line feed, */
	size_t whole;     /* and with it */
	uint64_t at_ns;   /* when its first byte came */
	bool complete;    /* it ended with a line feed, or is a piece of a long line */
};

/* The line at the cursor, which moves behind it if it is complete. False at the end. */
bool output_line(struct output *output, struct output_cursor *cursor,
		 struct output_line *ret_line);

/* The last `lines` lines for a sentence, at most `room` bytes with the NUL: joined with
 * " | ", anything unprintable as '?'. Returns `text`. */
char *output_tail(const struct output *output, unsigned int lines, char *text,
		  size_t room);

#endif
