/* SPDX-License-Identifier: MIT */
/* How far a packet came: from interface to interface by what was sighted. Pure. */
#ifndef PROBE_TRAIL_H
#define PROBE_TRAIL_H

#include <lab/plan.h>
#include <nstest/probe.h>

#include <probe/sighting.h>

/* Where the trail of a packet ends. */
struct trail_end {
	bool any;     /* it was sighted at all; else it never left `node` */
	size_t node;  /* the host in which, or behind whose interface, it ends */
	int ifindex;  /* where it was sighted last; 0 if never */
	bool leaving; /* by that interface it left: it ends on the link behind */
	bool outside; /* left by an interface that is none of the lab's: a tunnel */
	bool gap;     /* it was sighted elsewhere too, and how it came there was not */
	const struct sighting *last; /* NULL if never */
};

/* Follows a leg from the node that sent it. */
struct trail_end trail_follow(const struct nst_plan *plan,
			      const struct sightings *sightings, enum leg leg,
			      size_t start);

/* The plan's interface of a node; SIZE_MAX if it is none of the plan's. */
size_t trail_interface(const struct nst_plan *plan, size_t node, int ifindex);

/* The first sighting of that leg, or NULL. */
const struct sighting *trail_first(const struct sightings *sightings, enum leg leg);

/* Where the packets of a leg come from: a sighting of one leaving a host that it has not
 * entered before; NULL if none is known. */
const struct sighting *trail_source(const struct sightings *sightings, enum leg leg);

/* All sightings in the order of their way: leg by leg, from interface to interface.
 * Returns how many indices into the list were written; room for SIGHTINGS_MAX. */
size_t trail_order(const struct nst_plan *plan, const struct sightings *sightings,
		   uint16_t *ret_order);

/* The first sighting that says no, or NULL. */
const struct sighting *trail_no(const struct sightings *sightings);

#endif
