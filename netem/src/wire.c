/* SPDX-License-Identifier: MIT */
/* The handle's side of the wire engine: starts the process, and asks it. */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <base/scope.h>

#include "wire_barrier.h"

enum {
	EVENTS_MOST = 4 * 1024 * 1024, /* 160 MiB of file at worst */
	MEMORY_MOST_MIB = 512,         /* of frames under way */
	DESCRIPTORS = 3,               /* that an engine has */
};

struct nst_wire {
	pid_t pid;
	int control, trace_fd;
	size_t link_count;
	bool reaped, dead;
	int status;
	char scheduling[WIRE_SCHEDULING_SIZE];
};

/* ---- What is made before the fork ---- */

static int compare_ports(const void *left, const void *right)
{
	const struct wire_port *one = left, *other = right;

	return (one->ifindex > other->ifindex) - (one->ifindex < other->ifindex);
}

static int set_up_direction(struct wire_engine *engine, uint32_t direction, int in,
			    int out)
{
	int r = nst_wire_prepare_interface(in);

	if (r < 0)
		return nst_fail_in(r, "link %u", direction / 2);
	engine->directions[direction] = (struct wire_direction){
		.in_ifindex = in, .out_ifindex = out, .wake_ns = UINT64_MAX
	};
	engine->ports[direction] = (struct wire_port){ in, direction };
	return 0;
}

static int set_up_links(struct wire_engine *engine, const struct nst_wire_link *links,
			size_t count)
{
	int r = 0;

	engine->direction_count = 2 * count;
	engine->directions = calloc(2 * count + 1, sizeof(*engine->directions));
	engine->ports = calloc(2 * count + 1, sizeof(*engine->ports));
	if (!engine->directions || !engine->ports)
		return nst_fail_memory();
	for (size_t i = 0; i < count && r == 0; i++) {
		uint32_t a_to_b = (uint32_t)(2 * i + NST_A_TO_B);
		uint32_t b_to_a = (uint32_t)(2 * i + NST_B_TO_A);
		int a = links[i].a_ifindex, b = links[i].b_ifindex;

		r = set_up_direction(engine, a_to_b, a, b);
		if (r == 0)
			r = set_up_direction(engine, b_to_a, b, a);
	}
	if (r < 0)
		return r;
	qsort(engine->ports, 2 * count, sizeof(*engine->ports), compare_ports);
	for (size_t i = 1; i < 2 * count; i++)
		if (engine->ports[i].ifindex == engine->ports[i - 1].ifindex)
			return nst_fail(
				-EINVAL,
				"interface %d belongs to link %u and to link %u",
				engine->ports[i].ifindex,
				engine->ports[i - 1].direction / 2,
				engine->ports[i].direction / 2);
	return 0;
}

/* The memory of the engine, as far as this process has it. */
static void drop(struct wire_engine *engine)
{
	free(engine->directions);
	free(engine->ports);
	wire_socket_free(engine->socket);
	wire_pool_empty(&engine->pool);
}

static int prepare(struct wire_engine *engine, const struct nst_wire_link *links,
		   size_t count, const struct nst_wire_options *options)
{
	int fd, r;

	engine->owner = getpid();
	engine->seed = options->seed;
	engine->modest = options->modest;
	engine->pool.most = MEMORY_MOST_MIB * (size_t)1024 * 1024;
	engine->trace.most = EVENTS_MOST;
	r = set_up_links(engine, links, count);
	if (r < 0)
		return r;
	engine->loopback = wire_barrier_prepare();
	fd = wire_socket_open(options->buffer_bytes);
	if (fd < 0)
		return fd;
	r = wire_socket_new(fd, &engine->pool, &engine->socket);
	if (r < 0)
		close(fd);
	return r;
}

/* ---- The process ---- */

static int compare_ints(const void *left, const void *right)
{
	return *(const int *)left - *(const int *)right;
}

static void close_between(int from, int to)
{
	if (from <= to)
		syscall(SYS_close_range, (unsigned int)from, (unsigned int)to, 0);
}

/* All above `limit` but the engine's own. */
static void close_others(const struct wire_engine *engine, int limit)
{
	int own[DESCRIPTORS] = { engine->control, engine->trace.fd,
				 wire_socket_fd(engine->socket) };
	int from = limit + 1;

	qsort(own, DESCRIPTORS, sizeof(*own), compare_ints);
	for (size_t i = 0; i < DESCRIPTORS; i++) {
		close_between(from, own[i] - 1);
		if (own[i] >= from)
			from = own[i] + 1;
	}
	syscall(SYS_close_range, (unsigned int)from, ~0U, 0);
}

static int fork_engine(struct nst_wire *wire, struct wire_engine *engine,
		       const struct nst_wire_options *options)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return nst_fail_errno("making a socket pair");
	wire->control = pair[0];
	engine->control = pair[1];
	engine->trace.fd = wire->trace_fd;
	wire->pid = fork();
	if (wire->pid == 0) {
		close(pair[0]);
		if (options->close_fds_above > 0)
			close_others(engine, options->close_fds_above);
		wire_process(engine);
	}
	close(pair[1]);
	return wire->pid < 0 ? nst_fail_errno("starting the wire engine") : 0;
}

int nst_wire_start(const struct nst_wire_link *links, size_t count,
		   const struct nst_wire_options *options, struct nst_wire **ret_wire)
{
	static const struct nst_wire_options none;
	struct wire_engine engine AUTO(drop) = { 0 };
	struct nst_wire *wire;
	int r = prepare(&engine, links, count, options ? options : &none);

	if (r < 0)
		return nst_fail_in(r, "starting the wire engine");
	wire = calloc(1, sizeof(*wire));
	if (!wire)
		return nst_fail_memory();
	*wire = (struct nst_wire){ .pid = -1, .control = -1, .link_count = count };
	wire->trace_fd = r = wire_trace_file();
	if (r >= 0)
		r = fork_engine(wire, &engine, options ? options : &none);
	if (r < 0) {
		nst_wire_stop(wire);
		return r;
	}
	*ret_wire = wire;
	return 0;
}

void nst_wire_stop(struct nst_wire *wire)
{
	if (!wire)
		return;
	if (wire->pid > 0 && !wire->reaped) {
		kill(wire->pid, SIGKILL);
		while (waitpid(wire->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	if (wire->control >= 0)
		close(wire->control);
	if (wire->trace_fd >= 0)
		close(wire->trace_fd);
	free(wire);
}

pid_t nst_wire_pid(const struct nst_wire *wire)
{
	return wire->pid;
}

int nst_wire_death_fd(const struct nst_wire *wire)
{
	return wire->control;
}

void nst_wire_reaped(struct nst_wire *wire, int status)
{
	wire->reaped = true;
	wire->status = status;
}

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
