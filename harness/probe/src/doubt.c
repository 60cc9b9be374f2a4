/* SPDX-License-Identifier: MIT */
/* Whether it is certain that what was lost has been dropped. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/neighbour.h>
#include <linux/sock_diag.h>
#include <string.h>
#include <sys/socket.h>

#include "doubt.h"
#include "ends.h"
#include "held.h"
#include "watch.h"
#include "wires.h"

static const char *host_name(const struct ask *ask, size_t node)
{
	return ask->plan->nodes[node].name;
}

/* A host off the planned way, where it was seen all the same. */
static size_t lost_elsewhere(const struct ask *ask, size_t node)
{
	for (size_t i = 0; i < ask->near_count; i++)
		if (ask->near[i] == node)
			return 0;
	return watch_lost(ask->room, node);
}

bool doubt_evidence_is_lost(struct ask *ask)
{
	size_t lost = ask->sightings.lost;

	if (ask->lost) /* the kernel tells it once */
		return true;
	for (size_t i = 0; i < ask->near_count; i++)
		lost += watch_lost(ask->room, ask->near[i]);
	for (size_t i = 0; i < ask->sightings.count; i++)
		lost += lost_elsewhere(ask, ask->sightings.list[i].node);
	if (!lost)
		return false;
	ask->lost = true;
	ask->again = true;
	return ask_doubt(ask, "%zu packets went by unseen: too much traffic", lost);
}

static bool left_the_lab(struct ask *ask, const struct trail_end *end)
{
	if (end->outside)
		return ask_doubt(
			ask, "it left %s by an interface that is no link of the lab",
			host_name(ask, end->node));
	if (end->gap)
		return ask_doubt(ask,
				 "it was seen beyond %s, and how it came there was not",
				 host_name(ask, end->node));
	return false;
}

/* Where an interface leads: through switches to the nodes of its segment. */
static bool watch_behind(struct ask *ask, size_t interface)
{
	const struct nst_interface *here = &ask->plan->interfaces[interface];
	const struct nst_segment *segment = &ask->plan->segments[here->segment];
	size_t near_node = ask->plan->interfaces[here->peer].node;
	bool more = !watch_has(ask->room, near_node);

	watch_node(ask->room, near_node);
	for (size_t i = 0; i < segment->interface_count; i++) {
		size_t node = ask->plan->interfaces[segment->interfaces[i]].node;

		more |= !watch_has(ask->room, node);
		watch_node(ask->room, node);
	}
	return more;
}

static bool lost_on_link(struct ask *ask, const struct trail_end *end)
{
	size_t out = trail_interface(ask->plan, end->node, end->ifindex);

	if (!end->leaving || ask->link_down)
		return false;
	if (wires_took(ask, out)) {
		ask->again = true;
		return true;
	}
	if (!ask->looked_hard || (out != SIZE_MAX && watch_behind(ask, out))) {
		ask->looked_hard = true;
		ask->again = true;
	}
	if (out == SIZE_MAX)
		return ask_doubt(ask, "it left %s and did not come in by the loopback",
				 host_name(ask, end->node));
	return ask_doubt(ask,
			 "it left %s:%s and arrived nowhere, though the link is up",
			 host_name(ask, end->node), ask->plan->interfaces[out].name);
}

/* Whether something that is so old happened since the packet was sent. The kernel counts
 * in steps of 10 ms. */
static bool is_of_this_attempt(const struct ask *ask, uint64_t age_ms)
{
	return age_ms <= (room_now_ns() - ask->sent_ns) / 1000000 + 20;
}

/* A neighbour that does not answer: ask again with the watchers on its discovery. */
static bool waits_for_neighbour(struct ask *ask, size_t node,
				const struct holding *holding)
{
	char text[INET6_ADDRSTRLEN];
	bool same = ask->tracked.neighbour.family == holding->neighbour.family &&
		    memcmp(ask->tracked.neighbour.bytes, holding->neighbour.bytes,
			   sizeof(holding->neighbour.bytes)) == 0;

	if (!is_of_this_attempt(ask, holding->idle_ms))
		return false;
	ask->discovery.node = node;
	ask->discovery.holding = *holding;
	if (same && ask->room->discovery) {
		ask->discovery.failed = true;
		return false;
	}
	ask->again = true;
	return ask_doubt(ask, "%s is asking who has %s", host_name(ask, node),
			 nst_address_print(&holding->neighbour, text));
}

