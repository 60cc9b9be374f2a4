/* SPDX-License-Identifier: MIT */
/* Links, addresses and routes of the plan, made real.
 *
 * One batch of netlink messages per host and step. A veth pair is created in place: the
 * request is made in the host of one end and names the namespace of the other, so that
 * nothing is ever moved. IFF_UP for the peer inside such a request fails with ENOTCONN
 * (drivers/net/veth.c), hence the second step.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>

#include "impairments.h"
#include "links.h"
#include "netlink.h"

static struct netlink_purpose purpose_of(const struct nst_inside *inside,
					 const char *what,
					 const struct nst_interface *interface)
{
	return (struct netlink_purpose){ what,
					 inside->plan->nodes[interface->node].name,
					 interface->name };
}

/* What both ends of a link say about themselves. One queue each: a veth would take as
 * many as there are processors. */
static void put_end(struct netlink_batch *batch, const struct nst_interface *interface)
{
	netlink_put_text(batch, IFLA_IFNAME, interface->name);
	netlink_put(batch, IFLA_ADDRESS, interface->mac, sizeof(interface->mac));
	netlink_put_u32(batch, IFLA_MTU, interface->mtu);
	netlink_put_u32(batch, IFLA_NUM_TX_QUEUES, 1);
	netlink_put_u32(batch, IFLA_NUM_RX_QUEUES, 1);
}

/* 02:6e:73 are hosts' (plan_interfaces.c). The ends are no neighbours of each other, so
 * one will do for all. */
static const uint8_t wire_mac[6] = { 0x02, 0x6e, 0x74 };

/* The other end of the interface's veth pair: what it is, and in which namespace. */
struct veth_peer {
	struct nst_interface end;
	int net;
};

/* Of a wired link that is not the other host's interface, but one in the wire namespace. It
 * has a MAC that nobody uses: what is for a host is then dropped there at once, after the
 * engine has seen it. */
static struct veth_peer peer_of(const struct nst_inside *inside, size_t number)
{
	const struct nst_interface *here = &inside->plan->interfaces[number];
	const struct nst_interface *there = &inside->plan->interfaces[here->peer];
	struct veth_peer peer = { *there, inside->nodes[there->node].net };

	if (nst_plan_wire(inside->plan, number / 2) == SIZE_MAX)
		return peer;
	peer.end.ifindex = impairments_ifindex(inside->plan, number);
	snprintf(peer.end.name, sizeof(peer.end.name), "wire%d", peer.end.ifindex);
	memcpy(peer.end.mac, wire_mac, sizeof(wire_mac));
	peer.net = inside->impairments->net;
	return peer;
}

static void put_veth(struct netlink_batch *batch, const struct nst_inside *inside,
		     size_t number)
{
	const struct nst_interface *interface = &inside->plan->interfaces[number];
	const struct veth_peer peer = peer_of(inside, number);
	const struct ifinfomsg here = { .ifi_index = interface->ifindex };
	const struct ifinfomsg there = { .ifi_index = peer.end.ifindex };
	size_t info, data, other;

	netlink_begin(batch, purpose_of(inside, "creating the link", interface),
		      RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &here, sizeof(here));
	put_end(batch, interface);
	info = netlink_nest(batch, IFLA_LINKINFO, NULL, 0);
	netlink_put_text(batch, IFLA_INFO_KIND, "veth");
	data = netlink_nest(batch, IFLA_INFO_DATA, NULL, 0);
	other = netlink_nest(batch, VETH_INFO_PEER, &there, sizeof(there));
	put_end(batch, &peer.end);
	netlink_put_u32(batch, IFLA_NET_NS_FD, (uint32_t)peer.net);
	netlink_nest_end(batch, other);
	netlink_nest_end(batch, data);
	netlink_nest_end(batch, info);
}

static void put_bridge(struct netlink_batch *batch, const struct nst_node *node)
{
	const struct ifinfomsg here = { .ifi_index = NST_BRIDGE_IFINDEX };
	struct netlink_purpose purpose = { "creating the bridge", node->name,
					   NST_BRIDGE_NAME };
	uint8_t off = 0;
	size_t info, data;

	netlink_begin(batch, purpose, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &here,
		      sizeof(here));
	netlink_put_text(batch, IFLA_IFNAME, NST_BRIDGE_NAME);
	info = netlink_nest(batch, IFLA_LINKINFO, NULL, 0);
	netlink_put_text(batch, IFLA_INFO_KIND, "bridge");
	data = netlink_nest(batch, IFLA_INFO_DATA, NULL, 0);
	netlink_put(batch, IFLA_BR_MCAST_SNOOPING, &off, sizeof(off));
	netlink_nest_end(batch, data);
	netlink_nest_end(batch, info);
}

int links_create(struct nst_inside *inside)
{
	struct netlink_batch batch AUTO(netlink_batch_free) = { 0 };

	for (size_t n = 0; n < inside->plan->node_count; n++) {
		const struct nst_node *node = &inside->plan->nodes[n];
		int r;

		if (node->kind == NST_SWITCH)
			put_bridge(&batch, node);
		for (size_t i = 0; i < node->interface_count; i++) {
			size_t number = node->interfaces[i];

			/* Even numbers are the `a` ends: each link is made once, but of a
			 * wired one each end has a pair of its own. */
			if (number % 2 == 0 ||
			    nst_plan_wire(inside->plan, number / 2) != SIZE_MAX)
				put_veth(&batch, inside, number);
		}
		r = batch.count ? netlink_send(&batch, inside->nodes[n].route_socket,
					       NULL, NULL)
				: 0;
		if (r < 0)
			return r;
	}
	return 0;
}

