/* SPDX-License-Identifier: MIT */
/* Addresses that hosts get and lose while the lab lives, as by `ip address`. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <base/fail.h>
#include <base/scope.h>

#include "netlink.h"
#include "state.h"

enum { FOR_EVER = -1 }; /* INFINITY_LIFE_TIME (include/net/addrconf.h) */

struct address_request {
	size_t interface;
	enum nst_address_act act;
	struct nst_address address;
	unsigned int preferred_s, valid_s;
	char text[64];
};

/* ---- In the lab process ---- */

/* Without IFA_F_NODAD, IPv6 would find out that somebody else has the address, and not use
 * it. */
static void put_address(struct netlink_batch *batch, struct netlink_purpose purpose,
			int ifindex, const struct address_request *asked)
{
	const struct ifaddrmsg head = {
		.ifa_family = (uint8_t)asked->address.family,
		.ifa_prefixlen = (uint8_t)asked->address.prefix,
		.ifa_flags = IFA_F_NODAD,
		.ifa_index = (uint32_t)ifindex,
	};
	const uint16_t flags = asked->act == NST_ADDRESS_ADD ? NLM_F_CREATE | NLM_F_EXCL
			       : asked->act == NST_ADDRESS_DEPRECATE ? NLM_F_REPLACE
								     : 0;
	const size_t size = asked->address.family == AF_INET ? 4 : 16;
	const uint32_t valid = asked->valid_s ? asked->valid_s : (uint32_t)FOR_EVER;
	struct ifa_cacheinfo lifetimes = { .ifa_valid = valid };

	if (asked->act == NST_ADDRESS_ADD)
		lifetimes.ifa_prefered =
			asked->preferred_s ? asked->preferred_s : valid;
	netlink_begin(batch, purpose,
		      asked->act == NST_ADDRESS_REMOVE ? RTM_DELADDR : RTM_NEWADDR,
		      flags, &head, sizeof(head));
	/* IFA_LOCAL is what counts for IPv4, IFA_ADDRESS for IPv6. */
	netlink_put(batch, IFA_LOCAL, asked->address.bytes, size);
	netlink_put(batch, IFA_ADDRESS, asked->address.bytes, size);
	if (asked->act != NST_ADDRESS_REMOVE)
		netlink_put(batch, IFA_CACHEINFO, &lifetimes, sizeof(lifetimes));
}

struct presence {
	const struct address_request *asked;
	int ifindex;
	bool there;
};

static void look_for_it(const struct nlmsghdr *reply, void *context)
{
	struct presence *presence = context;
	const struct nst_address *wanted = &presence->asked->address;
	const struct ifaddrmsg *head = NLMSG_DATA(reply);
	int left = (int)IFA_PAYLOAD(reply);

	if (head->ifa_index != (uint32_t)presence->ifindex)
		return;
	for (const struct rtattr *a = IFA_RTA(head); RTA_OK(a, left);
	     a = RTA_NEXT(a, left))
		if ((a->rta_type == IFA_LOCAL || a->rta_type == IFA_ADDRESS) &&
		    memcmp(RTA_DATA(a), wanted->bytes, RTA_PAYLOAD(a)) == 0)
			presence->there = true;
}

/* NLM_F_REPLACE alone would make an IPv4 address that is not there (net/ipv4/devinet.c,
 * inet_rtm_newaddr()). */
static int must_be_there(int fd, const struct address_request *asked, int ifindex)
{
	const struct ifaddrmsg family = { .ifa_family =
						  (uint8_t)asked->address.family };
	struct presence presence = { .asked = asked, .ifindex = ifindex };
	int r = netlink_dump(fd, RTM_GETADDR, &family, sizeof(family), look_for_it,
			     &presence);

	return r < 0 || presence.there ? r : -EADDRNOTAVAIL;
}

static int address_inside(struct nst_inside *inside, struct nst_message *request,
			  struct nst_message *reply)
{
	struct netlink_batch batch AUTO(netlink_batch_free) = { 0 };
	const struct address_request *asked = request->data;
	const struct nst_interface *at = &inside->plan->interfaces[asked->interface];
	const char *host = inside->plan->nodes[at->node].name;
	int fd = inside->nodes[at->node].route_socket, r = 0;

	(void)reply;
	if (asked->act == NST_ADDRESS_DEPRECATE)
		r = must_be_there(fd, asked, at->ifindex);
	if (r == 0) {
		put_address(&batch,
			    (struct netlink_purpose){ "changing an address", host,
						      at->name },
			    at->ifindex, asked);
		r = netlink_send(&batch, fd, NULL, NULL);
	}
	if (r == -EEXIST)
		return nst_fail(r, "%s of \"%s\" has the address %s already", at->name,
				host, asked->text);
	if (r == -EADDRNOTAVAIL)
		return nst_fail(r, "%s of \"%s\" has no address %s", at->name, host,
				asked->text);
	return r;
}

/* ---- In the caller ---- */

static int parse(const char *text, struct nst_address *ret)
{
	char address[INET6_ADDRSTRLEN], *end = NULL;
	const char *slash = strchr(text, '/');
	unsigned long prefix = slash ? strtoul(slash + 1, &end, 10) : 0;

	*ret = (struct nst_address){ .family = strchr(text, ':') ? AF_INET6 : AF_INET,
				     .prefix = (unsigned char)prefix };
	if (!slash || (size_t)(slash - text) >= sizeof(address))
		prefix = 0;
	else
		snprintf(address, sizeof(address), "%.*s", (int)(slash - text), text);
	if (!prefix || *end || prefix > (ret->family == AF_INET ? 32 : 128) ||
	    inet_pton(ret->family, address, ret->bytes) != 1)
		return nst_fail(-EINVAL,
				"\"%s\" is no address with its prefix, as 10.0.0.1/24",
				text);
	return 0;
}

int nst_address_change(struct nst_lab *lab, const struct nst_address_change *change)
{
	struct address_request request = { .act = change->act,
					   .preferred_s = change->preferred_s,
					   .valid_s = change->valid_s };
	char where[128];
	int r;

	snprintf(where, sizeof(where), "%s%s%s", change->host,
		 change->interface ? ":" : "",
		 change->interface ? change->interface : "");
	r = nst_plan_interface(lab->plan, where, &request.interface);
	if (r == 0)
		r = parse(change->address, &request.address);
	if (r < 0)
		return r;
	snprintf(request.text, sizeof(request.text), "%s", change->address);
	return nst_lab_ask(lab, address_inside, &request, sizeof(request), NULL, 0);
}
