/* SPDX-License-Identifier: MIT */
/* The interfaces of the plan: names, indices, MAC addresses, MTU, and which is outside.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>

#include "plan_parts.h"

enum {
	MOST_PORTS = 1023, /* BR_PORT_BITS is 10, and port number 0 is not used */
	MTU_DEFAULT = 1500,
	MTU_LEAST = 68,   /* ETH_MIN_MTU */
	MTU_MOST = 65535, /* ETH_MAX_MTU */
};

/* ---- Names ---- */

/* Why the name cannot be an interface's, or NULL: dev_valid_name() of the kernel, and
 * names that mean something else elsewhere. */
static const char *name_fault(const char *name)
{
	size_t length = strlen(name);

	if (length == 0)
		return "a name needs at least one character";
	if (length > 15)
		return "a name has at most 15 characters";
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return "a name is also a folder in /proc/sys/net";
	for (size_t i = 0; i < length; i++)
		if (!isgraph((unsigned char)name[i]) || strchr("/:%", name[i]))
			return "a name has no space, '/', ':' or '%'";
	if (strcmp(name, "lo") == 0)
		return "that is the loopback interface, which every host has";
	if (strcmp(name, "all") == 0 || strcmp(name, "default") == 0)
		return "sysctls mean something else by that name";
	return NULL;
}

