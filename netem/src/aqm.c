/* SPDX-License-Identifier: MIT */
/* CoDel and PIE, after the pseudo-code of their RFCs; figures in nanoseconds. */
#include "aqm.h"

#include <math.h>

enum { MS = 1000000 };

/* ---- CoDel: RFC 8289, section 5 ---- */

enum { CODEL_TARGET = 5 * MS, CODEL_INTERVAL = 100 * MS };

/* dodequeue() of section 5.6. Return: whether there was a packet. */
static bool codel_look(struct codel *codel, struct ring *queue, uint64_t now,
		       struct held *ret, bool *ret_may_drop)
{
	*ret_may_drop = false;
	if (!ring_pop(queue, ret)) {
		codel->first_above_ns = 0;
		return false;
	}
	if (ret->size > codel->largest_packet)
		codel->largest_packet = ret->size;
	if (now < ret->arrived_ns + CODEL_TARGET ||
	    queue->bytes <= codel->largest_packet)
		codel->first_above_ns = 0;
	else if (codel->first_above_ns == 0)
		codel->first_above_ns = now + CODEL_INTERVAL;
	else
		*ret_may_drop = now >= codel->first_above_ns;
	return true;
}

static uint64_t control_law(uint64_t time, uint32_t count)
{
	return time + (uint64_t)(CODEL_INTERVAL / sqrt(count));
}

static bool marks(bool ecn, struct held *held)
{
	if (ecn && held->ecn_capable)
		held->out.marked_ce = true;
	return ecn && held->ecn_capable;
}

/* No memory to remember it: then it is not dropped. */
static bool drops(struct ring *dropped, struct held *held, uint64_t now)
{
	struct held gone = *held;

	gone.out.dropped = true;
	gone.out.due_ns = now;
	return ring_push(dropped, &gone);
}

/* While dropping: one after the other, faster and faster. */
static bool codel_go_on(struct codel *codel, struct ring *queue, uint64_t now, bool ecn,
			struct ring *dropped, struct held *held)
{
	bool there = true, may_drop;

	while (there && codel->dropping && now >= codel->drop_next_ns) {
		codel->count++;
		if (marks(ecn, held) || !drops(dropped, held, now)) {
			codel->drop_next_ns =
				control_law(codel->drop_next_ns, codel->count);
			break;
		}
		there = codel_look(codel, queue, now, held, &may_drop);
		codel->dropping = may_drop;
		if (may_drop)
			codel->drop_next_ns =
				control_law(codel->drop_next_ns, codel->count);
	}
	return there;
}

/* The first drop. If dropping ended not long ago, it goes on at the pace that it had. */
static bool codel_begin(struct codel *codel, struct ring *queue, uint64_t now, bool ecn,
			struct ring *dropped, struct held *held)
{
	uint32_t delta = codel->count - codel->last_count;
	bool there = true, may_drop;

	if (!marks(ecn, held) && drops(dropped, held, now))
		there = codel_look(codel, queue, now, held, &may_drop);
	codel->dropping = true;
	codel->count = 1;
	if (delta > 1 && now - codel->drop_next_ns < 16ULL * CODEL_INTERVAL)
		codel->count = delta;
	codel->drop_next_ns = control_law(now, codel->count);
	codel->last_count = codel->count;
	return there;
}

bool codel_pop(struct codel *codel, struct ring *queue, uint64_t now_ns, bool ecn,
	       struct ring *dropped, struct held *ret)
{
	bool may_drop;

	if (!codel_look(codel, queue, now_ns, ret, &may_drop)) {
		codel->dropping = false;
		return false;
	}
	if (codel->dropping) {
		codel->dropping = may_drop;
		return codel_go_on(codel, queue, now_ns, ecn, dropped, ret);
	}
	if (may_drop)
		return codel_begin(codel, queue, now_ns, ecn, dropped, ret);
	return true;
}

