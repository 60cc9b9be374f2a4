/* SPDX-License-Identifier: MIT */
/* The probe's half in the lab process: from the names of a question to its verdict. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>

#include "ask.h"
#include "ends.h"
#include "held.h"
#include "inside.h"
#include "judge.h"
#include "marker.h"
#include "settle.h"
#include "watch.h"
#include "wires.h"
#include "words.h"
#include <probe/parcel.h>

enum {
	WATCH_ALL_UP_TO = 16, /* hosts; in larger labs those on the planned path */
	ATTEMPTS_AT_MOST = 8,
};

/* ---- Who asks whom ---- */

static bool node_has(const struct nst_node *node, int family)
{
	return family == AF_INET ? node->has_ipv4 : node->has_ipv6;
}

static int choose_family(struct ask *ask, const struct nst_node *to)
{
	const struct nst_node *from = &ask->plan->nodes[ask->from];

	ask->family = ask->request.family;
	if (!ask->family)
		ask->family = from->has_ipv4 && to->has_ipv4 ? AF_INET : AF_INET6;
	if (!node_has(to, ask->family))
		return nst_fail(-EINVAL, "host \"%s\" has no %s address", to->name,
				ask->family == AF_INET ? "IPv4" : "IPv6");
	return 0;
}

/* Of the host's addresses the one with the shortest planned way; else its first. */
static void choose_target(struct ask *ask)
{
	const struct nst_node *to = &ask->plan->nodes[ask->to];
	size_t best = SIZE_MAX;

	ask->target = *nst_plan_address_of(ask->plan, ask->to, ask->family);
	for (size_t i = 0; i < to->interface_count && best > 1; i++) {
		const struct nst_interface *interface =
			&ask->plan->interfaces[to->interfaces[i]];

		for (size_t j = 0; j < interface->address_count; j++) {
			const struct nst_address *address = &interface->addresses[j];
			struct nst_hop *hops = NULL;
			size_t count = 0;

			if (address->family == ask->family &&
			    nst_plan_path(ask->plan, ask->from, address, &hops,
					  &count) >= 0 &&
			    count < best) {
				best = count;
				ask->target = *address;
			}
			free(hops);
		}
	}
}

static bool is_loopback(const struct nst_address *address)
{
	static const uint8_t six[16] = { [15] = 1 };

	return address->family == AF_INET ? address->bytes[0] == 127
					  : memcmp(address->bytes, six, 16) == 0;
}

static int resolve_target(struct ask *ask)
{
	int r = nst_plan_node(ask->plan, ask->request.to, &ask->to);

	if (r == 0 && ask->plan->nodes[ask->to].kind == NST_SWITCH)
		return nst_fail(-EINVAL, "\"%s\" is a switch: it has no address",
				ask->request.to);
	if (r == 0) {
		r = choose_family(ask, &ask->plan->nodes[ask->to]);
		if (r == 0)
			choose_target(ask);
		return r;
	}
	if (inet_pton(AF_INET, ask->request.to, ask->target.bytes) != 1 &&
	    inet_pton(AF_INET6, ask->request.to, ask->target.bytes) != 1)
		return r;
	r = nst_address_parse(ask->request.to, &ask->target);
	if (r < 0)
		return r;
	ask->family = ask->target.family;
	if (ask->request.family && ask->request.family != ask->family)
		return nst_fail(-EINVAL, "%s is no address of the family asked for",
				ask->request.to);
	ask->to = is_loopback(&ask->target) ? ask->from
					    : nst_plan_owner(ask->plan, &ask->target);
	return 0;
}

static int parse_source(struct ask *ask)
{
	int r = nst_address_parse(ask->request.source, &ask->source);

	if (r == 0 && ask->source.family != ask->family)
		r = nst_fail(-EINVAL, "%s asks from an address of another family",
			     ask->request.source);
	return r;
}

/* The address that the asker will use, by plan: of the interface by which it sends. */
static void choose_source(struct ask *ask)
{
	const struct nst_interface *out;
	const struct nst_address *first =
		nst_plan_address_of(ask->plan, ask->from, ask->family);

	if (first)
		ask->source = *first;
	if (ask->there_count == 0) {
		if (ask->to == ask->from)
			ask->source = ask->target;
		return;
	}
	out = &ask->plan->interfaces[ask->there[0].out];
	for (size_t i = 0; i < out->address_count; i++) {
		if (out->addresses[i].family == ask->family) {
			ask->source = out->addresses[i];
			return;
		}
	}
}

