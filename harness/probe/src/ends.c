/* SPDX-License-Identifier: MIT */
/* Where the question and its answer ended. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "ends.h"
#include "wires.h"

static enum stage stage_of(const struct ask *ask)
{
	return ask->stage == STAGE_FAILED ? ask->failed_at : ask->stage;
}

static enum leg question_leg(const struct ask *ask)
{
	return ask->request.protocol == NST_TCP && stage_of(ask) == STAGE_ASKED
		       ? LEG_SYN
		       : LEG_DATA;
}

static enum leg answer_leg(const struct ask *ask)
{
	/* A closed port's refusal is an answer, and can be lost like one. */
	if (ask->refusal.closed_port)
		return ask->refusal.reset ? LEG_RESET_BACK : LEG_ERROR_BACK;
	if (ask->request.protocol != NST_TCP || stage_of(ask) == STAGE_ANSWERED)
		return LEG_REPLY;
	return stage_of(ask) == STAGE_ASKED ? LEG_SYN_ACK : LEG_ACK;
}

static size_t answering_node(const struct ask *ask)
{
	const struct sighting *source = trail_source(&ask->sightings, answer_leg(ask));

	return source ? source->node : ask->question.node;
}

void ends_follow(struct ask *ask)
{
	ask->question =
		trail_follow(ask->plan, &ask->sightings, question_leg(ask), ask->from);
	ask->answer = trail_follow(ask->plan, &ask->sightings, answer_leg(ask),
				   answering_node(ask));
	ask->answer_made = ask->answer.any || ask->stage == STAGE_ANSWERED;
}

const struct trail_end *ends_lost(const struct ask *ask)
{
	return ask->answer_made ? &ask->answer : &ask->question;
}

/* ---- Links ---- */

/* Cut is what comes in; the trail ends at the interface where it came in. */
bool ends_is_cut(const struct ask *ask, const struct trail_end *end, size_t sender)
{
	size_t in = trail_interface(ask->plan, end->node, end->ifindex);

	if (!end->any || end->leaving || in == SIZE_MAX)
		return false;
	return nst_inside_is_cut(ask->inside, sender, end->node) ||
	       nst_inside_is_cut(
		       ask->inside,
		       ask->plan->interfaces[ask->plan->interfaces[in].peer].node,
		       end->node);
}

/* The planned step from the end of a trail: from that host, or through that switch. */
static const struct nst_hop *next_hop(const struct ask *ask,
				      const struct trail_end *end)
{
	bool answer = end == &ask->answer;
	const struct nst_hop *hops = answer ? ask->back : ask->there;
	size_t count = answer ? ask->back_count : ask->there_count;
	const struct nst_interface *interfaces = ask->plan->interfaces;
	bool at_switch = ask->plan->nodes[end->node].kind == NST_SWITCH;
	size_t last = trail_interface(ask->plan, end->node, end->ifindex);

	for (size_t i = 0; i < count; i++) {
		const struct nst_interface *out = &interfaces[hops[i].out];

		if (out->node == end->node ||
		    (at_switch && last != SIZE_MAX &&
		     out->segment == interfaces[last].segment))
			return &hops[i];
	}
	return NULL;
}

/* Whether a link between two switches of the segment is down. */
static bool trunk_is_down(const struct ask *ask, size_t segment)
{
	const struct nst_plan *plan = ask->plan;

	for (size_t i = 0; i < plan->interface_count; i += 2) {
		const struct nst_interface *one = &plan->interfaces[i];
		const struct nst_interface *other = &plan->interfaces[one->peer];

		if (one->segment == segment &&
		    plan->nodes[one->node].kind == NST_SWITCH &&
		    plan->nodes[other->node].kind == NST_SWITCH &&
		    nst_inside_link_is_down(ask->inside, i))
			return true;
	}
	return false;
}

/* The link that it should have taken from the end of its trail. */
static bool next_is_down(const struct ask *ask, const struct trail_end *end)
{
	const struct nst_hop *hop = next_hop(ask, end);
	size_t last = trail_interface(ask->plan, end->node, end->ifindex);

	if (end->leaving && last != SIZE_MAX &&
	    nst_inside_link_is_down(ask->inside, last))
		return true;
	return hop && (nst_inside_link_is_down(ask->inside, hop->out) ||
		       nst_inside_link_is_down(ask->inside, hop->in) ||
		       trunk_is_down(ask, ask->plan->interfaces[hop->out].segment));
}

bool ends_takes_all(const struct ask *ask, const struct trail_end *end)
{
	return end->leaving &&
	       wires_take_all(ask, trail_interface(ask->plan, end->node, end->ifindex));
}

void ends_look_at_links(struct ask *ask, const struct trail_end *end)
{
	size_t sender = end == &ask->answer ? ask->question.node : ask->from;

	ask->link_down = next_is_down(ask, end);
	ask->link_cut = ends_is_cut(ask, end, sender);
	ask->link_takes = ends_takes_all(ask, end);
}

/* A lab's hosts do not filter by reverse path, but where the description says so. */
static bool mentions_rp_filter(const struct nst_node *node)
{
	for (char **line = node->sysctls; line && *line; line++)
		if (strstr(*line, "rp_filter"))
			return true;
	return false;
}

void ends_look_at_reverse_path(struct ask *ask)
{
	const struct trail_end *end = ends_lost(ask);

	ask->off_path = 0;
	if (ask->family == AF_INET && end->any && !end->leaving &&
	    mentions_rp_filter(&ask->plan->nodes[end->node]))
		ask->off_path = counters_reverse_path(ask->room, end->node);
}

/* ---- Routes ---- */

int ends_next_hop(const struct ask *ask, const struct trail_end *end,
		  struct next_hop *ret_next)
{
	const struct sighting *last = end->any ? end->last : ask->question.last;
	struct nst_address to = { .family = ask->family };
	int r;

	if (!last || end->leaving || ask->plan->nodes[end->node].kind == NST_SWITCH)
		return -ENODATA;
	if (end->any && (end == &ask->answer ||
			 !ask_owns(ask, end->node, last->packet.destination))) {
		memcpy(to.bytes, last->packet.destination, sizeof(to.bytes));
		r = hold_route(ask->room, end->node, &to, ret_next);
		if (r < 0 || !ret_next->local || end == &ask->answer)
			return r;
	}
	/* At its destination it is the answer that is sent. */
	memcpy(to.bytes, last->packet.source, sizeof(to.bytes));
	return hold_route(ask->room, end->node, &to, ret_next);
}
