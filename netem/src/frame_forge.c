/* SPDX-License-Identifier: MIT */
/* Forged answers to a frame: TCP RSTs, and ICMP errors.
 *
 * How it works
 *
 * A forged frame has the Ethernet header and VLAN tags of the one that was seen; towards its
 * sender the addresses change places. It must pass a host that looks closely:
 *
 * RST to the sender. It is what the receiver would have sent (RFC 9293, 3.10.7.1): with
 * the sequence number that the segment acknowledges, which is the one that its sender
 * expects next; any other in the window gets a challenge ACK (RFC 5961, 3.2). If it
 * acknowledges nothing (SYN), the number is 0, and the RST acknowledges all of it.
 *
 * RST to the receiver, in place of the segment and as if from the sender: the segment's own
 * number is the next one that the receiver expects, if it has had all before. A receiver that
 * already knows of a SYN expects the one behind it; one that waits for a SYN-ACK looks only at
 * the acknowledgment (3.10.7.3), which is the segment's own. No timestamps: RFC 7323, 3.2,
 * lets a RST do without.
 *
 * ICMP errors come from the packet's destination, as if the receiver's host had sent them. A
 * router's address would look better in a trace, but there is none in a wire, and one that is
 * made up falls to reverse path filters. As much of the packet is quoted as RFC 1812,
 * 4.3.2.3, and RFC 4443, 2.4 (c), allow.
 */
#include <linux/if_ether.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <string.h>

#include <netem/fault_rules.h>

#include "frame_forge.h"
#include "frame_sum.h"

enum {
	IPV4_SIZE = 20,
	IPV6_SIZE = 40,
	TCP_SIZE = 20,
	ICMP_SIZE = 8,
	ICMPV4_MOST = 576,
	ICMPV6_MOST = 1280,
	TTL = 64,
	TOS_CONTROL = 0xc0, /* internetwork control: RFC 1812, 4.3.2.5 */
	DONT_FRAGMENT = 0x4000,
	ICMP_ADMIN_PROHIBITED = 13,
};

/* ---- Headers ---- */

struct address_pair {
	uint8_t source[16], destination[16];
};

static struct address_pair addresses_of(const uint8_t *frame,
					const struct frame_parts *parts)
{
	const uint8_t *ip = frame + parts->ethernet_end;
	struct address_pair pair = {};

	if (parts->version == 4) {
		memcpy(pair.source, ip + 12, 4);
		memcpy(pair.destination, ip + 16, 4);
	} else {
		memcpy(pair.source, ip + 8, 16);
		memcpy(pair.destination, frame + parts->destination_at, 16);
	}
	return pair;
}

static struct address_pair turned(struct address_pair pair)
{
	struct address_pair back;

	memcpy(back.source, pair.destination, sizeof(back.source));
	memcpy(back.destination, pair.source, sizeof(back.destination));
	return back;
}

static uint8_t *put_ethernet(struct nst_forged *forged, const uint8_t *frame,
			     const struct frame_parts *parts)
{
	memcpy(forged->frame, frame, parts->ethernet_end);
	if (forged->back) {
		memcpy(forged->frame, frame + ETH_ALEN, ETH_ALEN);
		memcpy(forged->frame + ETH_ALEN, frame, ETH_ALEN);
	}
	return forged->frame + parts->ethernet_end;
}

/* Return: behind it. The checksum comes at the end, by frame_sums_fix(). */
static uint8_t *put_ipv4(uint8_t *ip, const struct address_pair *pair, uint8_t tos,
			 uint8_t protocol, size_t carried)
{
	memset(ip, 0, IPV4_SIZE);
	ip[0] = 4 << 4 | IPV4_SIZE / 4;
	ip[1] = tos;
	put16(ip + 2, (uint16_t)(IPV4_SIZE + carried));
	put16(ip + 6, DONT_FRAGMENT);
	ip[8] = TTL;
	ip[9] = protocol;
	memcpy(ip + 12, pair->source, 4);
	memcpy(ip + 16, pair->destination, 4);
	return ip + IPV4_SIZE;
}

static uint8_t *put_ipv6(uint8_t *ip, const struct address_pair *pair, uint8_t protocol,
			 size_t carried)
{
	memset(ip, 0, IPV6_SIZE);
	ip[0] = 6 << 4;
	put16(ip + 4, (uint16_t)carried);
	ip[6] = protocol;
	ip[7] = TTL;
	memcpy(ip + 8, pair->source, 16);
	memcpy(ip + 24, pair->destination, 16);
	return ip + IPV6_SIZE;
}

