/* SPDX-License-Identifier: MIT */
/* What befalls a frame: the fault that takes it. Those that are not lost to it go on to the
 * model; but one that is held is not shown to the model: it leaves right behind the frame that
 * it waited for. */
#include <string.h>

#include "wire_engine.h"

enum { NS_PER_US = 1000 };

static void hold(struct wire_direction *direction, struct wire_frame *frame,
		 uint32_t others)
{
	struct wire_frame **last = &direction->held;

	while (*last)
		last = &(*last)->next;
	frame->wait_for = others ? others : 1;
	*last = frame;
}

/* A forged frame goes back at once, or on in the place of the one it was made for. */
static void inject(struct wire_engine *engine, const struct wire_frame *frame,
		   const struct nst_forged *forged, uint64_t now_ns)
{
	struct wire_frame *made = wire_frame_new(&engine->pool, forged->size);

	wire_counters_of(engine, frame)->injected++;
	if (!made) {
		wire_counters_of(engine, frame)->unplanned++;
		return;
	}
	wire_is_held(engine, frame);
	memcpy(made->bytes, forged->frame, forged->size);
	made->size = (uint32_t)forged->size;
	made->kind = frame->kind;
	made->number = frame->number;
	made->serial = frame->serial;
	made->direction = frame->direction;
	made->came_ns = frame->came_ns;
	made->stamp_ns = frame->stamp_ns;
	made->digest = frame->digest;
	made->turn = frame->turn;
	made->leave_ns = frame->came_ns;
	made->backwards = forged->back;
	if (forged->back)
		wire_forward(engine, made, now_ns);
	else
		wire_go_on(engine, made, now_ns);
}

static void replace(struct wire_engine *engine, struct wire_frame *frame,
		    const struct nst_fault *fault, uint64_t now_ns)
{
	struct nst_forged forged[NST_FORGED_MOST];
	size_t count = nst_fault_forge(fault, frame->bytes, frame->size, forged);

	for (size_t i = 0; i < count; i++)
		inject(engine, frame, &forged[i], now_ns);
	wire_counters_of(engine, frame)->dropped++;
	wire_discard(engine, frame);
}

/* What a fault does to the frame. Return: whether it goes on. */
static bool commit(struct wire_engine *engine, struct wire_frame *frame,
		   const struct nst_fault *fault, uint64_t now_ns)
{
	switch (fault->action) {
	case NST_FAULT_DROP:
		wire_counters_of(engine, frame)->dropped++;
		wire_discard(engine, frame);
		return false;
	case NST_FAULT_RST:
	case NST_FAULT_ICMP:
		replace(engine, frame, fault, now_ns);
		return false;
	case NST_FAULT_HOLD:
		hold(&engine->directions[frame->direction], frame, fault->hold);
		return false;
	case NST_FAULT_CORRUPT:
	case NST_FAULT_TRUNCATE:
	case NST_FAULT_ECN_CE:
	case NST_FAULT_DSCP:
	case NST_FAULT_TTL:
	case NST_FAULT_WINDOW:
		frame->size =
			(uint32_t)nst_fault_edit(fault, frame->bytes, frame->size);
		return true;
	case NST_FAULT_DELAY:
		frame->late_ns = (uint64_t)fault->delay_us * NS_PER_US;
		return true;
	case NST_FAULT_DUPLICATE:
		frame->more = fault->copies ? fault->copies : 1;
		return true;
	case NST_FAULT_LOG: /* takes nothing */
	case NST_FAULT_ACTIONS:
		return true;
	}
	return true;
}

/* Tells those who wait for the rules that logged the frame. */
static void tell_of_logged(struct wire_engine *engine, uint32_t direction)
{
	const struct nst_fault_rules *rules = engine->directions[direction].rules;

	for (uint32_t id = nst_fault_rules_logged(rules, 0); id;
	     id = nst_fault_rules_logged(rules, id))
		wire_tell_waiters(engine, direction, id);
}

/* Return: whether any rule logged the frame. */
static bool note_logged(struct wire_engine *engine, const struct wire_frame *frame)
{
	const struct nst_fault_rules *rules =
		engine->directions[frame->direction].rules;
	uint32_t id = nst_fault_rules_logged(rules, 0);
	bool any = id;

	for (; id; id = nst_fault_rules_logged(rules, id))
		wire_note(engine, frame, NST_WIRE_FAULT, id, 0);
	return any;
}

static void treat_by_rules(struct wire_engine *engine, struct wire_frame *frame,
			   uint64_t now_ns)
{
	struct wire_direction *direction = &engine->directions[frame->direction];
	uint32_t at = frame->direction;
	struct nst_take take;
	bool taken = nst_fault_rules_take(direction->rules, frame->bytes, frame->size,
					  &take);
	bool logged = note_logged(engine, frame), goes_on = true;

	direction->counters.faulted += taken || logged;
	if (taken) {
		int64_t delay_us = take.fault->action == NST_FAULT_DELAY
					   ? take.fault->delay_us
					   : 0;

		wire_note(engine, frame, NST_WIRE_FAULT, take.id,
			  (uint64_t)delay_us * NS_PER_US);
		goes_on = commit(engine, frame, take.fault, now_ns);
	}
	if (goes_on)
		wire_go_on(engine, frame, now_ns);
	if (taken)
		wire_tell_waiters(engine, at, take.id);
	if (logged)
		tell_of_logged(engine, at);
}

void wire_treat(struct wire_engine *engine, struct wire_frame *frame, uint64_t now_ns)
{
	const struct wire_direction *direction = &engine->directions[frame->direction];

	if (direction->cut)
		wire_vanish(engine, frame);
	else if (direction->rules && !nst_fault_rules_are_none(direction->rules))
		treat_by_rules(engine, frame, now_ns);
	else
		wire_go_on(engine, frame, now_ns);
}
