/* SPDX-License-Identifier: MIT */
/* Partitions: hosts that no longer hear each other.
 *
 * Each host keeps the set of those it does not hear. From it follows for each of its
 * interfaces the list of addresses that netem is to silence there: all that the sender
 * has, and its MAC where they share a segment (so that an address it takes later is
 * silent, too). The MAC of a router stays out: frames with it are also other people's.
 * ARP and neighbour discovery pass: else a cut of one direction would silence the other,
 * and what follows nst_mend() would wait for a neighbour's next try, and look dropped.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <base/fail.h>
#include <base/scope.h>
#include <nstest/partition.h>

#include "state.h"

struct cuts {
	bool **unheard; /* by receiving node: NULL, or by sending node */
	struct nst_partition *partitions; /* by interface */
};

enum change { CUT, CUT_ONE_WAY, MEND };

/* What travels: the nodes of one side, then those of the other. */
struct cut_request {
	enum change change;
	size_t one_count, other_count;
	size_t nodes[];
};

/* ---- In the lab process ---- */

bool nst_inside_is_cut(const struct nst_inside *inside, size_t from, size_t to)
{
	return inside->cuts && inside->cuts->unheard[to] &&
	       inside->cuts->unheard[to][from];
}

static int make_cuts(struct nst_inside *inside)
{
	const struct nst_plan *plan = inside->plan;
	struct cuts *cuts = calloc(1, sizeof(*cuts));

	if (!cuts)
		return nst_fail_memory();
	cuts->unheard = calloc(plan->node_count + 1, sizeof(*cuts->unheard));
	cuts->partitions = calloc(plan->interface_count + 1, sizeof(*cuts->partitions));
	if (!cuts->unheard || !cuts->partitions) {
		free(cuts->unheard);
		free(cuts->partitions);
		free(cuts);
		return nst_fail_memory();
	}
	for (size_t i = 0; i < plan->interface_count; i++)
		cuts->partitions[i] =
			(struct nst_partition){ .ifindex = plan->interfaces[i].ifindex,
						.spare_discovery = true };
	inside->cuts = cuts;
	return 0;
}

/* A list of senders that grows. */
struct senders {
	struct nst_sender *all;
	size_t count, room;
};

static void auto_free_senders(struct senders *senders)
{
	free(senders->all);
}

static int add_sender(struct senders *senders, int family, const uint8_t *bytes,
		      size_t size)
{
	if (senders->count == senders->room) {
		size_t room = senders->room ? 2 * senders->room : 16;
		struct nst_sender *all = reallocarray(senders->all, room, sizeof(*all));

		if (!all)
			return nst_fail_memory();
		senders->all = all;
		senders->room = room;
	}
	senders->all[senders->count] = (struct nst_sender){ .family = family };
	memcpy(senders->all[senders->count++].bytes, bytes, size);
	return 0;
}

static bool same_address(const struct nst_address *a, const struct nst_address *b)
{
	return a->family == b->family && memcmp(a->bytes, b->bytes, 16) == 0;
}

/* Whether the address means another host on this segment: it may be in use in several
 * places that do not reach each other. */
static bool is_anothers(const struct nst_plan *plan, size_t segment, size_t node,
			const struct nst_address *address)
{
	const struct nst_segment *here = &plan->segments[segment];

	for (size_t i = 0; i < here->interface_count; i++) {
		const struct nst_interface *other =
			&plan->interfaces[here->interfaces[i]];

		for (size_t j = 0; j < other->address_count; j++)
			if (same_address(&other->addresses[j], address))
				return other->node != node;
	}
	return false;
}

/* What comes from interface `from` and may arrive on the segment. */
static int add_interface(struct senders *senders, const struct nst_plan *plan,
			 const struct nst_interface *from, size_t segment)
{
	bool near = from->segment == segment;
	int r = 0;

	if (near && plan->nodes[from->node].kind == NST_HOST)
		r = add_sender(senders, AF_PACKET, from->mac, sizeof(from->mac));
	for (size_t i = 0; i < from->address_count && r == 0; i++) {
		const struct nst_address *address = &from->addresses[i];

		if (near || !is_anothers(plan, segment, from->node, address))
			r = add_sender(senders, address->family, address->bytes,
				       address->family == AF_INET ? 4 : 16);
	}
	return r;
}

