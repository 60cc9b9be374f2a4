/* SPDX-License-Identifier: MIT */
/* The delay line, and the slots at its end.
 *
 * Slots are those of netem_dequeue(): who finds that the last slot opened before the next
 * packet was due waits for a new one, which opens after the time between slots. All that is
 * due by then leaves in it, until its packets or bytes are used up.
 */
#include "model_inside.h"

static void leave(struct nst_model *model, uint64_t now)
{
	struct held held;

	line_pop(&model->line, &held);
	held.out.due_ns = now;
	ring_push(&model->out, &held);
}

/* ---- Slots ---- */

static int64_t time_to_slot(const struct nst_model *model, struct gate *gate)
{
	uint64_t draw = roll(&model->dice, STREAM_SLOT, gate->slots++);
	uint64_t width = (uint64_t)(gate->max_ns - gate->min_ns);

	if (gate->spread)
		return jitter_next(&gate->jitter, draw);
	return gate->min_ns + (int64_t)roll_below(draw, width);
}

/* get_slot_next() */
static void next_slot(struct nst_model *model, uint64_t now)
{
	struct gate *gate = &model->gate;

	int64_t wait = time_to_slot(model, gate);

	gate->open_ns = now + (uint64_t)(wait > 0 ? wait : 0);
	gate->packets_left = gate->packets ? gate->packets : INT32_MAX;
	gate->bytes_left = gate->bytes ? gate->bytes : INT32_MAX;
}

/* netem_dequeue(), until it finds nothing that may leave. */
static void try_slot(struct nst_model *model, uint64_t now)
{
	struct gate *gate = &model->gate;
	const struct held *first;

	while ((first = line_first(&model->line))) {
		size_t size = first->size;

		if (gate->open_ns < first->out.due_ns)
			next_slot(model, now);
		if (first->out.due_ns > now || gate->open_ns > now)
			return;
		leave(model, now);
		gate->packets_left--;
		gate->bytes_left -= (int64_t)size;
		if (gate->packets_left <= 0 || gate->bytes_left <= 0)
			next_slot(model, now);
	}
}

/* ---- The line ---- */

uint64_t line_next_ns(const struct nst_model *model)
{
	const struct held *first = line_first(&model->line);

	if (!first)
		return UINT64_MAX;
	if (model->gate.closes && model->gate.open_ns > first->out.due_ns)
		return model->gate.open_ns;
	return first->out.due_ns;
}

void line_run(struct nst_model *model, uint64_t now_ns)
{
	for (uint64_t next; (next = line_next_ns(model)) <= now_ns;) {
		if (model->gate.closes)
			try_slot(model, next);
		else
			leave(model, next);
	}
}

/* Whoever comes looks whether something may leave, as in the kernel. */
void line_add(struct nst_model *model, const struct held *held, uint64_t now_ns)
{
	if (model->gate.closes)
		line_run(model, now_ns);
	line_push(&model->line, held);
	if (model->gate.closes)
		try_slot(model, now_ns);
}
