/* SPDX-License-Identifier: MIT */
/* The TCP sockets of hosts: asked for, and waited for. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>

#include "state.h"
#include "tcp_sockets.h"
#include "tcp_watch.h"
#include "wire.h"

enum { SENTENCE = 300 };

const char *nst_tcp_state_name(enum nst_tcp_state state)
{
	static const char *const names[] = {
		[NST_TCP_ESTABLISHED] = "ESTABLISHED",
		[NST_TCP_SYN_SENT] = "SYN-SENT",
		[NST_TCP_SYN_RECEIVED] = "SYN-RECEIVED",
		[NST_TCP_FIN_WAIT_1] = "FIN-WAIT-1",
		[NST_TCP_FIN_WAIT_2] = "FIN-WAIT-2",
		[NST_TCP_TIME_WAIT] = "TIME-WAIT",
		[NST_TCP_CLOSED] = "CLOSED",
		[NST_TCP_CLOSE_WAIT] = "CLOSE-WAIT",
		[NST_TCP_LAST_ACK] = "LAST-ACK",
		[NST_TCP_LISTEN] = "LISTEN",
		[NST_TCP_CLOSING] = "CLOSING",
		[NST_TCP_NEW_SYN_RECEIVED] = "SYN-RECEIVED",
	};

	if ((size_t)state >= ARRAY_SIZE(names) || !names[state])
		return "unknown";
	return names[state];
}

/* "80 ESTABLISHED with 10.0.0.1:4711 (3 unread), …" */
static char *print_sockets(const struct nst_message *reply, char *text, size_t size)
{
	const struct nst_tcp_socket *list = reply->data;
	size_t count = reply->size / sizeof(*list), used = 0;

	snprintf(text, size, "none");
	for (size_t i = 0; i < count && used < size; i++) {
		used += (size_t)snprintf(text + used, size - used, "%s%u %s",
					 i ? ", " : "", list[i].local_port,
					 nst_tcp_state_name(list[i].state));
		if (list[i].remote_port && used < size)
			used += (size_t)snprintf(text + used, size - used,
						 " with %s:%u (%u unread, %u unacked)",
						 list[i].remote, list[i].remote_port,
						 list[i].unread, list[i].unacked);
	}
	return text;
}

/* "TCP sockets on port 80 towards port 7, in ESTABLISHED or CLOSE-WAIT" */
static char *print_match(const struct nst_tcp_match *match, char *text, size_t size)
{
	const unsigned int every = (1U << (NST_TCP_CLOSING + 1)) - 2;
	size_t used = (size_t)snprintf(text, size, "TCP sockets");
	const char *before = " in ";

	if (match->local_port)
		used += (size_t)snprintf(text + used, size - used, " on port %u",
					 match->local_port);
	if (match->remote_port)
		used += (size_t)snprintf(text + used, size - used, " towards port %u",
					 match->remote_port);
	if (match->port)
		used += (size_t)snprintf(text + used, size - used,
					 " from or to port %u", match->port);
	if ((match->states & every) == every)
		return text;
	for (unsigned int state = 1; state <= NST_TCP_CLOSING; state++)
		if ((match->states >> state & 1) && used < size) {
			used += (size_t)snprintf(text + used, size - used, "%s%s",
						 before, nst_tcp_state_name(state));
			before = " or ";
		}
	return text;
}

/* Return: what tcp_sockets_inside() says; the sockets are in `reply`, which the caller drops. */
static int ask(struct nst_lab *lab, const char *host, struct tcp_request *request,
	       struct nst_message *reply)
{
	int r = nst_plan_node(lab->plan, host, &request->node);

	return r < 0 ? r
		     : nst_lab_call(lab, tcp_sockets_inside,
				    &(struct nst_message){ .data = request,
							   .size = sizeof(*request) },
				    reply);
}

int nst_tcp_sockets(struct nst_lab *lab, const char *host,
		    const struct nst_tcp_match *match,
		    struct nst_tcp_socket **ret_sockets)
{
	struct tcp_request request = { .match = *match, .goal = TCP_NOW };
	struct nst_message reply AUTO(wire_message_drop) = { 0 };
	struct nst_tcp_socket *sockets;
	int r = ask(lab, host, &request, &reply);

	if (r < 0)
		return r;
	sockets = malloc(reply.size + 1);
	if (!sockets)
		return nst_fail_memory();
	if (reply.size)
		memcpy(sockets, reply.data, reply.size);
	*ret_sockets = sockets;
	return (int)(reply.size / sizeof(*sockets));
}

