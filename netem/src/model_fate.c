/* SPDX-License-Identifier: MIT */
/* What befalls a packet that arrives: two readings of the same words. */
#include "model_inside.h"

enum { ETHERNET_HEADER = 14 };

static uint64_t draw(const struct nst_model *model, const struct arrival *arrival,
		     enum stream stream)
{
	return roll(&model->dice, arrival->stream + stream, arrival->held.out.n);
}

static bool happens(struct nst_model *model, struct event *event,
		    const struct arrival *arrival, enum stream stream)
{
	return event->ppm && event_happens(event, draw(model, arrival, stream));
}

static bool is_lost(struct nst_model *model, const struct arrival *arrival)
{
	return loss_befalls(&model->loss, &model->dice, arrival->stream,
			    arrival->held.out.n);
}

/* One bit flips: anywhere in the frame in the kernel; exactly, in the packet that it carries,
 * because a frame with a wrong address would be lost and not corrupted. */
static void corrupt(struct nst_model *model, struct arrival *arrival)
{
	size_t from = model->kernel || arrival->held.size <= ETHERNET_HEADER
			      ? 0
			      : ETHERNET_HEADER;
	uint64_t bits = 8 * (arrival->held.size - from);

	if (bits == 0 || !happens(model, &model->corrupt, arrival, STREAM_CORRUPT))
		return;
	arrival->held.out.corrupted = true;
	bits = roll_below(draw(model, arrival, STREAM_CORRUPT_BIT), bits);
	arrival->held.out.corrupt_bit = (uint32_t)(8 * from + bits);
}

static bool is_reordered(struct nst_model *model, const struct arrival *arrival)
{
	if (model->gap == 0 || model->since_reorder + 1 < model->gap ||
	    !happens(model, &model->reorder, arrival, STREAM_REORDER)) {
		model->since_reorder++;
		return false;
	}
	model->since_reorder = 0;
	return true;
}

static void count(struct nst_fate *fate, const struct arrival *arrival)
{
	fate->copies++;
	fate->marked_ce |= arrival->held.out.marked_ce;
	fate->corrupted |= arrival->held.out.corrupted;
	fate->reordered |= arrival->held.out.reordered;
}

/* The duplicate of what arrives, as it is now. */
static struct arrival duplicate_of(const struct arrival *arrival)
{
	struct arrival copy = *arrival;

	copy.held.out.copy = 1;
	copy.stream = STREAM_COPY;
	return copy;
}

/* ---- compat netem: netem_enqueue() ---- */

/* With a rate, the packet leaves its time on the wire after all that are held, and what it
 * waits for them is taken off its delay. */
static uint64_t kernel_due(struct nst_model *model, const struct arrival *arrival)
{
	int64_t now = (int64_t)arrival->now_ns, last = (int64_t)model->line.last_due_ns;
	int64_t delay = jitter_next(&model->jitter, draw(model, arrival, STREAM_DELAY));
	int64_t due = now + delay;

	if (model->server.rate.bps) {
		if (last > now)
			due = due > last ? due : last;
		due += (int64_t)rate_time_ns(&model->server.rate, arrival->held.size);
	}
	return (uint64_t)(due > now ? due : now);
}

static void kernel_put(struct nst_model *model, struct arrival *arrival)
{
	struct held *held = &arrival->held;

	if (is_reordered(model, arrival)) {
		held->out.reordered = true;
		held->out.due_ns = arrival->now_ns;
		ring_push(&model->out, held); /* past delay, rate and slots */
	} else {
		held->out.due_ns = kernel_due(model, arrival);
		line_add(model, held, arrival->now_ns);
	}
}

/* Whether loss leaves nothing of a packet. A loss and a duplicate make up for each other. */
static bool kernel_loses(struct nst_model *model, struct arrival *arrival, bool *twice)
{
	bool lost = is_lost(model, arrival);

	if (lost && model->ecn && arrival->held.ecn_capable) {
		arrival->held.out.marked_ce = true;
		return false;
	}
	if (lost && *twice) {
		*twice = false;
		return false;
	}
	return lost;
}

void fate_by_kernel(struct nst_model *model, struct arrival *arrival,
		    struct nst_fate *fate)
{
	bool first = arrival->held.out.copy == 0;
	bool twice =
		first && happens(model, &model->duplicate, arrival, STREAM_DUPLICATE);
	struct arrival copy;

	if (kernel_loses(model, arrival, &twice)) {
		fate->lost = first;
		return;
	}
	copy = duplicate_of(arrival);
	corrupt(model, arrival);
	if (model->line.count >= model->limit_packets) {
		fate->overflowed = true;
		return;
	}
	if (twice) /* from the root qdisc again, and before the packet itself */
		fate_by_kernel(model, &copy, fate);
	kernel_put(model, arrival);
	count(fate, arrival);
}

/* ---- compat exact ---- */

/* Without anything to wait for, a limit counts what is under way. */
static bool line_is_full(const struct nst_model *model, const struct arrival *arrival)
{
	const struct line *line = &model->line;

	return (model->limit_packets && line->count >= model->limit_packets) ||
	       (model->limit_bytes &&
		line->bytes + arrival->held.size > model->limit_bytes);
}

static bool put(struct nst_model *model, struct arrival *arrival)
{
	struct held *held = &arrival->held;

	if (server_waits(&model->server, arrival->now_ns))
		return server_accept(model, arrival);
	if (line_is_full(model, arrival))
		return false;
	held->out.due_ns = arrival->now_ns + (uint64_t)held->delay_ns;
	line_add(model, held, arrival->now_ns);
	return true;
}

static void take_copy(struct nst_model *model, struct arrival *arrival,
		      struct nst_fate *fate)
{
	struct held *held = &arrival->held;

	corrupt(model, arrival);
	held->out.reordered = is_reordered(model, arrival);
	held->delay_ns =
		jitter_next(&model->jitter, draw(model, arrival, STREAM_DELAY));
	if (held->out.reordered)
		held->delay_ns = 0;
	if (put(model, arrival))
		count(fate, arrival);
	else
		fate->overflowed = true;
}

void fate_by_words(struct nst_model *model, struct arrival *arrival,
		   struct nst_fate *fate)
{
	struct arrival copy;
	bool twice;

	if (is_lost(model, arrival)) {
		if (!model->ecn || !arrival->held.ecn_capable) {
			fate->lost = true;
			return;
		}
		arrival->held.out.marked_ce = true;
	}
	copy = duplicate_of(arrival);
	twice = happens(model, &model->duplicate, arrival, STREAM_DUPLICATE);
	take_copy(model, arrival, fate);
	if (twice)
		take_copy(model, &copy, fate);
}