static int silence(struct nst_inside *inside, size_t interface, const bool *unheard)
{
	const struct nst_plan *plan = inside->plan;
	struct senders senders AUTO(auto_free_senders) = { 0 };
	size_t segment = plan->interfaces[interface].segment;
	int r = 0;

	for (size_t node = 0; node < plan->node_count; node++)
		for (size_t i = 0;
		     unheard[node] && r == 0 && i < plan->nodes[node].interface_count;
		     i++)
			r = add_interface(
				&senders, plan,
				&plan->interfaces[plan->nodes[node].interfaces[i]],
				segment);
	if (r < 0)
		return r;
	return nst_partition_set(&inside->cuts->partitions[interface], senders.all,
				 senders.count);
}

/* Makes the kernel do what the set says, at all interfaces of the receiver. */
static int silence_all(struct nst_inside *inside, size_t to)
{
	const struct nst_node *node = &inside->plan->nodes[to];
	int r = nst_inside_net(inside, to);

	for (size_t i = 0; i < node->interface_count && r == 0; i++)
		r = silence(inside, node->interfaces[i], inside->cuts->unheard[to]);
	return r < 0 ? nst_fail_in(r, "host \"%s\"", node->name) : 0;
}

static int change_one_way(struct nst_inside *inside, bool unheard, const size_t *from,
			  size_t from_count, const size_t *to, size_t to_count)
{
	for (size_t i = 0; i < to_count; i++) {
		bool **set = &inside->cuts->unheard[to[i]];
		int r;

		if (!*set)
			*set = calloc(inside->plan->node_count, sizeof(**set));
		if (!*set)
			return nst_fail_memory();
		for (size_t j = 0; j < from_count; j++)
			(*set)[from[j]] = unheard;
		r = silence_all(inside, to[i]);
		if (r < 0)
			return r;
	}
	return 0;
}

static int cut_inside(struct nst_inside *inside, struct nst_message *message,
		      struct nst_message *reply)
{
	const struct cut_request *request = message->data;
	const size_t *one = request->nodes, *other = one + request->one_count;
	bool cut = request->change != MEND;
	int r = inside->cuts ? 0 : make_cuts(inside);

	(void)reply;
	if (r == 0)
		r = change_one_way(inside, cut, one, request->one_count, other,
				   request->other_count);
	if (r == 0 && request->change != CUT_ONE_WAY)
		r = change_one_way(inside, cut, other, request->other_count, one,
				   request->one_count);
	return r;
}

/* ---- In the caller ---- */

/* The host that `text` (up to a ',') names. Moves on behind it. */
static int next_node(const struct nst_plan *plan, const char **text, size_t *ret_node)
{
	size_t length = strcspn(*text, ",");
	const char *start = *text;
	char *name AUTO_FREE = NULL;
	int r;

	*text += length + (start[length] == ',');
	while (length > 0 && *start == ' ') {
		start++;
		length--;
	}
	while (length > 0 && start[length - 1] == ' ')
		length--;
	name = strndup(start, length);
	if (!name)
		return nst_fail_memory();
	if (length == 0)
		return nst_fail(-EINVAL, "a host is missing: write names with ',' "
					 "between them");
	r = nst_plan_node(plan, name, ret_node);
	if (r == 0 && plan->nodes[*ret_node].kind == NST_SWITCH)
		return nst_fail(-EINVAL,
				"\"%s\" is a switch and sends nothing by itself: name "
				"the hosts behind it",
				name);
	return r;
}

static size_t count_names(const char *list)
{
	size_t count = 1;

	for (; *list; list++)
		count += *list == ',';
	return count;
}

static int read_side(const struct nst_plan *plan, const char *list, size_t count,
		     size_t *nodes)
{
	const char *rest = list;
	int r = 0;

	for (size_t i = 0; i < count && r == 0; i++)
		r = next_node(plan, &rest, &nodes[i]);
	return r < 0 ? nst_fail_in(r, "partition of \"%s\"", list) : 0;
}