static int fail_not_one(const char *host, const struct nst_tcp_match *match,
			const struct nst_message *reply)
{
	char wanted[SENTENCE], has[SENTENCE];
	bool none = reply->size == 0;

	return nst_fail(none ? -ENODATA : -ENOTUNIQ, "host \"%s\": %s %s: %s", host,
			none ? "there are no" : "there are several",
			print_match(match, wanted, sizeof(wanted)),
			print_sockets(reply, has, sizeof(has)));
}

int nst_tcp_info(struct nst_lab *lab, const char *host,
		 const struct nst_tcp_match *match, struct nst_tcp_socket *ret_socket)
{
	struct tcp_request request = { .match = *match, .goal = TCP_NOW };
	struct nst_message reply AUTO(wire_message_drop) = { 0 };
	int r = ask(lab, host, &request, &reply);

	if (r < 0)
		return r;
	if (reply.size != sizeof(*ret_socket))
		return fail_not_one(host, match, &reply);
	memcpy(ret_socket, reply.data, sizeof(*ret_socket));
	return 0;
}

static int await(struct nst_lab *lab, const char *host, struct tcp_request *request)
{
	struct nst_message reply AUTO(wire_message_drop) = { 0 };
	char wanted[SENTENCE], has[SENTENCE], many[16];
	int r = ask(lab, host, request, &reply);

	if (r != -ETIMEDOUT)
		return r;
	if (request->goal == TCP_NONE)
		snprintf(many, sizeof(many), "still");
	else
		snprintf(many, sizeof(many), "not %u", request->least);
	return nst_fail(r, "host \"%s\": after %d ms there are %s %s; it has: %s", host,
			request->timeout_ms, many,
			print_match(&request->match, wanted, sizeof(wanted)),
			print_sockets(&reply, has, sizeof(has)));
}

int nst_await_tcp(struct nst_lab *lab, const char *host,
		  const struct nst_tcp_match *match, unsigned int least, int timeout_ms)
{
	struct tcp_request request = { .match = *match,
				       .goal = TCP_AT_LEAST,
				       .least = least,
				       .timeout_ms = timeout_ms };

	return await(lab, host, &request);
}

int nst_await_no_tcp(struct nst_lab *lab, const char *host,
		     const struct nst_tcp_match *match, int timeout_ms)
{
	struct tcp_request request = { .match = *match,
				       .goal = TCP_NONE,
				       .timeout_ms = timeout_ms };

	return await(lab, host, &request);
}

/* ---- What TCP achieved ---- */

int nst_watch_tcp(struct nst_lab *lab, const char *host, unsigned int every_us)
{
	struct watch_request request = { .every_us = every_us };
	int r = nst_plan_node(lab->plan, host, &request.node);

	return r < 0 ? r
		     : nst_lab_ask(lab, tcp_watch_inside, &request, sizeof(request),
				   NULL, 0);
}

/* The lists that follow it in the reply: copies. */
static int take_lists(const struct nst_message *reply, struct nst_measure *measure)
{
	size_t points = measure->point_count * sizeof(*measure->points);
	size_t windows = measure->window_count * sizeof(*measure->windows);
	const char *lists = (const char *)reply->data + sizeof(*measure);

	measure->points = malloc(points + 1);
	measure->windows = windows ? malloc(windows) : NULL;
	if (!measure->points || (windows && !measure->windows)) {
		nst_measure_free(measure);
		return nst_fail_memory();
	}
	memcpy(measure->points, lists, points);
	if (windows)
		memcpy(measure->windows, lists + points, windows);
	return 0;
}

int nst_measure(struct nst_lab *lab, const char *host,
		const struct nst_measure_what *what, struct nst_measure *ret)
{
	struct measure_request request = { .what = *what };
	struct nst_message reply AUTO(wire_message_drop) = { 0 };
	struct nst_measure measure;
	int r = nst_plan_node(lab->plan, host, &request.node);

	if (r == 0)
		r = nst_lab_call(lab, tcp_measure_inside,
				 &(struct nst_message){ .data = &request,
							.size = sizeof(request) },
				 &reply);
	if (r < 0)
		return nst_fail_in(r, "measuring what %s sent", host);
	if (reply.size < sizeof(measure))
		return nst_fail(-EPROTO, "the lab process answered nonsense");
	memcpy(&measure, reply.data, sizeof(measure));
	r = take_lists(&reply, &measure);
	if (r == 0)
		*ret = measure;
	return r;
}
