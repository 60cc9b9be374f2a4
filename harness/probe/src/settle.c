/* SPDX-License-Identifier: MIT */
/* Until the answer is there, or it is certain that none can come any more.
 *
 * How it works. At any time a packet is either in the backlog of a processor or inside a
 * host. calm() empties the backlogs: it sends a marker through them and looks whether the
 * watchers saw anything new of the probe. If they did, the packet is on its way and it
 * does so again; if they did not, no packet of the probe was in a backlog when that
 * marker was sent, because handling it would have been seen. What remains is a host that
 * holds it: the one in which the trail ends is asked (hold.h). Holds it nothing, the
 * packet is dropped, and where the trail ends is where.
 *
 * A trail that ends on a link is another matter: a link loses nothing, unless it is down
 * or cut. So something else is going on (receive packet steering, an overflowing
 * backlog, a host that is not watched), and the probe looks harder, then waits for the
 * kernel's own retransmission until the settle time is over, and proves nothing.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "diag.h"
#include "marker.h"
#include "refusal.h"
#include "settle.h"
#include "watch.h"
#include "wires.h"

enum {
	SETTLE_MS = 1000,
	CALM_ROUNDS = 1000, /* more than any path is long, TTL included */
	LOOK_AGAIN_MS = 2,  /* at what tells no event: queues, neighbours */
	ATTEMPTS_MAX = 5,
};

__attribute__((format(printf, 2, 3))) static bool doubt(struct ask *ask,
							const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(ask->doubt, sizeof(ask->doubt), format, arguments);
	va_end(arguments);
	return true;
}

static const char *host_name(const struct ask *ask, size_t node)
{
	return ask->plan->nodes[node].name;
}

/* ---- Backlogs ---- */

static const struct protocol *protocol_of(const struct ask *ask)
{
	static const struct protocol *const protocols[] = {
		[NST_TCP] = &protocol_tcp,
		[NST_UDP] = &protocol_udp,
		[NST_ICMP] = &protocol_echo,
	};

	return protocols[ask->request.protocol];
}

static bool look(struct ask *ask)
{
	size_t fresh = watch_drain(ask->room, &ask->tracked, &ask->sightings);

	return protocol_of(ask)->advance(ask) || fresh > 0;
}

/* Empties the backlogs until nothing of the probe moves. Return: 0, also when the sockets
 * know the answer; -EINPROGRESS, -EIO of impaired links; else -errno of the marker.
 *
 * A packet can pass from a backlog into an impaired link unseen, between the question
 * whether anything is under way there and the marker; and out of it the same way. But
 * not both: so two rounds in a row without news prove what one does elsewhere. */
static int calm(struct ask *ask)
{
	int needed = nst_inside_has_wires(ask->inside) ? 2 : 1, quiet = 0, r = 0;

	look(ask);
	for (int round = 0; round < CALM_ROUNDS && !ask_over(ask) && r == 0; round++) {
		r = wires_look(ask);
		if (r == 0)
			r = ask->room->any_cpu || ask->looked_hard
				    ? marker_pass_everywhere(ask->room, ask->from)
				    : marker_pass(ask->room, ask->from);
		quiet = r < 0 || look(ask) ? 0 : quiet + 1;
		if (quiet == needed)
			return 0;
	}
	return r;
}

/* ---- Where the trail ends ---- */

static enum leg question_leg(const struct ask *ask)
{
	return ask->request.protocol == NST_TCP && ask->stage == STAGE_ASKED ? LEG_SYN
									     : LEG_DATA;
}

static enum leg answer_leg(const struct ask *ask)
{
	/* A closed port's refusal is an answer, and can be lost like one. */
	if (ask->refusal.closed_port)
		return ask->refusal.reset ? LEG_RESET_BACK : LEG_ERROR_BACK;
	if (ask->request.protocol != NST_TCP || ask->stage == STAGE_ANSWERED)
		return LEG_REPLY;
	return ask->stage == STAGE_ASKED ? LEG_SYN_ACK : LEG_ACK;
}

