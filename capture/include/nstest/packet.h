/* SPDX-License-Identifier: MIT */
/**
 * What a frame says, for people and for checks: Ethernet (with 802.1Q/ad), ARP, IPv4,
 * IPv6 with extension headers, ICMP, ICMPv6 with neighbour discovery, TCP, UDP.
 * Pure; takes any bytes.
 *
 *	struct nst_packet packet;
 *	char line[160];
 *
 *	nst_packet_decode(frame, size, &packet);
 *	if (packet.kind == NST_PACKET_TCP && packet.tcp_flags == NST_SYN)
 *		nst_packet_print(&packet, line, sizeof(line));
 *
 * No length that a frame announces is believed beyond its end: payload_at and
 * payload_size always lie inside the bytes that were given.
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
	NST_PACKET_TRUNCATED, /**< ends inside a header, or a header contradicts itself;
			       *   what came before that is filled in */
};

/** TCP flags, RFC 9293 §3.1. */
enum { NST_FIN = 1, NST_SYN = 2, NST_RST = 4, NST_PSH = 8, NST_ACK = 16, NST_URG = 32 };

struct nst_packet {
	enum nst_packet_kind kind;
	uint8_t source_mac[6], destination_mac[6];
	uint16_t ethertype; /**< host order, behind any VLAN tags */
	uint16_t vlan;      /**< outermost VLAN id; 0: none */
	int family;         /**< AF_INET, AF_INET6; 0: not IP (ARP is AF_INET) */
	uint8_t source[16],
		destination[16];  /**< 4 or 16 bytes; of ARP: sender, target */
	uint8_t ttl, ip_protocol; /**< of IPv6: behind its extension headers */
	uint16_t fragment_at; /**< of a fragment: where its bytes belong in the whole */
	uint16_t source_port, destination_port; /**< TCP, UDP */
	uint8_t tcp_flags;
	uint32_t sequence, acknowledgment; /**< TCP; ICMP echo: identifier, sequence */
	uint16_t window;
	uint8_t icmp_type, icmp_code;
	uint8_t target[16]; /**< of a neighbour solicitation, advertisement or redirect
			     */
	uint16_t arp_operation;
	uint8_t arp_mac[6];              /**< the sender's own word on its MAC */
	size_t payload_at, payload_size; /**< behind the last header decoded; of ICMP:
			       *   behind its 8 bytes (an error quotes there) */
};

/** Decodes a frame that begins with an Ethernet header. */
void nst_packet_decode(const uint8_t *frame, size_t size,
		       struct nst_packet *ret_packet);

/**
 * Decodes what an ICMP or ICMPv6 error quotes of the packet that caused it. Only the
 * first 8 bytes of a TCP segment need to be there (RFC 792): then the kind is
 * NST_PACKET_TRUNCATED, and addresses, ip_protocol, ports and sequence are known.
 *
 * Return: whether `packet`, decoded from `frame`, is such an error and quotes an IP
 * header of its own family.
 */
bool nst_packet_quoted(const uint8_t *frame, size_t size,
		       const struct nst_packet *packet, struct nst_packet *ret_quoted);

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