static bool doubt_holding(struct ask *ask, size_t node, const struct holding *holding)
{
	switch (holding->hold) {
	case HOLD_NOTHING:
		return false;
	case HOLD_PROGRAM:
		return ask_doubt(ask, "a program of %s reads packets from NFQUEUE",
				 host_name(ask, node));
	case HOLD_NEIGHBOUR:
		return waits_for_neighbour(ask, node, holding);
	case HOLD_QUEUE:
		return ask_doubt(ask, "packets wait in a queueing discipline of %s",
				 host_name(ask, node));
	case HOLD_IPSEC:
		return ask_doubt(ask, "%s has IPsec policies", host_name(ask, node));
	case HOLD_UNKNOWN:
		break;
	}
	return ask_doubt(ask, "%s could not be asked what it holds",
			 host_name(ask, node));
}

/* Whether memory of packets that the asker's socket sent is still in use: from the socket
 * until another host's IP has taken it in, wherever it waits (sock_wfree()). */
static bool is_in_memory(const struct ask *ask)
{
	uint32_t memory[SK_MEMINFO_VARS] = { 0 };
	socklen_t size = sizeof(memory);

	return getsockopt(ask->client, SOL_SOCKET, SO_MEMINFO, memory, &size) < 0 ||
	       memory[SK_MEMINFO_WMEM_ALLOC] > 0;
}

/* Whether it ended where it was to go: there it can only be held on its way in. */
static bool is_inbound(const struct ask *ask, const struct trail_end *end)
{
	return end->any && !end->leaving &&
	       ask->plan->nodes[end->node].kind == NST_HOST &&
	       end->node == (end == &ask->answer ? ask->from : ask->to);
}

static bool is_held(struct ask *ask, const struct trail_end *end)
{
	struct holding holding = { HOLD_NOTHING };

	if (is_inbound(ask, end))
		hold_look_inbound(ask->room, end->node, &holding);
	else if (end->any || end != &ask->question || is_in_memory(ask))
		hold_look(ask->room, end->node, ask->family, &holding);
	/* A queue lets go by timers, on whichever processor they fire. */
	ask->looked_hard |= ask->room->nodes[end->node].has_queues;
	ask->recheck |= !is_inbound(ask, end) || ask->room->nodes[end->node].has_queues;
	return doubt_holding(ask, end->node, &holding);
}

/* What goes on from there, or what a rule there answers, may wait for a neighbour that is
 * being resolved. If it has just been resolved, the packet may be on its way, perhaps on
 * another processor; asked once more, nothing waits. */
static bool next_hop_is_new(struct ask *ask, const struct trail_end *end)
{
	struct neighbour neighbour = { 0 };
	struct next_hop next;
	int r = ends_next_hop(ask, end, &next);

	ask->no_route = r < 0 && r != -ENODATA;
	if (r < 0 || hold_neighbour(ask->room, end->node, &next, &neighbour) < 0)
		return false;
	if (neighbour.state & NUD_INCOMPLETE) {
		const struct holding holding = { HOLD_NEIGHBOUR, next.address,
						 next.ifindex, neighbour.idle_ms };

		return waits_for_neighbour(ask, end->node, &holding);
	}
	if (!is_of_this_attempt(ask, neighbour.changed_ms) ||
	    ask->acquainted == end->node)
		return false;
	ask->acquainted = end->node;
	ask->again = true;
	return ask_doubt(ask, "%s has just learnt where to send it",
			 host_name(ask, end->node));
}

/* Whether the listener itself has dropped anything since it was last looked at; at first, ever. */
static bool has_dropped(struct ask *ask)
{
	uint32_t before = ask->listener_dropped;

	ask->listener_dropped = ask->listener_drops;
	return ask->listener_drops > before;
}

