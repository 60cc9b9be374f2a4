/* SPDX-License-Identifier: MIT */
/* The way a packet takes by the planned routes, hop by hop. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>

#include "plan_lans.h"

static bool is_loopback(const struct nst_address *address)
{
	static const uint8_t loopback6[16] = { [15] = 1 };

	return address->family == AF_INET ? address->bytes[0] == 127
					  : memcmp(address->bytes, loopback6, 16) == 0;
}

static bool interface_has(const struct nst_interface *interface,
			  const struct nst_address *address)
{
	for (size_t i = 0; i < interface->address_count; i++)
		if (plan_compare_addresses(&interface->addresses[i], address) == 0)
			return true;
	return false;
}

static bool node_has(const struct nst_plan *plan, const struct nst_node *node,
		     const struct nst_address *address)
{
	for (size_t i = 0; i < node->interface_count; i++)
		if (interface_has(&plan->interfaces[node->interfaces[i]], address))
			return true;
	return false;
}

/* What a host's routing table answers. */
struct choice {
	size_t out;                     /* interface, or PLAN_NONE */
	const struct nst_address *next; /* on its segment */
};

/* The longest prefix; a subnet of its own before a route of the same length. */
static struct choice look_up(const struct nst_plan *plan, const struct nst_node *node,
			     const struct nst_address *to)
{
	struct choice best = { .out = PLAN_NONE };
	unsigned int longest = 0;

	for (size_t i = 0; i < node->interface_count; i++) {
		const struct nst_interface *interface =
			&plan->interfaces[node->interfaces[i]];

		for (size_t j = 0; j < interface->address_count; j++) {
			const struct nst_address *own = &interface->addresses[j];

			if (own->prefix <= longest || !plan_subnet_has(own, to))
				continue;
			best = (struct choice){ node->interfaces[i], to };
			longest = own->prefix;
		}
	}
	for (size_t i = 0; i < node->route_count; i++) {
		const struct nst_route *route = &node->routes[i];

		if (!plan_subnet_has(&route->to, to) ||
		    (best.out != PLAN_NONE && route->to.prefix <= longest))
			continue;
		best = (struct choice){ route->interface, &route->via };
		longest = route->to.prefix;
	}
	return best;
}

/* The interface on the segment of `out` that answers for an address. */
static size_t find_neighbour(const struct nst_plan *plan, size_t out,
			     const struct nst_address *address)
{
	const struct nst_segment *segment =
		&plan->segments[plan->interfaces[out].segment];

	for (size_t i = 0; i < segment->interface_count; i++) {
		size_t in = segment->interfaces[i];

		if (interface_has(&plan->interfaces[in], address))
			return in;
	}
	return PLAN_NONE;
}

static int append(struct nst_hop **hops, size_t count, struct nst_hop hop)
{
	struct nst_hop *more = reallocarray(*hops, count + 1, sizeof(*more));

	if (!more)
		return nst_fail_memory();
	more[count] = hop;
	*hops = more;
	return 0;
}

/* One step. Returns 0 and the hop, or -EHOSTUNREACH. */
static int step(const struct nst_plan *plan, const struct nst_node *node,
		const struct nst_address *to, struct nst_hop *ret_hop)
{
	char text[INET6_ADDRSTRLEN], next[INET6_ADDRSTRLEN];
	struct choice choice = look_up(plan, node, to);
	size_t in;

	nst_address_print(to, text);
	if (choice.out == PLAN_NONE)
		return nst_fail(-EHOSTUNREACH, "host \"%s\" has no route to %s",
				node->name, text);
	in = find_neighbour(plan, choice.out, choice.next);
	if (in == PLAN_NONE)
		return nst_fail(-EHOSTUNREACH,
				"nobody answers for %s on the link of %s:%s",
				nst_address_print(choice.next, next), node->name,
				plan->interfaces[choice.out].name);
	*ret_hop = (struct nst_hop){ choice.out, in };
	return 0;
}

/* Appends hops until the address is reached. */
static int walk(const struct nst_plan *plan, size_t from, const struct nst_address *to,
		struct nst_hop **hops, size_t *count)
{
	const struct nst_node *node = &plan->nodes[from];
	char text[INET6_ADDRSTRLEN];
	struct nst_hop hop = { PLAN_NONE, PLAN_NONE };
	int r;

	while (!node_has(plan, node, to)) {
		if (*count > 0 && !plan_forwards(node))
			return nst_fail(
				-EHOSTUNREACH,
				"host \"%s\" is no router and does not forward to %s",
				node->name, nst_address_print(to, text));
		if (*count > plan->node_count)
			return nst_fail(-EHOSTUNREACH, "the routes to %s form a loop",
					nst_address_print(to, text));
		r = step(plan, node, to, &hop);
		if (r == 0)
			r = append(hops, *count, hop);
		if (r < 0)
			return r;
		(*count)++;
		node = &plan->nodes[plan->interfaces[hop.in].node];
	}
	return 0;
}

int nst_plan_path(const struct nst_plan *plan, size_t from,
		  const struct nst_address *to, struct nst_hop **ret_hops,
		  size_t *ret_count)
{
	struct nst_hop *hops AUTO_FREE = NULL;
	size_t count = 0;
	int r = is_loopback(to) ? 0 : walk(plan, from, to, &hops, &count);

	if (r < 0 && r != -EHOSTUNREACH)
		return r;
	*ret_hops = steal(hops);
	*ret_count = count;
	return r < 0 ? r : (int)count;
}
