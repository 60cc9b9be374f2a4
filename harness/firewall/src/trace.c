/* SPDX-License-Identifier: MIT */
/* Hosts are made to trace, and their traces are read. */
#include "trace.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>

#include "known.h"
#include "trace_table.h"

enum {
	BUFFER = 4 << 20, /* bytes: some 6,500 events */
	BATCH = 16,       /* messages a system call */
	MESSAGE = 2048,   /* longer than any event */
};

/* A host that has been looked at. */
struct traced {
	bool looked_at, on;
	int error; /* why its rules cannot be traced; 0 */
	bool has_legacy;
	uint32_t generation;
	struct trace_table table;
	int request, events, log; /* sockets; -1 */
	int names[2];             /* of the legacy tables, IPv4 and IPv6; -1 */
	struct nst_rules *rules;  /* of this generation; NULL: not read yet */
};

struct tracer {
	struct nst_inside *inside;
	size_t count;
	struct traced hosts[];
};

struct tracer *trace_get(struct nst_inside *inside)
{
	void **slot = nst_inside_slot(inside, NST_SLOT_TRACE);
	size_t count = nst_inside_plan(inside)->node_count;
	struct tracer *tracer = *slot;

	if (tracer)
		return tracer;
	tracer = calloc(1, sizeof(*tracer) + count * sizeof(tracer->hosts[0]));
	if (!tracer) {
		nst_fail_memory();
		return NULL;
	}
	tracer->inside = inside;
	tracer->count = count;
	*slot = tracer;
	return tracer;
}

/* ---- A host ---- */

static int open_sockets(struct traced *host)
{
	static const char *const names[] = { "/proc/thread-self/net/ip_tables_names",
					     "/proc/thread-self/net/ip6_tables_names" };

	host->request = trace_socket(0);
	if (host->request < 0)
		return host->request;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		host->names[i] = open(names[i], O_RDONLY | O_CLOEXEC);
	host->events = host->log = -1;
	host->looked_at = true;
	return 0;
}

static bool has_legacy_tables(const struct traced *host)
{
	char byte;

	for (size_t i = 0; i < ARRAY_SIZE(host->names); i++)
		if (host->names[i] >= 0 && pread(host->names[i], &byte, 1, 0) == 1)
			return true;
	return false;
}

/* Room for bursts; more than an ordinary user may have, if it can be had. */
static void enlarge(int fd)
{
	int size = BUFFER;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
}

static int turn_on(struct traced *host, const struct trace_tables *there)
{
	int r;

	if (host->events < 0) {
		host->events = trace_socket(NFNLGRP_NFTRACE);
		if (host->events < 0)
			return host->events;
		enlarge(host->events);
	}
	if (host->has_legacy && host->log < 0) {
		r = trace_open_log(&host->log);
		if (r < 0)
			return r;
		enlarge(host->log);
	}
	r = trace_table_make(&host->table, there);
	host->on = r == 0;
	return r;
}

/* The thread is in the host's namespace. */
static int look_at(struct traced *host)
{
	struct trace_tables there = { 0 };
	int r = trace_tables_look(host->request, &there);

	if (r < 0)
		return r;
	nst_rules_free(host->rules);
	host->rules = NULL;
	host->on = false;
	host->error = 0;
	if (there.any || host->has_legacy)
		host->error = turn_on(host, &there);
	/* Our own table has made a new generation. */
	return r < 0 ? r : trace_generation(host->request, &host->generation);
}

/* Of a kernel without nf_tables there is nothing to trace with. */
static int look_if_changed(struct traced *host)
{
	bool legacy = has_legacy_tables(host);
	uint32_t generation;
	int r = trace_generation(host->request, &generation);

	if (r < 0)
		return r;
	if (generation == host->generation && legacy == host->has_legacy)
		return 0;
	host->has_legacy = legacy;
	return look_at(host);
}

int trace_host(struct tracer *tracer, size_t node)
{
	struct traced *host = &tracer->hosts[node];
	const char *name = nst_inside_plan(tracer->inside)->nodes[node].name;
	int r = nst_inside_net(tracer->inside, node);

	if (r < 0)
		return r;
	if (!host->looked_at)
		r = open_sockets(host);
	if (r == 0)
		r = look_if_changed(host);
	if (r == -EPROTONOSUPPORT || r == -EOPNOTSUPP || r == -EINVAL) {
		/* No nf_tables: nothing to trace with. */
		host->error = has_legacy_tables(host) ? r : 0;
		return 0;
	}
	return r < 0 ? nst_fail(r, "tracing the rules of host \"%s\": %s", name,
				strerror(-r))
		     : 0;
}