static void finish(struct nst_forged *forged, const uint8_t *end)
{
	struct frame_parts parts;

	forged->size = (size_t)(end - forged->frame);
	frame_parts_find(forged->frame, forged->size, &parts);
	frame_sums_fix(forged->frame, &parts);
}

/* ---- TCP ---- */

/* What the RST says to one end about the segment that was seen. */
struct reset {
	uint16_t source_port, destination_port;
	uint32_t sequence, acknowledgment;
	uint8_t flags;
};

static struct reset reset_to_sender(const uint8_t *tcp, const struct frame_parts *parts)
{
	struct reset reset = { parts->destination_port, parts->source_port };

	if (parts->tcp_flags & TCP_ACK) {
		reset.sequence = get32(tcp + 8);
		reset.flags = TCP_RST;
		return reset;
	}
	reset.acknowledgment = get32(tcp + 4) + (parts->end - parts->payload_at) +
			       !!(parts->tcp_flags & TCP_SYN) +
			       !!(parts->tcp_flags & TCP_FIN);
	reset.flags = TCP_RST | TCP_ACK;
	return reset;
}

static struct reset reset_to_receiver(const uint8_t *tcp,
				      const struct frame_parts *parts)
{
	return (struct reset){
		parts->source_port,
		parts->destination_port,
		get32(tcp + 4) + !!(parts->tcp_flags & TCP_SYN),
		parts->tcp_flags & TCP_ACK ? get32(tcp + 8) : 0,
		TCP_RST | (parts->tcp_flags & TCP_ACK),
	};
}

static void forge_reset(const uint8_t *frame, const struct frame_parts *parts,
			bool to_sender, struct nst_forged *forged)
{
	const uint8_t *seen = frame + parts->transport_at;
	struct reset reset = to_sender ? reset_to_sender(seen, parts)
				       : reset_to_receiver(seen, parts);
	struct address_pair pair = addresses_of(frame, parts);
	uint8_t *ip, *tcp;

	forged->back = to_sender;
	if (to_sender)
		pair = turned(pair);
	ip = put_ethernet(forged, frame, parts);
	tcp = parts->version == 4 ? put_ipv4(ip, &pair, 0, IPPROTO_TCP, TCP_SIZE)
				  : put_ipv6(ip, &pair, IPPROTO_TCP, TCP_SIZE);
	memset(tcp, 0, TCP_SIZE);
	put16(tcp, reset.source_port);
	put16(tcp + 2, reset.destination_port);
	put32(tcp + 4, reset.sequence);
	put32(tcp + 8, reset.acknowledgment);
	tcp[12] = TCP_SIZE / 4 << 4;
	tcp[13] = reset.flags;
	finish(forged, tcp + TCP_SIZE);
}

/* ---- ICMP ---- */

static const struct {
	uint8_t type, code;
	uint8_t type6, code6;
} errors[NST_ICMPS] = {
	[NST_ICMP_NET_UNREACHABLE] = { ICMP_DEST_UNREACH, ICMP_NET_UNREACH,
				       ICMP6_DST_UNREACH, ICMP6_DST_UNREACH_NOROUTE },
	[NST_ICMP_HOST_UNREACHABLE] = { ICMP_DEST_UNREACH, ICMP_HOST_UNREACH,
					ICMP6_DST_UNREACH, ICMP6_DST_UNREACH_ADDR },
	[NST_ICMP_PORT_UNREACHABLE] = { ICMP_DEST_UNREACH, ICMP_PORT_UNREACH,
					ICMP6_DST_UNREACH, ICMP6_DST_UNREACH_NOPORT },
	[NST_ICMP_ADMIN_PROHIBITED] = { ICMP_DEST_UNREACH, ICMP_ADMIN_PROHIBITED,
					ICMP6_DST_UNREACH, ICMP6_DST_UNREACH_ADMIN },
	[NST_ICMP_FRAG_NEEDED] = { ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED,
				   ICMP6_PACKET_TOO_BIG, 0 },
	[NST_ICMP_TIME_EXCEEDED] = { ICMP_TIME_EXCEEDED, ICMP_EXC_TTL,
				     ICMP6_TIME_EXCEEDED, ICMP6_TIME_EXCEED_TRANSIT },
};