static int resolve(struct ask *ask)
{
	int r = nst_plan_node(ask->plan, ask->request.from, &ask->from);

	if (r < 0)
		return r;
	if (ask->plan->nodes[ask->from].kind == NST_SWITCH)
		return nst_fail(-EINVAL, "\"%s\" is a switch: it cannot ask",
				ask->request.from);
	r = resolve_target(ask);
	if (r < 0)
		return r;
	r = 0;
	nst_plan_path(ask->plan, ask->from, &ask->target, &ask->there,
		      &ask->there_count);
	if (*ask->request.source)
		r = parse_source(ask);
	else
		choose_source(ask);
	if (r < 0)
		return r;
	if (ask->request.extension && ask->family != AF_INET6)
		return nst_fail(-EINVAL, "only IPv6 has extension headers");
	if (ask->request.fragments && ask->family != AF_INET)
		return nst_fail(-EINVAL, "only IPv4 is asked in fragments");
	if (ask->to != SIZE_MAX && ask->source.family)
		nst_plan_path(ask->plan, ask->to, &ask->source, &ask->back,
			      &ask->back_count);
	return 0;
}

/* ---- What is watched ---- */

static int watch(struct ask *ask, size_t node)
{
	for (size_t i = 0; i < ask->near_count; i++)
		if (ask->near[i] == node)
			return 0;
	ask->near[ask->near_count++] = node;
	return watch_node(ask->room, node);
}

/* Both hosts of each step, and the switches next to them. */
static int watch_hops(struct ask *ask, const struct nst_hop *hops, size_t count)
{
	const struct nst_interface *interfaces = ask->plan->interfaces;
	int r = 0;

	for (size_t i = 0; i < count && r == 0; i++) {
		const struct nst_interface *out = &interfaces[hops[i].out];
		const struct nst_interface *in = &interfaces[hops[i].in];
		const size_t nodes[] = { out->node, interfaces[out->peer].node,
					 interfaces[in->peer].node, in->node };

		for (size_t j = 0; j < ARRAY_SIZE(nodes) && r == 0; j++)
			r = watch(ask, nodes[j]);
	}
	return r;
}

static int watch_path(struct ask *ask)
{
	int r;

	ask->near = calloc(ask->plan->node_count, sizeof(*ask->near));
	if (!ask->near)
		return nst_fail_memory();
	r = watch(ask, ask->from);
	if (r == 0 && ask->to != SIZE_MAX)
		r = watch(ask, ask->to);
	if (r == 0)
		r = watch_hops(ask, ask->there, ask->there_count);
	if (r == 0)
		r = watch_hops(ask, ask->back, ask->back_count);
	for (size_t i = 0; i < ask->plan->node_count && r == 0; i++)
		if (ask->plan->node_count <= WATCH_ALL_UP_TO)
			r = watch(ask, i);
	return r < 0 ? nst_fail(r, "watching the hosts on the path: %s", strerror(-r))
		     : 0;
}

/* ---- Who looks on ---- */

static struct probe_seen seen_by(struct ask *ask)
{
	return (struct probe_seen){
		.plan = ask->plan,
		.tracked = &ask->tracked,
		.sightings = &ask->sightings,
		.nodes = ask->near,
		.node_count = ask->near_count,
		.from = ask->from,
		.to = ask->to,
		.family = ask->family,
	};
}

static int witness_begin(struct ask *ask)
{
	struct probe_seen seen = seen_by(ask);

	return ask->witness ? ask->witness->begin(ask->witness->data, &seen) : 0;
}

static void witness_again(struct ask *ask)
{
	struct probe_seen seen = seen_by(ask);

	if (ask->witness)
		ask->witness->again(ask->witness->data, &seen);
}

static int witness_end(struct ask *ask, struct nst_verdict *verdict)
{
	struct probe_seen seen = seen_by(ask);

	return ask->witness ? ask->witness->end(ask->witness->data, &seen, verdict) : 0;
}

/* ---- Attempts ---- */

static void forget_attempt(struct ask *ask)
{
	struct nst_address neighbour = ask->discovery.holding.neighbour;

	ask->client = ask->listener = ask->accepted = -1;
	ask->stage = STAGE_ASKED;
	ask->error = ask->error_answer = 0;
	ask->error_local = ask->icmp_heard = ask->no_route = false;
	ask->program_answered = ask->delivered = false;
	ask->queue_full = ask->was_full = ask->by_counter = false;
	ask->lost = ask->socket_asked = ask->discovery.failed = false;
	ask->refusal = (struct refusal){ .node = SIZE_MAX };
	ask->sightings = (struct sightings){ ask->room->seen, 0, 0 };
	ask->tracked = (struct tracked){
		.protocol = ask->request.protocol,
		.family = ask->family,
		.from = ask->from,
		.extended = ask->request.extension,
		.port = room_next_port(ask->room),
		.to_port = ask->request.port,
		.nonce = ask->room->nonce++,
		.neighbour = neighbour,
	};
}

