/* SPDX-License-Identifier: MIT */
/* Links taken down and up again, as pulling the cable does.
 *
 * A veth end loses its carrier when the other end is taken down, and keeps addresses
 * and routes; the end that is taken down loses IPv6 addresses and routes
 * (net/ipv6/addrconf.c, net/ipv4/fib_frontend.c), and veth offers no other way (no
 * IFLA_CARRIER, no protodown). So the end that matters least goes down, a switch's port
 * before a router's before a host's, and what it lost is written down before and put
 * back after. Impaired links have ends that matter to nobody.
 */
#include <errno.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <base/fail.h>
#include <base/scope.h>

#include "links.h"
#include "neighbours.h"
#include "netlink.h"

/* Which end of a link was taken down, and its addresses and routes as the kernel told
 * them. */
struct link_memory {
	const struct nst_interface *end;
	uint8_t *messages;
	size_t size;
	bool failed;
};

/* ---- In the lab process ---- */

static bool belongs(const struct nlmsghdr *message, const struct link_memory *memory)
{
	const struct rtattr *attribute;
	const struct rtmsg *route = NLMSG_DATA(message);
	const struct ifaddrmsg *address = NLMSG_DATA(message);
	int left = (int)RTM_PAYLOAD(message);

	if (message->nlmsg_type == RTM_NEWADDR)
		return address->ifa_index == (uint32_t)memory->end->ifindex &&
		       address->ifa_scope != RT_SCOPE_LINK;
	/* Those of the kernel come back by themselves, with addresses and carrier. */
	if (message->nlmsg_type != RTM_NEWROUTE ||
	    route->rtm_protocol == RTPROT_KERNEL || route->rtm_table == RT_TABLE_LOCAL)
		return false;
	for (attribute = RTM_RTA(route); RTA_OK(attribute, left);
	     attribute = RTA_NEXT(attribute, left))
		if (attribute->rta_type == RTA_OIF)
			return *(const int *)RTA_DATA(attribute) ==
			       memory->end->ifindex;
	return false;
}

static void remember(const struct nlmsghdr *message, void *context)
{
	struct link_memory *memory = context;
	size_t size = NLMSG_ALIGN(message->nlmsg_len);
	uint8_t *grown;

	if (!belongs(message, memory))
		return;
	grown = realloc(memory->messages, memory->size + size);
	if (!grown) {
		memory->failed = true;
		return;
	}
	memory->messages = grown;
	memcpy(memory->messages + memory->size, message, message->nlmsg_len);
	memory->size += size;
}

static int remember_all(int fd, struct link_memory *memory)
{
	static const int families[] = { AF_INET, AF_INET6 };
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(families) && r == 0; i++) {
		struct ifaddrmsg addresses = { .ifa_family = (uint8_t)families[i] };

		r = netlink_dump(fd, RTM_GETADDR, &addresses, sizeof(addresses),
				 remember, memory);
	}
	for (size_t i = 0; i < ARRAY_SIZE(families) && r == 0; i++) {
		struct rtmsg routes = { .rtm_family = (uint8_t)families[i] };

		r = netlink_dump(fd, RTM_GETROUTE, &routes, sizeof(routes), remember,
				 memory);
	}
	return r == 0 && memory->failed ? nst_fail_memory() : r;
}

static void put_flags(struct netlink_batch *batch, struct netlink_purpose purpose,
		      int ifindex, unsigned int flags)
{
	const struct ifinfomsg here = { .ifi_index = ifindex,
					.ifi_flags = flags,
					.ifi_change = IFF_UP };

	netlink_begin(batch, purpose, RTM_NEWLINK, 0, &here, sizeof(here));
}

/* Puts one remembered message into a batch: header and attributes as they were told. */
static void put_back(struct netlink_batch *batch, struct netlink_purpose purpose,
		     const struct nlmsghdr *message)
{
	struct ifaddrmsg *address = NLMSG_DATA(message);

	if (message->nlmsg_type == RTM_NEWADDR)
		address->ifa_flags |= IFA_F_NODAD;
	netlink_begin(batch, purpose, message->nlmsg_type, NLM_F_CREATE | NLM_F_REPLACE,
		      NLMSG_DATA(message), message->nlmsg_len - NLMSG_HDRLEN);
}

static int take_down(struct nst_inside *inside, const struct nst_interface *end)
{
	struct netlink_batch batch AUTO(netlink_batch_free) = { 0 };
	struct link_memory *memory = calloc(1, sizeof(*memory));
	int fd = inside->nodes[end->node].route_socket;
	struct netlink_purpose purpose = { "taking it down",
					   inside->plan->nodes[end->node].name,
					   end->name };
	int r;

	if (!memory)
		return nst_fail_memory();
	memory->end = end;
	inside->link_memory[end->link] = memory;
	r = remember_all(fd, memory);
	put_flags(&batch, purpose, end->ifindex, 0);
	return r < 0 ? r : netlink_send(&batch, fd, NULL, NULL);
}

