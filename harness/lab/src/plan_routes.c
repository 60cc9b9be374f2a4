/* SPDX-License-Identifier: MIT */
/* Routes: for every subnet the way with the fewest routers.
 *
 * How it works. A **stop** is one address of a host or router. Stops with the same
 * subnet on the same segment form a **lan**: they reach each other directly. Lans with
 * the same subnet (anywhere) are one destination. For each destination a breadth-first
 * search runs backwards: from the routers that are in it, over the lans in which they
 * may be a next hop, to the routers there, and so on; the first router to reach a lan
 * is the best next hop for all in it. So the cost is destinations × addresses of
 * routers, and hosts with one router, the usual case, cost nothing but their default
 * route.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <base/fail.h>
#include <base/scope.h>

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
	size_t next_hop; /* found by the search: a stop, or PLAN_NONE */
};

struct destination {
	size_t first_lan, lan_count;
	bool nested; /* inside a larger one: a default route may not reach it */
};

struct work {
	struct nst_plan *plan;
	struct stop *stops; /* by node, its links in order */
	size_t stop_count;
	size_t *first_stop; /* by node, and one more */
	size_t *sorted;     /* stops by family, subnet, segment, and routers first */
	struct lan *lans;
	size_t lan_count;
	struct destination *destinations;
	size_t destination_count;
	size_t *distance; /* by node: routers to the destination, or PLAN_NONE */
	size_t *queue;    /* nodes */
	size_t *choosers; /* hosts for which a default route does not say it all */
	size_t chooser_count;
};

static void auto_free_work(struct work *work)
{
	free(work->stops);
	free(work->first_stop);
	free(work->sorted);
	free(work->lans);
	free(work->destinations);
	free(work->distance);
	free(work->queue);
	free(work->choosers);
}

/* ---- Stops, lans, destinations ---- */

static int make_room(struct work *work)
{
	size_t nodes = work->plan->node_count + 2, stops = 1;

	for (size_t i = 0; i < work->plan->interface_count; i++)
		stops += work->plan->interfaces[i].address_count;
	work->stops = calloc(stops, sizeof(*work->stops));
	work->sorted = calloc(stops, sizeof(*work->sorted));
	work->lans = calloc(stops, sizeof(*work->lans));
	work->destinations = calloc(stops, sizeof(*work->destinations));
	work->first_stop = calloc(nodes, sizeof(*work->first_stop));
	work->distance = calloc(nodes, sizeof(*work->distance));
	work->queue = calloc(nodes, sizeof(*work->queue));
	work->choosers = calloc(nodes, sizeof(*work->choosers));
	return work->stops && work->sorted && work->lans && work->destinations &&
			       work->first_stop && work->distance && work->queue &&
			       work->choosers
		       ? 0
		       : nst_fail_memory();
}

static void add_stops(struct work *work, size_t index)
{
	const struct nst_node *node = &work->plan->nodes[index];
	bool forwards = node->kind == NST_ROUTER || node->kind == NST_NAT_ROUTER;

	work->first_stop[index] = work->stop_count;
	for (size_t i = 0; i < node->interface_count; i++) {
		const struct nst_interface *interface =
			&work->plan->interfaces[node->interfaces[i]];

		for (size_t j = 0; j < interface->address_count; j++) {
			const struct nst_address *address = &interface->addresses[j];

			if (plan_is_link_local(address))
				continue;
			work->stops[work->stop_count++] = (struct stop){
				.subnet = plan_subnet(address),
				.address = address,
				.node = index,
				.interface = node->interfaces[i],
				.forwards = forwards,
				.gateway = forwards &&
					   node->interfaces[i] != node->outside,
			};
		}
	}
}

static int compare_destinations(const struct stop *a, const struct stop *b)
{
	int order = plan_compare_addresses(&a->subnet, &b->subnet);

	if (order)
		return order;
	return (a->subnet.prefix > b->subnet.prefix) -
	       (a->subnet.prefix < b->subnet.prefix);
}

static size_t segment_of(const struct work *work, const struct stop *stop)
{
	return work->plan->interfaces[stop->interface].segment;
}

static int compare_stops(const void *left, const void *right, void *arg)
{
	const struct work *work = arg;
	size_t i = *(const size_t *)left, j = *(const size_t *)right;
	const struct stop *a = &work->stops[i], *b = &work->stops[j];
	size_t a_segment = segment_of(work, a), b_segment = segment_of(work, b);
	int order = compare_destinations(a, b);

	if (order)
		return order;
	if (a_segment != b_segment)
		return a_segment < b_segment ? -1 : 1;
	if (a->forwards != b->forwards)
		return a->forwards ? -1 : 1;
	return (i > j) - (i < j);
}

