/* SPDX-License-Identifier: MIT */
/* From evidence to verdict.
 *
 * The order matters: an answer beats everything; then somebody who said no; then what the
 * asker's own kernel said; only then what did not happen, and that only if it is proved. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "judge.h"
#include <probe/codes.h>

const struct trail_end *judge_end(const struct ask *ask)
{
	if (ask->discovery.failed)
		return &ask->discovery.end;
	return ask->answer_made ? &ask->answer : &ask->question;
}

/* ---- Where ---- */

static void put_where(const struct ask *ask, enum nst_place place, size_t node,
		      size_t interface, struct nst_where *where)
{
	where->place = place;
	snprintf(where->host, sizeof(where->host), "%s", ask->plan->nodes[node].name);
	if (interface != SIZE_MAX)
		memcpy(where->interface, ask->plan->interfaces[interface].name,
		       sizeof(where->interface));
}

/* The interface by which a node should have sent it, by plan. */
static size_t planned_way_out(const struct ask *ask, size_t node, bool answer)
{
	const struct nst_hop *hops = answer ? ask->back : ask->there;
	size_t count = answer ? ask->back_count : ask->there_count;

	for (size_t i = 0; i < count; i++)
		if (ask->plan->interfaces[hops[i].out].node == node)
			return hops[i].out;
	return SIZE_MAX;
}

/* Whether what came to that node was for itself, and not to be passed on. */
static bool is_for_node(const struct ask *ask, const struct trail_end *end, bool answer)
{
	enum nst_host_kind kind = ask->plan->nodes[end->node].kind;

	if (end->node == (answer ? ask->from : ask->to))
		return true;
	return kind == NST_HOST;
}

static enum nst_place place_of(const struct ask *ask, const struct trail_end *end,
			       bool answer)
{
	if (ask->link_down || ask->link_cut || ask->link_takes || end->leaving)
		return NST_PLACE_LINK;
	if (!end->any)
		return NST_PLACE_OUTPUT;
	if (ask->plan->nodes[end->node].kind == NST_SWITCH)
		return NST_PLACE_LINK;
	/* Neighbours talk to each other: there is nothing to forward. */
	return ask->discovery.failed || is_for_node(ask, end, answer)
		       ? NST_PLACE_INPUT
		       : NST_PLACE_FORWARD;
}

static void put_end(const struct ask *ask, struct nst_where *where)
{
	const struct trail_end *end = judge_end(ask);
	bool answer = ask->answer_made && !ask->discovery.failed;
	size_t interface = end->any && !ask->link_down
				   ? trail_interface(ask->plan, end->node, end->ifindex)
				   : planned_way_out(ask, end->node, answer);

	put_where(ask, place_of(ask, end, answer), end->node, interface, where);
	where->answer = answer;
	if (interface == SIZE_MAX && end->ifindex == LOOPBACK_IFINDEX)
		strcpy(where->interface, "lo");
}

/* Where a refusal was made: by its sender, in the direction of what it refused. */
static void put_refuser(const struct ask *ask, struct nst_where *where)
{
	const struct refusal *refusal = &ask->refusal;
	size_t sender = refusal->of_answer ? ask->question.node : ask->from;
	size_t receiver = refusal->of_answer ? ask->from : ask->to;
	const struct trail_end *end =
		refusal->of_answer ? &ask->answer : &ask->question;
	enum nst_place place = NST_PLACE_FORWARD;
	size_t interface;

	if (ask->refusal.forged) {
		put_where(ask, NST_PLACE_LINK,
			  ask->plan->interfaces[ask->refusal.forger].node,
			  ask->refusal.forger, where);
		where->answer = refusal->of_answer;
	}
	if (refusal->node == SIZE_MAX)
		return;
	if (refusal->node == sender &&
	    !(end->any && !end->leaving && end->node == sender))
		place = NST_PLACE_OUTPUT;
	else if (refusal->node == receiver ||
		 ask->plan->nodes[refusal->node].kind == NST_HOST)
		place = NST_PLACE_INPUT;
	interface = trail_interface(ask->plan, refusal->node, refusal->ifindex);
	if (interface == SIZE_MAX) /* told by the loopback */
		interface = planned_way_out(ask, refusal->node, refusal->of_answer);
	put_where(ask, place, refusal->node, interface, where);
	where->answer = refusal->of_answer;
}

/* ---- What ---- */

static enum nst_verdict_kind kind_of_refusal(const struct ask *ask)
{
	const struct refusal *refusal = &ask->refusal;

