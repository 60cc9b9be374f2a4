/* SPDX-License-Identifier: MIT */
/* A frame's way through the engine: it comes, waits if it must, and leaves. */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include <base/digest.h>

#include "wire_barrier.h"

enum {
	US = 1000,
	/* A veth refuses a frame when the receiving CPU has no room for more (1,000 frames,
	 * net.core.netdev_max_backlog). So short a pause empties it. */
	TRY_AGAIN_NS = 50 * US,
	GIVE_UP_NS = 100 * 1000 * US,
	READ_ALL_BATCHES = 1024, /* as much as the largest buffer holds */
};

/* ---- Leaving ---- */

static void count_lateness(struct nst_wire_counters *counters, uint64_t due_ns,
			   uint64_t now_ns)
{
	uint64_t late_us = now_ns > due_ns ? (now_ns - due_ns) / US : 0;
	unsigned int bucket = late_us ? 64 - (unsigned int)__builtin_clzll(late_us) : 0;

	counters->lateness[bucket < NST_LATENESS_BUCKETS ? bucket
							 : NST_LATENESS_BUCKETS - 1]++;
}

void wire_discard(struct wire_engine *engine, struct wire_frame *frame)
{
	wire_is_gone(engine, frame);
	wire_frame_free(&engine->pool, frame);
}

static void has_left(struct wire_engine *engine, struct wire_frame *frame,
		     uint64_t now_ns)
{
	struct nst_wire_counters *counters =
		&engine->directions[frame->direction].counters;

	counters->sent++;
	counters->sent_bytes += frame->size;
	count_lateness(counters, frame->leave_ns, now_ns);
	wire_discard(engine, frame);
}

/* The first of a lane cannot leave. Either the kernel has no room for the moment: then
 * it is tried again, and all others wait behind it. Or the frame has no way, because an
 * interface is down or the frame too long for it. */
static void is_refused(struct wire_engine *engine, struct wire_lane *lane,
		       uint64_t now_ns)
{
	struct wire_frame *frame = lane->frames[lane->first];
	int error = lane->error, ifindex = lane->ifindexes[lane->first];
	struct nst_wire_counters *counters =
		&engine->directions[frame->direction].counters;
	bool full = (error == -ENOBUFS || error == -EAGAIN || error == -ENOMEM) &&
		    wire_socket_is_up(engine->socket, ifindex);

	if (full && !lane->refused_since_ns)
		lane->refused_since_ns = now_ns;
	if (full && now_ns - lane->refused_since_ns < GIVE_UP_NS) {
		engine->try_again_ns = now_ns + TRY_AGAIN_NS;
		return;
	}
	lane->refused_since_ns = 0;
	lane->sent = ++lane->first;
	if (full)
		counters->unplanned++;
	else
		counters->undelivered++;
	wire_discard(engine, frame);
}

static void account(struct wire_engine *engine, struct wire_lane *lane, uint64_t now_ns)
{
	if (lane->first < lane->sent)
		lane->refused_since_ns = 0;
	while (lane->first < lane->sent)
		has_left(engine, lane->frames[lane->first++], now_ns);
	if (!wire_lane_is_empty(lane))
		is_refused(engine, lane, now_ns);
	if (wire_lane_is_empty(lane))
		lane->first = lane->sent = lane->count = 0;
}

static void flush(struct wire_engine *engine)
{
	struct wire_lane *own = &engine->lanes[0], *other = &engine->lanes[1];
	uint64_t now_ns;

	while (wire_is_refused(engine)) {
		bool helped = !wire_lane_is_empty(other);

		if (helped)
			wire_helper_send(engine->helper, other);
		wire_lane_send(engine->socket, own);
		if (helped)
			wire_helper_await(engine->helper);
		now_ns = wire_now();
		engine->try_again_ns = 0;
		account(engine, own, now_ns);
		account(engine, other, now_ns);
		if (engine->try_again_ns)
			return;
	}
}

bool wire_has_room(struct wire_engine *engine)
{
	if (wire_batched(engine) == WIRE_BATCH && !engine->try_again_ns)
		flush(engine);
	return wire_batched(engine) < WIRE_BATCH;
}

