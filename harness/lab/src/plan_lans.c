/* SPDX-License-Identifier: MIT */
/* What routes are planned on: addresses grouped by subnet and segment. */
#include <stdlib.h>
#include <string.h>

#include <base/fail.h>

#include "plan_lans.h"

void plan_lans_free(struct lans *lans)
{
	free(lans->stops);
	free(lans->first_stop);
	free(lans->sorted);
	free(lans->all);
	free(lans->destinations);
}

bool plan_forwards(const struct nst_node *node)
{
	return node->kind == NST_ROUTER || node->kind == NST_NAT_ROUTER;
}

static int make_room(struct lans *lans)
{
	size_t nodes = lans->plan->node_count + 1, stops = 1;

	for (size_t i = 0; i < lans->plan->interface_count; i++)
		stops += lans->plan->interfaces[i].address_count;
	lans->stops = calloc(stops, sizeof(*lans->stops));
	lans->sorted = calloc(stops, sizeof(*lans->sorted));
	lans->all = calloc(stops, sizeof(*lans->all));
	lans->destinations = calloc(stops, sizeof(*lans->destinations));
	lans->first_stop = calloc(nodes, sizeof(*lans->first_stop));
	if (!lans->stops || !lans->sorted || !lans->all || !lans->destinations ||
	    !lans->first_stop)
		return nst_fail_memory();
	return 0;
}

static void add_stops(struct lans *lans, size_t index)
{
	const struct nst_node *node = &lans->plan->nodes[index];
	bool forwards = plan_forwards(node);

	lans->first_stop[index] = lans->stop_count;
	for (size_t i = 0; i < node->interface_count; i++) {
		const struct nst_interface *interface =
			&lans->plan->interfaces[node->interfaces[i]];

		for (size_t j = 0; j < interface->address_count; j++) {
			const struct nst_address *address = &interface->addresses[j];

			if (plan_is_link_local(address))
				continue;
			lans->stops[lans->stop_count++] = (struct stop){
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

static size_t segment_of(const struct lans *lans, const struct stop *stop)
{
	return lans->plan->interfaces[stop->interface].segment;
}

static int compare_stops(const void *left, const void *right, void *arg)
{
	const struct lans *lans = arg;
	size_t i = *(const size_t *)left, j = *(const size_t *)right;
	const struct stop *a = &lans->stops[i], *b = &lans->stops[j];
	size_t a_segment = segment_of(lans, a), b_segment = segment_of(lans, b);
	int order = compare_destinations(a, b);

	if (order)
		return order;
	if (a_segment != b_segment)
		return a_segment < b_segment ? -1 : 1;
	if (a->forwards != b->forwards)
		return a->forwards ? -1 : 1;
	return (i > j) - (i < j);
}

static void add_to_lan(struct lans *lans, struct lan *lan, size_t index)
{
	struct stop *stop = &lans->stops[index];

	stop->lan = (size_t)(lan - lans->all);
	lan->count++;
	lan->forwarders += stop->forwards;
	if (!stop->gateway)
		return;
	if (lan->gateways++ == 0)
		lan->gateway = index;
}

/* Groups the sorted stops. */
static void group(struct lans *lans)
{
	const struct stop *before = NULL;

	for (size_t i = 0; i < lans->stop_count; i++) {
		const struct stop *stop = &lans->stops[lans->sorted[i]];
		bool same = before && compare_destinations(before, stop) == 0;

		if (!same)
			lans->destinations[lans->destination_count++] =
				(struct destination){ .first_lan = lans->count };
		if (!same || segment_of(lans, before) != segment_of(lans, stop)) {
			lans->destinations[lans->destination_count - 1].lan_count++;
			lans->all[lans->count++] = (struct lan){
				.first = i,
				.destination = lans->destination_count - 1,
				.gateway = PLAN_NONE,
			};
		}
		add_to_lan(lans, &lans->all[lans->count - 1], lans->sorted[i]);
		before = stop;
	}
}

const struct nst_address *plan_lans_subnet(const struct lans *lans, size_t destination)
{
	size_t lan = lans->destinations[destination].first_lan;

	return &lans->stops[lans->sorted[lans->all[lan].first]].subnet;
}

/* In sorted order a subnet follows those that hold it, with only parts of them between.
 */
static void mark_nested(struct lans *lans)
{
	size_t open[130]; /* at most one of each length of prefix */
	size_t depth = 0;

	for (size_t i = 0; i < lans->destination_count; i++) {
		const struct nst_address *subnet = plan_lans_subnet(lans, i);

		while (depth > 0 &&
		       !plan_subnet_has(plan_lans_subnet(lans, open[depth - 1]),
					subnet))
			depth--;
		lans->destinations[i].nested = depth > 0;
		lans->any_nested |= depth > 0;
		open[depth++] = i;
	}
}

int plan_lans_make(struct nst_plan *plan, struct lans *lans)
{
	int r;

	*lans = (struct lans){ .plan = plan };
	r = make_room(lans);
	if (r < 0)
		return r;
	for (size_t i = 0; i < plan->node_count; i++)
		add_stops(lans, i);
	lans->first_stop[plan->node_count] = lans->stop_count;
	for (size_t i = 0; i < lans->stop_count; i++)
		lans->sorted[i] = i;
	qsort_r(lans->sorted, lans->stop_count, sizeof(*lans->sorted), compare_stops,
		lans);
	group(lans);
	mark_nested(lans);
	return 0;
}
