/* SPDX-License-Identifier: MIT */
/* Starting and ending the engine process. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <base/scope.h>

#include "wire_barrier.h"
#include "wire_engine.h"
#include "wire_handle.h"

enum {
	EVENTS_MOST = 4 * 1024 * 1024, /* 160 MiB of file at worst */
	MEMORY_MOST_MIB = 512,         /* of frames under way */
	DESCRIPTORS = 3,               /* that an engine has */
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
	*wire = (struct nst_wire){ .pid = -1, .control = -1 };
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