/* ---- Waiting ---- */

/* Takes those out of a list that wait for a frame of this serial, and for no other. */
static struct wire_frame *take_ready(struct wire_frame **list, uint64_t serial,
				     bool for_later)
{
	struct wire_frame *ready = NULL, **last = &ready;

	while (*list) {
		struct wire_frame *frame = *list;
		bool counts =
			for_later ? serial > frame->serial : serial < frame->serial;

		if (!counts || --frame->wait_for > 0) {
			list = &frame->next;
			continue;
		}
		*list = frame->next;
		frame->next = NULL;
		*last = frame;
		last = &frame->next;
	}
	return ready;
}

static void forward_all(struct wire_engine *engine, struct wire_frame *frames,
			uint64_t now_ns)
{
	while (frames) {
		struct wire_frame *frame = frames;

		frames = frame->next;
		frame->next = NULL;
		if (frame->leave_ns < now_ns)
			frame->leave_ns = now_ns;
		wire_send_on(engine, frame, now_ns);
	}
}

void wire_no_longer_under_way(struct wire_engine *engine, uint32_t direction,
			      uint64_t serial, uint64_t now_ns)
{
	struct wire_direction *own = &engine->directions[direction];

	own->under_way--;
	if (own->behind)
		forward_all(engine, take_ready(&own->behind, serial, false), now_ns);
}

/* It may be older than some that wait behind all older ones: they wait for it, too. */
static void put_aside(struct wire_engine *engine, struct wire_frame *frame)
{
	struct wire_direction *direction = &engine->directions[frame->direction];

	if (!wire_queue_put(&engine->queue, frame->leave_ns, frame)) {
		direction->counters.unplanned++;
		wire_discard(engine, frame);
		return;
	}
	direction->under_way++;
	for (struct wire_frame *one = direction->behind; one; one = one->next)
		one->wait_for += frame->serial < one->serial;
}

/* By the interface that the frame leaves by. */
static struct wire_lane *lane_of(struct wire_engine *engine,
				 const struct wire_frame *frame)
{
	return &engine->lanes[engine->is_helped &&
			      (frame->direction % 2 != 0) != frame->backwards];
}

/* Into the batch, which has room. Those that a cut catches on their way out vanish. */
static void leave(struct wire_engine *engine, struct wire_frame *frame, uint64_t now_ns)
{
	struct wire_direction *direction = &engine->directions[frame->direction];

	if (direction->cut) {
		wire_vanish(engine, frame);
		return;
	}
	wire_lane_put(lane_of(engine, frame), frame,
		      frame->backwards ? direction->in_ifindex
				       : direction->out_ifindex);
	if (direction->held && frame->original && frame->kind == WIRE_ORDINARY)
		forward_all(engine, take_ready(&direction->held, frame->serial, true),
			    now_ns);
}

void wire_forward(struct wire_engine *engine, struct wire_frame *frame, uint64_t now_ns)
{
	if (frame->leave_ns <= now_ns &&
	    frame->leave_ns < wire_queue_due(&engine->queue) && wire_has_room(engine))
		leave(engine, frame, now_ns);
	else
		put_aside(engine, frame);
}

static void leave_queue(struct wire_engine *engine, uint64_t now_ns)
{
	struct wire_frame *frame = wire_queue_take(&engine->queue);
	uint64_t serial = frame->serial;
	uint32_t direction = frame->direction;

	leave(engine, frame, now_ns);
	wire_no_longer_under_way(engine, direction, serial, now_ns);
}

void wire_send_due(struct wire_engine *engine, uint64_t now_ns)
{
	if (engine->try_again_ns && now_ns < engine->try_again_ns)
		return;
	engine->try_again_ns = 0;
	flush(engine);
	while (wire_has_room(engine)) {
		uint64_t queue_ns = wire_queue_due(&engine->queue);
		uint64_t agenda_ns = wire_queue_due(&engine->agenda);

		if (queue_ns > now_ns && agenda_ns > now_ns)
			break;
		if (queue_ns <= agenda_ns)
			leave_queue(engine, now_ns);
		else
			wire_depart(engine, now_ns);
	}
	if (!engine->try_again_ns)
		flush(engine);
}

