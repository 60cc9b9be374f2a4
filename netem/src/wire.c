/* SPDX-License-Identifier: MIT */
/* The handle's side of the wire engine: asking it. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <base/scope.h>

#include "wire_handle.h"
#include "wire_trace.h"

/* ---- Asking ---- */

/* The other end is closed, so the process is ending: to wait for that takes no time. */
static void learn_status(struct nst_wire *wire)
{
	pid_t r;

	do
		r = wire->reaped ? 0 : waitpid(wire->pid, &wire->status, 0);
	while (r < 0 && errno == EINTR);
	wire->dead = true;
	if (r < 0 && !wire->reaped) /* somebody else reaps all children */
		wire->status = -1;
	wire->reaped = true;
}

static int fail_dead(struct nst_wire *wire)
{
	if (!wire->dead)
		learn_status(wire);
	if (wire->status == -1)
		return nst_fail(-EPIPE, "the wire engine has died");
	if (WIFSIGNALED(wire->status))
		return nst_fail(-EPIPE, "the wire engine was killed: %s",
				strsignal(WTERMSIG(wire->status)));
	return nst_fail(-EPIPE, "the wire engine has ended with status %d",
			WEXITSTATUS(wire->status));
}

/* Sends a packed request, and waits for the answer. */
static int talk(struct nst_wire *wire, const void *data, size_t size, int fd,
		struct wire_reply *ret_reply)
{
	void *answer AUTO_FREE = NULL;
	size_t answer_size;
	int none = -1, r;

	if (wire->dead)
		return fail_dead(wire);
	r = wire_message_send(wire->control, data, size, fd);
	if (r == 0)
		r = wire_message_receive(wire->control, &answer, &answer_size, &none);
	if (r == -EPIPE || r == -ECONNRESET)
		return fail_dead(wire);
	if (r == 0 && answer_size != sizeof(*ret_reply))
		r = nst_fail(-EPROTO, "an answer of %zu bytes", answer_size);
	if (r < 0)
		return nst_fail_in(r, "the wire engine");
	memcpy(ret_reply, answer, sizeof(*ret_reply));
	if (ret_reply->result < 0)
		return nst_fail(ret_reply->result, "%s", ret_reply->sentence);
	return 0;
}

static int ask(struct nst_wire *wire, const struct wire_request *request,
	       const char *const *texts, struct wire_reply *ret_reply)
{
	struct wire_request *packed AUTO_FREE = NULL;
	size_t size;
	int r = wire_request_pack(request, texts, NULL, 0, &packed, &size);

	return r < 0 ? r : talk(wire, packed, size, -1, ret_reply);
}

const char *nst_wire_scheduling(struct nst_wire *wire)
{
	const struct wire_request request = { .verb = WIRE_SCHEDULING };
	struct wire_reply reply;

	if (!*wire->scheduling && ask(wire, &request, NULL, &reply) == 0)
		memcpy(wire->scheduling, reply.scheduling, sizeof(wire->scheduling));
	return *wire->scheduling ? wire->scheduling
				 : "unknown: the wire engine has died";
}

static int fail_in_direction(int code, size_t link, enum nst_direction direction)
{
	return nst_fail_in(code, "link %zu, %s", link,
			   direction == NST_A_TO_B ? "a to b" : "b to a");
}

int nst_wire_impair(struct nst_wire *wire, size_t link, enum nst_direction direction,
		    const struct nst_impairment *impairment)
{
	struct wire_request request = { .verb = WIRE_IMPAIR,
					.link = (uint32_t)link,
					.direction = direction,
					.on = impairment != NULL };
	const char *texts[WIRE_TEXTS] = { NULL };
	struct wire_reply reply;
	int r;

	if (impairment) {
		request.impairment = *impairment;
		texts[0] = impairment->distribution_file;
		texts[1] = impairment->trace_file;
		texts[2] = impairment->slot_distribution_file;
	}
	r = ask(wire, &request, texts, &reply);
	return r < 0 ? fail_in_direction(r, link, direction) : 0;
}

int nst_wire_fault(struct nst_wire *wire, size_t link, enum nst_direction direction,
		   const struct nst_fault *fault, uint32_t *ret_id)
{
	const struct wire_request request = { .verb = WIRE_FAULT,
					      .link = (uint32_t)link,
					      .direction = direction,
					      .fault = *fault };
	const char *texts[WIRE_TEXTS] = { fault->match, fault->name };
	struct wire_reply reply;
	int r = ask(wire, &request, texts, &reply);

	if (r < 0)
		return fail_in_direction(r, link, direction);
	*ret_id = reply.id;
	return 0;
}

