/* SPDX-License-Identifier: MIT */
/* Numbered frames, sent at A, and what became of each. */
#ifndef TRAIN_H
#define TRAIN_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "cable.h"

struct train {
	uint32_t count;    /* frames */
	uint32_t size;     /* of each, Ethernet header included; at least 64 */
	uint32_t burst;    /* frames sent at once */
	uint32_t pause_us; /* from burst to burst */
	bool ect;          /* ECN-capable */
};

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
	struct arrival *arrivals; /* in their order */
};

/* Sends and waits until the engine holds nothing. Before frame `turn` goes, `impairment` comes
 * into force (0: never). Return: 0; -errno with a sentence. */
int train_run(const struct train *train, struct cable *cable, uint32_t turn,
	      const struct nst_impairment *impairment, struct seen *ret_seen);
void seen_free(struct seen *seen);

/* As text, and read from it. Return: 0; -EPROTO with a sentence. */
void seen_write(const struct seen *seen, FILE *file);
int seen_read(FILE *file, struct seen *ret_seen);

#endif
