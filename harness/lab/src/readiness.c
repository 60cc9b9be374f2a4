/* SPDX-License-Identifier: MIT */
/* When a lab that was just built may be used.
 *
 * An interface whose "up" was acknowledged gets its carrier from a work queue
 * (net/core/link_watch.c), and the local route of an IPv6 address appears when the work
 * of duplicate detection ran, even where that is switched off (net/ipv6/addrconf.c,
 * addrconf_dad_work()). Until then the first packet is lost: a second until TCP tries
 * again. So we ask until the operational state of every interface is UP and every IPv6
 * address has its local route. Asking costs 10 us a host and is nearly always answered
 * "yes" the first or second time; being told (RTNLGRP_LINK) would double the netlink
 * traffic of a large lab and overflow at a switch of 1,000 ports.
 */
#include <errno.h>
#include <linux/if.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>

#include <base/fail.h>
#include <base/scope.h>

#include "impairments.h"
#include "links.h"
#include "netlink.h"

enum { READY_TIMEOUT_S = 20, MOST_PAUSE_US = 1000 };

/* How many of a host's interfaces and addresses answered that they are ready. */
struct tally {
	size_t ready;
};

static const void *find(const struct nlmsghdr *reply, size_t body, int type)
{
	struct rtattr *attribute =
		(struct rtattr *)((char *)NLMSG_DATA(reply) + NLMSG_ALIGN(body));
	int left = (int)NLMSG_PAYLOAD(reply, body);

	for (; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left))
		if (attribute->rta_type == type)
			return RTA_DATA(attribute);
	return NULL;
}

static void count_ready(const struct nlmsghdr *reply, void *context)
{
	struct tally *tally = context;

	if (reply->nlmsg_type == RTM_NEWLINK) {
		const uint8_t *state =
			find(reply, sizeof(struct ifinfomsg), IFLA_OPERSTATE);

		tally->ready += state && *state == IF_OPER_UP;
	} else if (reply->nlmsg_type == RTM_NEWROUTE) {
		const struct rtmsg *route = NLMSG_DATA(reply);

		tally->ready += route->rtm_type == RTN_LOCAL;
	}
}

static void ask_address(struct netlink_batch *batch, struct netlink_purpose purpose,
			const struct nst_address *address)
{
	const struct rtmsg here = { .rtm_family = AF_INET6, .rtm_dst_len = 128 };

	netlink_begin(batch, purpose, RTM_GETROUTE, 0, &here, sizeof(here));
	netlink_put(batch, RTA_DST, address->bytes, sizeof(address->bytes));
}

/* Asks about every interface and IPv6 address of the node; the number of questions. */
static size_t ask(struct netlink_batch *batch, const struct nst_inside *inside,
		  const struct nst_node *node)
{
	const struct nst_plan *plan = inside->plan;
	size_t questions = 0;

	for (size_t i = 0; i < node->interface_count; i++) {
		const struct nst_interface *interface =
			&plan->interfaces[node->interfaces[i]];
		const struct ifinfomsg here = { .ifi_index = interface->ifindex };
		struct netlink_purpose purpose = { "asking whether it is up",
						   node->name, interface->name };

		if (inside->link_down[interface->link])
			continue;
		netlink_begin(batch, purpose, RTM_GETLINK, 0, &here, sizeof(here));
		netlink_put_u32(batch, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
		questions++;
		for (size_t a = 0; a < interface->address_count; a++) {
			if (interface->addresses[a].family != AF_INET6)
				continue;
			ask_address(batch, purpose, &interface->addresses[a]);
			questions++;
		}
	}
	return questions;
}

/* Both ends of so many wires, in their own namespace. */
struct wires {
	size_t first, count;
};

static size_t ask_wires(struct netlink_batch *batch, const struct nst_inside *inside,
			const struct wires *wires)
{
	size_t questions = 0;

	for (size_t i = 2 * wires->first; i < 2 * (wires->first + wires->count); i++) {
		const struct ifinfomsg here = { .ifi_index =
							NST_WIRE_IFINDEX + (int)i };

		if (inside->link_down[inside->plan->wires[i / 2].link])
			continue;
		netlink_begin(batch,
			      (struct netlink_purpose){ "asking whether it is up",
							LINKS_WIRE_PLACE, NULL },
			      RTM_GETLINK, 0, &here, sizeof(here));
		netlink_put_u32(batch, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
		questions++;
	}
	return questions;
}

static void pause_us(long us)
{
	const struct timespec time = { .tv_nsec = us * 1000 };

	ppoll(NULL, 0, &time, NULL);
}

/* Asks until all answers are yes: of a node, or of wires. */
static int await(struct nst_inside *inside, const struct nst_node *node,
		 const struct wires *wires, int socket, struct netlink_batch *batch,
		 time_t deadline)
{
	struct timespec now;

	for (long wait_us = 20;;
	     wait_us = wait_us < MOST_PAUSE_US ? wait_us * 2 : wait_us) {
		struct tally tally = { 0 };
		size_t questions = node ? ask(batch, inside, node)
					: ask_wires(batch, inside, wires);
		int r = questions ? netlink_send(batch, socket, count_ready, &tally)
				  : 0;

		/* An address without its local route may be unreachable for a moment.
		 */
		if (r < 0 && r != -ENETUNREACH && r != -EHOSTUNREACH)
			return r;
		if (r == 0 && tally.ready == questions)
			return 0;
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (now.tv_sec > deadline)
			return nst_fail(
				-ETIMEDOUT,
				"host \"%s\": only %zu of %zu interfaces and IPv6 "
				"addresses were ready after %d s",
				node ? node->name : LINKS_WIRE_PLACE, tally.ready,
				questions, READY_TIMEOUT_S);
		pause_us(wait_us);
	}
}

static int await_node(struct nst_inside *inside, size_t n, struct netlink_batch *batch,
		      time_t deadline)
{
	return await(inside, &inside->plan->nodes[n], NULL,
		     inside->nodes[n].route_socket, batch, deadline);
}

static time_t deadline_from_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + READY_TIMEOUT_S;
}

int links_await_node(struct nst_inside *inside, size_t node)
{
	struct netlink_batch batch AUTO(netlink_batch_free) = { 0 };

	return await_node(inside, node, &batch, deadline_from_now());
}

int links_await_wires(struct nst_inside *inside, size_t first, size_t count)
{
	struct netlink_batch batch AUTO(netlink_batch_free) = { 0 };
	const struct wires wires = { first, count };

	return count ? await(inside, NULL, &wires, inside->impairments->route_socket,
			     &batch, deadline_from_now())
		     : 0;
}

int links_await_ready(struct nst_inside *inside)
{
	struct netlink_batch batch AUTO(netlink_batch_free) = { 0 };
	time_t deadline = deadline_from_now();
	int r = links_await_wires(inside, 0, inside->plan->wire_count);

	for (size_t n = 0; n < inside->plan->node_count && r == 0; n++)
		r = await_node(inside, n, &batch, deadline);
	return r;
}
