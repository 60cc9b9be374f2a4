/* SPDX-License-Identifier: MIT */
/* Hosts for the networks of zones, so that there is somebody to ask. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include <base/scope.h>

#include "init_parts.h"

static bool is_known(const struct nst_zones *zones, const struct nst_net *net)
{
	for (size_t i = 0; i < zones->count; i++)
		for (size_t j = 0; j < zones->items[i].net_count; j++)
			if (zones->items[i].nets[j].prefix == net->prefix &&
			    net_contains(&zones->items[i].nets[j], net))
				return true;
	return false;
}

void zone_add_net(struct nst_zones *zones, struct nst_zone *zone,
		  const struct nst_net *net)
{
	if (!net_is_somewhere(net) || is_known(zones, net))
		return;
	if (zone->net_count == NST_ZONE_NETS_MAX)
		zones->left_out++;
	else
		zone->nets[zone->net_count++] = *net;
}

/* "lan" of "br-lan", "wan" of "wan0"; of names that say nothing, "at-eth0". */
static void name_zone(struct nst_zone *zone)
{
	static const char *const nothing[] = { "eth",      "en",   "ens", "enp", "eno",
					       "em",       "bond", "tun", "tap", "veth",
					       "firewall", "gate", NULL };
	const char *from = strncmp(zone->interface, "br-", 3) == 0 ? zone->interface + 3
								   : zone->interface;
	size_t size = strcspn(from, "0123456789.");
	struct words base = { .at = "" };

	snprintf(base.word, sizeof(base.word), "%.*s", (int)size, from);
	if (size < 2 || words_any(&base, nothing))
		snprintf(zone->name, sizeof(zone->name), "at-%s", zone->interface);
	else
		snprintf(zone->name, sizeof(zone->name), "%s", base.word);
}

static void unique_zone_names(struct nst_zones *zones)
{
	for (size_t i = 0; i < zones->count; i++) {
		name_zone(&zones->items[i]);
		for (size_t j = 0; j < i; j++)
			if (strcmp(zones->items[i].name, zones->items[j].name) == 0)
				snprintf(zones->items[i].name,
					 sizeof(zones->items[i].name), "at-%s",
					 zones->items[i].interface);
	}
}

static struct nst_net numbered(const struct nst_net *net, unsigned int number)
{
	struct nst_net address = *net;
	unsigned int last = net_bits(net) / 8 - 1;

	address.bytes[last] = (unsigned char)(address.bytes[last] | number);
	return address;
}

/* The number of a host in the upper half, so that a rule for the lower half only is not
 * taken for one for the whole network. */
static unsigned int somebody(const struct nst_net *net)
{
	unsigned int wide = net_bits(net) - net->prefix;

	return (wide > 8 ? 256u : 1u << wide) * 3 / 4;
}

static void add_host(struct nst_zone *zone, const char *name,
		     const struct nst_net *address, const struct nst_net *gate)
{
	struct nst_zone_host *host = &zone->hosts[zone->host_count++];

	*host = (struct nst_zone_host){ .address = *address, .gate = *gate };
	snprintf(host->name, sizeof(host->name), "%s", name);
}

static bool is_taken(const struct nst_zones *zones, const struct nst_net *address)
{
	for (size_t i = 0; i < zones->count; i++)
		for (size_t j = 0; j < zones->items[i].host_count; j++)
			if (memcmp(zones->items[i].hosts[j].address.bytes,
				   address->bytes, net_bits(address) / 8) == 0)
				return true;
	return false;
}

static bool is_own(const struct nst_zone *zone, const struct nst_net *address)
{
	for (size_t i = 0; i < zone->own_count; i++)
		if (memcmp(zone->own[i].bytes, address->bytes,
			   sizeof(address->bytes)) == 0)
			return true;
	return false;
}

/* A host for a network or an address; the gate is the first, or the second. */
static void people_net(struct nst_zones *zones, struct nst_zone *zone,
		       const struct nst_net *named, size_t number)
{
	bool one = named->prefix == net_bits(named);
	struct nst_net net = net_played(named), address, gate = numbered(&net, 1);
	char name[64];

	address = one ? *named : numbered(&net, somebody(&net));
	address.prefix = net.prefix;
	if (is_own(zone, &address))
		address = numbered(&net, somebody(&net) + 1);
	if (memcmp(address.bytes, gate.bytes, sizeof(gate.bytes)) == 0)
		gate = numbered(&net, 2);
	for (size_t i = 0; i < zone->own_count; i++)
		if (net_contains(&net, &zone->own[i]))
			memcpy(gate.bytes, zone->own[i].bytes, sizeof(gate.bytes));
	if (is_taken(zones, &address))
		return;
	if (number)
		snprintf(name, sizeof(name), "%s-%zu", zone->name, number + 1);
	else
		snprintf(name, sizeof(name), "%s", zone->name);
	add_host(zone, name, &address, &gate);
}

/* Where rules name no network: a network that no rule knows. */
static struct nst_net made_up(size_t zone, int family)
{
	struct nst_net net = { .family = family,
			       .prefix = family == AF_INET ? 24 : 64 };
	char text[64];

	snprintf(text, sizeof(text),
		 family == AF_INET ? "172.31.%zu.0" : "fd31:0:0:%zx::", zone + 1);
	inet_pton(family, text, net.bytes);
	return net;
}

static bool has_family(const struct nst_zone *zone, int family)
{
	for (size_t i = 0; i < zone->host_count; i++)
		if (zone->hosts[i].address.family == family)
			return true;
	return false;
}

static void people(struct nst_zones *zones, size_t index)
{
	struct nst_zone *zone = &zones->items[index];
	struct nst_net other;

	for (size_t i = 0; i < zone->net_count; i++)
		people_net(zones, zone, &zone->nets[i], zone->host_count);
	for (size_t i = 0; i < zone->own_count; i++) {
		other = net_played(&zone->own[i]);
		people_net(zones, zone, &other, zone->host_count);
	}
	other = made_up(index, AF_INET);
	if (zones->has_ipv4 && !has_family(zone, AF_INET))
		people_net(zones, zone, &other, zone->host_count);
	other = made_up(index, AF_INET6);
	if (zones->has_ipv6 && !has_family(zone, AF_INET6))
		people_net(zones, zone, &other, zone->host_count);
}

/* In front of a firewall that is no router: those it knows, and a stranger. */
static void people_around_host(struct nst_zones *zones)
{
	static const char *const names[] = { "outside", "eth1" };
	struct nst_zone *zone = &zones->items[0];
	struct nst_net other = made_up(0, zones->has_ipv4 ? AF_INET : AF_INET6);

	for (size_t i = 1; i < zones->count; i++)
		for (size_t j = 0; j < zones->items[i].net_count; j++)
			zone_add_net(zones, zone, &zones->items[i].nets[j]);
	zones->count = 1;
	strcpy(zones->interface, zone->interface);
	strcpy(zone->name, names[0]);
	strcpy(zone->interface, names[1]);
	for (size_t i = 0; i < zone->net_count; i++)
		people_net(zones, zone, &zone->nets[i], i + 1);
	people_net(zones, zone, &other, 0);
}
void zones_people(struct nst_zones *zones)
{
	if (!zones->routes) {
		people_around_host(zones);
		return;
	}
	unique_zone_names(zones);
	for (size_t i = 0; i < zones->count; i++)
		people(zones, i);
}
