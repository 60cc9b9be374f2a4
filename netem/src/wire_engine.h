/* SPDX-License-Identifier: MIT */
/* The engine process, from the inside.
 *
 * How it works. One thread (and under much traffic a second one that only sends), one packet
 * socket, one queue. A frame that came is given a
 * number in its direction, then its fate: by the fault that takes it, then by the
 * impairment's model, which gives it back when it is due. Then it is put in the batch that goes
 * out next. The time it is due counts from the kernel's timestamp of its arrival, not from
 * when the engine got to see it: so the engine's own delays are made up for.
 *
 *	wire_process.c	the process and its loop: when to look, when to sleep
 *	wire_pass.c	a frame's way: arrive, wait, leave
 *	wire_fault.c	what befalls it: faults
 *	wire_fate.c	what befalls it: the model
 *	wire_serve.c	requests of the handle
 *	wire_socket.c, wire_ring.c, wire_lane.c
 *			frames in and out of the kernel
 *	wire_helper.c	a second thread that sends, under much traffic
 *	wire_barrier.c	all that was sent before has come
 *	wire_awake.c	processors that do not sleep
 *	wire_missed.c	who lost what was never read
 *	wire_frame.c, wire_queue.c, wire_trace.c
 *			their memory, their order, their log
 *
 * Time is CLOCK_MONOTONIC in nanoseconds, except for what is told to people.
 */
#ifndef NETEM_WIRE_ENGINE_H
#define NETEM_WIRE_ENGINE_H

#include <sched.h>

#include <netem/fault_rules.h>
#include <netem/model.h>

#include "wire_awake.h"
#include "wire_helper.h"
#include "wire_queue.h"
#include "wire_request.h"
#include "wire_socket.h"
#include "wire_trace.h"

/* Of the numbers of frames that are not ordinary. */
#define WIRE_SERVICE (UINT64_C(1) << 63)

/* Somebody who wants to know when a fault has fired so often: a byte is written. */
struct wire_waiter {
	struct wire_waiter *next;
	uint32_t id;
	uint64_t times;
	int fd;
};

struct wire_direction {
	int in_ifindex, out_ifindex;
	bool cut, impaired;
	enum nst_compat compat;
	uint64_t delay_ns;             /* the impairment's */
	struct nst_model *model;       /* NULL: never impaired */
	struct nst_fault_rules *rules; /* NULL: never a fault */
	uint64_t wake_ns; /* the model's place on the agenda; UINT64_MAX: none */
	uint64_t number, service_number, serial; /* the last */
	uint64_t last_came_ns;
	uint64_t under_way;        /* frames in the model or in the queue */
	struct wire_frame *held;   /* faults': until later ones have left */
	struct wire_frame *behind; /* spared ones: until earlier ones have left */
	struct nst_wire_counters counters;
};

/* Which direction begins at an interface; sorted by interface. */
struct wire_port {
	int ifindex;
	uint32_t direction;
};

struct wire_engine {
	int control;
	pid_t owner;
	struct wire_direction *directions; /* 2 * link + enum nst_direction */
	size_t direction_count;
	struct wire_port *ports;
	struct wire_pool pool;
	struct wire_queue queue;  /* frames that no model holds */
	struct wire_queue agenda; /* directions whose model is to be asked */
	struct wire_trace trace;
	struct wire_socket *socket;
	uint64_t seed;
	uint64_t real_minus_monotonic_ns;
	uint64_t turn; /* nst_wire_turn(): two at a time are under way */
	uint64_t held
		[2]; /* frames, of all directions: of the even one, of the odd one */
	uint64_t emptied_ns; /* what is still in the socket came after this */
	char scheduling[WIRE_SCHEDULING_SIZE];
	bool modest, spins;
	struct wire_awake awake;
	cpu_set_t cpus;
	int loopback;              /* for barriers; 0: none */
	uint64_t barrier;          /* the last one's number */
	unsigned int barrier_seen; /* how many of its frames have come back */
	uint32_t last_fault;
	struct wire_waiter *waiters;

