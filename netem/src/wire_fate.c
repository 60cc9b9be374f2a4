/* SPDX-License-Identifier: MIT */
/* What befalls a frame: the impairment of its direction.
 *
 * Discovery and markers are spared by the model, unless it is to be as netem, which spares
 * nobody; markers always are. They have the impairment's delay, without jitter, and leave behind
 * all that came before them: so a marker that arrives proves what a marker is to prove,
 * whatever the jitter.
 */
#include <linux/if_ether.h>
#include <stdlib.h>
#include <string.h>

#include <base/fail.h>

#include "wire_engine.h"

enum { NS_PER_US = 1000 };

/* ---- The model of a direction ---- */

/* Puts the direction on the agenda, unless it is there for as early a time. Its later
 * entries are no longer true then. */
static void wake(struct wire_engine *engine, struct wire_direction *direction)
{
	uint64_t next_ns = nst_model_next_ns(direction->model);

	if (next_ns >= direction->wake_ns)
		return;
	if (wire_queue_put(&engine->agenda, next_ns, direction))
		direction->wake_ns = next_ns;
}

int wire_change(struct wire_engine *engine, uint32_t direction,
		const struct nst_impairment *impairment)
{
	struct wire_direction *own = &engine->directions[direction];
	bool impaired = impairment && !nst_impairment_is_none(impairment);
	int r = 0;

	if (own->model)
		r = nst_model_change(own->model, impaired ? impairment : NULL,
				     wire_now());
	else if (impaired)
		r = nst_model_new(impairment, engine->seed, direction / 2,
				  direction % 2, &own->model);
	if (r < 0)
		return r;
	own->impaired = impaired;
	own->compat = impaired ? impairment->compat : NST_COMPAT_EXACT;
	own->delay_ns = impaired ? (uint64_t)impairment->delay_us * NS_PER_US : 0;
	if (own->model)
		wake(engine, own);
	return 0;
}

/* ---- The log ---- */

void wire_note(struct wire_engine *engine, const struct wire_frame *frame,
	       enum nst_wire_what what, uint32_t fault, uint64_t delay_ns)
{
	const struct nst_wire_event event = {
		.link = frame->direction / 2,
		.direction = (uint8_t)(frame->direction % 2),
		.what = (uint8_t)what,
		.fault = fault,
		.n = frame->number,
		.when_ns = frame->stamp_ns,
		.digest = frame->digest,
		.delay_ns = delay_ns,
	};

	wire_trace_add(&engine->trace, &event);
}

/* ---- Ends ---- */

struct nst_wire_counters *wire_counters_of(struct wire_engine *engine,
					   const struct wire_frame *frame)
{
	return &engine->directions[frame->direction].counters;
}

void wire_vanish(struct wire_engine *engine, struct wire_frame *frame)
{
	wire_counters_of(engine, frame)->cut++;
	wire_note(engine, frame, NST_WIRE_CUT, 0, 0);
	wire_discard(engine, frame);
}

static void overflow(struct wire_engine *engine, struct wire_frame *frame)
{
	wire_counters_of(engine, frame)->overflowed++;
	wire_note(engine, frame, NST_WIRE_OVERFLOWED, 0, 0);
	wire_discard(engine, frame);
}

/* One more of the frame; NULL, and counted, if there is no memory. */
static struct wire_frame *duplicate(struct wire_engine *engine,
				    const struct wire_frame *frame)
{
	struct wire_frame *copy = wire_frame_copy(&engine->pool, frame);

	wire_counters_of(engine, frame)->duplicated++;
	if (copy)
		wire_is_held(engine, frame);
	else
		wire_counters_of(engine, frame)->unplanned++;
	return copy;
}

/* ---- Into the model, and out of it ---- */

/* Those that the model loses at once it never had. */
static void enter_model(struct wire_engine *engine, struct wire_frame *frame)
{
	struct wire_direction *direction = &engine->directions[frame->direction];
	bool ecn = wire_frame_is_ecn_capable(frame->bytes, frame->size);
	struct nst_fate fate;

	nst_model_arrive(direction->model, frame->number - 1, frame->size, ecn,
			 frame->came_ns, frame, &fate);
	if (fate.duplicated) {
		direction->counters.duplicated++;
		wire_is_held(engine, frame);
		wire_note(engine, frame, NST_WIRE_DUPLICATED, 0, 0);
	}
	if (fate.lost) {
		direction->counters.lost++;
		wire_is_gone(engine, frame);
		wire_note(engine, frame, NST_WIRE_LOST, 0, 0);
	}
	for (unsigned int i = 1U + fate.duplicated - fate.lost; i > fate.copies; i--) {
		direction->counters.overflowed++;
		wire_is_gone(engine, frame);
		wire_note(engine, frame, NST_WIRE_OVERFLOWED, 0, 0);
	}
	direction->under_way += fate.copies;
	frame->in_model = fate.copies;
	if (fate.copies == 0)
		wire_frame_free(&engine->pool, frame);
	else
		wake(engine, direction);
}