static int attempt(struct ask *ask, enum settled *ret_settled)
{
	int r;

	forget_attempt(ask);
	wires_begin(ask);
	r = ask->held ? 0 : listener_prepare(ask);
	if (r < 0)
		return r;
	ask->before.known = false;
	if ((ask->listening != LISTENING_OWN || ask->count) && ask->to != SIZE_MAX)
		counters_read(ask->room, ask->to, ask->family, &ask->before);
	r = ask->held ? held_resume(ask) : protocol_of(ask)->start(ask);
	if (ask->attempts == 1 && !ask->wires.attempts)
		ask->first_ns = ask->sent_ns;
	if (r == 0)
		*ret_settled = settle(ask);
	return r;
}

/* Between attempts it can turn out whose address it is: then the way back is known. */
static int watch_way_back(struct ask *ask)
{
	if (ask->back || ask->to == SIZE_MAX || !ask->source.family)
		return 0;
	nst_plan_path(ask->plan, ask->to, &ask->source, &ask->back, &ask->back_count);
	return watch_hops(ask, ask->back, ask->back_count);
}

/* Before asking once more about a neighbour that did not answer. */
static void watch_neighbour(struct ask *ask)
{
	if (!ask->discovery.holding.neighbour.family)
		return;
	watch_discovery(ask->room, true);
	watch_clear(ask->room);
	hold_forget(ask->room, ask->discovery.node, &ask->discovery.holding);
}

static int ask_until_settled(struct ask *ask, struct nst_verdict *verdict)
{
	enum settled settled = SETTLED_WAITED;
	int r = 0;

	for (ask->attempts = 1; ask->attempts <= ATTEMPTS_AT_MOST && r == 0;
	     ask->attempts++) {
		r = attempt(ask, &settled);
		if (r < 0 || settled != SETTLED_AGAIN)
			break;
		ask_close(ask);
		watch_neighbour(ask);
		wires_end(ask);
		witness_again(ask);
		r = watch_way_back(ask);
	}
	if (r == 0) {
		judge(ask, settled, verdict);
		if (verdict->kind == NST_VERDICT_DROPPED)
			ends_look_at_reverse_path(ask);
		verdict->elapsed_us =
			(unsigned int)((room_now_ns() - ask->first_ns) / 1000);
		words_put(ask, verdict);
		r = witness_end(ask, verdict);
	}
	ask_close(ask);
	watch_discovery(ask->room, false);
	return r;
}

static int ask_pinned(struct ask *ask, struct nst_verdict *verdict)
{
	int r = marker_pin(ask->room);

	if (r < 0)
		return nst_fail(r, "staying on one processor: %s", strerror(-r));
	/* The wire engine runs where it likes, and what it sends is received there. */
	if (nst_inside_has_wires(ask->inside))
		watch_any_cpu(ask->room);
	r = watch_path(ask);
	if (r == 0)
		r = witness_begin(ask);
	if (r == 0)
		r = ask_until_settled(ask, verdict);
	marker_unpin(ask->room);
	return r;
}

int probe_ask(struct nst_inside *inside, const struct probe_request *request,
	      const struct probe_witness *witness, struct nst_verdict *ret_verdict)
{
	struct ask ask = { .room = room_get(inside),
			   .witness = witness,
			   .request = *request,
			   .inside = inside,
			   .acquainted = SIZE_MAX };
	int r;

	if (!ask.room)
		return -ENOMEM;
	ask.plan = ask.room->plan;
	ask.begin_ns = room_now_ns();
	ask.begin_real_ns = nst_now_ns();
	r = held_find(&ask);
	if (r == 0)
		r = resolve(&ask);
	if (r == 0)
		r = ask_pinned(&ask, ret_verdict);
	free(ask.there);
	free(ask.back);
	free(ask.near);
	return r;
}

int probe_inside(struct nst_inside *inside, struct nst_message *request,
		 struct nst_message *reply)
{
	struct nst_verdict verdict = { 0 };
	int r = probe_ask(inside, request->data, NULL, &verdict);

	return r < 0 ? r : parcel_pack(&verdict, reply);
}
