/* SPDX-License-Identifier: MIT */
/* Netlink messages of traces, decoded. Pure. */
#include <arpa/inet.h>
#include <endian.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_log.h>
#include <linux/netlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdio.h>
#include <string.h>

#include "trace.h"

/* Newer than the headers of older machines (Linux 6.16). */
enum { TRACE_CT_STATE = 21, TRACE_ATTRIBUTES = 21 };

static uint32_t be32(const struct nlattr *attribute)
{
	return nla_len(attribute) >= 4 ? ntohl(nla_get_u32(attribute)) : 0;
}

static void copy_name(char *to, const struct nlattr *attribute)
{
	if (attribute)
		nla_strlcpy(to, attribute, TRACE_NAME);
}

static size_t copy_bytes(uint8_t *to, size_t room, const struct nlattr *attribute)
{
	size_t size = attribute ? (size_t)nla_len(attribute) : 0;

	if (size > room)
		size = room;
	if (size)
		memcpy(to, nla_data(attribute), size);
	return size;
}

static void decode_verdict(struct nlattr *nested, struct trace_event *event)
{
	struct nlattr *parts[NFTA_VERDICT_MAX + 1];

	if (nla_parse_nested(parts, NFTA_VERDICT_MAX, nested, NULL) < 0)
		return;
	if (parts[NFTA_VERDICT_CODE])
		event->verdict = (int32_t)be32(parts[NFTA_VERDICT_CODE]);
	copy_name(event->jump, parts[NFTA_VERDICT_CHAIN]);
}

static bool decode_trace(const struct nlmsghdr *message, struct trace_event *event)
{
	static const enum trace_kind kinds[] = {
		[NFT_TRACETYPE_POLICY] = TRACE_POLICY,
		[NFT_TRACETYPE_RETURN] = TRACE_RETURN,
		[NFT_TRACETYPE_RULE] = TRACE_RULE,
	};
	const struct nfgenmsg *head = NLMSG_DATA(message);
	struct nlattr *parts[TRACE_ATTRIBUTES + 1];
	uint32_t type;

	if (nlmsg_parse((struct nlmsghdr *)message, sizeof(*head), parts,
			TRACE_ATTRIBUTES, NULL) < 0 ||
	    !parts[NFTA_TRACE_TYPE] || !parts[NFTA_TRACE_ID])
		return false;
	type = be32(parts[NFTA_TRACE_TYPE]);
	if (type < NFT_TRACETYPE_POLICY || type > NFT_TRACETYPE_RULE)
		return false;
	event->kind = kinds[type];
	event->family = head->nfgen_family;
	event->id = be32(parts[NFTA_TRACE_ID]);
	copy_name(event->table, parts[NFTA_TRACE_TABLE]);
	copy_name(event->chain, parts[NFTA_TRACE_CHAIN]);
	if (parts[NFTA_TRACE_RULE_HANDLE])
		event->handle = be64toh(nla_get_u64(parts[NFTA_TRACE_RULE_HANDLE]));
	else if (event->kind == TRACE_RULE)
		event->kind = TRACE_RETURN; /* no rule: the end of the chain */
	if (parts[NFTA_TRACE_VERDICT])
		decode_verdict(parts[NFTA_TRACE_VERDICT], event);
	if (parts[NFTA_TRACE_POLICY])
		event->verdict = (int32_t)be32(parts[NFTA_TRACE_POLICY]);
	if (parts[TRACE_CT_STATE]) {
		event->has_state = true;
		event->state = be32(parts[TRACE_CT_STATE]);
	}
	event->has_packet = parts[NFTA_TRACE_NETWORK_HEADER];
	event->network_size = copy_bytes(event->network, TRACE_NETWORK,
					 parts[NFTA_TRACE_NETWORK_HEADER]);
	event->transport_size = copy_bytes(event->transport, TRACE_TRANSPORT,
					   parts[NFTA_TRACE_TRANSPORT_HEADER]);
	return true;
}

bool trace_decode_prefix(const char *prefix, struct trace_event *event)
{
	char kind[8];

	if (sscanf(prefix, "TRACE: %255[^:]:%255[^:]:%7[a-z]:%u", event->table,
		   event->chain, kind, &event->number) != 4)
		return false;
	if (strcmp(kind, "rule") == 0)
		event->kind = TRACE_RULE;
	else if (strcmp(kind, "policy") == 0)
		event->kind = TRACE_POLICY;
	else if (strcmp(kind, "return") == 0)
		event->kind = TRACE_RETURN;
	else
		return false;
	return true;
}

static bool decode_log(const struct nlmsghdr *message, struct trace_event *event)
{
	const struct nfgenmsg *head = NLMSG_DATA(message);
	struct nlattr *parts[NFULA_MAX + 1];
	const struct nfulnl_msg_packet_hdr *packet;

	if (nlmsg_parse((struct nlmsghdr *)message, sizeof(*head), parts, NFULA_MAX,
			NULL) < 0 ||
	    !parts[NFULA_PREFIX] || !parts[NFULA_PACKET_HDR] ||
	    nla_len(parts[NFULA_PACKET_HDR]) < (int)sizeof(*packet) ||
	    !trace_decode_prefix(nla_data(parts[NFULA_PREFIX]), event))
		return false;
	packet = nla_data(parts[NFULA_PACKET_HDR]);
	event->legacy = true;
	event->family = head->nfgen_family;
	event->hook = packet->hook;
	event->has_packet = true;
	event->network_size =
		copy_bytes(event->network, TRACE_LOGGED, parts[NFULA_PAYLOAD]);
	if (parts[NFULA_CT_INFO]) {
		event->has_state = true;
		event->state = NF_CT_STATE_BIT(be32(parts[NFULA_CT_INFO]));
	}
	return true;
}

bool trace_decode(const struct nlmsghdr *message, struct trace_event *ret_event)
{
	*ret_event = (struct trace_event){ .kind = TRACE_RULE };
	if (message->nlmsg_len < NLMSG_HDRLEN + sizeof(struct nfgenmsg))
		return false;
	switch (message->nlmsg_type) {
	case NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_TRACE:
		return decode_trace(message, ret_event);
	case NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_PACKET:
		return decode_log(message, ret_event);
	}
	return false;
}
