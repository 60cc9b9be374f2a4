/* SPDX-License-Identifier: MIT */
/* How far a packet came.
 *
 * How it works. Sightings of several sockets have no common order; the links have. From
 * the node that sent it, the walk takes a sighting of the packet leaving, then one of it
 * arriving at the other end of that very link, and so on until one is missing. A switch
 * that floods has sent it out by several ports: the one behind which it was seen
 * arriving is followed. Sightings that the walk has used are not used twice, so that a
 * routing loop ends.
 */
#include <stdint.h>
#include <string.h>

#include "trail.h"

size_t trail_interface(const struct nst_plan *plan, size_t node, int ifindex)
{
	const struct nst_node *host = &plan->nodes[node];

	for (size_t i = 0; i < host->interface_count; i++)
		if (plan->interfaces[host->interfaces[i]].ifindex == ifindex)
			return host->interfaces[i];
	return SIZE_MAX;
}

struct walk {
	const struct nst_plan *plan;
	const struct sightings *sightings;
	enum leg leg;
	bool used[SIGHTINGS_MAX];
	uint16_t order[SIGHTINGS_MAX]; /* the used ones, one after the other */
	size_t length;
};

static bool fits(const struct walk *walk, size_t i, size_t node, enum passing passing)
{
	const struct sighting *sighting = &walk->sightings->list[i];

	return !walk->used[i] && sighting->leg == walk->leg && sighting->node == node &&
	       sighting->passing == passing && !sighting->other_cpu;
}

/* It passing the other end of the link by which it left; SIZE_MAX if unseen. */
static size_t find_behind(const struct walk *walk, const struct sighting *leaving,
			  enum passing passing)
{
	size_t out = trail_interface(walk->plan, leaving->node, leaving->ifindex);
	size_t node = leaving->node;
	int ifindex = LOOPBACK_IFINDEX;

	if (out != SIZE_MAX) {
		const struct nst_interface *in =
			&walk->plan->interfaces[walk->plan->interfaces[out].peer];

		node = in->node;
		ifindex = in->ifindex;
	} else if (leaving->ifindex != LOOPBACK_IFINDEX) {
		return SIZE_MAX;
	}
	for (size_t i = 0; i < walk->sightings->count; i++)
		if (fits(walk, i, node, passing) &&
		    walk->sightings->list[i].ifindex == ifindex)
			return i;
	return SIZE_MAX;
}

static size_t find_arrival(const struct walk *walk, const struct sighting *leaving)
{
	return find_behind(walk, leaving, PASSING_IN);
}

/* It leaving a node: preferably to where it was seen arriving, and never as a flooded
 * copy to somebody for whom it was not. */
static size_t find_departure(const struct walk *walk, size_t node)
{
	size_t found = SIZE_MAX;

	for (size_t i = 0; i < walk->sightings->count; i++) {
		if (!fits(walk, i, node, PASSING_OUT))
			continue;
		if (find_arrival(walk, &walk->sightings->list[i]) != SIZE_MAX)
			return i;
		if (found == SIZE_MAX && find_behind(walk, &walk->sightings->list[i],
						     PASSING_ASIDE) == SIZE_MAX)
			found = i;
	}
	return found;
}

static void move_to(struct walk *walk, struct trail_end *end, size_t i)
{
	const struct sighting *sighting = &walk->sightings->list[i];

	walk->used[i] = true;
	walk->order[walk->length++] = (uint16_t)i;
	end->any = true;
	end->node = sighting->node;
	end->ifindex = sighting->ifindex;
	end->leaving = sighting->passing == PASSING_OUT;
	end->last = sighting;
}

static void go(struct walk *walk, struct trail_end *end)
{
	for (;;) {
		size_t next = find_departure(walk, end->node);

		if (next == SIZE_MAX)
			return;
		move_to(walk, end, next);
		end->outside = end->ifindex != LOOPBACK_IFINDEX &&
			       trail_interface(walk->plan, end->node, end->ifindex) ==
				       SIZE_MAX;
		next = find_arrival(walk, end->last);
		if (next == SIZE_MAX)
			return;
		move_to(walk, end, next);
	}
}

