/* SPDX-License-Identifier: MIT */
/* Addresses: text and back, subnets, and those of the plan's interfaces. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>

#include "plan_parts.h"

enum { MTU_LEAST_IPV6 = 1280 }; /* RFC 8200, section 5 */

size_t plan_address_size(int family)
{
	return family == AF_INET ? 4 : 16;
}

int plan_compare_addresses(const struct nst_address *a, const struct nst_address *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return memcmp(a->bytes, b->bytes, plan_address_size(a->family));
}

char *nst_address_print(const struct nst_address *address, char *text)
{
	if (!inet_ntop(address->family, address->bytes, text, INET6_ADDRSTRLEN))
		strcpy(text, "?");
	return text;
}

/* "24" of "10.0.0.1/24". */
static int parse_prefix(const char *text, unsigned int most, unsigned int *ret_prefix)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || value > most)
		return nst_fail(-EINVAL, "a prefix is a number from 0 to %u", most);
	*ret_prefix = (unsigned int)value;
	return 0;
}

int nst_address_parse(const char *text, struct nst_address *ret_address)
{
	const char *slash = strchr(text, '/');
	char *host AUTO_FREE = strndup(text, strcspn(text, "/"));
	struct nst_address address = { 0 };
	int r;

	if (!host)
		return nst_fail_memory();
	if (inet_pton(AF_INET, host, address.bytes) == 1)
		address.family = AF_INET;
	else if (inet_pton(AF_INET6, host, address.bytes) == 1)
		address.family = AF_INET6;
	else
		return nst_fail(-EINVAL,
				"\"%s\" is not an address: write one like 10.0.0.1 or "
				"fd00::1",
				text);
	address.prefix = (unsigned int)plan_address_size(address.family) * 8;
	if (slash) {
		r = parse_prefix(slash + 1, address.prefix, &address.prefix);
		if (r < 0)
			return nst_fail_in(r, "address \"%s\"", text);
	}
	*ret_address = address;
	return 0;
}

/* ---- Subnets ---- */

/* The bits of byte `i` that belong to a prefix. */
static uint8_t mask_byte(unsigned int prefix, size_t i)
{
	if (prefix >= 8 * (i + 1))
		return 0xff;
	if (prefix <= 8 * i)
		return 0;
	return (uint8_t)(0xff00 >> (prefix - 8 * i));
}

struct nst_address plan_subnet(const struct nst_address *address)
{
	struct nst_address subnet = *address;

	for (size_t i = 0; i < sizeof(subnet.bytes); i++)
		subnet.bytes[i] &= mask_byte(subnet.prefix, i);
	return subnet;
}

bool plan_subnet_has(const struct nst_address *subnet,
		     const struct nst_address *address)
{
	if (subnet->family != address->family)
		return false;
	for (size_t i = 0; 8 * i < subnet->prefix; i++)
		if ((subnet->bytes[i] ^ address->bytes[i]) &
		    mask_byte(subnet->prefix, i))
			return false;
	return true;
}

bool plan_is_link_local(const struct nst_address *address)
{
	return address->family == AF_INET6 && address->bytes[0] == 0xfe &&
	       (address->bytes[1] & 0xc0) == 0x80;
}

/* ---- Addresses of interfaces ---- */

/* Whether all bits behind the prefix are `bit`. */
static bool host_bits_are(const struct nst_address *address, int bit)
{
	for (size_t i = 0; i < plan_address_size(address->family); i++) {
		uint8_t host = (uint8_t)~mask_byte(address->prefix, i);

		if ((address->bytes[i] & host) != (bit ? host : 0))
			return false;
	}
	return true;
}

/* What the address is that makes it no host's, or NULL. */
static const char *address_fault(const struct nst_address *address)
{
	static const uint8_t zero[16], loopback6[16] = { [15] = 1 };
	bool v4 = address->family == AF_INET;
	const uint8_t *bytes = address->bytes;
	unsigned int host_bits = (v4 ? 32 : 128) - address->prefix;

	if (address->prefix == 0)
		return "a prefix of 0 makes the whole world one link";
	if (memcmp(bytes, zero, v4 ? 4 : 16) == 0)
		return "that means \"no address\"";
	if (v4 ? bytes[0] == 127 : memcmp(bytes, loopback6, 16) == 0)
		return "that is a loopback address, which every host has at lo";
	if (v4 ? (bytes[0] & 0xf0) == 0xe0 : bytes[0] == 0xff)
		return "that is a multicast address";
	if (host_bits >= 2 && host_bits_are(address, 0))
		return v4 ? "that is the network's own address"
			  : "that is the anycast address of the subnet's routers";
	if (v4 && host_bits >= 2 && host_bits_are(address, 1))
		return "that is the network's broadcast address";
	return NULL;
}