int trace_error(const struct tracer *tracer, size_t node)
{
	return tracer->hosts[node].error;
}

/* ---- Reading ---- */

struct batch {
	struct mmsghdr messages[BATCH];
	struct iovec parts[BATCH];
	struct {
		_Alignas(struct nlmsghdr) uint8_t bytes[MESSAGE];
	} buffers[BATCH];
};

static int keep(struct trace_events *events, size_t node, const void *bytes,
		size_t size)
{
	const struct nlmsghdr *message = bytes;

	for (; NLMSG_OK(message, size); message = NLMSG_NEXT(message, size)) {
		if (events->count == events->room) {
			size_t room = events->room * 2 + 64;
			struct trace_event *larger =
				realloc(events->list, room * sizeof(*events->list));

			if (!larger)
				return nst_fail_memory();
			events->list = larger;
			events->room = room;
		}
		if (trace_decode(message, &events->list[events->count]))
			events->list[events->count++].node = node;
	}
	return 0;
}

/* Returns how many messages; -errno. *events NULL: they are thrown away. */
static int read_batch(int fd, size_t node, struct batch *batch,
		      struct trace_events *events)
{
	int count, r = 0;

	for (size_t i = 0; i < BATCH; i++) {
		batch->parts[i] = (struct iovec){ batch->buffers[i].bytes, MESSAGE };
		batch->messages[i].msg_hdr = (struct msghdr){
			.msg_iov = &batch->parts[i],
			.msg_iovlen = 1,
		};
	}
	count = recvmmsg(fd, batch->messages, BATCH, MSG_DONTWAIT, NULL);
	if (count < 0)
		return -errno;
	for (int i = 0; i < count && r == 0 && events; i++)
		r = keep(events, node, batch->buffers[i].bytes,
			 batch->messages[i].msg_len);
	return r < 0 ? r : count;
}

static int read_socket(int fd, size_t node, struct trace_events *events)
{
	static struct batch batch;
	int r;

	do {
		r = fd < 0 ? 0 : read_batch(fd, node, &batch, events);
		if (r == -ENOBUFS && events)
			events->lost_node = node;
	} while (r == BATCH || r == -ENOBUFS || r == -EINTR);
	return r < 0 && r != -EAGAIN ? r : 0;
}

void trace_clear(struct tracer *tracer)
{
	for (size_t i = 0; i < tracer->count; i++) {
		if (!tracer->hosts[i].on)
			continue;
		read_socket(tracer->hosts[i].events, i, NULL);
		read_socket(tracer->hosts[i].log, i, NULL);
	}
}

int trace_read(struct tracer *tracer, struct trace_events *events)
{
	int r = 0;

	for (size_t i = 0; i < tracer->count && r == 0; i++) {
		if (!tracer->hosts[i].on)
			continue;
		r = read_socket(tracer->hosts[i].events, i, events);
		if (r == 0)
			r = read_socket(tracer->hosts[i].log, i, events);
	}
	return r < 0 ? nst_fail(r, "reading traces: %s", strerror(-r)) : 0;
}

/* ---- Rules ---- */

static int read_rules(struct tracer *tracer, size_t node, struct nst_rules **ret_rules)
{
	struct listing listing AUTO(listing_free) = { 0 };
	size_t size;
	void *block;
	int r = nst_inside_net(tracer->inside, node);

	if (r == 0)
		r = listing_of_nf_tables(&listing);
	if (r == 0)
		r = listing_of_legacy(&listing);
	if (r < 0)
		return r;
	known_tell(tracer->inside, node, &listing);
	block = listing_pack(&listing, &size);
	if (!block)
		return nst_fail_memory();
	*ret_rules = listing_unpack(block, size);
	return *ret_rules ? 0 : nst_fail(-EPROTO, "the rules came in pieces");
}

/* The legacy tables have no generation: their rules are read anew. */
const struct nst_rules *trace_rules(struct tracer *tracer, size_t node)
{
	struct traced *host = &tracer->hosts[node];
	struct nst_rules *rules = NULL;
	uint32_t generation;

	if (!host->rules || host->has_legacy) {
		if (read_rules(tracer, node, &rules) < 0)
			return NULL;
		nst_rules_free(host->rules);
		host->rules = rules;
	}
	if (trace_generation(host->request, &generation) < 0 ||
	    generation != host->generation)
		return NULL;
	return host->rules;
}
