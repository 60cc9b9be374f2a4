/* SPDX-License-Identifier: MIT */
/* Checksums of frames. */
#include <netinet/in.h>

#include "frame_sum.h"

enum {
	IPV4_SUM = 10,
	IPV4_ADDRESSES = 12,
	IPV6_SOURCE = 8,
	IPV6_ADDRESS = 16,
	TCP_SUM = 16,
	UDP_SIZE = 8,
	UDP_LENGTH = 4,
	UDP_SUM = 6,
	ICMP_SUM = 2,
};

static uint64_t add(uint64_t sum, const uint8_t *bytes, size_t size)
{
	for (; size > 1; size -= 2, bytes += 2)
		sum += get16(bytes);
	return size ? sum + ((uint64_t)*bytes << 8) : sum;
}

static uint16_t fold(uint64_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

/* RFC 9293, 3.1; RFC 8200, 8.1. */
static uint64_t pseudo_header(const uint8_t *frame, const struct frame_parts *parts,
			      size_t length)
{
	const uint8_t *ip = frame + parts->ethernet_end;
	uint64_t sum = length + parts->protocol;

	if (parts->version == 4)
		return add(sum, ip + IPV4_ADDRESSES, 8);
	sum = add(sum, ip + IPV6_SOURCE, IPV6_ADDRESS);
	return add(sum, frame + parts->destination_at, IPV6_ADDRESS);
}

static void fix_transport(uint8_t *frame, const struct frame_parts *parts,
			  size_t sum_at, size_t length)
{
	uint8_t *transport = frame + parts->transport_at;
	bool icmp = parts->protocol == IPPROTO_ICMP;
	uint64_t sum = icmp ? 0 : pseudo_header(frame, parts, length);

	put16(transport + sum_at, 0);
	put16(transport + sum_at, fold(add(sum, transport, length)));
}

/* It covers what its own length says, which may be less than what there is. A length that
 * cannot be is refused by every receiver before it looks at the checksum. */
static void fix_udp(uint8_t *frame, const struct frame_parts *parts)
{
	uint8_t *udp = frame + parts->transport_at;
	size_t length = get16(udp + UDP_LENGTH),
	       there = parts->end - parts->transport_at;

	if (length == 0 && there > UINT16_MAX) /* a jumbogram */
		length = there;
	if (length < UDP_SIZE || length > there)
		return;
	if (parts->version == 4 && get16(udp + UDP_SUM) == 0)
		return;
	fix_transport(frame, parts, UDP_SUM, length);
	if (get16(udp + UDP_SUM) == 0) /* that would mean: none (RFC 768) */
		put16(udp + UDP_SUM, 0xffff);
}

void frame_sums_fix(uint8_t *frame, const struct frame_parts *parts)
{
	size_t length = parts->end - parts->transport_at;

	if (parts->version == 4) {
		uint8_t *ip = frame + parts->ethernet_end;

		put16(ip + IPV4_SUM, 0);
		put16(ip + IPV4_SUM,
		      fold(add(0, ip, parts->transport_at - parts->ethernet_end)));
	}
	if (parts->fragment || parts->cut)
		return;
	if (frame_is(parts, IPPROTO_TCP))
		fix_transport(frame, parts, TCP_SUM, length);
	else if (frame_is(parts, IPPROTO_UDP))
		fix_udp(frame, parts);
	else if (frame_is_icmp(parts))
		fix_transport(frame, parts, ICMP_SUM, length);
}

void frame_sum_update(uint8_t *sum, uint16_t before, uint16_t after)
{
	uint64_t all = (uint16_t)~get16(sum);

	put16(sum, fold(all + (uint16_t)~before + after));
}
