/* SPDX-License-Identifier: MIT */
/* Who said no, and whether it was a closed port, a missing route or a firewall.
 *
 * How it works. The packets look the same: a rule can answer with RST or port-unreachable
 * as a closed port does, and with net-unreachable as a router without route does. So the
 * host that sent the refusal is asked what it knows: is there a socket for that packet,
 * did its own TCP or UDP count a refusal since the probe began, does it have a route.
 */
#include <errno.h>
#include <linux/neighbour.h>
#include <netinet/tcp.h>
#include <string.h>

#include "codes.h"
#include "diag.h"
#include "refusal.h"

/* How often since the attempt began; -1: not known. */
static int64_t refusals(const struct ask *ask, size_t node)
{
	enum counter counter = ask->request.protocol == NST_TCP ? COUNTER_TCP_RESETS
								: COUNTER_UDP_NO_PORT;
	struct counters now;

	if (node != ask->to || !ask->before.known)
		return -1;
	counters_read(ask->room, node, ask->family, &now);
	return now.known ? (int64_t)(now.value[counter] - ask->before.value[counter])
			 : -1;
}

int refusal_counted(const struct ask *ask, size_t node)
{
	int64_t count = refusals(ask, node);

	return count < 0 ? -1 : count > 0;
}

/* The probe sends one datagram. Of several refused all but one are others', and perhaps
 * all. */
static int refused_its_own(const struct ask *ask, size_t node)
{
	int64_t count = refusals(ask, node);

	return count < 0 || (count > 1 && ask->request.protocol == NST_UDP) ? -1
									    : count > 0;
}

/* Whether a socket would have taken the question as it arrived there. */
static bool somebody_listens(const struct ask *ask, const struct sighting *arrived)
{
	struct found found = { 0 };
	struct flow flow;

	ask_flow(ask, arrived, &flow);
	if (diag_find(ask->room, arrived->node, &flow, false, &found) < 0)
		return false;
	return ask->request.protocol == NST_UDP || found.state == TCP_LISTEN;
}

/* The question as it arrived at the host that refused it; NULL if it was not seen. */
static const struct sighting *arrival(const struct ask *ask, size_t node)
{
	enum leg leg = ask->request.protocol == NST_TCP ? LEG_SYN : LEG_DATA;

	for (size_t i = 0; i < ask->sightings.count; i++) {
		const struct sighting *sighting = &ask->sightings.list[i];

		if (sighting->leg == leg && sighting->node == node &&
		    sighting->passing == PASSING_IN)
			return sighting;
	}
	return NULL;
}

static bool is_for_itself(const struct ask *ask, const struct sighting *arrived)
{
	struct nst_address to = { .family = ask->family };
	struct next_hop next = { 0 };

	memcpy(to.bytes, arrived->packet.destination, sizeof(to.bytes));
	return hold_route(ask->room, arrived->node, &to, &next) == 0 && next.local;
}

/* What counts is what its kernel says it did; without a count, whether it had a socket
 * for the packet as it arrived (another port than that if a rule led it on). */
static void look_at_port(struct ask *ask)
{
	struct refusal *refusal = &ask->refusal;
	const struct sighting *arrived =
		refusal->node == SIZE_MAX ? NULL : arrival(ask, refusal->node);
	int counted;

	if (!arrived)
		return;
	refusal->port = arrived->packet.destination_port;
	counted = refused_its_own(ask, refusal->node);
	refusal->uncounted = counted < 0 && refusal->node == ask->to;
	refusal->closed_port = counted < 0 ? !somebody_listens(ask, arrived) &&
						     is_for_itself(ask, arrived)
					   : counted > 0;
}

static bool has_no_way(const struct ask *ask, size_t node,
		       const struct refusal *refusal)
{
	const struct sighting *arrived = node == SIZE_MAX ? NULL : arrival(ask, node);
	struct nst_address to = refusal->of_answer ? ask->source : ask->target;
	struct neighbour neighbour = { 0 };
	struct next_hop next;

	/* As it was addressed there: NAT may have been before. */
	if (arrived)
		memcpy(to.bytes,
		       refusal->of_answer ? arrived->packet.source
					  : arrived->packet.destination,
		       sizeof(to.bytes));
	if (node == SIZE_MAX || hold_route(ask->room, node, &to, &next) < 0)
		return true;
	return code_find(ask->family, refusal->type, refusal->code)->meaning ==
		       CODE_NEIGHBOUR &&
	       hold_neighbour(ask->room, node, &next, &neighbour) == 0 &&
	       neighbour.state & (NUD_FAILED | NUD_INCOMPLETE);
}

/* From what was sighted; else from what the socket heard. */
static void take_sighting(struct ask *ask, const struct sighting *seen)
{
	struct refusal *refusal = &ask->refusal;
	const struct sighting *source = trail_source(&ask->sightings, seen->leg);

	refusal->any = true;
	refusal->reset = seen->leg == LEG_RESET_BACK || seen->leg == LEG_RESET_THERE;
	refusal->of_answer = leg_is_no_to_answer(seen->leg);
	refusal->type = seen->packet.icmp_type;
	refusal->code = seen->packet.icmp_code;
	refusal->node = source ? source->node : SIZE_MAX;
	refusal->ifindex = source ? source->ifindex : 0;
}

static void take_socket(struct ask *ask)
{
	struct refusal *refusal = &ask->refusal;

	refusal->any = ask->icmp_heard ||
		       (ask->stage == STAGE_FAILED && !ask->error_local &&
			(ask->error == ECONNREFUSED || ask->error == ECONNRESET));
	refusal->reset = !ask->icmp_heard;
	refusal->type = ask->icmp_type;
	refusal->code = ask->icmp_code;
	/* What never left was refused at home. */
	refusal->node =
		trail_first(&ask->sightings,
			    ask->request.protocol == NST_TCP ? LEG_SYN : LEG_DATA)
			? SIZE_MAX
			: ask->from;
}

void refusal_look(struct ask *ask)
{
	struct refusal *refusal = &ask->refusal;
	const struct sighting *seen = trail_no(&ask->sightings);
	enum code_meaning meaning;
	bool connected;

	*refusal = (struct refusal){ .node = SIZE_MAX };
	if (ask->stage == STAGE_DONE)
		return;
	if (seen)
		take_sighting(ask, seen);
	else
		take_socket(ask);
	if (!refusal->any)
		return;
	meaning = code_find(ask->family, refusal->type, refusal->code)->meaning;
	connected = ask->request.protocol == NST_TCP &&
		    trail_first(&ask->sightings, LEG_SYN_ACK);
	/* TCP refuses with RST, UDP with port-unreachable; the other way round it is a
	 * rule. */
	if (refusal->reset ||
	    (meaning == CODE_PORT && ask->request.protocol == NST_UDP)) {
		if (!connected && !refusal->of_answer)
			look_at_port(ask);
		refusal->program = connected && refusal->reset && !refusal->of_answer &&
				   ask->listening == LISTENING_PROGRAM &&
				   refusal_counted(ask, refusal->node) > 0;
	} else if (meaning == CODE_ROUTE || meaning == CODE_NEIGHBOUR) {
		refusal->no_route = has_no_way(ask, refusal->node, refusal);
	}
}
