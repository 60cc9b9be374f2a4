/* SPDX-License-Identifier: MIT */
/* What befalls packet n of a direction, and when it leaves. Pure: time is an argument, chance
 * is a function of seed, link, direction, stream and n (splitmix64 in counter mode), so that
 * the fate of a packet does not depend on when it came or what was drawn for others.
 *
 * The caller keeps the frames, the model keeps their order: what is under way, what waits for
 * the rate, the trace or the slot.
 *
 *	nst_model_arrive(model, n, frame->size, ect, received_ns, frame, &fate);
 *	frame->references = fate.copies;			0: lost, free it
 *	...
 *	while (nst_model_leave(model, now_ns, &departure))
 *		send(departure.frame), or free it if departure.dropped;
 *	sleep until nst_model_next_ns(model), or until something arrives
 *
 * Times are on one clock of the caller's, arrivals in their order. nst_model_leave(now_ns) says
 * that what came before now_ns has arrived: read what was received first. Then all that
 * happens depends on the times of arrival only, and not on when the model was asked. */
#ifndef NETEM_MODEL_H
#define NETEM_MODEL_H

#include <nstest/impairment.h>

struct nst_model;

/* What befell a packet when it came. Dropping from the head of a queue (CoDel) is not known
 * yet: see nst_departure. */
struct nst_fate {
	unsigned int copies; /* the model holds from now on: 0, 1, 2 (duplicated) */
	bool lost;           /* by the loss model */
	bool overflowed;     /* a copy found the queue full, or PIE refused it */
	bool duplicated;
	bool marked_ce; /* these three: of either copy */
	bool corrupted;
	bool reordered;
};

/* A copy that leaves. */
struct nst_departure {
	void *frame; /* as given to nst_model_arrive() */
	uint64_t n;
	unsigned int copy; /* 0: the packet, 1: its duplicate */
	uint64_t
		due_ns; /* when it should have left: at most the `now_ns` of the call */
	bool dropped;   /* at the head of the queue, by CoDel: it does not leave */
	bool marked_ce; /* congestion experienced must be set in its IP header */
	bool corrupted; /* the bit below must be flipped, in this copy only */
	bool reordered;
	uint32_t
		corrupt_bit; /* of the frame, Ethernet header included: byte * 8 + bit */
};

/* Return: 0; -EINVAL, -ENOENT (distribution, trace file) with a sentence. The impairment is
 * copied, its files are read. NULL is a perfect link. `seed` is used if the impairment
 * has none of its own. */
int nst_model_new(const struct nst_impairment *impairment, uint64_t seed,
		  unsigned int link, unsigned int direction,
		  struct nst_model **ret_model);
void nst_model_free(struct nst_model *model);

/* From now on another impairment; on failure the old one stays. What is under way leaves when
 * it was told to; what waits for the rate or the trace waits for the new one. */
int nst_model_change(struct nst_model *model, const struct nst_impairment *impairment,
		     uint64_t now_ns);

/* The packet `n` (from 0) came at `now_ns`, `size` bytes with its Ethernet header;
 * `ecn_capable` if its IP header says ECT(0), ECT(1) or CE. */
void nst_model_arrive(struct nst_model *model, uint64_t n, size_t size,
		      bool ecn_capable, uint64_t now_ns, void *frame,
		      struct nst_fate *ret_fate);

/* The next copy that is due by now. Return: false if there is none. */
bool nst_model_leave(struct nst_model *model, uint64_t now_ns,
		     struct nst_departure *ret);

/* When to ask again, unless something arrives before; UINT64_MAX: never. */
uint64_t nst_model_next_ns(const struct nst_model *model);

/* Copies that nst_model_leave() has not given back yet. */
size_t nst_model_held(const struct nst_model *model);

/* Takes out any copy that is held, due or not; false if there is none. For the end. */
bool nst_model_evict(struct nst_model *model, struct nst_departure *ret);

/* Streams of chance: each draws for itself. Those from NST_STREAM_FAULTS on are for rules:
 * NST_STREAM_FAULTS + id of the rule. */
enum { NST_STREAM_FAULTS = 256 };

/* The 64-bit draw for packet n in a stream of its own. */
uint64_t nst_draw(uint64_t seed, unsigned int link, unsigned int direction,
		  unsigned int stream, uint64_t n);

/* Whether an event of this probability happens, given a draw. */
static inline bool nst_chance(uint64_t draw, uint32_t ppm)
{
	return (unsigned __int128)draw * 1000000 >> 64 < ppm;
}

#endif