static int check_name(const struct nst_plan *plan, const struct nst_topology *topology,
		      size_t interface)
{
	const struct nst_end *end = plan_end(topology, interface);
	const char *fault = name_fault(end->interface);
	bool port = plan->nodes[plan->interfaces[interface].node].kind == NST_SWITCH;

	if (!fault && port && strcmp(end->interface, NST_BRIDGE_NAME) == 0)
		fault = "that is the switch's own bridge";
	if (!fault)
		return 0;
	return plan_fail_link(topology->links, interface / 2,
			      "interface \"%s\" of %s: %s", end->interface, end->host,
			      fault);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The names that the topology gives to interfaces of this node, sorted. */
static int given_names(struct nst_plan *plan, const struct nst_topology *topology,
		       const struct nst_node *node, const char **names,
		       size_t *ret_count)
{
	size_t count = 0;
	int r;

	for (size_t i = 0; i < node->interface_count; i++) {
		const char *name = plan_end(topology, node->interfaces[i])->interface;

		if (!name)
			continue;
		r = check_name(plan, topology, node->interfaces[i]);
		if (r < 0)
			return r;
		names[count++] = name;
	}
	qsort(names, count, sizeof(*names), compare_names);
	for (size_t i = 1; i < count; i++)
		if (strcmp(names[i - 1], names[i]) == 0)
			return plan_fail_host(
				node->name,
				"two of its interfaces are called \"%s\": "
				"give each a name of its own",
				names[i]);
	*ret_count = count;
	return 0;
}

/* The next of eth0, eth1, … that is not given to another interface of the node. */
static void default_name(char *name, size_t size, unsigned int *next,
			 const char **given, size_t given_count)
{
	const char *key = name;

	do
		snprintf(name, size, "eth%u", (*next)++);
	while (bsearch(&key, given, given_count, sizeof(*given), compare_names));
}

static int name_interfaces(struct nst_plan *plan, const struct nst_topology *topology,
			   const struct nst_node *node)
{
	const char **given AUTO_FREE =
		calloc(node->interface_count + 1, sizeof(*given));
	size_t given_count = 0;
	unsigned int next = 0;
	int r;

	if (!given)
		return nst_fail_memory();
	r = given_names(plan, topology, node, given, &given_count);
	if (r < 0)
		return r;
	for (size_t i = 0; i < node->interface_count; i++) {
		struct nst_interface *interface =
			&plan->interfaces[node->interfaces[i]];
		const char *name = plan_end(topology, node->interfaces[i])->interface;

		if (name)
			strcpy(interface->name, name); /* at most 15, checked */
		else
			default_name(interface->name, sizeof(interface->name), &next,
				     given, given_count);
		interface->ifindex = (node->kind == NST_SWITCH ? 3 : 2) + (int)i;
	}
	return 0;
}

/* ---- MAC and MTU ---- */

static int parse_mac(const char *text, uint8_t *mac)
{
	int end = 0;

	if (sscanf(text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%n", &mac[0], &mac[1],
		   &mac[2], &mac[3], &mac[4], &mac[5], &end) != 6)
		return -EINVAL;
	return end == 17 && text[end] == '\0' ? 0 : -EINVAL;
}

/* Ours are 02:6e:73 (locally administered, "ns") and the number of the interface. */
static void default_mac(size_t interface, uint8_t *mac)
{
	const uint8_t ours[6] = { 0x02,
				  0x6e,
				  0x73,
				  (uint8_t)(interface >> 16),
				  (uint8_t)(interface >> 8),
				  (uint8_t)interface };

	memcpy(mac, ours, sizeof(ours));
}

static int set_mac(const struct nst_topology *topology, size_t index,
		   struct nst_interface *interface)
{
	static const uint8_t zero[6];
	const struct nst_end *end = plan_end(topology, index);

	if (!end->mac) {
		default_mac(index, interface->mac);
		return 0;
	}
	if (parse_mac(end->mac, interface->mac) < 0)
		return plan_fail_link(topology->links, index / 2,
				      "MAC \"%s\" of %s: write six bytes like "
				      "02:00:00:00:00:01",
				      end->mac, end->host);
	if (interface->mac[0] & 1)
		return plan_fail_link(
			topology->links, index / 2,
			"MAC \"%s\" of %s is a group's: the first byte of a "
			"host's is even",
			end->mac, end->host);
	if (memcmp(interface->mac, zero, sizeof(zero)) == 0)
		return plan_fail_link(topology->links, index / 2,
				      "MAC \"%s\" of %s is all zero: write one like "
				      "02:00:00:00:00:01",
				      end->mac, end->host);
	return 0;
}

static int set_mtu(const struct nst_topology *topology, size_t index,
		   struct nst_interface *interface)
{
	unsigned int mtu = topology->links[index / 2].mtu;

	interface->mtu = mtu ? mtu : MTU_DEFAULT;
	if (interface->mtu >= MTU_LEAST && interface->mtu <= MTU_MOST)
		return 0;
	return plan_fail_link(topology->links, index / 2,
			      "MTU %u: a link carries packets of %d to %d bytes", mtu,
			      MTU_LEAST, MTU_MOST);
}

/* ---- Which node has which ---- */

static int attach_interfaces(struct nst_plan *plan, const struct nst_topology *topology)
{
	struct nst_node *node;

	for (size_t i = 0; i < plan->interface_count; i++) {
		struct nst_interface *interface = &plan->interfaces[i];

		interface->node = plan_find_node(plan, plan_end(topology, i)->host);
		interface->link = i / 2;
		interface->peer = i ^ 1;
		plan->nodes[interface->node].interface_count++;
	}
	for (size_t i = 0; i < plan->node_count; i++) {
		node = &plan->nodes[i];
		if (node->kind == NST_SWITCH && node->interface_count > MOST_PORTS)
			return plan_fail_host(
				node->name,
				"a switch has at most %d ports, this one has "
				"%zu: share them among several switches",
				MOST_PORTS, node->interface_count);
		node->interfaces =
			calloc(node->interface_count + 1, sizeof(*node->interfaces));
		if (!node->interfaces)
			return nst_fail_memory();
		node->interface_count = 0;
	}
	for (size_t i = 0; i < plan->interface_count; i++) {
		node = &plan->nodes[plan->interfaces[i].node];
		node->interfaces[node->interface_count++] = i;
	}
	return 0;
}

/* ---- The outside of a NAT router ---- */

/* By the interface's name, or by the host at the other end of its link. */
static size_t find_outside(const struct nst_plan *plan, const struct nst_node *node,
			   const char *outside)
{
	size_t found = PLAN_NONE;

	for (size_t i = 0; i < node->interface_count; i++) {
		size_t index = node->interfaces[i];
		size_t peer = plan->interfaces[index].peer;

		if (strcmp(plan->interfaces[index].name, outside) == 0)
			return index;
		if (strcmp(plan->nodes[plan->interfaces[peer].node].name, outside) == 0)
			found = index;
	}
	return found;
}

static int set_outside(const struct nst_plan *plan, const struct nst_topology *topology,
		       struct nst_node *node)
{
	/* Only declared hosts can be NAT routers, and those are the first nodes. */
	const char *outside = topology->hosts[node - plan->nodes].outside;

	if (node->interface_count < 2)
		return plan_fail_host(node->name,
				      "a NAT router has at least two links: its "
				      "outside, and what is behind it");
	node->outside = node->interfaces[node->interface_count - 1];
	if (!outside)
		return 0;
	node->outside = find_outside(plan, node, outside);
	if (node->outside != PLAN_NONE)
		return 0;
	return plan_fail_host(
		node->name,
		"outside \"%s\" is neither an interface of it nor the host "
		"at the other end of a link of it",
		outside);
}

int plan_make_interfaces(struct nst_plan *plan, const struct nst_topology *topology)
{
	int r = attach_interfaces(plan, topology);

	for (size_t i = 0; r == 0 && i < plan->interface_count; i++) {
		r = set_mac(topology, i, &plan->interfaces[i]);
		if (r == 0)
			r = set_mtu(topology, i, &plan->interfaces[i]);
	}
	for (size_t i = 0; r == 0 && i < plan->node_count; i++) {
		r = name_interfaces(plan, topology, &plan->nodes[i]);
		if (r == 0 && plan->nodes[i].kind == NST_NAT_ROUTER)
			r = set_outside(plan, topology, &plan->nodes[i]);
	}
	return r;
}
