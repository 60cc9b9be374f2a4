/* SPDX-License-Identifier: MIT */
/* What became of each frame of a train, kept and passed on. */
#ifndef SEEN_H
#define SEEN_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* One frame that came out. */
struct arrival {
	uint32_t n;          /* which */
	uint32_t flipped;    /* bits */
	uint32_t flipped_at; /* the first of them: a byte of the frame */
	bool ce;             /* congestion experienced */
	int64_t at_ns;       /* since the first frame came to the engine */
	int64_t delay_ns;    /* since this frame came to the engine */
};

struct seen {
	uint32_t count, size; /* of the train */
	uint32_t first, past; /* those that are looked at */
	uint32_t arrived;
	uint64_t overflowed;      /* the engine says: for want of room in its queue */
	struct arrival *arrivals; /* in their order */
};

void seen_free(struct seen *seen);

/* As text, and read from it. Return: 0; -EPROTO with a sentence. */
void seen_write(const struct seen *seen, FILE *file);
int seen_read(FILE *file, struct seen *ret_seen);

#endif
