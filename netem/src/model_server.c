/* SPDX-License-Identifier: MIT */
/* A queue and what serves it: a rate, or the opportunities of a trace.
 *
 * A packet that is served goes into the delay line at once, with the time at which it will
 * have been sent and delayed. So the server needs to be asked only when another packet
 * waits.
 */
#include "model_inside.h"

enum { ETHERNET_HEADER = 14 };

/* ---- Rate ---- */

static uint64_t bytes_on_wire(const struct rate *rate, size_t size)
{
	int64_t bytes = (int64_t)size + rate->overhead;

	if (bytes < 0)
		return 0; /* the kernel's would wrap to centuries */
	if (rate->cell_size) {
		uint64_t cells =
			((uint64_t)bytes + rate->cell_size - 1) / rate->cell_size;

		return cells * (rate->cell_size + rate->cell_overhead);
	}
	return (uint64_t)bytes;
}

uint64_t rate_time_ns(struct rate *rate, size_t size)
{
	uint64_t bytes = bytes_on_wire(rate, size);
	unsigned __int128 parts;

	if (rate->bps == 0)
		return 0;
	if (rate->kernel) /* packet_time_ns(); below a byte a second it would divide by 0 */
		return rate->bps < 8 ? 0 : bytes * 1000000000 / (rate->bps / 8);
	parts = (unsigned __int128)bytes * 8 * 1000000000 + rate->left_ns;
	rate->left_ns = (uint64_t)(parts % rate->bps);
	return (uint64_t)(parts / rate->bps);
}

/* ---- Service ---- */

bool server_paces(const struct server *server)
{
	return server->rate.bps || server->trace.count;
}

/* Also after the pace was taken away, until those who waited have gone. */
bool server_waits(const struct server *server, uint64_t now_ns)
{
	return server_paces(server) || server->queue.count ||
	       server->busy_until_ns > now_ns;
}

/* The next packet that is to be served. CoDel drops some on the way. */
static bool take(struct nst_model *model, uint64_t now, struct held *ret)
{
	struct server *server = &model->server;
	bool there;

	if (server->discipline == NST_QUEUE_CODEL)
		there = codel_pop(&server->codel, &server->queue, now, model->ecn,
				  &model->out, ret);
	else
		there = ring_pop(&server->queue, ret);
	if (there && server->discipline == NST_QUEUE_PIE) {
		server->pie.delay_ns = (int64_t)(now - ret->arrived_ns);
		pie_update(&server->pie, &server->queue, now);
	}
	return there;
}

/* It has been sent at `sent_ns`; what comes now is the delay. */
static void pass_on(struct nst_model *model, struct held *held, uint64_t now,
		    uint64_t sent_ns)
{
	held->out.due_ns = sent_ns + (uint64_t)held->delay_ns;
	line_add(model, held, now);
}

static void run_rate(struct nst_model *model, uint64_t now_ns)
{
	struct server *server = &model->server;
	struct held held;

	while (server->queue.count) {
		uint64_t begin = server->busy_until_ns;

		if (begin < ring_first(&server->queue)->arrived_ns) {
			begin = ring_first(&server->queue)->arrived_ns;
			server->rate.left_ns = 0; /* it was idle */
		}
		if (begin > now_ns || !take(model, begin, &held))
			break;
		server->busy_until_ns = begin + rate_time_ns(&server->rate, held.size);
		pass_on(model, &held, begin, server->busy_until_ns);
	}
}

/* Bytes that count in a trace: the IP packet's, and those of mahimahi's tunnel. */
static size_t bytes_in_trace(size_t size)
{
	return (size > ETHERNET_HEADER ? size - ETHERNET_HEADER : 0) +
	       TRACE_PACKET_EXTRA;
}

/* One opportunity: as many packets as fit, and a part of the next. */
static void use_opportunity(struct nst_model *model, uint64_t now)
{
	struct server *server = &model->server;
	size_t left = TRACE_OPPORTUNITY;

	while (left > 0) {
		size_t part;

		if (!server->serving) {
			if (!take(model, now, &server->served))
				return;
			server->serving = true;
			server->served_left = bytes_in_trace(server->served.size);
		}
		part = left < server->served_left ? left : server->served_left;
		left -= part;
		server->served_left -= part;
		if (server->served_left == 0) {
			server->serving = false;
			pass_on(model, &server->served, now, now);
		}
	}
}

/* The trace begins with the first packet. What comes at the time of an opportunity is too
 * late for it. */
void server_begin(struct server *server, uint64_t now_ns)
{
	if (server->trace_began || !server->trace.count)
		return;
	trace_begin(&server->trace, now_ns);
	trace_skip(&server->trace, now_ns);
	server->trace_began = true;
}

static void run_trace(struct nst_model *model, uint64_t now_ns)
{
	struct server *server = &model->server;

	if (!server->trace_began)
		return;
	while (server->serving || server->queue.count) {
		uint64_t next = trace_next_ns(&server->trace);

		if (next > now_ns)
			return;
		use_opportunity(model, next);
		trace_take(&server->trace);
	}
	trace_skip(&server->trace, now_ns);
}

void server_run(struct nst_model *model, uint64_t now_ns)
{
	if (model->server.trace.count)
		run_trace(model, now_ns);
	else
		run_rate(model, now_ns);
}

/* ---- Queue ---- */

size_t server_packets(const struct server *server, uint64_t now_ns)
{
	bool sending = server->serving || server->busy_until_ns > now_ns;

	return server->queue.count + sending;
}

static bool is_full(const struct nst_model *model, const struct arrival *arrival)
{
	const struct server *server = &model->server;

	if (model->limit_packets &&
	    server_packets(server, arrival->now_ns) >= model->limit_packets)
		return true;
	return model->limit_bytes &&
	       server->queue.bytes + arrival->held.size > model->limit_bytes;
}

static bool pie_refuses(struct nst_model *model, struct arrival *arrival)
{
	struct server *server = &model->server;
	uint64_t draw =
		roll(&model->dice, arrival->stream + STREAM_PIE, arrival->held.out.n);

	pie_update(&server->pie, &server->queue, arrival->now_ns);
	switch (pie_admit(&server->pie, &server->queue,
			  model->ecn && arrival->held.ecn_capable, draw)) {
	case PIE_TAKE:
		return false;
	case PIE_MARK:
		arrival->held.out.marked_ce = true;
		return false;
	case PIE_REFUSE:
		return true;
	}
	return false;
}

/* Return: false if it is lost: the queue is full, or PIE says so. */
bool server_accept(struct nst_model *model, struct arrival *arrival)
{
	struct server *server = &model->server;

	if (is_full(model, arrival) ||
	    (server->discipline == NST_QUEUE_PIE && pie_refuses(model, arrival)))
		return false;
	server_begin(server, arrival->now_ns);
	ring_push(&server->queue, &arrival->held);
	server_run(model, arrival->now_ns);
	return true;
}

uint64_t server_next_ns(const struct server *server)
{
	if (!server->queue.count && !server->serving)
		return UINT64_MAX;
	return server->trace.count ? trace_next_ns(&server->trace)
				   : server->busy_until_ns;
}