int nst_wire_fault_remove(struct nst_wire *wire, uint32_t id)
{
	const struct wire_request request = { .verb = WIRE_FAULT_REMOVE, .id = id };
	struct wire_reply reply;

	return ask(wire, &request, NULL, &reply);
}

int nst_wire_fault_counters(struct nst_wire *wire, uint32_t id,
			    struct nst_fault_counters *ret)
{
	const struct wire_request request = { .verb = WIRE_FAULT_COUNTERS, .id = id };
	struct wire_reply reply;
	int r = ask(wire, &request, NULL, &reply);

	if (r == 0)
		*ret = reply.fault;
	return r;
}

int nst_wire_cut(struct nst_wire *wire, size_t link, enum nst_direction direction,
		 bool cut)
{
	const struct wire_request request = { .verb = WIRE_CUT,
					      .link = (uint32_t)link,
					      .direction = direction,
					      .on = cut };
	struct wire_reply reply;
	int r = ask(wire, &request, NULL, &reply);

	return r < 0 ? fail_in_direction(r, link, direction) : 0;
}

int nst_wire_counters(struct nst_wire *wire, size_t link, enum nst_direction direction,
		      struct nst_wire_counters *ret)
{
	const struct wire_request request = { .verb = WIRE_COUNTERS,
					      .link = (uint32_t)link,
					      .direction = direction };
	struct wire_reply reply;
	int r = ask(wire, &request, NULL, &reply);

	if (r < 0)
		return fail_in_direction(r, link, direction);
	*ret = reply.counters;
	return 0;
}

int nst_wire_in_flight(struct nst_wire *wire, const size_t *links, size_t count,
		       uint64_t *ret_frames)
{
	const struct wire_request request = { .verb = WIRE_IN_FLIGHT };
	struct wire_request *packed AUTO_FREE = NULL;
	struct wire_reply reply;
	size_t size;
	int r = wire_request_pack(&request, NULL, links, links ? count : 0, &packed,
				  &size);

	if (r == 0)
		r = talk(wire, packed, size, -1, &reply);
	if (r == 0)
		*ret_frames = reply.frames;
	return r;
}

int nst_wire_turn(struct nst_wire *wire, uint64_t *ret_frames, uint64_t *ret_turn)
{
	const struct wire_request request = { .verb = WIRE_TURN };
	struct wire_reply reply;
	int r = ask(wire, &request, NULL, &reply);

	if (r < 0)
		return r;
	*ret_frames = reply.frames;
	*ret_turn = reply.turn;
	return 0;
}

int nst_wire_events(struct nst_wire *wire, struct nst_wire_event **ret_events,
		    size_t *ret_count)
{
	const struct wire_request request = { .verb = WIRE_EVENTS };
	struct wire_reply reply;
	int r = ask(wire, &request, NULL, &reply);

	if (r == 0)
		r = wire_trace_read(wire->trace_fd, reply.events.count, ret_events);
	if (r == 0)
		*ret_count = reply.events.count;
	return r;
}

int nst_wire_events_missing(struct nst_wire *wire, uint64_t *ret_count)
{
	const struct wire_request request = { .verb = WIRE_EVENTS };
	struct wire_reply reply;
	int r = ask(wire, &request, NULL, &reply);

	if (r == 0)
		*ret_count = reply.events.missing;
	return r;
}

/* ---- Waiting ---- */

int nst_wire_await_fd(struct nst_wire *wire, uint32_t id, uint64_t times)
{
	const struct wire_request request = { .verb = WIRE_AWAIT,
					      .id = id,
					      .number = times };
	AUTO_CLOSE int mine = -1, theirs = -1;
	struct wire_reply reply;
	int ends[2], r;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return nst_fail_errno("making a pipe");
	mine = ends[0];
	theirs = ends[1];
	r = talk(wire, &request, sizeof(request), theirs, &reply);
	return r < 0 ? r : steal_fd(&mine);
}

int nst_wire_await(struct nst_wire *wire, uint32_t id, uint64_t times, int timeout_ms)
{
	AUTO_CLOSE int fd = nst_wire_await_fd(wire, id, times);
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	struct nst_fault_counters counters;
	int r;

	if (fd < 0)
		return fd;
	do
		r = poll(&ready, 1, timeout_ms);
	while (r < 0 && errno == EINTR);
	if (r < 0)
		return nst_fail_errno("waiting for fault %u", id);
	if (ready.revents & POLLIN)
		return 0;
	/* Its end of the pipe is closed: it has died, or the fault is gone. */
	r = nst_wire_fault_counters(wire, id, &counters);
	if (r < 0)
		return r;
	return nst_fail(-ETIMEDOUT,
			"fault %u has fired %llu times in %d ms, not %llu times", id,
			(unsigned long long)counters.fired, timeout_ms,
			(unsigned long long)times);
}