/* ---- PIE: RFC 8033, sections 4 and 5 ---- */

enum {
	PIE_TARGET = 15 * MS,
	PIE_UPDATE = 15 * MS,
	PIE_BURST = 150 * MS,
	PIE_MEAN_PACKET = 1024,
};

/* "Auto-tuning": the smaller the probability, the smaller its steps (section 4.2). */
static const struct {
	double below, divisor;
} pie_steps[] = {
	{ 0.000001, 2048 }, { 0.00001, 512 }, { 0.0001, 128 }, { 0.001, 32 },
	{ 0.01, 8 },        { 0.1, 2 },       { INFINITY, 1 },
};

static double pie_step(const struct pie *pie, int64_t delay)
{
	const double alpha = 0.125, beta = 1.25; /* a second */
	double step = alpha * (double)(delay - PIE_TARGET) / 1e9 +
		      beta * (double)(delay - pie->old_delay_ns) / 1e9;
	int i = 0;

	while (pie->probability >= pie_steps[i].below)
		i++;
	step /= pie_steps[i].divisor;
	return pie->probability >= 0.1 && step > 0.02 ? 0.02 : step;
}

static void pie_tick(struct pie *pie, int64_t delay)
{
	pie->probability += pie_step(pie, delay);
	if (delay == 0 && pie->old_delay_ns == 0)
		pie->probability *= 0.98; /* congestion has gone */
	pie->probability = fmin(fmax(pie->probability, 0), 1);
	pie->burst_ns = pie->burst_ns > PIE_UPDATE ? pie->burst_ns - PIE_UPDATE : 0;
	if (pie->probability == 0 && delay < PIE_TARGET / 2 &&
	    pie->old_delay_ns < PIE_TARGET / 2)
		pie->burst_ns = PIE_BURST;
	pie->old_delay_ns = delay;
}

/* Nothing that a tick could still change. */
static bool at_rest(const struct pie *pie, int64_t delay)
{
	return delay == 0 && pie->old_delay_ns == 0 && pie->probability == 0 &&
	       pie->burst_ns == PIE_BURST;
}

void pie_update(struct pie *pie, const struct ring *queue, uint64_t now_ns)
{
	int64_t delay = queue->count ? pie->delay_ns : 0;

	if (!pie->started) {
		*pie = (struct pie){ .started = true,
				     .burst_ns = PIE_BURST,
				     .next_update_ns = now_ns + PIE_UPDATE };
		return;
	}
	while (now_ns >= pie->next_update_ns && !at_rest(pie, delay)) {
		pie_tick(pie, delay);
		pie->next_update_ns += PIE_UPDATE;
	}
	if (now_ns >= pie->next_update_ns)
		pie->next_update_ns +=
			((now_ns - pie->next_update_ns) / PIE_UPDATE + 1ULL) *
			PIE_UPDATE;
}

/* drop_early() of section 4.1, with the de-randomization of section 5.4. */
static bool pie_selects(struct pie *pie, const struct ring *queue, uint64_t draw)
{
	if (pie->burst_ns > 0 || queue->bytes <= 2 * PIE_MEAN_PACKET ||
	    (pie->old_delay_ns < PIE_TARGET / 2 && pie->probability < 0.2))
		return false;
	if (pie->probability == 0)
		pie->accumulated = 0;
	pie->accumulated += pie->probability;
	if (pie->accumulated < 0.85)
		return false;
	if (pie->accumulated < 8.5 &&
	    (double)(draw >> 11) * 0x1p-53 >= pie->probability)
		return false;
	pie->accumulated = 0;
	return true;
}

enum pie_says pie_admit(struct pie *pie, const struct ring *queue, bool markable,
			uint64_t draw)
{
	if (!pie_selects(pie, queue, draw))
		return PIE_TAKE;
	return markable && pie->probability < 0.1 ? PIE_MARK : PIE_REFUSE; /* 5.1 */
}
