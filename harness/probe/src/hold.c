/* SPDX-License-Identifier: MIT */
/* Where a host can hold a packet back. */
#include <assert.h>
#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/gen_stats.h>
#include <linux/neighbour.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/xfrm.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hold.h"
#include "talk.h"

enum { TICK_MS = 10 }; /* USER_HZ: in which the kernel tells ages of neighbours */

static size_t size_of(int family)
{
	return family == AF_INET ? 4 : 16;
}

static struct nst_address to_address(int family, const void *bytes)
{
	struct nst_address address = { .family = family,
				       .prefix = 8 * (unsigned int)size_of(family) };

	memcpy(address.bytes, bytes, size_of(family));
	return address;
}

/* The file has a line for each queue that a program has bound. */
static bool program_listens(struct probe_room *room, size_t node)
{
	char byte;
	int fd = room_tool(room, node, TOOL_QUEUES);

	return fd >= 0 && pread(fd, &byte, 1, 0) > 0;
}

static int note_unresolved(const struct nlmsghdr *message, void *context)
{
	const struct ndmsg *neighbour = NLMSG_DATA(message);
	struct holding *holding = context;
	const struct nda_cacheinfo *cache;
	const void *address;
	uint64_t idle_ms;

	if (!(neighbour->ndm_state & NUD_INCOMPLETE))
		return 0;
	address = talk_attribute(message, sizeof(*neighbour), NDA_DST,
				 size_of(neighbour->ndm_family));
	cache = talk_attribute(message, sizeof(*neighbour), NDA_CACHEINFO,
			       sizeof(*cache));
	idle_ms = cache ? (uint64_t)cache->ndm_used * TICK_MS : 0;
	/* Of several, the one that a packet has come to last. */
	if (!address ||
	    (holding->hold == HOLD_NEIGHBOUR && holding->idle_ms <= idle_ms))
		return 0;
	holding->idle_ms = idle_ms;
	holding->hold = HOLD_NEIGHBOUR;
	holding->neighbour = to_address(neighbour->ndm_family, address);
	holding->ifindex = neighbour->ndm_ifindex;
	return 0;
}

static int look_at_neighbours(struct probe_room *room, size_t node, int family,
			      struct holding *holding)
{
	struct {
		struct nlmsghdr head;
		struct ndmsg what;
	} request = {
		.head = { sizeof(request), RTM_GETNEIGH, NLM_F_DUMP, 0, 0 },
		.what.ndm_family = (uint8_t)family,
	};

	return talk(room, node, TOOL_ROUTE, &request.head, note_unresolved, holding);
}

struct queue_search {
	bool any; /* queueing disciplines, not just "noqueue" */
	struct holding *holding;
};

static int note_backlog(const struct nlmsghdr *message, void *context)
{
	const struct tcmsg *discipline = NLMSG_DATA(message);
	const char *kind = talk_attribute(message, sizeof(*discipline), TCA_KIND, 1);
	struct queue_search *search = context;
	uint32_t waiting;
	const char *stats =
		talk_attribute(message, sizeof(*discipline), TCA_STATS,
			       offsetof(struct tc_stats, qlen) + sizeof(waiting));

	search->any |= kind && strcmp(kind, "noqueue") != 0;
	if (!stats)
		return 0;
	/* Attributes are aligned to 4 bytes, struct tc_stats wants 8. */
	memcpy(&waiting, stats + offsetof(struct tc_stats, qlen), sizeof(waiting));
	if (waiting == 0)
		return 0;
	search->holding->hold = HOLD_QUEUE;
	search->holding->ifindex = discipline->tcm_ifindex;
	return 0;
}

static int look_at_queues(struct probe_room *room, size_t node, struct holding *holding)
{
	struct queue_search search = { .holding = holding };
	struct {
		struct nlmsghdr head;
		struct tcmsg what;
	} request = {
		.head = { sizeof(request), RTM_GETQDISC, NLM_F_DUMP, 0, 0 },
	};
	int r = talk(room, node, TOOL_ROUTE, &request.head, note_backlog, &search);

	room->nodes[node].has_queues = search.any;
	return r;
}

static int note_policies(const struct nlmsghdr *message, void *context)
{
	struct holding *holding = context;
	const struct xfrmu_spdinfo *info = talk_attribute(
		message, sizeof(uint32_t), XFRMA_SPD_INFO, sizeof(*info));

	if (info && info->incnt + info->outcnt + info->fwdcnt > 0)
		holding->hold = HOLD_IPSEC;
	return 0;
}

/* A kernel without IPsec has no such socket, and no policies. */
static int look_at_policies(struct probe_room *room, size_t node,
			    struct holding *holding)
{
	struct {
		struct nlmsghdr head;
		uint32_t flags;
	} request = {
		.head = { sizeof(request), XFRM_MSG_GETSPDINFO, 0, 0, 0 },
		.flags = UINT32_MAX,
	};
	int r = talk(room, node, TOOL_XFRM, &request.head, note_policies, holding);

	return r == -EPROTONOSUPPORT ? 0 : r;
}

void hold_look(struct probe_room *room, size_t node, int family,
	       struct holding *ret_holding)
{
	*ret_holding = (struct holding){ HOLD_NOTHING };
	if (program_listens(room, node)) {
		ret_holding->hold = HOLD_PROGRAM;
		return;
	}
	if (look_at_queues(room, node, ret_holding) < 0 ||
	    (!ret_holding->hold && look_at_policies(room, node, ret_holding) < 0) ||
	    (!ret_holding->hold &&
	     look_at_neighbours(room, node, family, ret_holding) < 0))
		ret_holding->hold = HOLD_UNKNOWN;
}

