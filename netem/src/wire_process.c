/* SPDX-License-Identifier: MIT */
/* The engine process and its loop.
 *
 * It ends when its owner does: by PR_SET_PDEATHSIG, which the end of the thread that
 * started it sends, and by end of file on the socket pair. It sleeps until a frame comes, one
 * is due or a request is made; nothing else wakes it.
 */
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>
#include <base/signals.h>

#include "wire_barrier.h"

enum {
	NS_PER_S = 1000000000,
	/* Waking up takes so long; who spins meanwhile is on time. Only with a CPU to spare for
	 * others, and only in real time: else it would take their turns, and be late anyway. */
	SPIN_US = 80,
	SPIN_NS = SPIN_US * 1000,
	/* A second thread helps from a full batch on, until no such batch has come for a
	 * while. */
	MUCH = WIRE_BATCH / 4,
	HELP_NS = 20 * 1000 * 1000,
};

/* ---- Becoming ---- */

static void become_timely(struct wire_engine *engine)
{
	const struct sched_param first = { .sched_priority = 1 };

	if (sched_getaffinity(0, sizeof(engine->cpus), &engine->cpus) < 0)
		engine->loopback = 0;
	engine->awake.fd = -1;
	prctl(PR_SET_TIMERSLACK, 1); /* the default lets timers be 50 us late */
	if (engine->modest) {
		snprintf(engine->scheduling, sizeof(engine->scheduling),
			 "SCHED_OTHER, no spin (as asked)");
		return;
	}
	if (sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &first) < 0) {
		snprintf(engine->scheduling, sizeof(engine->scheduling),
			 "SCHED_OTHER, no spin (SCHED_FIFO: %s)", strerror(errno));
		return;
	}
	engine->spins = CPU_COUNT(&engine->cpus) > 1;
	if (!engine->spins) {
		snprintf(engine->scheduling, sizeof(engine->scheduling),
			 "SCHED_FIFO, no spin (one CPU)");
		return;
	}
	engine->may_be_helped = engine->loopback > 0;
	wire_awake_open(&engine->awake);
	snprintf(engine->scheduling, sizeof(engine->scheduling),
		 "SCHED_FIFO, %d us spin%s", SPIN_US,
		 wire_awake_can(&engine->awake) ? ", processors kept awake" : "");
}

/* ---- The loop ---- */

/* How long to sleep; false: until something happens. */
static bool time_to_sleep(const struct wire_engine *engine, bool more,
			  struct timespec *ret_time)
{
	uint64_t due_ns = wire_queue_due(&engine->queue), now_ns, rest_ns;

	if (wire_queue_due(&engine->agenda) < due_ns)
		due_ns = wire_queue_due(&engine->agenda);
	if (wire_awake_until(&engine->awake) < due_ns)
		due_ns = wire_awake_until(&engine->awake);
	*ret_time = (struct timespec){ 0 };
	if (wire_is_refused(engine))
		due_ns = engine->try_again_ns;
	else if (more)
		return true;
	if (due_ns == UINT64_MAX)
		return false;
	now_ns = wire_now();
	rest_ns = due_ns > now_ns ? due_ns - now_ns : 0;
	if (engine->spins && !wire_is_refused(engine))
		rest_ns = rest_ns > SPIN_NS ? rest_ns - SPIN_NS : 0;
	ret_time->tv_sec = (time_t)(rest_ns / NS_PER_S);
	ret_time->tv_nsec = (long)(rest_ns % NS_PER_S);
	return true;
}

static bool can_be_helped(struct wire_engine *engine)
{
	if (!engine->helper && engine->may_be_helped)
		engine->may_be_helped =
			wire_helper_start(engine->socket, &engine->helper) == 0;
	return engine->helper;
}

/* From now on with both threads, or with one. What the one has sent must have arrived
 * before the other sends, or it could be overtaken; so nothing is sent meanwhile. */
static void change_help(struct wire_engine *engine)
{
	engine->is_helped = !engine->is_helped;
	engine->try_again_ns = UINT64_MAX;
	wire_settle(engine); /* if it fails, it has waited for a second */
	engine->try_again_ns = 0;
}

/* What goes one way only is sent by one thread: two would share nothing. */
static void consider_help(struct wire_engine *engine, size_t came)
{
	bool both = engine->came[0] && engine->came[1];
	uint64_t now_ns = wire_now();

	if (came >= MUCH && both)
		engine->busy_ns = now_ns;
	if (engine->is_helped ? now_ns - engine->busy_ns < HELP_NS
			      : came < WIRE_BATCH || !both || !can_be_helped(engine))
		return;
	wire_send_due(engine, now_ns);
	if (!wire_is_refused(engine))
		change_help(engine);
}

static void run(struct wire_engine *engine)
{
	bool more = false;

	for (;;) {
		struct pollfd events[1 + WIRE_SOCKET_EVENTS] = {
			{ .fd = engine->control, .events = POLLIN },
		};
		struct timespec time;
		bool limited;

		wire_send_due(engine, wire_now());
		if (engine->awake.held)
			wire_awake_let_sleep(&engine->awake, wire_now());
		limited = time_to_sleep(engine, more, &time);
		if (!wire_is_refused(engine))
			wire_socket_poll(engine->socket, events + 1);
		if (ppoll(events, wire_is_refused(engine) ? 1 : ARRAY_SIZE(events),
			  limited ? &time : NULL, NULL) < 0 &&
		    errno != EINTR)
			return;
		if (events[0].revents && wire_serve(engine) < 0)
			return;
		if ((events[1].revents || events[2].revents || more) &&
		    !wire_is_refused(engine)) {
			size_t count;

			wire_read_batch(engine, &count);
			more = count == WIRE_BATCH;
			consider_help(engine, count);
		}
	}
}

_Noreturn void wire_process(struct wire_engine *engine)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != engine->owner)
		_exit(0);
	prctl(PR_SET_NAME, "nstest-wire");
	nst_signals_reset();
	signal(SIGPIPE, SIG_IGN);
	setsid();
	become_timely(engine);
	run(engine);
	_exit(0);
}
