/* SPDX-License-Identifier: MIT */
/* What functions that run inside the lab process may know of impaired links: a probe must
 * not take for a firewall what a link did. */
#ifndef LAB_WIRES_H
#define LAB_WIRES_H

#include <lab/inside.h>
#include <nstest/impair.h>

static inline bool nst_inside_has_wires(const struct nst_inside *inside)
{
	return nst_inside_plan(inside)->wire_count > 0;
}

/* How many frames all impaired links hold. 0: whatever was sent into one before the call
 * has come out at the other end, or is lost. The same holds of what was sent before an earlier
 * call when the turn is 2 more than it was then; it is 0 where the kernel's engine holds any, of
 * which nobody knows how old they are. -EIO: an engine is gone, so nobody knows. */
int nst_inside_in_flight(struct nst_inside *inside, uint64_t *ret_frames,
			 uint64_t *ret_turn);

/* Of the direction in which interface `from` of the plan sends. -ENOENT: a plain link. */
int nst_inside_wire_counters(struct nst_inside *inside, size_t from,
			     struct nst_wire_counters *ret);

/* What that direction is asked to do to packets, impairment and faults: "loss 30%",
 * "fault #1 (drop the 1st syn)"; "" for a plain link. Returns `text`. */
char *nst_inside_wire_words(struct nst_inside *inside, size_t from, char *text,
			    size_t size);

/* How long nearly every packet is under way at most: delay and four times the jitter. */
int64_t nst_inside_wire_delay_us(const struct nst_inside *inside, size_t from);

/* What a direction has done so far to packets. */
struct nst_wire_harm {
	uint64_t taken; /* lost, in whatever way */
	uint64_t
		certain; /* of these: as all like them are, so that trying again is no use */
	uint64_t altered; /* in ways for which a receiver may drop them */
	uint64_t forged;  /* RSTs and ICMP errors sent in place of others */
};
int nst_inside_wire_harm(struct nst_inside *inside, size_t from,
			 struct nst_wire_harm *ret);

#endif
