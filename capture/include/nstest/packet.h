/* SPDX-License-Identifier: MIT */
/**
 * What a frame says, for people and for checks: Ethernet (with 802.1Q/ad), ARP, IPv4,
 * IPv6 with extension headers, ICMP, ICMPv6 with neighbour discovery, TCP, UDP.
 * Pure; takes any bytes.
 */
#ifndef NSTEST_PACKET_H
#define NSTEST_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum nst_packet_kind {
	NST_PACKET_OTHER, /**< an ethertype or protocol not decoded further */
	NST_PACKET_ARP,
	NST_PACKET_TCP,
	NST_PACKET_UDP,
	NST_PACKET_ICMP,
	NST_PACKET_ICMPV6,
	NST_PACKET_FRAGMENT,  /**< an IP fragment that is not the first */
	NST_PACKET_TRUNCATED, /**< ends inside a header it announces */
};

/** TCP flags, RFC 9293 §3.1. */
enum { NST_FIN = 1, NST_SYN = 2, NST_RST = 4, NST_PSH = 8, NST_ACK = 16, NST_URG = 32 };

struct nst_packet {
	enum nst_packet_kind kind;
	uint16_t ethertype; /**< host order, behind any VLAN tags */
	uint16_t vlan;	    /**< outermost VLAN id; 0: none */
	int family;	    /**< AF_INET, AF_INET6; 0: not IP */
	uint8_t source[16], destination[16]; /**< 4 or 16 bytes; of ARP: sender, target */
	uint8_t ttl, ip_protocol;
	uint16_t source_port, destination_port; /**< TCP, UDP */
	uint8_t tcp_flags;
	uint32_t sequence, acknowledgment; /**< TCP; ICMP echo: identifier, sequence */
	uint16_t window;
	uint8_t icmp_type, icmp_code;
	uint16_t arp_operation;
	size_t payload_at, payload_size; /**< of TCP, UDP, ICMP (an error quotes from there) */
};

/** Decodes a frame that begins with an Ethernet header. */
void nst_packet_decode(const uint8_t *frame, size_t size, struct nst_packet *ret_packet);

/**
 * One line without a newline, as in
 *	10.0.0.1:41000 > 10.0.0.2:80 TCP SYN seq 1 win 64240
 *	10.0.0.1 > 10.0.0.2 ICMP echo request id 7 seq 1
 *	ARP who has 10.0.0.2? tell 10.0.0.1
 * Returns what snprintf() would.
 */
int nst_packet_print(const struct nst_packet *packet, char *text, size_t size);

#ifdef __cplusplus
}
#endif
#endif
