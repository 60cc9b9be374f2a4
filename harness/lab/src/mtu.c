/* SPDX-License-Identifier: MIT */
/* The MTU of a link, changed while the lab lives: at all its ends at once. */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <base/fail.h>
#include <base/scope.h>

#include "impairments.h"
#include "netlink.h"
#include "state.h"

enum { LEAST = 68, LEAST_IPV6 = 1280, MOST = 65535 };

struct mtu_request {
	size_t interface; /* one of its ends */
	unsigned int mtu;
};

/* ---- In the lab process ---- */

static void put_mtu(struct netlink_batch *batch, struct netlink_purpose purpose,
		    int ifindex, unsigned int mtu)
{
	const struct ifinfomsg here = { .ifi_index = ifindex };

	netlink_begin(batch, purpose, RTM_NEWLINK, 0, &here, sizeof(here));
	netlink_put_u32(batch, IFLA_MTU, mtu);
}

static int set_end(struct nst_inside *inside, size_t number, unsigned int mtu)
{
	struct netlink_batch batch AUTO(netlink_batch_free) = { 0 };
	const struct nst_interface *end = &inside->plan->interfaces[number];
	const struct netlink_purpose purpose = { "setting its MTU",
						 inside->plan->nodes[end->node].name,
						 end->name };
	int r;

	if (impairments_wire(inside, number)) {
		put_mtu(&batch, purpose, impairments_ifindex(inside->plan, number),
			mtu);
		r = netlink_send(&batch, inside->impairments->route_socket, NULL, NULL);
		if (r < 0)
			return r;
	}
	put_mtu(&batch, purpose, end->ifindex, mtu);
	return netlink_send(&batch, inside->nodes[end->node].route_socket, NULL, NULL);
}

static int mtu_inside(struct nst_inside *inside, struct nst_message *request,
		      struct nst_message *reply)
{
	const struct mtu_request *asked = request->data;
	size_t peer = inside->plan->interfaces[asked->interface].peer;
	int r = set_end(inside, asked->interface, asked->mtu);

	(void)reply;
	return r < 0 ? r : set_end(inside, peer, asked->mtu);
}

/* ---- In the caller ---- */

/* Below 1280 the kernel takes all IPv6 addresses away (net/ipv6/addrconf.c,
 * addrconf_notify()). */
static int check(const struct nst_plan *plan, const struct nst_interface *end,
		 unsigned int mtu)
{
	bool ipv6 = plan->nodes[end->node].has_ipv6 ||
		    plan->nodes[plan->interfaces[end->peer].node].has_ipv6;

	if (mtu >= (ipv6 ? LEAST_IPV6 : LEAST) && mtu <= MOST)
		return 0;
	return nst_fail(-EINVAL, "an MTU of %u bytes: it is %d to %d%s", mtu,
			ipv6 ? LEAST_IPV6 : LEAST, MOST, ipv6 ? " with IPv6" : "");
}

int nst_link_mtu(struct nst_lab *lab, const char *a, const char *b, unsigned int mtu)
{
	const struct nst_plan *plan = lab->plan;
	size_t one, other, found = 0;
	int r = nst_plan_node(plan, a, &one);

	if (r == 0)
		r = nst_plan_node(plan, b, &other);
	for (size_t i = 0; i < plan->interface_count && r == 0; i++) {
		const struct nst_interface *here = &plan->interfaces[i];
		struct mtu_request request = { .interface = i, .mtu = mtu };

		if (here->node != one || plan->interfaces[here->peer].node != other)
			continue;
		found++;
		r = check(plan, here, mtu);
		if (r == 0)
			r = nst_lab_ask(lab, mtu_inside, &request, sizeof(request),
					NULL, 0);
	}
	if (r == 0 && !found)
		r = nst_fail(-ENOENT, "no link joins \"%s\" and \"%s\"", a, b);
	return r;
}
