/* SPDX-License-Identifier: MIT */
/* What the probe keeps in the lab process from one question to the next: sockets that
 * stand in the hosts, and on which processor it works. */
#ifndef PROBE_ROOM_H
#define PROBE_ROOM_H

#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lab/inside.h>

#include <probe/sighting.h>

/* What a host can be asked with. Each is opened when first needed and then kept: closing
 * a packet socket waits for an RCU grace period. */
enum tool {
	TOOL_WATCH,     /* packet socket: watch.c */
	TOOL_ROUTE,     /* NETLINK_ROUTE */
	TOOL_DIAG,      /* NETLINK_SOCK_DIAG */
	TOOL_XFRM,      /* NETLINK_XFRM */
	TOOL_TC_NEWS,   /* NETLINK_ROUTE, told of changes to queueing disciplines */
	TOOL_XFRM_NEWS, /* NETLINK_XFRM, told of changes to IPsec policies */
	TOOL_QUEUES,    /* /proc/net/netfilter/nfnetlink_queue */
	TOOL_COUNTERS,  /* /proc/net/snmp */
	TOOL_COUNTERS6, /* /proc/net/snmp6 */
	TOOL_NETSTAT,   /* /proc/net/netstat */
	TOOL_COUNT,
};

struct tools {
	int fd[TOOL_COUNT];            /* 0: not opened yet; < 0: -errno, cannot be */
	bool has_queues, has_policies; /* hold.c: as of the last news */
};

struct probe_room {
	struct nst_inside *inside;
	const struct nst_plan *plan;
	struct tools *nodes; /* as plan->nodes */
	int watchers;        /* epoll of all TOOL_WATCH; data: the node */
	bool discovery;      /* the watchers look at neighbour discovery as well */
	bool any_cpu;        /* packets were seen on another processor: flush all */
	int marker;          /* packet socket on a loopback interface; -1 */
	bool marker_private; /* that loopback is in a network namespace of its own */
	uint32_t marks;      /* markers sent */
	cpu_set_t allowed;   /* processors of the thread when no probe runs */
	int cpu;             /* the probe's; -1: not chosen yet */
	uint16_t port;       /* given out last */
	uint32_t nonce;
	struct held *held; /* connections that stay: held.c */
	struct sighting
		*seen; /* SIGHTINGS_MAX; not zeroed, so that unused pages stay unmade */
};

/* The room of this lab, made when first asked for. NULL and a sentence if memory is out. */
struct probe_room *room_get(struct nst_inside *inside);

/* A tool that stands in that node's network namespace. Returns a descriptor or -errno. */
int room_tool(struct probe_room *room, size_t node, enum tool tool);

/* The next port for an asker. */
uint16_t room_next_port(struct probe_room *room);

/* Monotonic nanoseconds. */
uint64_t room_now_ns(void);

#endif
