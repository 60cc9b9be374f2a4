/* SPDX-License-Identifier: MIT */
/* The engine's answers to its handle. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>

#include "wire_barrier.h"
#include "wire_missed.h"

typedef int serve_fn(struct wire_engine *engine, const struct wire_request *request,
		     int *fd, struct wire_reply *reply);

static uint32_t direction_of(const struct wire_request *request)
{
	return 2 * request->link + request->direction;
}

/* ---- What is done to links ---- */

/* What was sent before a change is treated as it was before. As long as no frame at all has
 * come, a lab is being set up, and nobody sends. */
static int settle_before_change(struct wire_engine *engine)
{
	for (size_t i = 0; i < engine->direction_count; i++)
		if (engine->directions[i].serial > 0)
			return wire_settle(engine);
	wire_read_all(engine);
	return 0;
}

static int impair(struct wire_engine *engine, const struct wire_request *request,
		  int *fd, struct wire_reply *reply)
{
	int r = settle_before_change(engine);

	(void)fd;
	(void)reply;
	return r < 0 ? r
		     : wire_change(engine, direction_of(request),
				   request->on ? &request->impairment : NULL);
}

static int cut(struct wire_engine *engine, const struct wire_request *request, int *fd,
	       struct wire_reply *reply)
{
	int r = settle_before_change(engine);

	(void)fd;
	(void)reply;
	if (r == 0)
		engine->directions[direction_of(request)].cut = request->on;
	return r;
}

static int add_fault(struct wire_engine *engine, const struct wire_request *request,
		     int *fd, struct wire_reply *reply)
{
	struct wire_direction *direction = &engine->directions[direction_of(request)];
	const struct nst_rules_place place = { engine->seed, request->link,
					       request->direction };
	int r = settle_before_change(engine);

	(void)fd;
	if (r == 0 && !direction->rules)
		r = nst_rules_new(&place, &direction->rules);
	if (r == 0)
		r = nst_rules_add(direction->rules, engine->last_fault + 1,
				  &request->fault);
	if (r == 0)
		reply->id = ++engine->last_fault;
	return r;
}

/* The rules that have this fault, and their direction. */
static int rules_of(const struct wire_engine *engine, uint32_t id,
		    uint32_t *ret_direction, struct nst_rule_counters *ret_counters)
{
	for (size_t i = 0; i < engine->direction_count; i++) {
		struct nst_rules *rules = engine->directions[i].rules;

		if (rules && nst_rules_counters(rules, id, ret_counters) == 0) {
			*ret_direction = (uint32_t)i;
			return 0;
		}
	}
	return nst_fail(-ENOENT, "there is no fault %u", id);
}

/* ---- Waiting for faults ---- */

/* Those who wait for `id`: with `all`, nobody will tell them any more. */
static void tell(struct wire_engine *engine, uint32_t id, uint64_t fired, bool all)
{
	struct wire_waiter **link = &engine->waiters;

	while (*link) {
		struct wire_waiter *waiter = *link;
		bool is_told = waiter->id == id && fired >= waiter->times;

		if (!is_told && !(all && waiter->id == id)) {
			link = &waiter->next;
			continue;
		}
		if (is_told && write(waiter->fd, "", 1) < 0) {
			/* It no longer waits. */
		}
		*link = waiter->next;
		close(waiter->fd);
		free(waiter);
	}
}

void wire_tell_waiters(struct wire_engine *engine, uint32_t direction, uint32_t id)
{
	struct nst_rule_counters counters;

	if (engine->waiters &&
	    nst_rules_counters(engine->directions[direction].rules, id, &counters) == 0)
		tell(engine, id, counters.fired, false);
}

static int await(struct wire_engine *engine, const struct wire_request *request,
		 int *fd, struct wire_reply *reply)
{
	struct nst_rule_counters counters;
	struct wire_waiter *waiter;
	uint32_t direction;
	int r;

	(void)reply;
	wire_read_all(engine);
	r = rules_of(engine, request->id, &direction, &counters);
	if (r < 0)
		return r;
	if (*fd < 0)
		return nst_fail(-EBADF, "nothing to write to");
	waiter = malloc(sizeof(*waiter));
	if (!waiter)
		return nst_fail_memory();
	*waiter = (struct wire_waiter){ engine->waiters, request->id, request->number,
					steal_fd(fd) };
	engine->waiters = waiter;
	tell(engine, request->id, counters.fired, false);
	return 0;
}

static int remove_fault(struct wire_engine *engine, const struct wire_request *request,
			int *fd, struct wire_reply *reply)
{
	struct nst_rule_counters counters;
	uint32_t direction;
	int r;

	(void)fd;
	(void)reply;
	r = settle_before_change(engine);
	if (r == 0)
		r = rules_of(engine, request->id, &direction, &counters);
	if (r < 0)
		return r;
	tell(engine, request->id, counters.fired, true);
	return nst_rules_remove(engine->directions[direction].rules, request->id);
}

/* ---- What is asked ---- */

static int fault_counters(struct wire_engine *engine,
			  const struct wire_request *request, int *fd,
			  struct wire_reply *reply)
{
	struct nst_rule_counters counters;
	uint32_t direction;
	int r;

	(void)fd;
	wire_read_all(engine);
	r = rules_of(engine, request->id, &direction, &counters);
	if (r == 0)
		reply->fault =
			(struct nst_fault_counters){ counters.matched, counters.fired,
						     counters.unable };
	return r;
}

