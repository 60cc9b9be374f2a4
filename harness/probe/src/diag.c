/* SPDX-License-Identifier: MIT */
/* Which socket of a host a packet would be given to (sock_diag(7)). */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <string.h>

#include "diag.h"
#include "talk.h"

struct request {
	struct nlmsghdr head;
	struct inet_diag_req_v2 what;
};

static int remember(const struct nlmsghdr *message, void *context)
{
	const struct inet_diag_msg *socket = NLMSG_DATA(message);
	struct found *found = context;
	const struct tcp_info *info = talk_attribute(
		message, sizeof(*socket), INET_DIAG_INFO,
		offsetof(struct tcp_info, tcpi_bytes_received) + sizeof(uint64_t));

	const uint32_t *memory =
		talk_attribute(message, sizeof(*socket), INET_DIAG_SKMEMINFO,
			       (SK_MEMINFO_DROPS + 1) * sizeof(uint32_t));

	*found = (struct found){
		.state = socket->idiag_state,
		.waiting = socket->idiag_rqueue,
		.limit = socket->idiag_wqueue,
		.drops = memory ? memory[SK_MEMINFO_DROPS] : 0,
	};
	if (info)
		memcpy(&found->bytes_received, &info->tcpi_bytes_received,
		       sizeof(found->bytes_received));
	return 0;
}

int diag_find(struct probe_room *room, size_t node, const struct flow *flow,
	      bool details, struct found *ret_found)
{
	struct request request = {
		.head = { sizeof(request), SOCK_DIAG_BY_FAMILY, 0, 0, 0 },
		.what = {
			.sdiag_family = (uint8_t)flow->local.family,
			.sdiag_protocol = flow->protocol == NST_TCP ? IPPROTO_TCP
								    : IPPROTO_UDP,
			.idiag_states = UINT32_MAX,
			.idiag_ext = (uint8_t)(1U << (INET_DIAG_SKMEMINFO - 1) |
					       (details ? 1U << (INET_DIAG_INFO - 1) : 0)),
			.id.idiag_if = (uint32_t)flow->ifindex,
			.id.idiag_cookie = { INET_DIAG_NOCOOKIE, INET_DIAG_NOCOOKIE },
		},
	};
	struct inet_diag_sockid *id = &request.what.id;
	/* For UDP source and destination are swapped (net/ipv4/udp_diag.c, "for
	 * historical reasons"). */
	bool swapped = flow->protocol == NST_UDP;

	memcpy(swapped ? id->idiag_dst : id->idiag_src, flow->local.bytes, 16);
	memcpy(swapped ? id->idiag_src : id->idiag_dst, flow->remote.bytes, 16);
	id->idiag_sport = htons(swapped ? flow->remote_port : flow->local_port);
	id->idiag_dport = htons(swapped ? flow->local_port : flow->remote_port);
	return talk(room, node, TOOL_DIAG, &request.head, remember, ret_found);
}