/* Copies of what the walk used are no news: retransmissions, duplicates. */
static bool is_copy(const struct walk *walk, const struct sighting *sighting)
{
	for (size_t i = 0; i < walk->sightings->count; i++) {
		const struct sighting *other = &walk->sightings->list[i];

		if (walk->used[i] && other->node == sighting->node &&
		    other->ifindex == sighting->ifindex &&
		    other->passing == sighting->passing)
			return true;
	}
	return false;
}

static bool has_gap(const struct walk *walk)
{
	for (size_t i = 0; i < walk->sightings->count; i++) {
		const struct sighting *sighting = &walk->sightings->list[i];

		if (sighting->leg == walk->leg && !walk->used[i] &&
		    sighting->passing != PASSING_ASIDE &&
		    walk->plan->nodes[sighting->node].kind != NST_SWITCH &&
		    !is_copy(walk, sighting))
			return true;
	}
	return false;
}

struct trail_end trail_follow(const struct nst_plan *plan,
			      const struct sightings *sightings, enum leg leg,
			      size_t start)
{
	struct walk walk = { .plan = plan, .sightings = sightings, .leg = leg };
	struct trail_end end = { .node = start };

	go(&walk, &end);
	end.gap = has_gap(&walk);
	return end;
}

const struct sighting *trail_first(const struct sightings *sightings, enum leg leg)
{
	for (size_t i = 0; i < sightings->count; i++)
		if (sightings->list[i].leg == leg)
			return &sightings->list[i];
	return NULL;
}

static bool entered(const struct sightings *sightings, const struct sighting *leaving)
{
	for (size_t i = 0; i < sightings->count; i++) {
		const struct sighting *other = &sightings->list[i];

		if (other->leg == leaving->leg && other->node == leaving->node &&
		    other->passing == PASSING_IN && other->ifindex != LOOPBACK_IFINDEX)
			return true;
	}
	return false;
}

const struct sighting *trail_source(const struct sightings *sightings, enum leg leg)
{
	for (size_t i = 0; i < sightings->count; i++) {
		const struct sighting *sighting = &sightings->list[i];

		if (sighting->leg == leg && sighting->passing == PASSING_OUT &&
		    !entered(sightings, sighting))
			return sighting;
	}
	return NULL;
}

/* The way of a leg, then what is beside it. */
static void walk_leg(struct walk *walk)
{
	const struct sightings *all = walk->sightings;
	const struct sighting *source = trail_source(all, walk->leg);
	struct trail_end end = { .node = source ? source->node : 0 };

	if (source)
		go(walk, &end);
	for (size_t i = 0; i < all->count; i++)
		if (all->list[i].leg == walk->leg && !walk->used[i])
			move_to(walk, &end, i);
}

size_t trail_order(const struct nst_plan *plan, const struct sightings *sightings,
		   uint16_t *ret_order)
{
	static const enum leg order[] = {
		LEG_SOLICIT,    LEG_ADVERT,     LEG_SYN,         LEG_SYN_ACK,
		LEG_OTHER,      LEG_DATA,       LEG_ACK,         LEG_REPLY,
		LEG_RESET_BACK, LEG_ERROR_BACK, LEG_RESET_THERE, LEG_ERROR_THERE,
	};
	struct walk walk = { .plan = plan, .sightings = sightings };

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		walk.leg = order[i];
		walk_leg(&walk);
	}
	memcpy(ret_order, walk.order, walk.length * sizeof(*ret_order));
	return walk.length;
}

const struct sighting *trail_no(const struct sightings *sightings)
{
	for (size_t i = 0; i < sightings->count; i++)
		if (leg_is_no(sightings->list[i].leg))
			return &sightings->list[i];
	return NULL;
}