static int counters(struct wire_engine *engine, const struct wire_request *request,
		    int *fd, struct wire_reply *reply)
{
	(void)fd;
	wire_read_all(engine);
	wire_count_missed(engine);
	reply->counters = engine->directions[direction_of(request)].counters;
	return 0;
}

static uint64_t held_on(const struct wire_engine *engine, size_t link)
{
	return engine->directions[2 * link].counters.in_flight +
	       engine->directions[2 * link + 1].counters.in_flight;
}

static uint64_t received_so_far(const struct wire_engine *engine)
{
	uint64_t frames = 0;

	for (size_t i = 0; i < engine->direction_count; i++)
		frames += engine->directions[i].serial;
	return frames;
}

static int count_held(const struct wire_engine *engine,
		      const struct wire_request *request, uint64_t *ret_frames)
{
	*ret_frames = 0;
	for (size_t i = 0; i < request->link_count; i++) {
		uint32_t link;

		memcpy(&link, request->tail + i * sizeof(link), sizeof(link));
		if (link >= engine->direction_count / 2)
			return nst_fail(-EINVAL, "there is no link %u", link);
		*ret_frames += held_on(engine, link);
	}
	for (size_t i = 0; i < engine->direction_count / 2 && !request->link_count; i++)
		*ret_frames += held_on(engine, i);
	return 0;
}

/* How many frames are in flight, and why 0 is a proof. After a barrier, what was sent before
 * this request is not on its way to us any more: it is read, and treated. What was due
 * is sent; if there was any, a second barrier proves that it is not on its way to the hosts
 * any more. What we then hold is counted. */
static int in_flight(struct wire_engine *engine, const struct wire_request *request,
		     int *fd, struct wire_reply *reply)
{
	uint64_t before;
	int r;

	(void)fd;
	wire_read_all(engine);
	r = count_held(engine, request, &reply->frames);
	if (r < 0 || reply->frames > 0)
		return r;
	before = received_so_far(engine);
	r = wire_settle(engine);
	if (r == 0 && received_so_far(engine) != before)
		r = wire_settle(engine);
	return r < 0 ? r : count_held(engine, request, &reply->frames);
}

/* A turn ends when nothing is under way any more of the turn before it. So what came before a
 * call has left when the turn is two further; a barrier proves that it has arrived. */
static int turn(struct wire_engine *engine, const struct wire_request *request, int *fd,
		struct wire_reply *reply)
{
	int r = in_flight(engine, request, fd, reply);
	bool busy = r == 0 && reply->frames > 0;
	bool known = !busy || wire_settle(engine) == 0;

	if (known && engine->held[(engine->turn + 1) % 2] == 0) {
		engine->turn++;
		if (busy && wire_settle(engine) < 0)
			engine->turn--;
	}
	reply->turn = engine->turn;
	return r;
}

static int events(struct wire_engine *engine, const struct wire_request *request,
		  int *fd, struct wire_reply *reply)
{
	(void)fd;
	(void)request;
	wire_read_all(engine);
	reply->events.count = engine->trace.count;
	reply->events.missing = engine->trace.missing;
	return 0;
}

static int scheduling(struct wire_engine *engine, const struct wire_request *request,
		      int *fd, struct wire_reply *reply)
{
	(void)fd;
	(void)request;
	memcpy(reply->scheduling, engine->scheduling, sizeof(reply->scheduling));
	return 0;
}

static const struct {
	serve_fn *serve;
	bool has_link;
} verbs[WIRE_VERBS] = {
	[WIRE_IMPAIR] = { impair, true },
	[WIRE_FAULT] = { add_fault, true },
	[WIRE_FAULT_REMOVE] = { remove_fault, false },
	[WIRE_FAULT_COUNTERS] = { fault_counters, false },
	[WIRE_CUT] = { cut, true },
	[WIRE_COUNTERS] = { counters, true },
	[WIRE_IN_FLIGHT] = { in_flight, false },
	[WIRE_TURN] = { turn, false },
	[WIRE_AWAIT] = { await, false },
	[WIRE_EVENTS] = { events, false },
	[WIRE_SCHEDULING] = { scheduling, false },
};

static int carry_out(struct wire_engine *engine, const struct wire_request *request,
		     int *fd, struct wire_reply *reply)
{
	if (verbs[request->verb].has_link &&
	    (request->link >= engine->direction_count / 2 || request->direction > 1))
		return nst_fail(-EINVAL, "there is no link %u, direction %u",
				request->link, request->direction);
	return verbs[request->verb].serve(engine, request, fd, reply);
}

int wire_serve(struct wire_engine *engine)
{
	void *data AUTO_FREE = NULL;
	AUTO_CLOSE int fd = -1;
	struct wire_reply reply = { 0 };
	size_t size;
	int r = wire_message_receive(engine->control, &data, &size, &fd);

	if (r < 0)
		return r;
	nst_error_clear();
	reply.result = wire_request_unpack(data, size);
	if (reply.result == 0)
		reply.result = carry_out(engine, data, &fd, &reply);
	if (reply.result < 0)
		snprintf(reply.sentence, sizeof(reply.sentence), "%s", nst_error());
	return wire_message_send(engine->control, &reply, sizeof(reply), -1);
}
