/* SPDX-License-Identifier: MIT */
/* Who lost the frames that the engine never got to read. */
#include <netlink/netlink.h>
#include <netlink/route/link.h>

#include <base/scope.h>

#include "wire_missed.h"

static void close_netlink(struct nl_sock **socket)
{
	nl_socket_free(*socket);
}

/* Frames that came in at an interface since it was made. */
static bool came_in(struct nl_sock *socket, int ifindex, uint64_t *ret_frames)
{
	struct rtnl_link *link;

	if (rtnl_link_get_kernel(socket, ifindex, NULL, &link) < 0)
		return false;
	*ret_frames = rtnl_link_get_stat(link, RTNL_LINK_RX_PACKETS);
	rtnl_link_put(link);
	return true;
}

/* At most all that were missed: an interface may have been in use before the engine came.
 * An interface that says nothing gets all the blame, for nobody knows better. */
static uint64_t missed_at(struct nl_sock *socket,
			  const struct wire_direction *direction, uint64_t missed)
{
	uint64_t frames, read = direction->counters.received;

	if (!socket || !came_in(socket, direction->in_ifindex, &frames))
		return missed;
	if (frames <= read)
		return 0;
	return frames - read < missed ? frames - read : missed;
}

void wire_count_missed(struct wire_engine *engine)
{
	uint64_t missed = wire_socket_lost(engine->socket);
	struct nl_sock *socket AUTO(close_netlink) = NULL;

	if (missed == 0)
		return;
	socket = nl_socket_alloc();
	if (socket && nl_connect(socket, NETLINK_ROUTE) < 0) {
		nl_socket_free(socket);
		socket = NULL;
	}
	for (size_t i = 0; i < engine->direction_count; i++) {
		struct nst_wire_counters *counters = &engine->directions[i].counters;

		counters->unplanned -= counters->missed;
		counters->missed = missed_at(socket, &engine->directions[i], missed);
		counters->unplanned += counters->missed;
	}
}
