/* SPDX-License-Identifier: MIT */
/* Where the headers of an Ethernet frame are: Ethernet and VLAN tags, IPv4, IPv6 and its
 * extension headers, TCP, UDP, ICMP. */
#include <linux/if_ether.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>

#include <nstest/fault.h>

#include "frame_parts.h"

enum {
	TAGS_MOST = 4, /* VLAN tags; more is not a frame that anybody sends */
	TAG_SIZE = 4,
	IPV4_SIZE = 20,
	IPV6_SIZE = 40,
	IPV6_ADDRESS = 16,
	TCP_SIZE = 20,
	UDP_SIZE = 8,
	ICMP_SIZE = 8,
	MORE_FRAGMENTS = 0x2000,
	FRAGMENT_OFFSET = 0x1fff,
	PROTOCOL_MOBILITY = 135, /* RFC 6275 */
	ROUTING_SEGMENTS = 4,    /* RFC 8754; its list of segments is backwards */
	ICMPV6_LISTENER_REPORT_2 = 143,
};

static void find_ethernet(const uint8_t *frame, struct frame_parts *parts)
{
	size_t at = 2 * ETH_ALEN;

	for (int tags = 0; at + 2 <= parts->size; tags++) {
		uint16_t type = get16(frame + at);

		if (type != ETH_P_8021Q && type != ETH_P_8021AD) {
			parts->ethertype = type;
			parts->ethernet_end = at + 2;
			return;
		}
		if (tags == TAGS_MOST)
			break;
		at += TAG_SIZE;
	}
	parts->ethernet_end = parts->size;
}

/* Lets the packet end where its IP header says: behind that is padding. */
static void end_at(struct frame_parts *parts, size_t end)
{
	parts->cut = end > parts->size;
	if (!parts->cut)
		parts->end = end;
}

static bool find_ipv4(const uint8_t *frame, struct frame_parts *parts)
{
	const uint8_t *ip = frame + parts->ethernet_end;
	size_t left = parts->size - parts->ethernet_end, header, total;
	uint16_t fragment;

	if (left < IPV4_SIZE || ip[0] >> 4 != 4)
		return false;
	header = (size_t)(ip[0] & 0xf) * 4;
	total = get16(ip + 2);
	/* 0: more than 64 KiB, on its way to be cut by a device (BIG TCP). */
	if (header < IPV4_SIZE || header > left || (total && total < header))
		return false;
	if (total)
		end_at(parts, parts->ethernet_end + total);
	fragment = get16(ip + 6);
	parts->fragment = fragment & (MORE_FRAGMENTS | FRAGMENT_OFFSET);
	parts->later = fragment & FRAGMENT_OFFSET;
	parts->version = 4;
	parts->protocol = ip[9];
	parts->transport_at = parts->ethernet_end + header;
	return true;
}

/* The destination that a packet on a source route has in the end, which is the one in its
 * pseudo-header: RFC 8200, 8.1. */
static void find_destination(const uint8_t *frame, size_t at, size_t size,
			     struct frame_parts *parts)
{
	bool segments = frame[at + 2] == ROUTING_SEGMENTS;

	if (frame[at + 3] == 0 || size < 8 + IPV6_ADDRESS)
		return;
	parts->destination_at = segments ? at + 8 : at + size - IPV6_ADDRESS;
}

static bool is_extension(uint8_t protocol)
{
	return protocol == IPPROTO_HOPOPTS || protocol == IPPROTO_ROUTING ||
	       protocol == IPPROTO_FRAGMENT || protocol == IPPROTO_DSTOPTS ||
	       protocol == IPPROTO_AH || protocol == PROTOCOL_MOBILITY;
}

static size_t extension_size(uint8_t protocol, const uint8_t *header)
{
	switch (protocol) {
	case IPPROTO_FRAGMENT:
		return 8;
	case IPPROTO_AH:
		return (header[1] + 2U) * 4;
	default:
		return (header[1] + 1U) * 8;
	}
}

/* Behind the extension headers, as far as they are there. */
static void skip_extensions(const uint8_t *frame, struct frame_parts *parts)
{
	while (is_extension(parts->protocol) && !parts->later) {
		size_t at = parts->transport_at, size;

		if (parts->end - at < 8)
			return;
		size = extension_size(parts->protocol, frame + at);
		if (size > parts->end - at)
			return;
		if (parts->protocol == IPPROTO_FRAGMENT) {
			uint16_t fragment = get16(frame + at + 2);

			parts->fragment = fragment & 0xfff9;
			parts->later = fragment & 0xfff8;
		} else if (parts->protocol == IPPROTO_ROUTING) {
			find_destination(frame, at, size, parts);
		}
		parts->protocol = frame[at];
		parts->transport_at = at + size;
	}
}