	/* What goes out next. The second lane is empty unless the engine is helped. */
	struct wire_lane lanes[2];
	struct wire_helper *helper; /* NULL: not needed yet, or not to be had */
	bool may_be_helped, is_helped;
	size_t came[2]; /* in the last batch, each way */
	uint64_t busy_ns; /* when so much came at once that help is worth it */
	uint64_t try_again_ns;
};

/* A frame, or a copy of one, is under way from now on; or no longer. */
static inline void wire_is_held(struct wire_engine *engine,
				const struct wire_frame *frame)
{
	engine->directions[frame->direction].counters.in_flight++;
	engine->held[frame->turn]++;
}

static inline void wire_is_gone(struct wire_engine *engine,
				const struct wire_frame *frame)
{
	engine->directions[frame->direction].counters.in_flight--;
	engine->held[frame->turn]--;
}

/* ---- wire_process.c ---- */

/* The life of the process; never returns. Owns all that `engine` has. */
_Noreturn void wire_process(struct wire_engine *engine);

/* ---- wire_pass.c ---- */

/* Reads a batch and treats what came. Return: 0; -EAGAIN if there was nothing. */
int wire_read_batch(struct wire_engine *engine, size_t *ret_count);

/* Reads what is there, and sends what is due then. Whoever must be sure needs
 * wire_settle(). */
void wire_read_all(struct wire_engine *engine);

/* Sends what is due. */
void wire_send_due(struct wire_engine *engine, uint64_t now_ns);

/* Whether the kernel refuses frames for the moment; nothing is read meanwhile. */
static inline bool wire_is_refused(const struct wire_engine *engine)
{
	return !wire_lane_is_empty(&engine->lanes[0]) ||
	       !wire_lane_is_empty(&engine->lanes[1]);
}

static inline size_t wire_batched(const struct wire_engine *engine)
{
	return engine->lanes[0].count + engine->lanes[1].count;
}

/* To the queue, or on to the batch if it is due. Takes the frame over. */
void wire_forward(struct wire_engine *engine, struct wire_frame *frame,
		  uint64_t now_ns);

/* Ends a frame that will not leave. */
void wire_discard(struct wire_engine *engine, struct wire_frame *frame);

/* One that was under way is so no more: those behind it may go. */
void wire_no_longer_under_way(struct wire_engine *engine, uint32_t direction,
			      uint64_t serial, uint64_t now_ns);

/* Whether there is room in the batch. */
bool wire_has_room(struct wire_engine *engine);

/* ---- wire_fault.c ---- */

/* What befalls a frame that came. Takes it over. */
void wire_treat(struct wire_engine *engine, struct wire_frame *frame, uint64_t now_ns);

/* ---- wire_fate.c ---- */

/* What befalls a frame that no fault has ended. Takes it over. */
void wire_go_on(struct wire_engine *engine, struct wire_frame *frame, uint64_t now_ns);

/* The frame, with what a fault adds to its delay, and the copies that a fault makes of it.
 * Takes it over. */
void wire_send_on(struct wire_engine *engine, struct wire_frame *frame,
		  uint64_t now_ns);

struct nst_wire_counters *wire_counters_of(struct wire_engine *engine,
					   const struct wire_frame *frame);

/* It came, or would leave, while its direction was cut. */
void wire_vanish(struct wire_engine *engine, struct wire_frame *frame);

/* Changes the impairment; NULL: none. Return: 0; what nst_model_new() says. */
int wire_change(struct wire_engine *engine, uint32_t direction,
		const struct nst_impairment *impairment);

/* Sends on what the models have let go by now. */
void wire_depart(struct wire_engine *engine, uint64_t now_ns);

/* When a model wants to be asked; UINT64_MAX: never. */
static inline uint64_t wire_agenda_ns(const struct wire_engine *engine)
{
	return wire_queue_due(&engine->agenda);
}

void wire_note(struct wire_engine *engine, const struct wire_frame *frame,
	       enum nst_wire_what what, uint32_t fault, uint64_t delay_ns);

/* ---- wire_serve.c ---- */

/* Answers one request. Return: 0; -EPIPE if the owner is gone. */
int wire_serve(struct wire_engine *engine);

/* Tells those who wait for it that the fault has fired. */
void wire_tell_waiters(struct wire_engine *engine, uint32_t direction, uint32_t id);

#endif
