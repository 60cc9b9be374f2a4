/* SPDX-License-Identifier: MIT */
/* Routes: for every subnet the way with the fewest routers.
 *
 * How it works. For each destination (see plan_lans.h) a breadth-first search runs
 * backwards: from the routers that are in it, through their **doors**, which are the
 * lans in which they may be a next hop, to the routers there, and so on. The first
 * router to reach a lan is the best next hop for all in it. Lans where nobody would use
 * the answer have no door: hosts that meet one router, the usual case, cost nothing but
 * their default route. So the cost is destinations x doors, or as many as there are
 * routes.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <base/fail.h>
#include <base/scope.h>

#include "plan_lans.h"

struct search {
	struct lans lans;
	size_t *choosers; /* hosts for which a default route does not say it all */
	size_t chooser_count;
	bool *wanted;       /* by lan: a search is to reach it */
	size_t *doors;      /* stops: gateways of wanted lans, by node */
	size_t *first_door; /* by node, and one more */

	size_t *distance; /* by node: routers to the destination, or PLAN_NONE */
	size_t *next_hop; /* by lan: a stop, or PLAN_NONE */
	size_t *queue;    /* routers that were reached, the nearest first */
	size_t queued;
};

static void auto_free_search(struct search *search)
{
	plan_lans_free(&search->lans);
	free(search->choosers);
	free(search->wanted);
	free(search->doors);
	free(search->first_door);
	free(search->distance);
	free(search->next_hop);
	free(search->queue);
}

static size_t *many_none(size_t count)
{
	size_t *array = malloc((count + 1) * sizeof(*array));

	for (size_t i = 0; array && i <= count; i++)
		array[i] = PLAN_NONE;
	return array;
}

static int make_room(struct search *search)
{
	size_t nodes = search->lans.plan->node_count, lans = search->lans.count;

	search->choosers = many_none(nodes);
	search->wanted = calloc(lans + 1, sizeof(*search->wanted));
	search->doors = many_none(search->lans.stop_count);
	search->first_door = many_none(nodes);
	search->distance = many_none(nodes);
	search->next_hop = many_none(lans);
	search->queue = many_none(nodes);
	if (!search->choosers || !search->wanted || !search->doors ||
	    !search->first_door || !search->distance || !search->next_hop ||
	    !search->queue)
		return nst_fail_memory();
	return 0;
}

/* ---- Adding routes ---- */