static bool find_ipv6(const uint8_t *frame, struct frame_parts *parts)
{
	const uint8_t *ip = frame + parts->ethernet_end;
	size_t payload;

	if (parts->size - parts->ethernet_end < IPV6_SIZE || ip[0] >> 4 != 6)
		return false;
	parts->version = 6;
	parts->protocol = ip[6];
	parts->destination_at = parts->ethernet_end + 24;
	parts->transport_at = parts->ethernet_end + IPV6_SIZE;
	payload = get16(ip + 4);
	if (payload) /* 0: a jumbogram */
		end_at(parts, parts->transport_at + payload);
	skip_extensions(frame, parts);
	return true;
}

static size_t find_tcp(const uint8_t *tcp, size_t left, struct frame_parts *parts)
{
	size_t header = left < TCP_SIZE ? 0 : (size_t)(tcp[12] >> 4) * 4;

	if (header < TCP_SIZE || header > left)
		return 0;
	parts->source_port = get16(tcp);
	parts->destination_port = get16(tcp + 2);
	parts->tcp_flags = tcp[13];
	return header;
}

static size_t find_udp(const uint8_t *udp, size_t left, struct frame_parts *parts)
{
	if (left < UDP_SIZE)
		return 0;
	parts->source_port = get16(udp);
	parts->destination_port = get16(udp + 2);
	return UDP_SIZE;
}

/* Return: the size of the header; 0 if it is not known or not whole. */
static size_t find_transport(const uint8_t *frame, struct frame_parts *parts)
{
	const uint8_t *header = frame + parts->transport_at;
	size_t left = parts->end - parts->transport_at;

	if (parts->later)
		return 0;
	if (parts->protocol == IPPROTO_TCP)
		return find_tcp(header, left, parts);
	if (parts->protocol == IPPROTO_UDP)
		return find_udp(header, left, parts);
	if (parts->protocol != (parts->version == 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6) ||
	    left < ICMP_SIZE)
		return 0;
	parts->icmp_type = header[0];
	return ICMP_SIZE;
}

void frame_parts_find(const uint8_t *frame, size_t size, struct frame_parts *ret)
{
	size_t header = 0;

	*ret = (struct frame_parts){ .size = size, .end = size };
	find_ethernet(frame, ret);
	ret->transport_at = ret->ethernet_end;
	if ((ret->ethertype == ETH_P_IP && find_ipv4(frame, ret)) ||
	    (ret->ethertype == ETH_P_IPV6 && find_ipv6(frame, ret)))
		header = find_transport(frame, ret);
	ret->whole = header > 0;
	ret->payload_at = ret->transport_at + header;
}

bool frame_layer(const struct frame_parts *parts, unsigned int layer, size_t *ret_at,
		 size_t *ret_end)
{
	if ((layer == NST_LAYER_IP || layer == NST_LAYER_TRANSPORT) && !parts->version)
		return false;
	*ret_end = layer == NST_LAYER_FRAME ? parts->size : parts->end;
	switch ((enum nst_fault_layer)layer) {
	case NST_LAYER_FRAME:
		*ret_at = 0;
		return true;
	case NST_LAYER_IP:
		*ret_at = parts->ethernet_end;
		return true;
	case NST_LAYER_TRANSPORT:
		*ret_at = parts->transport_at;
		return true;
	case NST_LAYER_PAYLOAD:
		*ret_at = parts->payload_at;
		return true;
	case NST_LAYERS:
		break;
	}
	return false;
}

bool frame_is_icmp(const struct frame_parts *parts)
{
	return parts->whole &&
	       ((parts->version == 4 && parts->protocol == IPPROTO_ICMP) ||
		(parts->version == 6 && parts->protocol == IPPROTO_ICMPV6));
}

bool frame_is_icmp_error(const struct frame_parts *parts)
{
	if (!frame_is_icmp(parts))
		return false;
	if (parts->version == 6)
		return !(parts->icmp_type & ICMP6_INFOMSG_MASK) ||
		       parts->icmp_type == ND_REDIRECT;
	switch (parts->icmp_type) {
	case ICMP_DEST_UNREACH:
	case ICMP_SOURCE_QUENCH:
	case ICMP_REDIRECT:
	case ICMP_TIME_EXCEEDED:
	case ICMP_PARAMETERPROB:
		return true;
	default:
		return false;
	}
}

bool frame_is_discovery(const struct frame_parts *parts)
{
	return frame_is_icmp(parts) && parts->version == 6 &&
	       parts->icmp_type >= ND_ROUTER_SOLICIT && parts->icmp_type <= ND_REDIRECT;
}

bool frame_is_listener(const struct frame_parts *parts)
{
	return frame_is_icmp(parts) && parts->version == 6 &&
	       ((parts->icmp_type >= MLD_LISTENER_QUERY &&
		 parts->icmp_type <= MLD_LISTENER_REDUCTION) ||
		parts->icmp_type == ICMPV6_LISTENER_REPORT_2);
}
