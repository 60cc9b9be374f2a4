/* SPDX-License-Identifier: MIT */
/* Faults that change the bytes of a frame. */
#include <netinet/in.h>

#include <netem/fault_rules.h>

#include "frame_edit.h"
#include "frame_sum.h"

enum {
	IPV4_LENGTH = 2,
	IPV4_TTL = 8,
	IPV4_SUM = 10,
	IPV6_SIZE = 40,
	IPV6_LENGTH = 4,
	IPV6_HOPS = 7,
	UDP_SIZE = 8,
	UDP_LENGTH = 4,
	ECN_MASK = 3,
	TCP_SIZE = 20,
	TCP_WINDOW = 14,
	TCP_SUM = 16,
};

/* ---- Fields of the IP and TCP headers ---- */

/* The TOS byte or the traffic class, which is the same in another place. */
static uint8_t traffic_class(const uint8_t *frame, const struct frame_parts *parts)
{
	const uint8_t *ip = frame + parts->ethernet_end;

	return parts->version == 4 ? ip[1] : (uint8_t)(get16(ip) >> 4);
}

/* IPv6 has no checksum. */
static void set_ipv4_word(uint8_t *ip, size_t at, uint16_t value)
{
	frame_sum_update(ip + IPV4_SUM, get16(ip + at), value);
	put16(ip + at, value);
}

static void set_traffic_class(uint8_t *frame, const struct frame_parts *parts,
			      uint8_t value)
{
	uint8_t *ip = frame + parts->ethernet_end;

	if (parts->version == 4)
		set_ipv4_word(ip, 0, (uint16_t)(ip[0] << 8 | value));
	else
		put16(ip, (uint16_t)((get16(ip) & 0xf00f) | value << 4));
}

static void set_ttl(uint8_t *frame, const struct frame_parts *parts, uint8_t value)
{
	uint8_t *ip = frame + parts->ethernet_end;

	if (parts->version == 4)
		set_ipv4_word(ip, IPV4_TTL, (uint16_t)(value << 8 | ip[IPV4_TTL + 1]));
	else
		ip[IPV6_HOPS] = value;
}

static bool has_window(const struct frame_parts *parts)
{
	return frame_is(parts, IPPROTO_TCP) && !parts->fragment &&
	       parts->end >= parts->transport_at + TCP_SIZE;
}

static void set_window(uint8_t *frame, const struct frame_parts *parts, uint16_t value)
{
	uint8_t *tcp = frame + parts->transport_at;

	frame_sum_update(tcp + TCP_SUM, get16(tcp + TCP_WINDOW), value);
	put16(tcp + TCP_WINDOW, value);
}

/* ---- Bytes anywhere ---- */

static void fix_sums(uint8_t *frame, size_t size)
{
	struct frame_parts parts;

	frame_parts_find(frame, size, &parts); /* anew: as the receiver will */
	frame_sums_fix(frame, &parts);
}

static size_t corrupt(const struct nst_fault *fault, uint8_t *frame,
		      const struct frame_parts *parts)
{
	size_t at, end;

	if (!frame_layer(parts, fault->layer, &at, &end))
		return parts->size;
	frame[at + fault->offset] ^= fault->mask ? fault->mask : 0xff;
	if (fault->fix_checksums)
		fix_sums(frame, parts->size);
	return parts->size;
}

/* The length of UDP covers the whole datagram, of which a fragment is a part. */
static void fix_udp_length(uint8_t *frame, const struct frame_parts *parts, size_t size)
{
	size_t length = size - parts->transport_at;

	if (frame_is(parts, IPPROTO_UDP) && !parts->fragment && length >= UDP_SIZE &&
	    length < get16(frame + parts->transport_at + UDP_LENGTH))
		put16(frame + parts->transport_at + UDP_LENGTH, (uint16_t)length);
}

/* Of a packet that now ends behind all of its IP headers. */
static void fix_lengths(uint8_t *frame, const struct frame_parts *parts, size_t size)
{
	uint8_t *ip = frame + parts->ethernet_end;
	size_t length = size - parts->ethernet_end;

	if (!parts->version || size < parts->transport_at || size >= parts->end)
		return;
	if (parts->version == 4)
		put16(ip + IPV4_LENGTH, (uint16_t)length);
	else
		put16(ip + IPV6_LENGTH, (uint16_t)(length - IPV6_SIZE));
	fix_udp_length(frame, parts, size);
}

static size_t truncate_to(const struct nst_fault *fault, uint8_t *frame,
			  const struct frame_parts *parts)
{
	size_t at, end;

	if (!frame_layer(parts, fault->layer, &at, &end))
		return parts->size;
	at += fault->size;
	if (fault->fix_checksums) {
		fix_lengths(frame, parts, at);
		fix_sums(frame, at);
	}
	return at;
}

/* ---- */

bool frame_can_edit(const struct nst_fault *fault, const uint8_t *frame,
		    const struct frame_parts *parts)
{
	size_t at, end;
	bool layer = frame_layer(parts, fault->layer, &at, &end);

	switch (fault->action) {
	case NST_FAULT_CORRUPT:
		return layer && fault->offset < end - at;
	case NST_FAULT_TRUNCATE:
		return layer && fault->size < end - at;
	case NST_FAULT_ECN_CE:
		return parts->version && traffic_class(frame, parts) & ECN_MASK;
	case NST_FAULT_DSCP:
	case NST_FAULT_TTL:
		return parts->version;
	case NST_FAULT_WINDOW:
		return has_window(parts);
	default:
		return true;
	}
}

size_t nst_fault_edit(const struct nst_fault *fault, uint8_t *frame, size_t size)
{
	struct frame_parts parts;
	uint8_t class;

	frame_parts_find(frame, size, &parts);
	if (!frame_can_edit(fault, frame, &parts))
		return size;
	class = parts.version ? traffic_class(frame, &parts) : 0;
	switch (fault->action) {
	case NST_FAULT_CORRUPT:
		return corrupt(fault, frame, &parts);
	case NST_FAULT_TRUNCATE:
		return truncate_to(fault, frame, &parts);
	case NST_FAULT_ECN_CE:
		set_traffic_class(frame, &parts, class | ECN_MASK);
		return size;
	case NST_FAULT_DSCP:
		set_traffic_class(frame, &parts,
				  (uint8_t)(fault->value << 2 | (class & ECN_MASK)));
		return size;
	case NST_FAULT_TTL:
		set_ttl(frame, &parts, (uint8_t)fault->value);
		return size;
	case NST_FAULT_WINDOW:
		set_window(frame, &parts, (uint16_t)fault->value);
		return size;
	default:
		return size;
	}
}