static void apply(struct wire_engine *engine, struct wire_frame *frame,
		  const struct nst_departure *departure)
{
	uint32_t byte = departure->corrupt_bit / 8;

	if (departure->corrupted && byte < frame->size) {
		frame->bytes[byte] ^= (uint8_t)(1U << departure->corrupt_bit % 8);
		wire_counters_of(engine, frame)->corrupted++;
		wire_note(engine, frame, NST_WIRE_CORRUPTED, 0, 0);
	}
	if (departure->marked_ce) {
		wire_frame_mark_ce(frame->bytes, frame->size);
		wire_counters_of(engine, frame)->marked_ce++;
		wire_note(engine, frame, NST_WIRE_MARKED, 0, 0);
	}
	if (departure->reordered) {
		wire_counters_of(engine, frame)->reordered++;
		wire_note(engine, frame, NST_WIRE_REORDERED, 0, 0);
	}
	if (departure->due_ns > frame->came_ns)
		wire_note(engine, frame, NST_WIRE_DELAYED, 0,
			  departure->due_ns - frame->came_ns);
}

void wire_send_on(struct wire_engine *engine, struct wire_frame *frame, uint64_t now_ns)
{
	struct wire_frame *copies = NULL, **last = &copies;

	frame->leave_ns += frame->late_ns;
	for (; frame->more > 0; frame->more--) {
		*last = duplicate(engine, frame);
		if (!*last)
			break;
		last = &(*last)->next;
	}
	wire_forward(engine, frame, now_ns);
	while (copies) {
		struct wire_frame *copy = copies;

		copies = copy->next;
		copy->next = NULL;
		wire_forward(engine, copy, now_ns);
	}
}

/* While the model has another copy of it, this one goes as a frame of its own: the model
 * gives back the same frame twice. */
static void depart(struct wire_engine *engine, const struct nst_departure *departure,
		   uint64_t now_ns)
{
	struct wire_frame *frame = departure->frame;
	uint32_t direction = frame->direction;
	uint64_t serial = frame->serial;

	if (--frame->in_model > 0) {
		frame = wire_frame_copy(&engine->pool, frame);
		if (!frame) {
			engine->directions[direction].counters.unplanned++;
			wire_is_gone(engine, departure->frame);
			wire_no_longer_under_way(engine, direction, serial, now_ns);
			return;
		}
		frame->original = true;
		frame->late_ns = ((struct wire_frame *)departure->frame)->late_ns;
		frame->more = ((struct wire_frame *)departure->frame)->more;
	}
	frame->leave_ns = departure->due_ns;
	if (departure->dropped) {
		overflow(engine, frame);
	} else {
		apply(engine, frame, departure);
		wire_send_on(engine, frame, now_ns);
	}
	wire_no_longer_under_way(engine, direction, serial, now_ns);
}

void wire_depart(struct wire_engine *engine, uint64_t now_ns)
{
	uint64_t due_ns = wire_queue_due(&engine->agenda);
	struct wire_direction *direction = wire_queue_take(&engine->agenda);
	struct nst_departure departure;

	if (due_ns != direction->wake_ns)
		return; /* it was needed earlier than that */
	direction->wake_ns = UINT64_MAX;
	if (nst_model_leave(direction->model, now_ns, &departure))
		depart(engine, &departure, now_ns);
	wake(engine, direction);
}

/* ---- Past the model ---- */

/* With the impairment's delay, behind all that came before. */
static void go_spared(struct wire_engine *engine, struct wire_frame *frame,
		      uint64_t now_ns)
{
	struct wire_direction *direction = &engine->directions[frame->direction];
	struct wire_frame **last = &direction->behind;

	frame->leave_ns = frame->came_ns + direction->delay_ns;
	if (direction->under_way == 0) {
		wire_send_on(engine, frame, now_ns);
		return;
	}
	while (*last)
		last = &(*last)->next;
	frame->wait_for = (uint32_t)direction->under_way;
	*last = frame;
}

static bool is_spared(const struct wire_direction *direction,
		      const struct wire_frame *frame)
{
	if (frame->kind == WIRE_MARKER || !frame->original)
		return true;
	return frame->kind == WIRE_DISCOVERY && direction->compat != NST_COMPAT_NETEM;
}

void wire_go_on(struct wire_engine *engine, struct wire_frame *frame, uint64_t now_ns)
{
	struct wire_direction *direction = &engine->directions[frame->direction];

	if (is_spared(direction, frame))
		go_spared(engine, frame, now_ns);
	else if (direction->impaired ||
		 (direction->model && nst_model_held(direction->model) > 0))
		enter_model(engine, frame);
	else
		wire_send_on(engine, frame, now_ns);
}