static int check_sides(const struct nst_plan *plan, const struct cut_request *request)
{
	bool *one AUTO_FREE = calloc(plan->node_count + 1, sizeof(*one));
	size_t count = request->one_count + request->other_count;

	if (!one)
		return nst_fail_memory();
	for (size_t i = 0; i < request->one_count; i++)
		one[request->nodes[i]] = true;
	for (size_t i = request->one_count; i < count; i++)
		if (one[request->nodes[i]])
			return nst_fail(-EINVAL,
					"partition: \"%s\" is on both sides of it",
					plan->nodes[request->nodes[i]].name);
	return 0;
}

/* The NAT router that hides the sender from the receiver, or NULL. */
static const struct nst_node *hidden_by(const struct nst_plan *plan, size_t from,
					const struct nst_address *to)
{
	struct nst_hop *hops AUTO_FREE = NULL;
	size_t count = 0;

	if (!to || nst_plan_path(plan, from, to, &hops, &count) < 0)
		return NULL;
	for (size_t i = 0; i + 1 < count; i++) {
		const struct nst_node *node =
			&plan->nodes[plan->interfaces[hops[i].in].node];

		if (node->kind == NST_NAT_ROUTER && hops[i].in != node->outside &&
		    hops[i + 1].out == node->outside)
			return node;
	}
	return NULL;
}

static int check_visible(const struct nst_plan *plan, size_t from, size_t to)
{
	static const int families[] = { AF_INET, AF_INET6 };

	for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
		const struct nst_node *nat = hidden_by(
			plan, from, nst_plan_address_of(plan, to, families[i]));

		if (nat)
			return nst_fail(
				-EINVAL,
				"partition: to \"%s\" all that \"%s\" sends "
				"comes from the NAT router \"%s\": cut that one "
				"from it, or \"%s\" from \"%s\"",
				plan->nodes[to].name, plan->nodes[from].name, nat->name,
				plan->nodes[from].name, nat->name);
	}
	return 0;
}

/* A sender is known by its address: what is hidden cannot be cut, and to cut nothing
 * without a word would make a test pass that should not. */
static int check_all_visible(const struct nst_plan *plan,
			     const struct cut_request *request)
{
	const size_t *one = request->nodes, *other = one + request->one_count;
	bool nat = false;
	int r = 0;

	for (size_t i = 0; i < plan->node_count; i++)
		nat |= plan->nodes[i].kind == NST_NAT_ROUTER;
	if (!nat || request->change == MEND)
		return 0;
	for (size_t i = 0; i < request->one_count && r == 0; i++)
		for (size_t j = 0; j < request->other_count && r == 0; j++) {
			r = check_visible(plan, one[i], other[j]);
			if (r == 0 && request->change == CUT)
				r = check_visible(plan, other[j], one[i]);
		}
	return r;
}

static int change(struct nst_lab *lab, const char *one, const char *other,
		  enum change change)
{
	size_t one_count = count_names(one), other_count = count_names(other);
	size_t size =
		sizeof(struct cut_request) + (one_count + other_count) * sizeof(size_t);
	struct cut_request *request AUTO_FREE = malloc(size);
	int r;

	if (!request)
		return nst_fail_memory();
	*request = (struct cut_request){ change, one_count, other_count };
	r = read_side(lab->plan, one, one_count, request->nodes);
	if (r == 0)
		r = read_side(lab->plan, other, other_count,
			      request->nodes + one_count);
	if (r == 0)
		r = check_sides(lab->plan, request);
	if (r == 0)
		r = check_all_visible(lab->plan, request);
	if (r == 0)
		r = nst_lab_ask(lab, cut_inside, request, size, NULL, 0);
	return r;
}

int nst_cut(struct nst_lab *lab, const char *one, const char *other)
{
	return change(lab, one, other, CUT);
}

int nst_cut_from(struct nst_lab *lab, const char *from, const char *to)
{
	return change(lab, from, to, CUT_ONE_WAY);
}

int nst_mend(struct nst_lab *lab, const char *one, const char *other)
{
	return change(lab, one, other, MEND);
}
