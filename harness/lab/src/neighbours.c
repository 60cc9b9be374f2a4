/* SPDX-License-Identifier: MIT */
/* What hosts know of their neighbours, where a link was down. */
#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include <base/fail.h>
#include <base/scope.h>

#include "neighbours.h"
#include "netlink.h"

struct forgetting {
	struct netlink_batch batch; /* of requests to delete them */
	struct netlink_purpose purpose;
	int ifindex;
};

static void auto_free(struct forgetting *forgetting)
{
	netlink_batch_free(&forgetting->batch);
}

static void forget_if_unresolved(const struct nlmsghdr *message, void *context)
{
	struct forgetting *forgetting = context;
	const struct ndmsg *neighbour = NLMSG_DATA(message);
	const struct rtattr *attribute = (const struct rtattr *)(neighbour + 1);
	int left = (int)NLMSG_PAYLOAD(message, sizeof(*neighbour));

	if (message->nlmsg_type != RTM_NEWNEIGH ||
	    neighbour->ndm_ifindex != forgetting->ifindex ||
	    !(neighbour->ndm_state & (NUD_INCOMPLETE | NUD_FAILED)))
		return;
	for (; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left)) {
		const struct ndmsg which = { .ndm_family = neighbour->ndm_family,
					     .ndm_ifindex = forgetting->ifindex };

		if (attribute->rta_type != NDA_DST)
			continue;
		netlink_begin(&forgetting->batch, forgetting->purpose, RTM_DELNEIGH, 0,
			      &which, sizeof(which));
		netlink_put(&forgetting->batch, NDA_DST, RTA_DATA(attribute),
			    RTA_PAYLOAD(attribute));
	}
}

int neighbours_forget_unresolved(struct nst_inside *inside,
				 const struct nst_interface *interface)
{
	static const int families[] = { AF_INET, AF_INET6 };
	struct forgetting forgetting AUTO(auto_free) = {
		.purpose = { "forgetting a neighbour",
			     inside->plan->nodes[interface->node].name,
			     interface->name },
		.ifindex = interface->ifindex,
	};
	int fd = inside->nodes[interface->node].route_socket, r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(families) && r == 0; i++) {
		const struct ndmsg all = { .ndm_family = (uint8_t)families[i] };

		r = netlink_dump(fd, RTM_GETNEIGH, &all, sizeof(all),
				 forget_if_unresolved, &forgetting);
	}
	if (r == 0 && forgetting.batch.count)
		r = netlink_send(&forgetting.batch, fd, NULL, NULL);
	return r == -ENOENT ? 0 : r; /* its own time was up */
}
