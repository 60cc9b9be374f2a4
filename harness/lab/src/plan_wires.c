/* SPDX-License-Identifier: MIT */
/* The wired links of the plan: those that are impaired, or may be. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>

#include "impairment_copy.h"
#include "plan_parts.h"

static bool is_wired(const struct nst_link *link)
{
	return link->impairable || link->engine != NST_ENGINE_AUTO ||
	       !nst_impairment_is_none(&link->a_to_b) ||
	       !nst_impairment_is_none(&link->b_to_a);
}

static int check(const struct nst_topology *topology, size_t link,
		 const struct nst_impairment *impairment, const char *from,
		 const char *to)
{
	char warning[NST_ERROR_SIZE];

	if (nst_impairment_check(impairment, warning, sizeof(warning)) == 0)
		return 0;
	memcpy(warning, nst_error(), sizeof(warning));
	return plan_fail_link(topology->links, link, "%s to %s: %s", from, to, warning);
}

static int make_later(const struct nst_topology *topology, size_t number,
		      struct nst_planned_wire *wire)
{
	const struct nst_link *link = &topology->links[number];
	size_t count = 0;
	int r = 0;

	while (!nst_impairment_is_none(&link->later[count]))
		count++;
	wire->later = calloc(count + 1, sizeof(*wire->later));
	if (!wire->later)
		return nst_fail_memory();
	while (wire->later_count < count && r == 0) {
		const struct nst_impairment *one = &link->later[wire->later_count];

		r = check(topology, number, one, link->a.host, link->b.host);
		if (r == 0)
			r = impairment_copy(one, &wire->later[wire->later_count++]);
	}
	return r;
}

static int make_wire(const struct nst_topology *topology, size_t number,
		     struct nst_planned_wire *wire)
{
	const struct nst_link *link = &topology->links[number];
	int r = check(topology, number, &link->a_to_b, link->a.host, link->b.host);

	if (r == 0)
		r = check(topology, number, &link->b_to_a, link->b.host, link->a.host);
	if (r < 0)
		return r;
	*wire = (struct nst_planned_wire){ .link = number,
					   .impairable = link->impairable,
					   .engine = link->engine };
	r = impairment_copy(&link->a_to_b, &wire->impairment[0]);
	if (r == 0)
		r = impairment_copy(&link->b_to_a, &wire->impairment[1]);
	return r < 0 || !link->later ? r : make_later(topology, number, wire);
}

int plan_make_wires(struct nst_plan *plan, const struct nst_topology *topology)
{
	size_t links = plan->interface_count / 2, count = 0;

	for (size_t i = 0; i < links; i++)
		count += is_wired(&topology->links[i]);
	if (!count)
		return 0;
	plan->wires = calloc(count, sizeof(*plan->wires));
	plan->wire_of = calloc(links, sizeof(*plan->wire_of));
	if (!plan->wires || !plan->wire_of)
		return nst_fail_memory();
	for (size_t i = 0; i < links; i++) {
		int r = 0;

		plan->wire_of[i] = SIZE_MAX;
		if (!is_wired(&topology->links[i]))
			continue;
		plan->wire_of[i] = plan->wire_count++;
		r = make_wire(topology, i, &plan->wires[plan->wire_of[i]]);
		if (r < 0)
			return r;
	}
	return 0;
}

void plan_free_wires(struct nst_plan *plan)
{
	for (size_t i = 0; i < plan->wire_count; i++) {
		impairment_release(&plan->wires[i].impairment[0]);
		impairment_release(&plan->wires[i].impairment[1]);
		for (size_t n = 0; n < plan->wires[i].later_count; n++)
			impairment_release(&plan->wires[i].later[n]);
		free(plan->wires[i].later);
	}
	free(plan->wires);
	free(plan->wire_of);
}

/* ---- The way from one end of a link to the other ---- */

/* An end as people write it. */
struct end {
	size_t node, interface; /* interface: SIZE_MAX if any will do */
};

static int read_end(const struct nst_plan *plan, const char *text, struct end *end)
{
	int r = 0;

	end->interface = SIZE_MAX;
	if (!strchr(text, ':'))
		return nst_plan_node(plan, text, &end->node);
	r = nst_plan_interface(plan, text, &end->interface);
	if (r == 0)
		end->node = plan->interfaces[end->interface].node;
	return r;
}

static bool is_end(const struct nst_plan *plan, const struct end *end, size_t interface)
{
	return end->interface == SIZE_MAX
		       ? plan->interfaces[interface].node == end->node
		       : end->interface == interface;
}

int nst_plan_adjacent(const struct nst_plan *plan, const char *from, const char *to,
		      size_t *ret_interface)
{
	size_t found = SIZE_MAX;
	struct end one, other;
	int r = read_end(plan, from, &one);

	if (r == 0)
		r = read_end(plan, to, &other);
	if (r < 0)
		return r;
	for (size_t i = 0; i < plan->nodes[one.node].interface_count; i++) {
		size_t out = plan->nodes[one.node].interfaces[i];

		if (!is_end(plan, &one, out) ||
		    !is_end(plan, &other, plan->interfaces[out].peer))
			continue;
		if (found != SIZE_MAX)
			return nst_fail(
				-EINVAL,
				"several links join \"%s\" and \"%s\": say which by "
				"an interface, such as \"%s:%s\"",
				from, to, plan->nodes[one.node].name,
				plan->interfaces[found].name);
		found = out;
	}
	if (found == SIZE_MAX)
		return nst_fail(-ENOENT, "no link joins \"%s\" and \"%s\"", from, to);
	*ret_interface = found;
	return 0;
}
