/* SPDX-License-Identifier: MIT */
/* What routes are planned on. A **stop** is one address of a host or router. Stops with
 * the same subnet on the same segment form a **lan**: they reach each other directly.
 * Lans with the same subnet, wherever they are, are one **destination**. */
#ifndef LAB_PLAN_LANS_H
#define LAB_PLAN_LANS_H

#include "plan_parts.h"

struct stop {
	struct nst_address subnet;
	const struct nst_address *address;
	size_t node, interface, lan;
	bool forwards; /* the node is a router of some kind */
	bool gateway;  /* and may be a next hop for those in the lan */
};

struct lan {
	size_t first, count; /* part of `sorted` */
	size_t forwarders;   /* how many of them forward: they come first */
	size_t destination;
	size_t gateway;  /* the first stop that may be a next hop, or PLAN_NONE */
	size_t gateways; /* how many may */
};

struct destination {
	size_t first_lan, lan_count;
	bool nested; /* inside a larger one: a default route may not reach it */
};

struct lans {
	struct nst_plan *plan;
	struct stop *stops; /* by node, its links in order */
	size_t stop_count;
	size_t *first_stop; /* by node, and one more */
	size_t *sorted;     /* stops by family, subnet, segment, and routers first */
	struct lan *all;
	size_t count;
	struct destination *destinations;
	size_t destination_count;
	bool any_nested;
};

/* Of a plan that has addresses and segments. Free it even after a failure. */
int plan_lans_make(struct nst_plan *plan, struct lans *lans);
void plan_lans_free(struct lans *lans);

const struct nst_address *plan_lans_subnet(const struct lans *lans, size_t destination);

/* Whether the node forwards packets: a router of some kind. */
bool plan_forwards(const struct nst_node *node);

#endif