static size_t answering_node(const struct ask *ask)
{
	const struct sighting *source = trail_source(&ask->sightings, answer_leg(ask));

	return source ? source->node : ask->question.node;
}

static void follow(struct ask *ask)
{
	ask->question =
		trail_follow(ask->plan, &ask->sightings, question_leg(ask), ask->from);
	ask->answer = trail_follow(ask->plan, &ask->sightings, answer_leg(ask),
				   answering_node(ask));
	ask->answer_made = ask->answer.any || ask->stage == STAGE_ANSWERED;
}

/* The end of what was lost: the question's trail, or the answer's. */
static const struct trail_end *lost_end(const struct ask *ask)
{
	return ask->answer_made ? &ask->answer : &ask->question;
}

/* ---- What the asked host knows ---- */

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
	ask->answer_made = ask->stage == STAGE_ASKED ? found.state == TCP_SYN_RECV
						     : found.bytes_received > 0;
}

/* UDP: whether a program's socket got the datagram, be it read or not. */
static void ask_udp_socket(struct ask *ask)
{
	struct found found = { 0 };
	struct counters now;
	struct flow flow;

	ask_flow(ask, ask->question.last, &flow);
	if (ask->listening != LISTENING_PROGRAM ||
	    diag_find(ask->room, ask->question.node, &flow, false, &found) < 0)
		return;
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
static void ask_host(struct ask *ask)
{
	if (!ask->question.any || ask->question.leaving || ask->answer_made)
		return;
	if (ask->listening == LISTENING_NOBODY &&
	    refusal_counted(ask, ask->question.node) > 0) {
		ask->refusal.closed_port = true;
		ask->refusal.reset = ask->request.protocol == NST_TCP;
		ask->answer_made = true;
	}
	if (!ask->answer_made)
		ask_protocol(ask);
	if (ask->answer_made)
		ask->answer = (struct trail_end){ .node = ask->question.node };
}

/* ---- Doubts: each returns true if nothing is proved, and says why ---- */

static bool evidence_is_lost(struct ask *ask)
{
	size_t lost = ask->sightings.lost;

	for (size_t i = 0; i < ask->plan->node_count; i++)
		lost += watch_lost(ask->room, i);
	if (!lost)
		return false;
	ask->lost = true;
	ask->again = true;
	return doubt(ask, "%zu packets went by unseen: too much traffic", lost);
}

static bool left_the_lab(struct ask *ask, const struct trail_end *end)
{
	if (end->outside)
		return doubt(ask,
			     "it left %s by an interface that is no link of the lab",
			     host_name(ask, end->node));
	if (end->gap)
		return doubt(ask,
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
		return doubt(ask, "it left %s and did not come in by the loopback",
			     host_name(ask, end->node));
	return doubt(ask, "it left %s:%s and arrived nowhere, though the link is up",
		     host_name(ask, end->node), ask->plan->interfaces[out].name);
}

static bool was_used_for(const struct ask *ask, const struct holding *holding)
{
	uint64_t age_ms = (room_now_ns() - ask->sent_ns) / 1000000;

	/* The kernel counts in steps of 10 ms. */
	return holding->idle_ms <= age_ms + 20;
}

/* A neighbour that does not answer: ask again with the watchers on its discovery. */
static bool waits_for_neighbour(struct ask *ask, size_t node,
				const struct holding *holding)
{
	char text[INET6_ADDRSTRLEN];
	bool same = ask->tracked.neighbour.family == holding->neighbour.family &&
		    memcmp(ask->tracked.neighbour.bytes, holding->neighbour.bytes,
			   sizeof(holding->neighbour.bytes)) == 0;

	if (!was_used_for(ask, holding))
		return false;
	ask->discovery.node = node;
	ask->discovery.holding = *holding;
	if (same && ask->room->discovery) {
		ask->discovery.failed = true;
		return false;
	}
	ask->again = true;
	return doubt(ask, "%s is asking who has %s", host_name(ask, node),
		     nst_address_print(&holding->neighbour, text));
}

static bool is_held(struct ask *ask, size_t node)
{
	struct holding holding;

	hold_look(ask->room, node, ask->family, &holding);
	switch (holding.hold) {
	case HOLD_NOTHING:
		return false;
	case HOLD_PROGRAM:
		return doubt(ask, "a program of %s reads packets from NFQUEUE",
			     host_name(ask, node));
	case HOLD_NEIGHBOUR:
		return waits_for_neighbour(ask, node, &holding);
	case HOLD_QUEUE:
		return doubt(ask, "packets wait in a queueing discipline of %s",
			     host_name(ask, node));
	case HOLD_IPSEC:
		return doubt(ask, "%s has IPsec policies", host_name(ask, node));
	case HOLD_UNKNOWN:
		break;
	}
	return doubt(ask, "%s could not be asked what it holds", host_name(ask, node));
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
	return doubt(ask, "the server's socket is in use");
}

/* ---- Links ---- */

/* Cut is what comes in; the trail ends at the interface where it came in. */
static bool is_cut(const struct ask *ask, const struct trail_end *end, size_t sender)
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

static const struct nst_hop *hop_from(const struct nst_plan *plan,
				      const struct nst_hop *hops, size_t count,
				      size_t node)
{
	for (size_t i = 0; i < count; i++)
		if (plan->interfaces[hops[i].out].node == node)
			return &hops[i];
	return NULL;
}

/* The link that it should have taken from the end of its trail. */
static bool next_is_down(const struct ask *ask, const struct trail_end *end)
{
	bool answer = end == &ask->answer;
	const struct nst_hop *hop =
		hop_from(ask->plan, answer ? ask->back : ask->there,
			 answer ? ask->back_count : ask->there_count, end->node);
	size_t out = trail_interface(ask->plan, end->node, end->ifindex);

	if (end->leaving && out != SIZE_MAX &&
	    nst_inside_link_is_down(ask->inside, out))
		return true;
	return hop && (nst_inside_link_is_down(ask->inside, hop->out) ||
		       nst_inside_link_is_down(ask->inside, hop->in));
}

/* Whether it ended on an impaired link that takes all of its kind. */
static bool takes_all(const struct ask *ask, const struct trail_end *end)
{
	return end->leaving &&
	       wires_take_all(ask, trail_interface(ask->plan, end->node, end->ifindex));
}

static void look_at_links(struct ask *ask, const struct trail_end *end)
{
	size_t sender = end == &ask->answer ? ask->question.node : ask->from;

	ask->link_down = next_is_down(ask, end);
	ask->link_cut = is_cut(ask, end, sender);
	ask->link_takes = takes_all(ask, end);
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

	discovery->owner = nst_plan_owner(ask->plan, &discovery->holding.neighbour);
	discovery->answered = trail_first(&ask->sightings, LEG_ADVERT) != NULL;
	*end = discovery->answered ? trail_follow(ask->plan, &ask->sightings,
						  LEG_ADVERT, discovery->owner)
				   : solicitation_end(ask);
	ask->link_cut |= is_cut(
		ask, end, discovery->answered ? discovery->owner : discovery->node);
	ask->link_takes |= takes_all(ask, end);
	if (discovery->owner == SIZE_MAX || ask->link_down || ask->link_cut ||
	    ask->link_takes || (end->node == discovery->node && !end->leaving))
		return false;
	end->gap = false; /* flooding leaves some */
	return left_the_lab(ask, end) || lost_on_link(ask, end) ||
	       is_held(ask, end->node);
}

/* ---- All together ---- */

static bool is_proved(struct ask *ask)
{
	const struct trail_end *end;

	follow(ask);
	end = lost_end(ask);
	look_at_links(ask, end);
	if (evidence_is_lost(ask))
		return false;
	if (ask->link_down || ask->link_cut || ask->link_takes)
		return true;
	if (left_the_lab(ask, end) || lost_on_link(ask, end) || is_held(ask, end->node))
		return false;
	if (ask->discovery.failed)
		return !discovery_is_doubtful(ask);
	ask_host(ask);
	if (ask->delivered)
		return !doubt(ask,
			      "whether a program answers a datagram is its own choice");
	if (program_is_busy(ask))
		return false;
	ask->again = wires_altered(ask);
	return !ask->again;
}

/* Anything the wait can end with: a sighting, a socket that has something to say. */
static void wait_for_event(struct ask *ask, uint64_t deadline_ns)
{
	struct pollfd events[] = {
		{ ask->room->watchers, POLLIN, 0 },
		{ ask->client, POLLIN, 0 },
		{ ask->accepted < 0 ? ask->listener : ask->accepted, POLLIN, 0 },
	};
	uint64_t now = room_now_ns();
	int left_ms = now < deadline_ns ? (int)((deadline_ns - now) / 1000000) + 1 : 0;

	ask->looked_hard = true;
	poll(events, sizeof(events) / sizeof(events[0]),
	     left_ms < LOOK_AGAIN_MS ? left_ms : LOOK_AGAIN_MS);
}

static bool other_cpu_seen(const struct ask *ask)
{
	for (size_t i = 0; i < ask->sightings.count; i++)
		if (ask->sightings.list[i].other_cpu)
			return true;
	return false;
}

/* One look at everything. */
static enum settled judge_now(struct ask *ask)
{
	int r = calm(ask);

	ask->again = false;
	if (ask->stage == STAGE_DONE)
		return SETTLED_ANSWER;
	if (other_cpu_seen(ask)) {
		watch_any_cpu(ask->room);
		return SETTLED_AGAIN;
	}
	if (ask_over(ask) || trail_no(&ask->sightings))
		refusal_look(ask);
	if (ask->refusal.any && ask->refusal.node == SIZE_MAX)
		wires_find_forger(ask);
	if (ask_over(ask) || (ask->refusal.any && !ask->refusal.closed_port)) {
		follow(ask);
		look_at_links(ask, &ask->question);
		return SETTLED_ANSWER;
	}
	if (r == -EINPROGRESS || r == -EIO)
		return SETTLED_WAITED;
	if (r < 0) {
		doubt(ask, "a marker did not come through: %s", strerror(-r));
		return SETTLED_WAITED;
	}
	if (protocol_of(ask)->conclude && protocol_of(ask)->conclude(ask))
		return SETTLED_ANSWER;
	if (is_proved(ask))
		return SETTLED_QUIET;
	return ask->again ? SETTLED_AGAIN : SETTLED_WAITED;
}

/* What an impaired link took is asked again until time is up; no other attempt is
 * counted for it. */
static bool may_ask_again(const struct ask *ask, uint64_t deadline_ns)
{
	if (ask->wires.took)
		return room_now_ns() < deadline_ns;
	return ask->attempts < ATTEMPTS_MAX;
}

enum settled settle(struct ask *ask)
{
	int settle_ms = ask->request.settle_ms ? ask->request.settle_ms : SETTLE_MS;
	uint64_t deadline_ns =
		ask->begin_ns + (uint64_t)settle_ms * 1000000 + wires_extra_ns(ask);

	for (;;) {
		bool asked_before = ask->socket_asked;
		enum settled settled = judge_now(ask);

		if (settled == SETTLED_AGAIN && !may_ask_again(ask, deadline_ns))
			settled = SETTLED_WAITED;
		if (settled != SETTLED_WAITED || room_now_ns() >= deadline_ns ||
		    ask->wires.gone)
			return settled;
		if (ask->socket_asked == asked_before)
			wait_for_event(ask, deadline_ns);
	}
}