	if (refusal->program)
		return NST_VERDICT_OPEN;
	if (ask->refusal.forged)
		return NST_VERDICT_REJECTED;
	if (refusal->closed_port)
		return NST_VERDICT_REFUSED;
	if (refusal->reset)
		return refusal->node == SIZE_MAX ? NST_VERDICT_REFUSED
						 : NST_VERDICT_REJECTED;
	switch (code_find(ask->family, refusal->type, refusal->code)->meaning) {
	case CODE_ROUTE:
	case CODE_NEIGHBOUR:
		return refusal->no_route ? NST_VERDICT_UNROUTABLE
					 : NST_VERDICT_REJECTED;
	case CODE_LOOP:
		return NST_VERDICT_UNROUTABLE;
	case CODE_FIREWALL:
	case CODE_PORT:
	case CODE_SIZE:
		break;
	}
	return NST_VERDICT_REJECTED;
}

static void judge_refusal(const struct ask *ask, struct nst_verdict *verdict)
{
	verdict->kind = kind_of_refusal(ask);
	if (verdict->kind == NST_VERDICT_UNROUTABLE && ask->link_down) {
		/* The router lost the route with its link. */
		verdict->kind = NST_VERDICT_DROPPED;
		verdict->proof = NST_PROOF_LINK;
		put_end(ask, &verdict->where);
		return;
	}
	/* Heard by the asker, or only seen on its way to it. */
	verdict->proof =
		ask->stage == STAGE_FAILED ? NST_PROOF_ANSWER : NST_PROOF_MARKER;
	if (!ask->refusal.reset) {
		verdict->icmp_type = ask->refusal.type;
		verdict->icmp_code = ask->refusal.code;
	}
	if (verdict->kind == NST_VERDICT_REJECTED)
		put_refuser(ask, &verdict->where);
}

/* The asker's own kernel would not even send it. */
static void judge_local(const struct ask *ask, struct nst_verdict *verdict)
{
	verdict->proof = NST_PROOF_ANSWER;
	if (ask->link_down) {
		verdict->kind = NST_VERDICT_DROPPED;
		verdict->proof = NST_PROOF_LINK;
		put_end(ask, &verdict->where);
		return;
	}
	switch (ask->error) {
	case EPERM: /* its OUTPUT dropped it: nf_hook_slow() */
		verdict->kind = NST_VERDICT_DROPPED;
		put_where(ask, NST_PLACE_OUTPUT, ask->from,
			  planned_way_out(ask, ask->from, false), &verdict->where);
		return;
	case ENETUNREACH:
	case EHOSTUNREACH:
	case EADDRNOTAVAIL:
	case ENETDOWN:
	case EACCES: /* a prohibit route */
	case EINVAL: /* a blackhole route */
		verdict->kind = NST_VERDICT_UNROUTABLE;
		return;
	case EPIPE: /* a kept connection that was reset before */
		verdict->kind = NST_VERDICT_REFUSED;
		return;
	default:
		verdict->kind = NST_VERDICT_INCONCLUSIVE;
	}
}

/* Nothing came, and nothing can come any more. */
static void judge_silence(const struct ask *ask, struct nst_verdict *verdict)
{
	verdict->kind = NST_VERDICT_DROPPED;
	verdict->proof = ask->link_down || ask->link_cut || ask->link_takes
				 ? NST_PROOF_LINK
				 : NST_PROOF_MARKER;
	if (verdict->proof == NST_PROOF_MARKER &&
	    (ask->no_route || (ask->discovery.failed && ask->discovery.end.any &&
			       ask->discovery.owner == SIZE_MAX)))
		verdict->kind = NST_VERDICT_UNROUTABLE;
	else
		put_end(ask, &verdict->where);
}

static void judge_wait(const struct ask *ask, struct nst_verdict *verdict)
{
	verdict->kind = ask->lost ? NST_VERDICT_INCONCLUSIVE : NST_VERDICT_UNANSWERED;
	verdict->proof = NST_PROOF_WAITED;
	memcpy(verdict->why_waited, ask->doubt, sizeof(verdict->why_waited));
}

/* A closed port's refusal that did not reach the asker: an answer that was lost. */
static bool is_lost_refusal(const struct ask *ask)
{
	return ask->refusal.closed_port && ask->stage != STAGE_FAILED;
}

void judge(const struct ask *ask, enum settled settled, struct nst_verdict *verdict)
{
	verdict->family = ask->family;
	verdict->icmp_type = -1;
	verdict->icmp_code = -1;
	verdict->own_listener = ask->listening == LISTENING_OWN;
	if (ask->stage == STAGE_DONE)
		verdict->kind = NST_VERDICT_OPEN;
	else if (ask->lost)
		judge_wait(ask, verdict);
	else if (ask->refusal.any && !is_lost_refusal(ask))
		judge_refusal(ask, verdict);
	else if (ask->stage == STAGE_FAILED)
		judge_local(ask, verdict);
	else if (settled == SETTLED_QUIET)
		judge_silence(ask, verdict);
	else
		judge_wait(ask, verdict);
}
