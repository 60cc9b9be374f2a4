/* SPDX-License-Identifier: MIT */
/* Segments: which links switches join, and what may be there only once. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>

#include "plan_parts.h"

/* ---- Switches that are joined: union-find over nodes ---- */

static size_t root_of(size_t *parent, size_t node)
{
	while (parent[node] != node)
		node = parent[node] = parent[parent[node]];
	return node;
}

static bool is_switch(const struct nst_plan *plan, size_t interface)
{
	return plan->nodes[plan->interfaces[interface].node].kind == NST_SWITCH;
}

static int join_switches(const struct nst_plan *plan,
			 const struct nst_topology *topology, size_t *parent)
{
	for (size_t i = 0; i < plan->node_count; i++)
		parent[i] = i;
	for (size_t i = 0; i < plan->interface_count; i += 2) {
		size_t a, b;

		if (!is_switch(plan, i) || !is_switch(plan, i + 1))
			continue;
		a = root_of(parent, plan->interfaces[i].node);
		b = root_of(parent, plan->interfaces[i + 1].node);
		if (a == b)
			return plan_fail_link(
				topology->links, i / 2,
				"closes a loop of switches, in which frames "
				"would circle for ever (they run no spanning "
				"tree): remove one link of the loop");
		parent[a] = b;
	}
	return 0;
}

static int number_segments(struct nst_plan *plan, size_t *parent)
{
	size_t *of_switch AUTO_FREE = calloc(plan->node_count + 1, sizeof(*of_switch));

	if (!of_switch)
		return nst_fail_memory();
	for (size_t i = 0; i < plan->interface_count; i += 2) {
		size_t end = is_switch(plan, i) ? i : i + 1, *known, segment;

		known = is_switch(plan, end)
				? &of_switch[root_of(parent,
						     plan->interfaces[end].node)]
				: NULL;
		segment = known && *known ? *known - 1 : plan->segment_count++;
		if (known)
			*known = segment + 1;
		plan->interfaces[i].segment = plan->interfaces[i + 1].segment = segment;
	}
	return 0;
}

static int list_members(struct nst_plan *plan)
{
	struct nst_segment *segment;
	size_t *next;

	plan->segments = calloc(plan->segment_count + 1, sizeof(*plan->segments));
	plan->segment_members =
		calloc(plan->interface_count + 1, sizeof(*plan->segment_members));
	if (!plan->segments || !plan->segment_members)
		return nst_fail_memory();
	for (size_t i = 0; i < plan->interface_count; i++)
		if (!is_switch(plan, i))
			plan->segments[plan->interfaces[i].segment].interface_count++;
	next = plan->segment_members;
	for (size_t i = 0; i < plan->segment_count; i++) {
		plan->segments[i].interfaces = next;
		next += plan->segments[i].interface_count;
		plan->segments[i].interface_count = 0;
	}
	for (size_t i = 0; i < plan->interface_count; i++) {
		segment = &plan->segments[plan->interfaces[i].segment];
		if (!is_switch(plan, i))
			segment->interfaces[segment->interface_count++] = i;
	}
	return 0;
}

/* ---- What may be in a segment once ---- */

/* An address of either kind, and where it is. */
struct thing {
	size_t segment;
	const struct nst_address *address; /* NULL: a MAC */
	const uint8_t *mac;
	size_t interface;
};

static int compare_contents(const struct thing *a, const struct thing *b)
{
	if (a->segment != b->segment)
		return a->segment < b->segment ? -1 : 1;
	return a->address ? plan_compare_addresses(a->address, b->address)
			  : memcmp(a->mac, b->mac, 6);
}

static int compare_things(const void *left, const void *right)
{
	const struct thing *a = left, *b = right;
	int order = compare_contents(a, b);

	return order ? order
		     : (a->interface > b->interface) - (a->interface < b->interface);
}

static int fail_twice(const struct nst_plan *plan, const struct nst_topology *topology,
		      const struct thing *first, const struct thing *second)
{
	const struct nst_interface *one = &plan->interfaces[first->interface];
	const struct nst_interface *other = &plan->interfaces[second->interface];
	char text[64];

	if (!first->address)
		return plan_fail_link(
			topology->links, other->link,
			"MAC \"%s\" of %s is also that of %s:%s on the same "
			"segment: give each its own",
			plan_end(topology, second->interface)->mac
				? plan_end(topology, second->interface)->mac
				: plan_end(topology, first->interface)->mac,
			plan->nodes[other->node].name, plan->nodes[one->node].name,
			one->name);
	return plan_fail_link(
		topology->links, other->link,
		"address %s of %s is also that of %s:%s on the same segment: "
		"give each its own",
		nst_address_print(first->address, text), plan->nodes[other->node].name,
		plan->nodes[one->node].name, one->name);
}

static int check_once(const struct nst_plan *plan, const struct nst_topology *topology,
		      struct thing *things, size_t count)
{
	qsort(things, count, sizeof(*things), compare_things);
	for (size_t i = 1; i < count; i++)
		if (compare_contents(&things[i - 1], &things[i]) == 0)
			return fail_twice(plan, topology, &things[i - 1], &things[i]);
	return 0;
}

static int check_addresses_once(const struct nst_plan *plan,
				const struct nst_topology *topology)
{
	struct thing *things AUTO_FREE = NULL;
	size_t count = 0;

	for (size_t i = 0; i < plan->interface_count; i++)
		count += plan->interfaces[i].address_count;
	things = calloc(count + 1, sizeof(*things));
	if (!things)
		return nst_fail_memory();
	count = 0;
	for (size_t i = 0; i < plan->interface_count; i++) {
		const struct nst_interface *interface = &plan->interfaces[i];

		for (size_t j = 0; j < interface->address_count; j++)
			things[count++] =
				(struct thing){ .segment = interface->segment,
						.address = &interface->addresses[j],
						.interface = i };
	}
	return check_once(plan, topology, things, count);
}

static int check_macs_once(const struct nst_plan *plan,
			   const struct nst_topology *topology)
{
	struct thing *things AUTO_FREE =
		calloc(plan->interface_count + 1, sizeof(*things));

	if (!things)
		return nst_fail_memory();
	for (size_t i = 0; i < plan->interface_count; i++)
		things[i] = (struct thing){ .segment = plan->interfaces[i].segment,
					    .mac = plan->interfaces[i].mac,
					    .interface = i };
	return check_once(plan, topology, things, plan->interface_count);
}

int plan_make_segments(struct nst_plan *plan, const struct nst_topology *topology)
{
	size_t *parent AUTO_FREE = calloc(plan->node_count + 1, sizeof(*parent));
	int r;

	if (!parent)
		return nst_fail_memory();
	r = join_switches(plan, topology, parent);
	if (r == 0)
		r = number_segments(plan, parent);
	if (r == 0)
		r = list_members(plan);
	if (r == 0)
		r = check_macs_once(plan, topology);
	if (r == 0)
		r = check_addresses_once(plan, topology);
	return r;
}
