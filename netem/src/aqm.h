/* SPDX-License-Identifier: MIT */
/* Queues that keep themselves short: CoDel (RFC 8289) and PIE (RFC 8033). */
#ifndef AQM_H
#define AQM_H

#include "model_ring.h"

struct codel {
	uint64_t first_above_ns, drop_next_ns;
	uint32_t count, last_count;
	size_t largest_packet;
	bool dropping;
};

/* Takes the next packet out of the queue, and those that CoDel drops on the way: they go to
 * `dropped`. With `ecn`, packets that can be are marked instead. Return: false if the
 * queue is empty now. */
bool codel_pop(struct codel *codel, struct ring *queue, uint64_t now_ns, bool ecn,
	       struct ring *dropped, struct held *ret);

struct pie {
	bool started;
	uint64_t next_update_ns;
	int64_t burst_ns; /* how long bursts may still pass */
	int64_t delay_ns; /* how long the packet waited that left last */
	int64_t old_delay_ns;
	double probability, accumulated;
};

/* Brings the probability up to date: every 15 ms, from the first call on. */
void pie_update(struct pie *pie, const struct ring *queue, uint64_t now_ns);

enum pie_says { PIE_TAKE, PIE_MARK, PIE_REFUSE };

/* Of a packet that comes to the queue. */
enum pie_says pie_admit(struct pie *pie, const struct ring *queue, bool markable,
			uint64_t draw);

#endif
