/* SPDX-License-Identifier: MIT */
/* Where the headers of an Ethernet frame are. Pure; any bytes will do. */
#ifndef NETEM_FRAME_PARTS_H
#define NETEM_FRAME_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	TCP_FIN = 0x01,
	TCP_SYN = 0x02,
	TCP_RST = 0x04,
	TCP_ACK = 0x10,
};

/* 0 <= ethernet_end <= transport_at <= payload_at <= end <= size always. */
struct frame_parts {
	size_t size; /* of the frame */
	uint16_t
		ethertype; /* behind the VLAN tags; 0: the frame is too short for one */
	size_t ethernet_end;  /* behind the Ethernet header and its VLAN tags */
	uint8_t version;      /* 4 or 6, if the whole IP header is there; else 0 */
	uint8_t protocol;     /* of what the IP headers carry */
	bool fragment, later; /* a part of a packet; not its first */
	bool cut;             /* the IP packet ends behind the frame */
	bool whole;           /* the header of TCP, UDP, ICMP is there, and all of it */
	uint8_t tcp_flags;
	uint16_t source_port, destination_port; /* of TCP and UDP, if whole */
	uint8_t icmp_type;                      /* of ICMP and ICMPv6, if whole */
	size_t destination_at; /* IPv6: what the pseudo-header has as destination */
	size_t transport_at;   /* behind the IP headers */
	size_t payload_at;     /* behind the header of TCP, UDP or ICMP, if whole */
	size_t end;            /* of the IP packet; behind it is padding */
};

void frame_parts_find(const uint8_t *frame, size_t size, struct frame_parts *ret);

/* Where the bytes of a layer (enum nst_fault_layer) begin and end. Return: false if the
 * frame has no such layer. */
bool frame_layer(const struct frame_parts *parts, unsigned int layer, size_t *ret_at,
		 size_t *ret_end);

/* Whether it is of that protocol, and not a later fragment or cut in its header. */
static inline bool frame_is(const struct frame_parts *parts, uint8_t protocol)
{
	return parts->version && parts->whole && parts->protocol == protocol;
}

/* ICMP over IPv4 or ICMPv6 over IPv6. */
bool frame_is_icmp(const struct frame_parts *parts);

/* An ICMP or ICMPv6 error or redirect: what must never be answered by an error. */
bool frame_is_icmp_error(const struct frame_parts *parts);

/* IPv6 neighbour and router discovery (RFC 4861); multicast listeners (RFC 2710, 3810). */
bool frame_is_discovery(const struct frame_parts *parts);
bool frame_is_listener(const struct frame_parts *parts);

static inline uint16_t get16(const uint8_t *bytes)
{
	return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

static inline uint32_t get32(const uint8_t *bytes)
{
	return (uint32_t)get16(bytes) << 16 | get16(bytes + 2);
}

static inline void put16(uint8_t *bytes, uint16_t value)
{
	bytes[0] = (uint8_t)(value >> 8);
	bytes[1] = (uint8_t)value;
}

static inline void put32(uint8_t *bytes, uint32_t value)
{
	put16(bytes, (uint16_t)(value >> 16));
	put16(bytes + 2, (uint16_t)value);
}

#endif