static int parse_one(const struct nst_topology *topology, size_t interface,
		     const char *text, struct nst_address *ret_address)
{
	const char *host = plan_end(topology, interface)->host;
	char example[INET6_ADDRSTRLEN];
	const char *fault;
	int r = nst_address_parse(text, ret_address);

	if (r < 0)
		return nst_fail_in(r, "link %zu (%s -- %s): address of %s",
				   interface / 2 + 1,
				   plan_end(topology, interface & ~1UL)->host,
				   plan_end(topology, interface | 1)->host, host);
	if (!strchr(text, '/'))
		return plan_fail_link(topology->links, interface / 2,
				      "address \"%s\" of %s has no prefix: write %s/%s",
				      text, host,
				      nst_address_print(ret_address, example),
				      ret_address->family == AF_INET ? "24" : "64");
	fault = address_fault(ret_address);
	if (!fault)
		return 0;
	return plan_fail_link(topology->links, interface / 2,
			      "address \"%s\" of %s: %s; give it a host's", text, host,
			      fault);
}

static char *trim(char *text)
{
	size_t length;

	text += strspn(text, " \t\n");
	length = strlen(text);
	while (length > 0 && strchr(" \t\n", text[length - 1]))
		length--;
	text[length] = '\0';
	return text;
}

static int parse_list(struct nst_interface *interface,
		      const struct nst_topology *topology, size_t index)
{
	const char *list = plan_end(topology, index)->addresses;
	char *copy AUTO_FREE = strdup(list);
	size_t commas = 0;
	char *rest, *item;
	int r;

	if (!copy)
		return nst_fail_memory();
	rest = trim(copy);
	if (*rest == '\0')
		return 0;
	for (const char *c = rest; *c; c++)
		commas += *c == ',';
	interface->addresses = calloc(commas + 1, sizeof(*interface->addresses));
	if (!interface->addresses)
		return nst_fail_memory();
	while ((item = strsep(&rest, ","))) {
		item = trim(item);
		if (*item == '\0')
			return plan_fail_link(
				topology->links, index / 2,
				"addresses \"%s\" of %s: a comma too many", list,
				plan_end(topology, index)->host);
		r = parse_one(topology, index, item,
			      &interface->addresses[interface->address_count]);
		if (r < 0)
			return r;
		interface->address_count++;
	}
	return 0;
}

static int check_fit(const struct nst_plan *plan, const struct nst_topology *topology,
		     size_t index)
{
	const struct nst_interface *interface = &plan->interfaces[index];
	const struct nst_node *node = &plan->nodes[interface->node];

	if (node->kind == NST_SWITCH && interface->address_count > 0)
		return plan_fail_link(
			topology->links, index / 2,
			"%s is a switch and has no addresses: remove \"%s\", or "
			"make it a router",
			node->name, plan_end(topology, index)->addresses);
	for (size_t i = 0; i < interface->address_count; i++)
		if (interface->addresses[i].family == AF_INET6 &&
		    interface->mtu < MTU_LEAST_IPV6)
			return plan_fail_link(
				topology->links, index / 2,
				"MTU %u, but IPv6 at %s needs at least %d",
				interface->mtu, node->name, MTU_LEAST_IPV6);
	return 0;
}

int plan_make_addresses(struct nst_plan *plan, const struct nst_topology *topology)
{
	int r;

	for (size_t i = 0; i < plan->interface_count; i++) {
		struct nst_interface *interface = &plan->interfaces[i];
		struct nst_node *node = &plan->nodes[interface->node];

		if (!plan_end(topology, i)->addresses)
			continue;
		r = parse_list(interface, topology, i);
		if (r == 0)
			r = check_fit(plan, topology, i);
		if (r < 0)
			return r;
		for (size_t j = 0; j < interface->address_count; j++)
			*(interface->addresses[j].family == AF_INET ? &node->has_ipv4
								    : &node->has_ipv6) =
				true;
	}
	return 0;
}

/* ---- Who has which ---- */

const struct nst_address *nst_plan_address_of(const struct nst_plan *plan, size_t node,
					      int family)
{
	const struct nst_node *owner = &plan->nodes[node];

	for (size_t i = 0; i < owner->interface_count; i++) {
		const struct nst_interface *interface =
			&plan->interfaces[owner->interfaces[i]];

		for (size_t j = 0; j < interface->address_count; j++)
			if (interface->addresses[j].family == family)
				return &interface->addresses[j];
	}
	return NULL;
}

size_t nst_plan_owner(const struct nst_plan *plan, const struct nst_address *address)
{
	size_t best = PLAN_NONE;

	for (size_t i = 0; i < plan->interface_count; i++) {
		const struct nst_interface *interface = &plan->interfaces[i];

		for (size_t j = 0; j < interface->address_count; j++)
			if (interface->node < best &&
			    plan_compare_addresses(&interface->addresses[j], address) ==
				    0)
				best = interface->node;
	}
	return best;
}