static void put_up(struct netlink_batch *batch, struct netlink_purpose purpose,
		   int ifindex, int master)
{
	const struct ifinfomsg here = { .ifi_index = ifindex,
					.ifi_flags = IFF_UP,
					.ifi_change = IFF_UP };

	netlink_begin(batch, purpose, RTM_NEWLINK, 0, &here, sizeof(here));
	if (master)
		netlink_put_u32(batch, IFLA_MASTER, (uint32_t)master);
}

static size_t size_of(int family)
{
	return family == AF_INET ? 4 : 16;
}

/* The broadcast address of an IPv4 subnet; /31 and /32 have none (RFC 3021). */
static void put_broadcast(struct netlink_batch *batch,
			  const struct nst_address *address)
{
	uint32_t value;

	if (address->family != AF_INET || address->prefix >= 31)
		return;
	memcpy(&value, address->bytes, sizeof(value));
	value |= htonl(address->prefix ? 0xffffffffU >> address->prefix : 0xffffffffU);
	netlink_put_u32(batch, IFA_BROADCAST, value);
}

static void put_address(struct netlink_batch *batch, struct netlink_purpose purpose,
			int ifindex, const struct nst_address *address)
{
	const struct ifaddrmsg here = { .ifa_family = (uint8_t)address->family,
					.ifa_prefixlen = (uint8_t)address->prefix,
					.ifa_flags = IFA_F_NODAD | IFA_F_PERMANENT,
					.ifa_index = (uint32_t)ifindex };

	netlink_begin(batch, purpose, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &here,
		      sizeof(here));
	netlink_put(batch, IFA_LOCAL, address->bytes, size_of(address->family));
	netlink_put(batch, IFA_ADDRESS, address->bytes, size_of(address->family));
	put_broadcast(batch, address);
}

static void put_route(struct netlink_batch *batch, const struct nst_inside *inside,
		      const struct nst_route *route)
{
	const struct nst_interface *out = &inside->plan->interfaces[route->interface];
	const struct rtmsg here = { .rtm_family = (uint8_t)route->family,
				    .rtm_dst_len = (uint8_t)route->to.prefix,
				    .rtm_table = RT_TABLE_MAIN,
				    .rtm_protocol = RTPROT_STATIC,
				    .rtm_scope = RT_SCOPE_UNIVERSE,
				    .rtm_type = RTN_UNICAST };

	netlink_begin(batch, purpose_of(inside, "adding a route", out), RTM_NEWROUTE,
		      NLM_F_CREATE | NLM_F_EXCL, &here, sizeof(here));
	if (route->to.prefix)
		netlink_put(batch, RTA_DST, route->to.bytes, size_of(route->family));
	netlink_put(batch, RTA_GATEWAY, route->via.bytes, size_of(route->family));
	netlink_put_u32(batch, RTA_OIF, (uint32_t)out->ifindex);
}

static void put_node_up(struct netlink_batch *batch, const struct nst_inside *inside,
			const struct nst_node *node)
{
	const struct nst_plan *plan = inside->plan;
	int master = node->kind == NST_SWITCH ? NST_BRIDGE_IFINDEX : 0;

	put_up(batch, (struct netlink_purpose){ "taking it up", node->name, "lo" }, 1,
	       0);
	if (master)
		put_up(batch,
		       (struct netlink_purpose){ "taking it up", node->name,
						 NST_BRIDGE_NAME },
		       master, 0);
	for (size_t i = 0; i < node->interface_count; i++) {
		const struct nst_interface *interface =
			&plan->interfaces[node->interfaces[i]];

		put_up(batch, purpose_of(inside, "taking it up", interface),
		       interface->ifindex, master);
		for (size_t a = 0; a < interface->address_count; a++)
			put_address(batch,
				    purpose_of(inside, "adding an address", interface),
				    interface->ifindex, &interface->addresses[a]);
	}
	for (size_t i = 0; i < node->route_count; i++)
		put_route(batch, inside, &node->routes[i]);
}

int links_wires_set(struct nst_inside *inside, size_t first, size_t count, bool up)
{
	struct netlink_batch batch AUTO(netlink_batch_free) = { 0 };

	for (size_t i = 2 * first; i < 2 * (first + count); i++) {
		const struct ifinfomsg here = { .ifi_index = NST_WIRE_IFINDEX + (int)i,
						.ifi_flags = up ? IFF_UP : 0,
						.ifi_change = IFF_UP };

		netlink_begin(&batch,
			      (struct netlink_purpose){ up ? "taking it up"
							   : "taking it down",
							LINKS_WIRE_PLACE, NULL },
			      RTM_NEWLINK, 0, &here, sizeof(here));
	}
	return count ? netlink_send(&batch, inside->impairments->route_socket, NULL,
				    NULL)
		     : 0;
}

int links_up(struct nst_inside *inside)
{
	struct netlink_batch batch AUTO(netlink_batch_free) = { 0 };
	int r = links_wires_set(inside, 0, inside->plan->wire_count, true);

	if (r < 0)
		return r;
	for (size_t n = 0; n < inside->plan->node_count; n++) {
		put_node_up(&batch, inside, &inside->plan->nodes[n]);
		r = netlink_send(&batch, inside->nodes[n].route_socket, NULL, NULL);
		if (r < 0)
			return r;
	}
	return 0;
}
