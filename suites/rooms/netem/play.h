/* SPDX-License-Identifier: MIT */
/* Packets through a model, and what became of each. */
#ifndef PLAY_H
#define PLAY_H

#include <netem/model.h>

struct play {
	struct nst_impairment impairment;
	uint64_t seed;
	unsigned int link, direction;
	size_t count;
	uint64_t gap_ns;   /* between packets */
	size_t size;       /* 0: 1514 */
	bool ecn;          /* packets are ECN-capable */
	uint64_t fetch_ns; /* how often departures are fetched; 0: at each arrival */
};

struct outcome {
	struct nst_fate fate;
	uint64_t arrived_ns;
	unsigned int left; /* copies that left */
	unsigned int dropped;
	uint64_t left_ns[2];            /* when: the packet's, its duplicate's */
	size_t place;                   /* the how manieth of all that left it was */
	struct nst_departure departure; /* of copy 0 */
};

/* Plays it to the end, until nothing is held; fails the test if the model refuses it.
 * The caller frees what is returned. */
struct outcome *play(const struct play *play);

/* Packets of which the fate has this member set. */
#define COUNT(outcomes, count, condition)                                              \
	({                                                                             \
		uint64_t counted = 0;                                                  \
		for (const struct outcome *it = (outcomes); it < (outcomes) + (count); \
		     it++)                                                             \
			counted += !!(condition);                                      \
		counted;                                                               \
	})

#endif
