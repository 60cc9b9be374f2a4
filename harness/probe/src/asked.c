/* SPDX-License-Identifier: MIT */
/* What the asked host knows of a question that no interface shows. */
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "diag.h"
#include "ends.h"
#include "refusal.h"

/* TCP: whether a SYN-ACK was made, or data was taken, and only the answer is missing. */
static void ask_tcp_socket(struct ask *ask)
{
	const struct trail_end *end = &ask->question;
	struct found found = { 0 };
	struct flow flow;

	ask_flow(ask, end->last, &flow);
	if (diag_find(ask->room, end->node, &flow, ask->stage == STAGE_SENT, &found) <
	    0)
		return;
	ask->queue_full = found.state == TCP_LISTEN && found.waiting > found.limit;
	if (found.state == TCP_LISTEN)
		ask->listener_drops = found.drops;
	ask->answer_made = ask->stage == STAGE_ASKED
				   ? found.state == TCP_SYN_RECV
				   : found.bytes_received > ask->taken_before;
}

/* UDP: whether a program's socket got the datagram, be it read or not. Of a host that
 * was not asked by its own address (DNAT) nothing is known from before: the program may
 * have got it, and be about to answer. */
static void ask_udp_socket(struct ask *ask)
{
	struct found found = { 0 };
	struct counters now;
	struct flow flow;

	ask_flow(ask, ask->question.last, &flow);
	if (ask->listening != LISTENING_PROGRAM && ask->question.node == ask->to)
		return;
	if (diag_find(ask->room, ask->question.node, &flow, false, &found) < 0)
		return;
	if (ask->question.node != ask->to) {
		ask->delivered = true;
		return;
	}
	counters_read(ask->room, ask->question.node, ask->family, &now);
	for (size_t i = COUNTER_UDP_READ; i <= COUNTER_UDP_FULL; i++)
		ask->delivered |= !now.known || !ask->before.known ||
				  now.value[i] > ask->before.value[i];
	ask->delivered |= found.waiting != ask->waiting_before;
}

static void ask_echo_counter(struct ask *ask)
{
	struct counters now;

	if (ask->question.node != ask->to || !ask->before.known)
		return;
	counters_read(ask->room, ask->to, ask->family, &now);
	ask->answer_made =
		now.known && now.value[COUNTER_ECHO_REPLIES_OUT] >
				     ask->before.value[COUNTER_ECHO_REPLIES_OUT];
	ask->by_counter = ask->answer_made;
}

static void ask_protocol(struct ask *ask)
{
	switch (ask->request.protocol) {
	case NST_TCP:
		ask_tcp_socket(ask);
		break;
	case NST_UDP:
		ask_udp_socket(ask);
		break;
	case NST_ICMP:
		ask_echo_counter(ask);
		break;
	}
}

/* The question vanished inside a host: did its kernel answer nevertheless? */
void ends_ask_host(struct ask *ask)
{
	if (!ask->question.any || ask->question.leaving || ask->answer_made)
		return;
	if (ask->listening == LISTENING_NOBODY &&
	    refusal_counted(ask, ask->question.node) > 0) {
		ask->by_counter = true;
		ask->refusal.closed_port = true;
		ask->refusal.reset = ask->request.protocol == NST_TCP;
		ask->answer_made = true;
	}
	if (!ask->answer_made)
		ask_protocol(ask);
	if (ask->answer_made)
		ask->answer = (struct trail_end){ .node = ask->question.node };
}
