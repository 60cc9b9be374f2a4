/* SPDX-License-Identifier: MIT */
/* What befalls packet n of a direction. Pure: time is an argument, chance is a function of
 * seed, link, direction, stream and n (splitmix64 in counter mode), so that the fate of a
 * packet does not depend on when it came or what was drawn for others.
 */
#ifndef NETEM_MODEL_H
#define NETEM_MODEL_H

#include <nstest/impairment.h>

struct nst_model;

/* What to do with one packet. `copies` counts the packet itself: 0 is lost. */
struct nst_fate {
	unsigned int copies;
	bool lost, marked_ce, corrupted, reordered, overflow;
	uint32_t corrupt_bit;	/* of the frame's bytes behind the Ethernet header */
	uint64_t leave_ns[2];	/* when each copy leaves, on the caller's clock */
};

/* Return: 0; -EINVAL, -ENOENT (distribution, trace file) with a sentence. The impairment is
 * copied, its files are read. */
int nst_model_new(const struct nst_impairment *impairment, uint64_t seed, unsigned int link,
		  unsigned int direction, struct nst_model **ret_model);
void nst_model_free(struct nst_model *model);

/* The fate of the packet `n` (from 0) of `size` bytes that came at `now_ns`; `ecn_capable`
 * if its IP header says so. The caller tells nst_model_left() when each copy left. */
void nst_model_arrive(struct nst_model *model, uint64_t n, size_t size, bool ecn_capable,
		      uint64_t now_ns, struct nst_fate *ret_fate);
void nst_model_left(struct nst_model *model, size_t size, uint64_t now_ns);

/* The 64-bit draw for packet n in a stream of its own. */
uint64_t nst_draw(uint64_t seed, unsigned int link, unsigned int direction,
		  unsigned int stream, uint64_t n);

#endif