/* From the node of stop `from`, by the next hop `via`. `subnet` NULL: the default. */
static int add_route(struct lans *lans, size_t from, size_t via,
		     const struct nst_address *subnet)
{
	const struct stop *own = &lans->stops[from], *next = &lans->stops[via];
	struct nst_node *node = &lans->plan->nodes[own->node];
	struct nst_route *routes = node->routes;
	size_t count = node->route_count;

	if ((count & (count - 1)) == 0) { /* 0 or a power of two: full */
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
static size_t default_stop(const struct lans *lans, size_t node, int family)
{
	for (size_t i = lans->first_stop[node]; i < lans->first_stop[node + 1]; i++)
		if (lans->stops[i].subnet.family == family &&
		    lans->all[lans->stops[i].lan].gateway != PLAN_NONE)
			return i;
	return PLAN_NONE;
}

/* How many next hops the host may choose from. */
static size_t count_gateways(const struct lans *lans, size_t node, int family)
{
	size_t count = 0;

	for (size_t i = lans->first_stop[node]; i < lans->first_stop[node + 1]; i++)
		if (lans->stops[i].subnet.family == family)
			count += lans->all[lans->stops[i].lan].gateways;
	return count;
}

/* Returns 1 if the host has to choose, 0 if the default route says it all. */
static int add_default_routes(struct lans *lans, size_t node)
{
	static const int families[] = { AF_INET, AF_INET6 };
	bool chooses = false;

	for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
		size_t stop = default_stop(lans, node, families[i]);
		int r;

		if (stop == PLAN_NONE)
			continue;
		r = add_route(lans, stop, lans->all[lans->stops[stop].lan].gateway,
			      NULL);
		if (r < 0)
			return r;
		chooses |=
			lans->any_nested || count_gateways(lans, node, families[i]) > 1;
	}
	return chooses;
}

static int plan_hosts(struct search *search)
{
	struct lans *lans = &search->lans;

	for (size_t node = 0; node < lans->plan->node_count; node++) {
		int r = 0;

		if (!plan_forwards(&lans->plan->nodes[node]))
			r = add_default_routes(lans, node);
		if (r < 0)
			return r;
		if (r == 0)
			continue;
		search->choosers[search->chooser_count++] = node;
		for (size_t i = lans->first_stop[node]; i < lans->first_stop[node + 1];
		     i++)
			search->wanted[lans->stops[i].lan] = true;
	}
	return 0;
}

/* ---- One destination ---- */

static void find_doors(struct search *search)
{
	const struct lans *lans = &search->lans;
	size_t node = 0, count = 0;

	for (size_t i = 0; i < lans->stop_count; i++) {
		const struct stop *stop = &lans->stops[i];

		while (node <= stop->node)
			search->first_door[node++] = count;
		if (stop->gateway &&
		    (lans->all[stop->lan].forwarders > 1 || search->wanted[stop->lan]))
			search->doors[count++] = i;
	}
	while (node <= lans->plan->node_count)
		search->first_door[node++] = count;
}

/* Forgets what the last search found. */
static void clear(struct search *search)
{
	for (size_t i = 0; i < search->queued; i++) {
		size_t node = search->queue[i];

		search->distance[node] = PLAN_NONE;
		for (size_t door = search->first_door[node];
		     door < search->first_door[node + 1]; door++)
			search->next_hop[search->lans.stops[search->doors[door]].lan] =
				PLAN_NONE;
	}
	search->queued = 0;
}

static void reach_router(struct search *search, size_t node, size_t distance)
{
	search->distance[node] = distance;
	search->queue[search->queued++] = node;
}

static void start(struct search *search, const struct destination *destination)
{
	const struct lans *lans = &search->lans;

	for (size_t i = 0; i < destination->lan_count; i++) {
		const struct lan *lan = &lans->all[destination->first_lan + i];

		for (size_t j = 0; j < lan->forwarders; j++) {
			size_t node = lans->stops[lans->sorted[lan->first + j]].node;

			if (search->distance[node] == PLAN_NONE)
				reach_router(search, node, 0);
		}
	}
}

/* The router with stop `via` is the next hop for all in its lan; the routers there that
 * have no way yet get a route. */
static int reach_lan(struct search *search, const struct nst_address *subnet,
		     size_t via)
{
	struct lans *lans = &search->lans;
	const struct lan *lan = &lans->all[lans->stops[via].lan];

	search->next_hop[lans->stops[via].lan] = via;
	for (size_t i = 0; i < lan->forwarders; i++) {
		size_t stop = lans->sorted[lan->first + i];
		size_t node = lans->stops[stop].node;
		int r;

		if (search->distance[node] != PLAN_NONE)
			continue;
		reach_router(search, node, search->distance[lans->stops[via].node] + 1);
		r = add_route(lans, stop, via, subnet);
		if (r < 0)
			return r;
	}
	return 0;
}

static int plan_routers(struct search *search, size_t destination)
{
	const struct lans *lans = &search->lans;
	const struct nst_address *subnet = plan_lans_subnet(lans, destination);
	int r;

	clear(search);
	start(search, &lans->destinations[destination]);
	for (size_t i = 0; i < search->queued; i++) {
		size_t node = search->queue[i];

		for (size_t door = search->first_door[node];
		     door < search->first_door[node + 1]; door++) {
			size_t via = search->doors[door];

			if (lans->stops[via].subnet.family != subnet->family ||
			    search->next_hop[lans->stops[via].lan] != PLAN_NONE)
				continue;
			r = reach_lan(search, subnet, via);
			if (r < 0)
				return r;
		}
	}
	return 0;
}

static size_t distance_by(const struct search *search, size_t via)
{
	return via == PLAN_NONE ? PLAN_NONE
				: search->distance[search->lans.stops[via].node];
}

static bool is_in(const struct lans *lans, size_t node, size_t destination)
{
	for (size_t i = lans->first_stop[node]; i < lans->first_stop[node + 1]; i++)
		if (lans->all[lans->stops[i].lan].destination == destination)
			return true;
	return false;
}

/* A host that may choose: a route of its own, unless its default leads the same way. */
static int choose(struct search *search, size_t node, size_t destination)
{
	struct lans *lans = &search->lans;
	const struct nst_address *subnet = plan_lans_subnet(lans, destination);
	size_t from = default_stop(lans, node, subnet->family), usual, via;

	if (from == PLAN_NONE || is_in(lans, node, destination))
		return 0;
	usual = via = lans->all[lans->stops[from].lan].gateway;
	for (size_t i = lans->first_stop[node]; i < lans->first_stop[node + 1]; i++) {
		size_t hop = search->next_hop[lans->stops[i].lan];

		if (lans->stops[i].subnet.family != subnet->family ||
		    distance_by(search, hop) >= distance_by(search, via))
			continue;
		from = i;
		via = hop;
	}
	if (distance_by(search, via) == PLAN_NONE)
		return 0; /* nobody knows the way */
	if (via == usual && !lans->destinations[destination].nested)
		return 0;
	return add_route(lans, from, via, subnet);
}

int plan_make_routes(struct nst_plan *plan)
{
	struct search search AUTO(auto_free_search) = { 0 };
	int r = plan_lans_make(plan, &search.lans);

	if (r == 0)
		r = make_room(&search);
	if (r == 0)
		r = plan_hosts(&search);
	if (r < 0)
		return r;
	find_doors(&search);
	for (size_t i = 0; r == 0 && i < search.lans.destination_count; i++) {
		r = plan_routers(&search, i);
		for (size_t j = 0; r == 0 && j < search.chooser_count; j++)
			r = choose(&search, search.choosers[j], i);
	}
	return r;
}