static int take_up(struct nst_inside *inside, size_t link)
{
	struct netlink_batch batch AUTO(netlink_batch_free) = { 0 };
	struct link_memory *memory = inside->link_memory[link];
	const struct nst_interface *end = memory->end;
	struct netlink_purpose purpose = { "taking it up",
					   inside->plan->nodes[end->node].name,
					   end->name };
	int r;

	put_flags(&batch, purpose, end->ifindex, IFF_UP);
	purpose.what = "restoring an address or route";
	for (size_t at = 0; at < memory->size;) {
		const struct nlmsghdr *message =
			(const struct nlmsghdr *)(memory->messages + at);

		put_back(&batch, purpose, message);
		at += NLMSG_ALIGN(message->nlmsg_len);
	}
	r = netlink_send(&batch, inside->nodes[end->node].route_socket, NULL, NULL);
	free(memory->messages);
	free(memory);
	inside->link_memory[link] = NULL;
	return r;
}

struct carrier_request {
	size_t interface; /* the end that goes down */
	bool up;
};

/* A wired link has two ends that are nobody's: these go down, and no host loses anything
 * but its carrier. */
static int set_wire(struct nst_inside *inside, size_t link, bool up)
{
	size_t wire = nst_plan_wire(inside->plan, link);
	int r = links_wires_set(inside, wire, 1, up);

	if (r < 0)
		return r;
	inside->link_down[link] = !up;
	return links_await_wires(inside, wire, 1);
}

static int set_pair(struct nst_inside *inside, const struct nst_interface *end, bool up)
{
	int r = up ? take_up(inside, end->link) : take_down(inside, end);

	if (r == 0)
		inside->link_down[end->link] = !up;
	return r;
}

/* A host whose link is up again. */
static int revive(struct nst_inside *inside, const struct nst_interface *end)
{
	int r = links_await_node(inside, end->node);

	return r < 0 ? r : neighbours_forget_unresolved(inside, end);
}

static int carrier_inside(struct nst_inside *inside, struct nst_message *request,
			  struct nst_message *reply)
{
	const struct carrier_request *wish = request->data;
	const struct nst_interface *end = &inside->plan->interfaces[wish->interface];
	bool is_up = !inside->link_down[end->link];
	int r;

	(void)reply;
	if (wish->up == is_up)
		return 0;
	r = nst_plan_wire(inside->plan, end->link) == SIZE_MAX
		    ? set_pair(inside, end, wish->up)
		    : set_wire(inside, end->link, wish->up);
	if (r < 0 || !wish->up)
		return r;
	r = revive(inside, end);
	return r < 0 ? r : revive(inside, &inside->plan->interfaces[end->peer]);
}

bool nst_inside_link_is_down(const struct nst_inside *inside, size_t interface)
{
	return inside->link_down[inside->plan->interfaces[interface].link];
}

/* ---- In the caller ---- */

/* Whose end goes down: the larger. */
static int unimportance(const struct nst_plan *plan,
			const struct nst_interface *interface)
{
	switch (plan->nodes[interface->node].kind) {
	case NST_HOST:
		return 0;
	case NST_ROUTER:
	case NST_NAT_ROUTER:
		return 1;
	case NST_SWITCH:
		return 2;
	}
	return 0;
}

static int change(struct nst_lab *lab, const char *a, const char *b, bool up)
{
	const struct nst_plan *plan = lab->plan;
	size_t one, other, found = 0;
	int r = nst_plan_node(plan, a, &one);

	if (r == 0)
		r = nst_plan_node(plan, b, &other);
	for (size_t i = 0; i < plan->interface_count && r == 0; i++) {
		const struct nst_interface *here = &plan->interfaces[i];
		const struct nst_interface *there = &plan->interfaces[here->peer];
		struct carrier_request wish = { .interface = i, .up = up };

		if (here->node != one || there->node != other)
			continue;
		if (unimportance(plan, there) >= unimportance(plan, here))
			wish.interface = here->peer;
		r = nst_lab_ask(lab, carrier_inside, &wish, sizeof(wish), NULL, 0);
		found++;
	}
	if (r == 0 && !found)
		r = nst_fail(-ENOENT, "no link joins \"%s\" and \"%s\"", a, b);
	return r;
}

int nst_link_down(struct nst_lab *lab, const char *a, const char *b)
{
	return change(lab, a, b, false);
}

int nst_link_up(struct nst_lab *lab, const char *a, const char *b)
{
	return change(lab, a, b, true);
}
