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
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "doubt.h"
#include "ends.h"
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
	bool news = protocol_of(ask)->advance(ask) || fresh > 0;

	if (news)
		ask->quiet = 0;
	return news;
}

static int empty_backlogs(struct ask *ask)
{
	return ask->room->any_cpu || ask->looked_hard
		       ? marker_pass_everywhere(ask->room, ask->from)
		       : marker_pass(ask->room, ask->from);
}

/* Empties the backlogs until nothing of the probe moves. Return: 0, also when the sockets
 * know the answer; -EINPROGRESS, -EIO of impaired links; else -errno of the marker.
 *
 * A packet can pass from a backlog into an impaired link unseen, between the question
 * whether anything is under way there and the marker; and out of it the same way. But
 * not both: so two rounds in a row without news prove what one does elsewhere.
 *
 * Where others send on and on, a round is over when what was under way at its beginning is
 * not any more: it may take several calls. A packet may be under way on the next impaired
 * link then, behind a switch that nobody watches: a round for each, and one more. */
static int calm(struct ask *ask)
{
	int r = 0;

	look(ask);
	for (int round = 0; round < CALM_ROUNDS && !ask_over(ask) && r == 0; round++) {
		r = wires_look(ask);
		if (r == 0)
			r = empty_backlogs(ask);
		if (r < 0 && r != -EINPROGRESS)
			ask->quiet = 0;
		if (r < 0 || look(ask))
			continue;
		if (++ask->quiet >= wires_rounds(ask)) {
			ask->quiet = 0;
			return 0;
		}
	}
	/* What a socket knows has gone by before, perhaps since the last look. */
	if (ask_over(ask))
		watch_drain(ask->room, &ask->tracked, &ask->sightings);
	return r;
}

/* Since nothing moved, the hosts have been asked what they hold. What one let go just
 * before it was asked is on its way by now, and seen. */
static bool moved_meanwhile(struct ask *ask)
{
	return ask->recheck && (empty_backlogs(ask) < 0 || look(ask));
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

/* A host's counters count what others make it do, too. What they tell has to be told
 * twice. */
static bool has_to_count(struct ask *ask)
{
	if (ask->refusal.uncounted && !ask->count) {
		ask->count = true;
		return true;
	}
	if (!ask->by_counter || ask->counted)
		return false;
	ask->counted = true;
	return true;
}

/* An address that the plan does not know, because the test added it: the host that it
 * came to is asked whether it has it. Then its listeners and counters are known too. */
static bool finds_owner(struct ask *ask)
{
	struct next_hop next = { 0 };

	if (ask->to != SIZE_MAX)
		return false;
	ends_follow(ask);
	if (!ask->question.any || ask->question.leaving ||
	    hold_route(ask->room, ask->question.node, &ask->target, &next) < 0 ||
	    !next.local)
		return false;
	ask->to = ask->question.node;
	return true;
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
	if (finds_owner(ask))
		return SETTLED_AGAIN;
	if (ask_over(ask) || trail_no(&ask->sightings))
		refusal_look(ask);
	if (ask->refusal.any && ask->refusal.node == SIZE_MAX)
		wires_find_forger(ask);
	if (has_to_count(ask))
		return SETTLED_AGAIN;
	if (ask->refusal.any && doubt_evidence_is_lost(ask))
		return SETTLED_AGAIN;
	if (ask_over(ask) || (ask->refusal.any && !ask->refusal.closed_port)) {
		ends_follow(ask);
		ends_look_at_links(ask, &ask->question);
		return SETTLED_ANSWER;
	}
	if (r == -EINPROGRESS || r == -EIO)
		return SETTLED_WAITED;
	if (r < 0) {
		ask_doubt(ask, "a marker did not come through: %s", strerror(-r));
		return SETTLED_WAITED;
	}
	if (protocol_of(ask)->conclude && protocol_of(ask)->conclude(ask))
		return ask_over(ask) ? SETTLED_ANSWER : SETTLED_MOVED;
	if (!doubt_is_excluded(ask))
		return ask->again ? SETTLED_AGAIN : SETTLED_WAITED;
	if (has_to_count(ask))
		return SETTLED_AGAIN;
	return moved_meanwhile(ask) ? SETTLED_MOVED : SETTLED_QUIET;
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
		ask->first_ns + (uint64_t)settle_ms * 1000000 + wires_extra_ns(ask);

	for (;;) {
		bool asked_before = ask->socket_asked;
		enum settled settled = judge_now(ask);

		if (settled == SETTLED_MOVED && room_now_ns() < deadline_ns)
			continue;
		if (settled == SETTLED_AGAIN && !may_ask_again(ask, deadline_ns))
			settled = SETTLED_WAITED;
		if (settled != SETTLED_WAITED || ask_over(ask) || ask->wires.gone ||
		    room_now_ns() >= deadline_ns)
			return settled;
		if (ask->socket_asked == asked_before)
			wait_for_event(ask, deadline_ns);
	}
}
