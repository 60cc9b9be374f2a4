/* SPDX-License-Identifier: MIT */
/* From the bytes of a frame to struct nst_packet, header by header. */
#include <arpa/inet.h>
#include <string.h>

#include <nstest/packet.h>

enum {
	ETHERTYPE_IPV4 = 0x0800,
	ETHERTYPE_ARP = 0x0806,
	ETHERTYPE_VLAN = 0x8100,
	ETHERTYPE_IPV6 = 0x86dd,
	ETHERTYPE_QINQ = 0x88a8,
	ETHERTYPE_QINQ_OLD = 0x9100,
};

/* What is left of a frame: every byte read is asked for first. */
struct reader {
	const uint8_t *frame;
	size_t at, end;
};

/* The next `count` bytes, or NULL if the frame ends before. */
static const uint8_t *take(struct reader *reader, size_t count)
{
	const uint8_t *bytes = reader->frame + reader->at;

	if (count > reader->end - reader->at)
		return NULL;
	reader->at += count;
	return bytes;
}

/* Lets the packet end where its IP header says: behind that is Ethernet padding. */
static void shorten(struct reader *reader, size_t left)
{
	if (left < reader->end - reader->at)
		reader->end = reader->at + left;
}

static uint16_t get16(const uint8_t *bytes)
{
	return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

static uint32_t get32(const uint8_t *bytes)
{
	return (uint32_t)get16(bytes) << 16 | get16(bytes + 2);
}

static enum nst_packet_kind decode_arp(struct reader *reader, struct nst_packet *packet)
{
	const uint8_t *arp = take(reader, 28);

	if (!arp)
		return NST_PACKET_TRUNCATED;
	/* Ethernet and IPv4, the only kind in use: RFC 826. */
	if (get16(arp) != 1 || get16(arp + 2) != ETHERTYPE_IPV4 || arp[4] != 6 ||
	    arp[5] != 4)
		return NST_PACKET_OTHER;
	packet->family = AF_INET;
	packet->arp_operation = get16(arp + 6);
	memcpy(packet->arp_mac, arp + 8, 6);
	memcpy(packet->source, arp + 14, 4);
	memcpy(packet->destination, arp + 24, 4);
	return NST_PACKET_ARP;
}

/* In two steps, because an ICMP error may quote no more than the first eight bytes. */
static enum nst_packet_kind decode_tcp(struct reader *reader, struct nst_packet *packet)
{
	const uint8_t *start = take(reader, 8);
	const uint8_t *rest = start ? take(reader, 12) : NULL;
	size_t header_size;

	if (start) {
		packet->source_port = get16(start);
		packet->destination_port = get16(start + 2);
		packet->sequence = get32(start + 4);
	}
	if (!rest)
		return NST_PACKET_TRUNCATED;
	packet->acknowledgment = get32(rest);
	packet->tcp_flags = rest[5] & 0x3f;
	packet->window = get16(rest + 6);
	header_size = (size_t)(rest[4] >> 4) * 4;
	if (header_size < 20 || !take(reader, header_size - 20))
		return NST_PACKET_TRUNCATED;
	return NST_PACKET_TCP;
}

static enum nst_packet_kind decode_udp(struct reader *reader, struct nst_packet *packet)
{
	const uint8_t *udp = take(reader, 8);

	if (!udp)
		return NST_PACKET_TRUNCATED;
	packet->source_port = get16(udp);
	packet->destination_port = get16(udp + 2);
	if (get16(udp + 4) >= 8) /* 0: a jumbogram */
		shorten(reader, get16(udp + 4) - 8U);
	return NST_PACKET_UDP;
}

/* The header that both ICMPs have: type, code, and what an echo carries. NULL: cut off. */
static const uint8_t *take_icmp(struct reader *reader, struct nst_packet *packet,
				uint8_t request, uint8_t reply)
{
	const uint8_t *icmp = take(reader, 8);

	if (!icmp)
		return NULL;
	packet->icmp_type = icmp[0];
	packet->icmp_code = icmp[1];
	if (icmp[0] == request || icmp[0] == reply) {
		packet->sequence = get16(icmp + 4);
		packet->acknowledgment = get16(icmp + 6);
	}
	return icmp;
}

static enum nst_packet_kind decode_icmp(struct reader *reader,
					struct nst_packet *packet)
{
	return take_icmp(reader, packet, 8, 0) ? NST_PACKET_ICMP : NST_PACKET_TRUNCATED;
}

static enum nst_packet_kind decode_icmpv6(struct reader *reader,
					  struct nst_packet *packet)
{
	const uint8_t *icmp = take_icmp(reader, packet, 128, 129);

	if (!icmp)
		return NST_PACKET_TRUNCATED;
	if (icmp[0] < 135 || icmp[0] > 137)
		return NST_PACKET_ICMPV6;
	if (reader->end - reader->at < sizeof(packet->target))
		return NST_PACKET_TRUNCATED;
	memcpy(packet->target, reader->frame + reader->at, sizeof(packet->target));
	return NST_PACKET_ICMPV6;
}

/* What an IP header carries, `packet` knowing which. */
static enum nst_packet_kind decode_carried(struct reader *reader,
					   struct nst_packet *packet)
{
	switch (packet->ip_protocol) {
	case IPPROTO_TCP:
		return decode_tcp(reader, packet);
	case IPPROTO_UDP:
		return decode_udp(reader, packet);
	case IPPROTO_ICMP:
		return packet->family == AF_INET ? decode_icmp(reader, packet)
						 : NST_PACKET_OTHER;
	case IPPROTO_ICMPV6:
		return packet->family == AF_INET6 ? decode_icmpv6(reader, packet)
						  : NST_PACKET_OTHER;
	default:
		return NST_PACKET_OTHER;
	}
}

static enum nst_packet_kind decode_ipv4(struct reader *reader,
					struct nst_packet *packet)
{
	const uint8_t *ip = take(reader, 20);
	size_t header_size, total;

	if (!ip || ip[0] >> 4 != 4)
		return NST_PACKET_TRUNCATED;
	header_size = (size_t)(ip[0] & 0xf) * 4;
	total = get16(ip + 2);
	packet->family = AF_INET;
	packet->ttl = ip[8];
	packet->ip_protocol = ip[9];
	memcpy(packet->source, ip + 12, 4);
	memcpy(packet->destination, ip + 16, 4);
	if (header_size < 20 || !take(reader, header_size - 20))
		return NST_PACKET_TRUNCATED;
	/* 0: a segment of more than 64 KiB on its way to be cut (BIG TCP). */
	if (total && total < header_size)
		return NST_PACKET_TRUNCATED;
	if (total)
		shorten(reader, total - header_size);
	packet->fragment_at = (uint16_t)((get16(ip + 6) & 0x1fff) * 8);
	if (packet->fragment_at)
		return NST_PACKET_FRAGMENT;
	return decode_carried(reader, packet);
}

/* Walks one extension header. Return: 1: go on behind it; 0: none, this is carried. */
static int extension(struct reader *reader, struct nst_packet *packet,
		     enum nst_packet_kind *ret_kind)
{
	uint8_t protocol = packet->ip_protocol;
	const uint8_t *header;
	size_t more;

	if (protocol != IPPROTO_HOPOPTS && protocol != IPPROTO_ROUTING &&
	    protocol != IPPROTO_FRAGMENT && protocol != IPPROTO_DSTOPTS &&
	    protocol != IPPROTO_AH)
		return 0;
	*ret_kind = NST_PACKET_TRUNCATED;
	header = take(reader, 8);
	if (!header)
		return -1;
	packet->ip_protocol = header[0];
	if (protocol == IPPROTO_FRAGMENT) {
		packet->fragment_at = get16(header + 2) & 0xfff8;
		*ret_kind = NST_PACKET_FRAGMENT;
		return packet->fragment_at ? -1 : 1;
	}
	/* AH counts in words of 4 and leaves out two: RFC 4302 §2.2. */
	more = protocol == IPPROTO_AH ? (size_t)header[1] * 4 : (size_t)header[1] * 8;
	return take(reader, more) ? 1 : -1;
}

static enum nst_packet_kind decode_ipv6(struct reader *reader,
					struct nst_packet *packet)
{
	const uint8_t *ip = take(reader, 40);
	enum nst_packet_kind kind;
	int more;

	if (!ip || ip[0] >> 4 != 6)
		return NST_PACKET_TRUNCATED;
	packet->family = AF_INET6;
	packet->ip_protocol = ip[6];
	packet->ttl = ip[7];
	memcpy(packet->source, ip + 8, 16);
	memcpy(packet->destination, ip + 24, 16);
	if (get16(ip + 4)) /* 0: a jumbogram */
		shorten(reader, get16(ip + 4));
	do
		more = extension(reader, packet, &kind);
	while (more > 0);
	return more < 0 ? kind : decode_carried(reader, packet);
}

static enum nst_packet_kind decode_ethernet(struct reader *reader,
					    struct nst_packet *packet)
{
	const uint8_t *header = take(reader, 14);
	bool tagged = false;

	if (!header)
		return NST_PACKET_TRUNCATED;
	memcpy(packet->destination_mac, header, 6);
	memcpy(packet->source_mac, header + 6, 6);
	packet->ethertype = get16(header + 12);
	while (packet->ethertype == ETHERTYPE_VLAN ||
	       packet->ethertype == ETHERTYPE_QINQ ||
	       packet->ethertype == ETHERTYPE_QINQ_OLD) {
		header = take(reader, 4);
		if (!header)
			return NST_PACKET_TRUNCATED;
		if (!tagged)
			packet->vlan = get16(header) & 0xfff;
		tagged = true;
		packet->ethertype = get16(header + 2);
	}
	switch (packet->ethertype) {
	case ETHERTYPE_ARP:
		return decode_arp(reader, packet);
	case ETHERTYPE_IPV4:
		return decode_ipv4(reader, packet);
	case ETHERTYPE_IPV6:
		return decode_ipv6(reader, packet);
	default:
		return NST_PACKET_OTHER;
	}
}

void nst_packet_decode(const uint8_t *frame, size_t size, struct nst_packet *ret_packet)
{
	struct reader reader = { .frame = frame, .end = size };

	*ret_packet = (struct nst_packet){};
	ret_packet->kind = decode_ethernet(&reader, ret_packet);
	ret_packet->payload_at = reader.at;
	ret_packet->payload_size = reader.end - reader.at;
}

/* RFC 792: unreachable, source quench, redirect, time exceeded, parameter problem.
 * RFC 4443 §2.1: errors are the types below 128. */
static bool is_error(const struct nst_packet *packet)
{
	uint8_t type = packet->icmp_type;

	if (packet->kind == NST_PACKET_ICMP)
		return type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
	return packet->kind == NST_PACKET_ICMPV6 && type > 0 && type < 128;
}

bool nst_packet_quoted(const uint8_t *frame, size_t size,
		       const struct nst_packet *packet, struct nst_packet *ret_quoted)
{
	struct reader reader = { .frame = frame,
				 .at = packet->payload_at,
				 .end = size };
	struct nst_packet quoted = { .ethertype = packet->ethertype };

	if (!is_error(packet) || reader.at > size)
		return false;
	shorten(&reader, packet->payload_size);
	quoted.kind = packet->family == AF_INET ? decode_ipv4(&reader, &quoted)
						: decode_ipv6(&reader, &quoted);
	if (!quoted.family)
		return false;
	quoted.payload_at = reader.at;
	quoted.payload_size = reader.end - reader.at;
	*ret_quoted = quoted;
	return true;
}