/* Of the error's own IP packet. */
static size_t quoted_size(const struct frame_parts *parts)
{
	size_t headers = (parts->version == 4 ? IPV4_SIZE : IPV6_SIZE) + ICMP_SIZE;
	size_t most = (parts->version == 4 ? ICMPV4_MOST : ICMPV6_MOST) - headers;
	size_t there = parts->end - parts->ethernet_end;

	return there < most ? there : most;
}

static void forge_error(const struct nst_fault *fault, const uint8_t *frame,
			const struct frame_parts *parts, struct nst_forged *forged)
{
	bool four = parts->version == 4;
	size_t quoted = quoted_size(parts), carried = ICMP_SIZE + quoted;
	struct address_pair pair = turned(addresses_of(frame, parts));
	uint8_t *ip, *icmp;

	forged->back = true;
	ip = put_ethernet(forged, frame, parts);
	icmp = four ? put_ipv4(ip, &pair, TOS_CONTROL, IPPROTO_ICMP, carried)
		    : put_ipv6(ip, &pair, IPPROTO_ICMPV6, carried);
	memset(icmp, 0, ICMP_SIZE);
	icmp[0] = four ? errors[fault->icmp].type : errors[fault->icmp].type6;
	icmp[1] = four ? errors[fault->icmp].code : errors[fault->icmp].code6;
	if (fault->icmp == NST_ICMP_FRAG_NEEDED)
		put32(icmp + 4, fault->value); /* IPv4: 16 bits of it, behind 16 of 0 */
	memcpy(icmp + ICMP_SIZE, frame + parts->ethernet_end, quoted);
	finish(forged, icmp + ICMP_SIZE + quoted);
}

/* ---- When ---- */

static bool is_zero(const uint8_t *bytes, size_t size)
{
	for (; size; size--)
		if (*bytes++)
			return false;
	return true;
}

/* One host's address: not a group, not "all", not "none". */
static bool is_single(const uint8_t *address, uint8_t version)
{
	if (version == 4)
		return address[0] < 224 && !is_zero(address, 4);
	return address[0] != 0xff && !is_zero(address, 16);
}

/* RFC 1122, 3.2.2; RFC 4443, 2.4 (e). */
static bool may_have_error(const uint8_t *frame, const struct frame_parts *parts)
{
	struct address_pair pair;

	if (!parts->version || parts->later || frame[0] & 1 ||
	    frame_is_icmp_error(parts) || frame_is_discovery(parts))
		return false;
	pair = addresses_of(frame, parts);
	return is_single(pair.source, parts->version) &&
	       is_single(pair.destination, parts->version);
}

static bool can_reset(const uint8_t *frame, const struct frame_parts *parts)
{
	struct address_pair pair;

	if (!frame_is(parts, IPPROTO_TCP) || parts->tcp_flags & TCP_RST)
		return false;
	pair = addresses_of(frame, parts);
	return is_single(pair.source, parts->version) &&
	       is_single(pair.destination, parts->version);
}

bool frame_can_forge(const struct nst_fault *fault, const uint8_t *frame,
		     const struct frame_parts *parts)
{
	switch (fault->action) {
	case NST_FAULT_RST:
		return can_reset(frame, parts);
	case NST_FAULT_ICMP:
		return may_have_error(frame, parts) &&
		       (fault->icmp != NST_ICMP_FRAG_NEEDED ||
			parts->end - parts->ethernet_end > fault->value);
	default:
		return true;
	}
}

size_t nst_fault_forge(const struct nst_fault *fault, const uint8_t *frame, size_t size,
		       struct nst_forged *ret_forged)
{
	struct frame_parts parts;
	size_t count = 0;

	frame_parts_find(frame, size, &parts);
	if (!frame_can_forge(fault, frame, &parts))
		return 0;
	if (fault->action == NST_FAULT_RST && fault->ends != NST_END_RECEIVER)
		forge_reset(frame, &parts, true, &ret_forged[count++]);
	if (fault->action == NST_FAULT_RST && fault->ends != NST_END_SENDER)
		forge_reset(frame, &parts, false, &ret_forged[count++]);
	if (fault->action == NST_FAULT_ICMP)
		forge_error(fault, frame, &parts, &ret_forged[count++]);
	return count;
}