/* A SYN that finds the listener's queue full is dropped, but the next may not be: that is
 * no firewall. Once there is room the question is asked again. */
static bool program_is_full(struct ask *ask)
{
	if (ask->queue_full) {
		ask->was_full = true;
		return ask_doubt(ask, "the program of %s accepts no more connections",
				 host_name(ask, ask->question.node));
	}
	if (!ask->was_full && !has_dropped(ask))
		return false;
	ask->again = true;
	return ask_doubt(ask, "the program of %s was slow to accept",
			 host_name(ask, ask->question.node));
}

/* A program may have had its socket in use when data came: then the kernel answers when
 * it is done, perhaps on another processor. Asking for details has waited for that. */
static bool program_is_busy(struct ask *ask)
{
	if (ask->request.protocol != NST_TCP || ask->stage != STAGE_SENT ||
	    ask->listening == LISTENING_OWN || ask->socket_asked)
		return false;
	ask->socket_asked = true;
	ask->looked_hard = true;
	return ask_doubt(ask, "the server's socket is in use");
}

/* ---- Neighbours ---- */

static struct trail_end solicitation_end(const struct ask *ask)
{
	const struct sightings *all = &ask->sightings;
	size_t owner = ask->discovery.owner;

	/* It is flooded to everybody: only whether its addressee saw it matters. */
	for (size_t i = 0; i < all->count; i++)
		if (all->list[i].leg == LEG_SOLICIT && all->list[i].node == owner &&
		    all->list[i].passing == PASSING_IN)
			return (struct trail_end){ .any = true,
						   .node = owner,
						   .ifindex = all->list[i].ifindex,
						   .last = &all->list[i] };
	return trail_follow(ask->plan, all, LEG_SOLICIT, ask->discovery.node);
}

/* Where discovery ended, and whether that is certain. */
static bool discovery_is_doubtful(struct ask *ask)
{
	struct discovery *discovery = &ask->discovery;
	struct trail_end *end = &discovery->end;
	const struct sighting *answer = trail_source(&ask->sightings, LEG_ADVERT);

	discovery->owner = nst_plan_owner(ask->plan, &discovery->holding.neighbour);
	discovery->answered = answer != NULL;
	if (answer) /* an address that the test added, or somebody who answers for it */
		discovery->owner = answer->node;
	*end = answer ? trail_follow(ask->plan, &ask->sightings, LEG_ADVERT,
				     answer->node)
		      : solicitation_end(ask);
	ask->link_cut |= ends_is_cut(ask, end, answer ? answer->node : discovery->node);
	ask->link_takes |= ends_takes_all(ask, end);
	if (discovery->owner == SIZE_MAX || ask->link_down || ask->link_cut ||
	    ask->link_takes || (end->node == discovery->node && !end->leaving))
		return false;
	end->gap = false; /* flooding leaves some */
	return left_the_lab(ask, end) || lost_on_link(ask, end) || is_held(ask, end);
}

/* ---- All together ---- */

bool doubt_is_excluded(struct ask *ask)
{
	const struct trail_end *end;

	ask->recheck = false;
	ends_follow(ask);
	end = ends_lost(ask);
	ends_look_at_links(ask, end);
	if (doubt_evidence_is_lost(ask))
		return false;
	if (ask->link_down || ask->link_cut || ask->link_takes)
		return true;
	if (left_the_lab(ask, end) || lost_on_link(ask, end))
		return false;
	if (held_waits(ask))
		return !ask_doubt(ask, "TCP has not repeated yet what was lost before");
	ends_ask_host(ask);
	end = ends_lost(ask);
	if (is_held(ask, end) || next_hop_is_new(ask, end))
		return false;
	if (ask->discovery.failed)
		return !discovery_is_doubtful(ask);
	if (ask->delivered)
		return !ask_doubt(
			ask, "whether a program answers a datagram is its own choice");
	if (program_is_full(ask) || program_is_busy(ask))
		return false;
	ask->again = wires_altered(ask);
	return !ask->again;
}
