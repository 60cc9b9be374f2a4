/* SPDX-License-Identifier: MIT */
/* Whether something befalls a packet: events that are correlated with the one before. */
#ifndef CHANCE_H
#define CHANCE_H

#include <stdbool.h>
#include <stdint.h>

/* Which draw of a packet. Its duplicate draws from the stream STREAM_COPY further. */
enum stream {
	STREAM_LOSS,
	STREAM_LOSS_STATE,
	STREAM_DUPLICATE,
	STREAM_CORRUPT,
	STREAM_CORRUPT_BIT,
	STREAM_REORDER,
	STREAM_DELAY,
	STREAM_SLOT,
	STREAM_PIE,
	STREAM_COPY = 64,
};

/* Whose draws. */
struct dice {
	uint64_t seed;
	unsigned int link, direction;
};

uint64_t roll(const struct dice *dice, unsigned int stream, uint64_t n);

/* What a correlation starts from: a draw that belongs to no packet. */
uint64_t roll_first(const struct dice *dice, unsigned int stream);

/* A draw as a number from 0 to end - 1. */
static inline uint64_t roll_below(uint64_t draw, uint64_t end)
{
	return (uint64_t)((unsigned __int128)draw * end >> 64);
}

/* A probability as tc hands it to the kernel: 2^32 - 1 is 100 %. */
uint32_t kernel_probability(uint32_t ppm);

/* The kernel's get_crandom(): a moving average of uniform numbers. It is neither uniform nor
 * has it a correlation of rho, which is why "loss 5% 25%" loses 0.19 %. */
struct crandom {
	uint32_t rho, last;
};

uint32_t crandom_next(struct crandom *state, uint64_t draw);

/* Happens with a probability, again with a higher one. Exactly: a chain of two states that
 * has the mean p and the correlation c from one packet to the next,
 *	P(again) = p + c (1 - p), P(anew) = p (1 - c).
 */
struct event {
	bool kernel; /* by the kernel's formula */
	uint32_t ppm, correlation_ppm;
	uint32_t threshold;
	struct crandom crandom;
	bool started, happened;
};

void event_init(struct event *event, bool kernel, uint32_t ppm,
		uint32_t correlation_ppm, uint64_t first_draw);
bool event_happens(struct event *event, uint64_t draw);

#endif