static void add_to_lan(struct work *work, struct lan *lan, size_t index)
{
	struct stop *stop = &work->stops[index];

	stop->lan = (size_t)(lan - work->lans);
	lan->count++;
	lan->forwarders += stop->forwards;
	if (!stop->gateway)
		return;
	if (lan->gateways++ == 0)
		lan->gateway = index;
}

/* Groups the sorted stops. */
static void make_lans(struct work *work)
{
	const struct stop *before = NULL;

	for (size_t i = 0; i < work->stop_count; i++) {
		const struct stop *stop = &work->stops[work->sorted[i]];
		bool same = before && compare_destinations(before, stop) == 0;

		if (!same)
			work->destinations[work->destination_count++] =
				(struct destination){ .first_lan = work->lan_count };
		if (!same || segment_of(work, before) != segment_of(work, stop)) {
			work->destinations[work->destination_count - 1].lan_count++;
			work->lans[work->lan_count++] = (struct lan){
				.first = i,
				.destination = work->destination_count - 1,
				.gateway = PLAN_NONE,
			};
		}
		add_to_lan(work, &work->lans[work->lan_count - 1], work->sorted[i]);
		before = stop;
	}
}

static const struct nst_address *subnet_of(const struct work *work, size_t destination)
{
	size_t lan = work->destinations[destination].first_lan;

	return &work->stops[work->sorted[work->lans[lan].first]].subnet;
}

/* In sorted order a subnet follows those that hold it, with only parts of them between.
 */
static bool mark_nested(struct work *work)
{
	size_t *open =
		work->queue; /* not in use yet; as deep as prefixes are, at most */
	size_t depth = 0;
	bool any = false;

	for (size_t i = 0; i < work->destination_count; i++) {
		const struct nst_address *subnet = subnet_of(work, i);

		while (depth > 0 &&
		       !plan_subnet_has(subnet_of(work, open[depth - 1]), subnet))
			depth--;
		work->destinations[i].nested = depth > 0;
		any |= depth > 0;
		open[depth++] = i;
	}
	return any;
}

static int prepare(struct work *work)
{
	int r = make_room(work);

	if (r < 0)
		return r;
	for (size_t i = 0; i < work->plan->node_count; i++)
		add_stops(work, i);
	work->first_stop[work->plan->node_count] = work->stop_count;
	for (size_t i = 0; i < work->stop_count; i++)
		work->sorted[i] = i;
	qsort_r(work->sorted, work->stop_count, sizeof(*work->sorted), compare_stops,
		work);
	make_lans(work);
	return 0;
}

/* ---- Adding routes ---- */

/* From the node of stop `from`, by the next hop `via`. NULL: the default route. */
static int add_route(struct work *work, size_t from, size_t via,
		     const struct nst_address *subnet)
{
	const struct stop *own = &work->stops[from], *next = &work->stops[via];
	struct nst_node *node = &work->plan->nodes[own->node];
	struct nst_route *routes = node->routes;
	size_t count = node->route_count;

	if ((count & (count - 1)) == 0) { /* a power of two: room for as many again */
		routes = reallocarray(routes, count ? 2 * count : 1, sizeof(*routes));
		if (!routes)
			return nst_fail_memory();
		node->routes = routes;
	}
	routes[node->route_count++] = (struct nst_route){
		.family = own->subnet.family,
		.to = subnet ? *subnet
			     : (struct nst_address){ .family = own->subnet.family },
		.via = *next->address,
		.interface = own->interface,
	};
	return 0;
}

/* ---- Hosts: the default route ---- */

/* The stop of the node from which the default route of that family leaves. */
static size_t default_stop(const struct work *work, size_t node, int family)
{
	for (size_t i = work->first_stop[node]; i < work->first_stop[node + 1]; i++)
		if (work->stops[i].subnet.family == family &&
		    work->lans[work->stops[i].lan].gateway != PLAN_NONE)
			return i;
	return PLAN_NONE;
}

/* How many next hops the host may choose from, in all families. */
static size_t count_gateways(const struct work *work, size_t node, int family)
{
	size_t count = 0;

	for (size_t i = work->first_stop[node]; i < work->first_stop[node + 1]; i++)
		if (work->stops[i].subnet.family == family)
			count += work->lans[work->stops[i].lan].gateways;
	return count;
}

static bool forwards(const struct work *work, size_t node)
{
	enum nst_host_kind kind = work->plan->nodes[node].kind;

	return kind == NST_ROUTER || kind == NST_NAT_ROUTER;
}