/* ---- By the news ---- */

/* Whether anything changed since the last call; the first call counts as a change. */
static bool has_news(struct probe_room *room, size_t node, enum tool tool)
{
	bool first = room->nodes[node].fd[tool] == 0, news = first;
	char message[64];
	int fd = room_tool(room, node, tool);

	/* ENOBUFS, too many news at once, is news. */
	while (fd >= 0 &&
	       (recv(fd, message, sizeof(message), 0) >= 0 || errno != EAGAIN))
		news = true;
	return news;
}

static int find_policies(struct probe_room *room, size_t node)
{
	struct holding found = { HOLD_NOTHING };
	int r = look_at_policies(room, node, &found);

	room->nodes[node].has_policies = found.hold == HOLD_IPSEC;
	return r;
}

void hold_look_inbound(struct probe_room *room, size_t node,
		       struct holding *ret_holding)
{
	const struct tools *tools = &room->nodes[node];
	bool news = has_news(room, node, TOOL_TC_NEWS);

	*ret_holding = (struct holding){ HOLD_NOTHING };
	if (program_listens(room, node))
		ret_holding->hold = HOLD_PROGRAM;
	else if (((news || tools->has_queues) &&
		  look_at_queues(room, node, ret_holding) < 0) ||
		 (has_news(room, node, TOOL_XFRM_NEWS) &&
		  find_policies(room, node) < 0))
		ret_holding->hold = HOLD_UNKNOWN;
	else if (!ret_holding->hold && tools->has_policies)
		ret_holding->hold = HOLD_IPSEC;
}

/* ---- One neighbour, one route ---- */

struct address_request {
	struct nlmsghdr head;
	union {
		struct ndmsg neighbour;
		struct rtmsg route;
	};
	struct rtattr attribute;
	uint8_t address[16];
};

static_assert(sizeof(struct ndmsg) == sizeof(struct rtmsg), "one request for both");

static struct address_request about(uint16_t type, const struct nst_address *address,
				    uint16_t attribute)
{
	struct address_request request = {
		.head = { .nlmsg_type = type },
		.attribute = { (uint16_t)RTA_LENGTH(size_of(address->family)),
			       attribute },
	};

	request.head.nlmsg_len = (uint32_t)(offsetof(struct address_request, address) +
					    size_of(address->family));
	memcpy(request.address, address->bytes, size_of(address->family));
	return request;
}

static int note_neighbour(const struct nlmsghdr *message, void *context)
{
	const struct ndmsg *found = NLMSG_DATA(message);
	const struct nda_cacheinfo *cache =
		talk_attribute(message, sizeof(*found), NDA_CACHEINFO, sizeof(*cache));
	struct neighbour *neighbour = context;

	neighbour->state = found->ndm_state;
	neighbour->idle_ms = cache ? (uint64_t)cache->ndm_used * TICK_MS : 0;
	neighbour->changed_ms = cache ? (uint64_t)cache->ndm_updated * TICK_MS : 0;
	return 0;
}

int hold_neighbour(struct probe_room *room, size_t node, const struct next_hop *next,
		   struct neighbour *ret_neighbour)
{
	struct address_request request = about(RTM_GETNEIGH, &next->address, NDA_DST);

	request.neighbour = (struct ndmsg){
		.ndm_family = (uint8_t)next->address.family,
		.ndm_ifindex = next->ifindex,
	};
	return talk(room, node, TOOL_ROUTE, &request.head, note_neighbour,
		    ret_neighbour);
}

static int hear_nothing(const struct nlmsghdr *message, void *context)
{
	(void)message;
	(void)context;
	return 0;
}

int hold_forget(struct probe_room *room, size_t node, const struct holding *holding)
{
	struct address_request request =
		about(RTM_DELNEIGH, &holding->neighbour, NDA_DST);

	request.head.nlmsg_flags = NLM_F_ACK;
	request.neighbour = (struct ndmsg){
		.ndm_family = (uint8_t)holding->neighbour.family,
		.ndm_ifindex = holding->ifindex,
	};
	return talk(room, node, TOOL_ROUTE, &request.head, hear_nothing, NULL);
}

static int note_route(const struct nlmsghdr *message, void *context)
{
	const struct rtmsg *route = NLMSG_DATA(message);
	struct next_hop *next = context;
	int family = next->address.family;
	const void *gateway =
		talk_attribute(message, sizeof(*route), RTA_GATEWAY, size_of(family));
	const void *out = talk_attribute(message, sizeof(*route), RTA_OIF, sizeof(int));

	next->local = route->rtm_type == RTN_LOCAL;
	if (gateway)
		next->address = to_address(family, gateway);
	if (out)
		memcpy(&next->ifindex, out, sizeof(next->ifindex));
	return 0;
}

int hold_route(struct probe_room *room, size_t node, const struct nst_address *to,
	       struct next_hop *ret_next)
{
	struct address_request request = about(RTM_GETROUTE, to, RTA_DST);
	struct next_hop next = { .address = *to };
	int r;

	request.route = (struct rtmsg){
		.rtm_family = (uint8_t)to->family,
		.rtm_dst_len = (uint8_t)(8 * size_of(to->family)),
	};
	r = talk(room, node, TOOL_ROUTE, &request.head, note_route, &next);
	if (r == 0)
		*ret_next = next;
	return r;
}
