/* SPDX-License-Identifier: MIT */
/* What the probe keeps in the lab process from one question to the next. */
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/xfrm.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>

#include "filter.h"
#include "room.h"

struct tool_kind {
	int domain, type, protocol;
	int group;        /* multicast group to join, or 0 */
	const char *path; /* a file, if not NULL */
};

/* A proc file of the network namespace stays with it, just as a socket does. */
static const struct tool_kind kinds[TOOL_COUNT] = {
	[TOOL_WATCH] = { AF_PACKET, SOCK_DGRAM, 0, 0, NULL },
	[TOOL_ROUTE] = { AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, 0, NULL },
	[TOOL_DIAG] = { AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG, 0, NULL },
	[TOOL_XFRM] = { AF_NETLINK, SOCK_RAW, NETLINK_XFRM, 0, NULL },
	[TOOL_TC_NEWS] = { AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, RTNLGRP_TC, NULL },
	[TOOL_XFRM_NEWS] = { AF_NETLINK, SOCK_RAW, NETLINK_XFRM, XFRMNLGRP_POLICY,
			     NULL },
	[TOOL_QUEUES] = { .path = "/proc/thread-self/net/netfilter/nfnetlink_queue" },
	[TOOL_COUNTERS] = { .path = "/proc/thread-self/net/snmp" },
	[TOOL_COUNTERS6] = { .path = "/proc/thread-self/net/snmp6" },
	[TOOL_NETSTAT] = { .path = "/proc/thread-self/net/netstat" },
};

static struct probe_room *room_new(struct nst_inside *inside)
{
	struct probe_room *room = calloc(1, sizeof(*room));

	if (!room)
		return NULL;
	room->inside = inside;
	room->plan = nst_inside_plan(inside);
	room->marker = -1;
	room->cpu = -1;
	room->port = PROBE_PORT_LAST;
	room->nodes = calloc(room->plan->node_count, sizeof(*room->nodes));
	room->seen = malloc(SIGHTINGS_MAX * sizeof(*room->seen));
	room->watchers = epoll_create1(EPOLL_CLOEXEC);
	if (!room->nodes || !room->seen || room->watchers < 0 ||
	    getrandom(&room->nonce, sizeof(room->nonce), GRND_INSECURE) < 0) {
		if (room->watchers >= 0)
			close(room->watchers);
		free(room->seen);
		free(room->nodes);
		free(room);
		return NULL;
	}
	return room;
}

struct probe_room *room_get(struct nst_inside *inside)
{
	void **slot = nst_inside_slot(inside, NST_SLOT_PROBE);

	if (!*slot)
		*slot = room_new(inside);
	if (!*slot)
		nst_fail_memory();
	return *slot;
}

static int tool_open(struct probe_room *room, size_t node, const struct tool_kind *kind)
{
	int fd AUTO_CLOSE = -1;
	int r = nst_inside_net(room->inside, node);

	if (r < 0)
		return r;
	fd = kind->path
		     ? open(kind->path, O_RDONLY | O_CLOEXEC)
		     : socket(kind->domain, kind->type | SOCK_CLOEXEC | SOCK_NONBLOCK,
			      kind->protocol);
	if (fd < 0 ||
	    (kind->group && setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP,
				       &kind->group, sizeof(kind->group)) < 0))
		return -errno;
	return steal_fd(&fd);
}

int room_tool(struct probe_room *room, size_t node, enum tool tool)
{
	int *fd = &room->nodes[node].fd[tool];

	if (*fd == 0)
		*fd = tool_open(room, node, &kinds[tool]);
	return *fd;
}

uint16_t room_next_port(struct probe_room *room)
{
	room->port = room->port >= PROBE_PORT_LAST ? PROBE_PORT_FIRST
						   : (uint16_t)(room->port + 1);
	return room->port;
}

uint64_t room_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}