/* ---- Coming ---- */

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

uint64_t wire_now(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

static int compare_ports(const void *key, const void *element)
{
	const struct wire_port *one = key, *other = element;

	return (one->ifindex > other->ifindex) - (one->ifindex < other->ifindex);
}

/* When the frame came. The kernel's stamp is of a clock that may be set meanwhile, so it is
 * believed within what must be true: after the socket was last empty, and before now. */
static uint64_t came_at(const struct wire_engine *engine,
			const struct wire_arrival *arrival,
			const struct wire_direction *direction, uint64_t now_ns)
{
	uint64_t came_ns = now_ns;

	if (arrival->stamp_ns)
		came_ns = arrival->stamp_ns - engine->real_minus_monotonic_ns;
	if (came_ns > now_ns)
		came_ns = now_ns;
	if (came_ns < engine->emptied_ns)
		came_ns = engine->emptied_ns;
	return came_ns < direction->last_came_ns ? direction->last_came_ns : came_ns;
}

static void arrive(struct wire_engine *engine, const struct wire_arrival *arrival,
		   uint64_t now_ns)
{
	const struct wire_port key = { .ifindex = arrival->ifindex }, *port;
	struct wire_frame *frame = arrival->frame;
	struct wire_direction *direction;

	port = bsearch(&key, engine->ports, engine->direction_count,
		       sizeof(*engine->ports), compare_ports);
	if (!port) { /* the barrier's, or of an interface that is none of ours */
		wire_barrier_is_ours(engine, arrival);
		wire_frame_free(&engine->pool, frame);
		return;
	}
	direction = &engine->directions[port->direction];
	frame->digest = (uint32_t)nst_digest(frame->bytes, frame->size);
	if (arrival->unfinished)
		wire_frame_finish(frame);
	frame->direction = port->direction;
	frame->original = true;
	frame->serial = ++direction->serial;
	frame->kind = (uint8_t)wire_frame_kind(frame->bytes, frame->size);
	frame->number = frame->kind == WIRE_ORDINARY
				? ++direction->number
				: ++direction->service_number | WIRE_SERVICE;
	frame->came_ns = came_at(engine, arrival, direction, now_ns);
	frame->stamp_ns = arrival->stamp_ns
				  ? arrival->stamp_ns
				  : frame->came_ns + engine->real_minus_monotonic_ns;
	frame->leave_ns = frame->came_ns;
	direction->last_came_ns = frame->came_ns;
	engine->came[port->direction % 2]++;
	direction->counters.received++;
	direction->counters.received_bytes += frame->size;
	frame->turn = engine->turn % 2;
	wire_is_held(engine, frame);
	wire_treat(engine, frame, now_ns);
}

int wire_read_batch(struct wire_engine *engine, size_t *ret_count)
{
	struct wire_arrival arrivals[WIRE_BATCH];
	uint64_t before_ns = wire_now(), now_ns;
	size_t count = 0;
	int r = wire_socket_receive(engine->socket, arrivals, &count);

	now_ns = wire_now();
	engine->real_minus_monotonic_ns = clock_ns(CLOCK_REALTIME) - now_ns;
	if (count > 0)
		wire_awake_frame_came(&engine->awake, now_ns);
	engine->came[0] = engine->came[1] = 0;
	for (size_t i = 0; i < count; i++)
		arrive(engine, &arrivals[i], now_ns);
	if (count < WIRE_BATCH)
		engine->emptied_ns = before_ns;
	*ret_count = count;
	return r;
}

/* Not for ever: somebody may send faster than we can read. */
void wire_read_all(struct wire_engine *engine)
{
	int batches = READ_ALL_BATCHES;
	size_t count;

	do
		wire_send_due(engine, wire_now());
	while (wire_read_batch(engine, &count) == 0 && --batches > 0);
	wire_send_due(engine, wire_now());
}