static int add_default_routes(struct work *work, bool nested)
{
	static const int families[] = { AF_INET, AF_INET6 };

	for (size_t node = 0; node < work->plan->node_count; node++) {
		bool chooses = false;

		if (forwards(work, node))
			continue;
		for (size_t f = 0; f < ARRAY_SIZE(families); f++) {
			size_t stop = default_stop(work, node, families[f]);
			int r;

			if (stop == PLAN_NONE)
				continue;
			r = add_route(work, stop,
				      work->lans[work->stops[stop].lan].gateway, NULL);
			if (r < 0)
				return r;
			chooses |=
				nested || count_gateways(work, node, families[f]) > 1;
		}
		if (chooses)
			work->choosers[work->chooser_count++] = node;
	}
	return 0;
}

/* ---- One destination ---- */

static size_t start_search(struct work *work, const struct destination *destination)
{
	size_t queued = 0;

	for (size_t i = 0; i < work->plan->node_count; i++)
		work->distance[i] = PLAN_NONE;
	for (size_t i = 0; i < work->lan_count; i++)
		work->lans[i].next_hop = PLAN_NONE;
	for (size_t i = 0; i < destination->lan_count; i++) {
		const struct lan *lan = &work->lans[destination->first_lan + i];

		for (size_t j = 0; j < lan->forwarders; j++) {
			size_t node = work->stops[work->sorted[lan->first + j]].node;

			if (work->distance[node] == 0)
				continue;
			work->distance[node] = 0;
			work->queue[queued++] = node;
		}
	}
	return queued;
}

/* Router `via` (a stop) is the next hop for all in its lan; the routers there that had
 * none yet get a route. */
static int reach_lan(struct work *work, const struct nst_address *subnet, size_t via,
		     size_t *queued)
{
	struct lan *lan = &work->lans[work->stops[via].lan];

	lan->next_hop = via;
	for (size_t i = 0; i < lan->forwarders; i++) {
		size_t stop = work->sorted[lan->first + i],
		       node = work->stops[stop].node;
		int r;

		if (work->distance[node] != PLAN_NONE)
			continue;
		work->distance[node] = work->distance[work->stops[via].node] + 1;
		work->queue[(*queued)++] = node;
		r = add_route(work, stop, via, subnet);
		if (r < 0)
			return r;
	}
	return 0;
}

static int search(struct work *work, size_t destination)
{
	const struct nst_address *subnet = subnet_of(work, destination);
	size_t queued = start_search(work, &work->destinations[destination]);
	int r;

	for (size_t i = 0; i < queued; i++) {
		size_t node = work->queue[i];

		for (size_t via = work->first_stop[node];
		     via < work->first_stop[node + 1]; via++) {
			const struct stop *stop = &work->stops[via];

			if (!stop->gateway || stop->subnet.family != subnet->family ||
			    work->lans[stop->lan].next_hop != PLAN_NONE)
				continue;
			r = reach_lan(work, subnet, via, &queued);
			if (r < 0)
				return r;
		}
	}
	return 0;
}

static size_t distance_by(const struct work *work, size_t via)
{
	return via == PLAN_NONE ? PLAN_NONE : work->distance[work->stops[via].node];
}

/* A host that may choose: a route of its own, unless its default leads the same way. */
static int choose(struct work *work, size_t node, size_t destination)
{
	const struct nst_address *subnet = subnet_of(work, destination);
	size_t usual = default_stop(work, node, subnet->family), best = usual, via;

	if (usual == PLAN_NONE)
		return 0;
	via = work->lans[work->stops[usual].lan].gateway;
	for (size_t i = work->first_stop[node]; i < work->first_stop[node + 1]; i++) {
		const struct stop *stop = &work->stops[i];
		size_t hop = work->lans[stop->lan].next_hop;

		if (work->lans[stop->lan].destination == destination)
			return 0; /* it is in that subnet itself */
		if (stop->subnet.family != subnet->family ||
		    distance_by(work, hop) >= distance_by(work, via))
			continue;
		best = i;
		via = hop;
	}
	if (distance_by(work, via) == PLAN_NONE)
		return 0;
	if (via == work->lans[work->stops[usual].lan].gateway &&
	    !work->destinations[destination].nested)
		return 0;
	return add_route(work, best, via, subnet);
}

int plan_make_routes(struct nst_plan *plan)
{
	struct work work AUTO(auto_free_work) = { .plan = plan };
	int r = prepare(&work);

	if (r == 0)
		r = add_default_routes(&work, mark_nested(&work));
	for (size_t i = 0; r == 0 && i < work.destination_count; i++) {
		r = search(&work, i);
		for (size_t j = 0; r == 0 && j < work.chooser_count; j++)
			r = choose(&work, work.choosers[j], i);
	}
	return r;
}
