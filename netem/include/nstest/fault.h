/* SPDX-License-Identifier: MIT */
/**
 * A fault: what happens to exactly these packets. No netem can do it; the wire engine does.
 *
 *	{ .match = "syn-ack", .nth = 2, .action = NST_FAULT_DROP }
 *	{ .match = "data", .from = 3, .to = 5, .action = NST_FAULT_CORRUPT, .offset = 80 }
 *	{ .match = "udp port 53", .action = NST_FAULT_DELAY, .delay_us = NST_MS(500) }
 *
 * Which packets: those that match, counted from 1 for each rule and direction by
 * themselves, and of these the ones that nth, from–to, every, probability, after_bytes
 * select. A rule that gives none of these takes all that match.
 */
#ifndef NSTEST_FAULT_H
#define NSTEST_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum nst_fault_action {
	NST_FAULT_LOG, /**< only counted and traced */
	NST_FAULT_DROP,
	NST_FAULT_DELAY,     /**< by delay_us, in addition to the impairment */
	NST_FAULT_DUPLICATE, /**< `copies` more; 0: 1 */
	NST_FAULT_CORRUPT,   /**< byte at `offset` of the layer is xor'ed with `mask` */
	NST_FAULT_TRUNCATE,  /**< to `size` bytes of the layer */
	NST_FAULT_HOLD,	     /**< until `hold` others of this direction have passed */
	NST_FAULT_RST,	     /**< forged RSTs for its connection, to `ends`; it is dropped */
	NST_FAULT_ICMP,	     /**< an ICMP error about it to its sender; it is dropped */
	NST_FAULT_ECN_CE,    /**< congestion experienced (RFC 3168) */
	NST_FAULT_DSCP,	     /**< the DSCP becomes `value` (RFC 2474) */
	NST_FAULT_TTL,	     /**< the TTL or hop limit becomes `value` */
	NST_FAULT_ACTIONS,
};

/** From where offset and size count. */
enum nst_fault_layer { NST_LAYER_FRAME, NST_LAYER_IP, NST_LAYER_TRANSPORT, NST_LAYER_PAYLOAD };

/** Who gets a forged RST. */
enum nst_fault_ends { NST_END_BOTH, NST_END_SENDER, NST_END_RECEIVER };

/** Which ICMP error; ICMPv6's equivalent over IPv6. */
enum nst_fault_icmp {
	NST_ICMP_NET_UNREACHABLE,
	NST_ICMP_HOST_UNREACHABLE,
	NST_ICMP_PORT_UNREACHABLE,
	NST_ICMP_ADMIN_PROHIBITED,
	NST_ICMP_FRAG_NEEDED, /**< with the MTU in `value`; Packet Too Big over IPv6 */
	NST_ICMP_TIME_EXCEEDED,
};

struct nst_fault {
	/** A pcap filter (pcap-filter(7)), or a shorthand that holds for IPv4 and IPv6: syn,
	 * syn-ack, ack, rst, fin, data, dns, arp, nd, icmp, …; NULL: every packet. */
	const char *match;

	/* Which of those */
	uint64_t nth;		 /**< exactly this one, from 1 */
	uint64_t from, to;	 /**< from this to that one, both included; to 0: no end */
	uint64_t every;		 /**< every k-th */
	uint32_t probability_ppm;/**< of these, drawn from the seed; 0: all */
	uint64_t after_bytes;	 /**< once so many payload bytes have matched */

	enum nst_fault_action action;
	int64_t delay_us;
	uint32_t copies;
	enum nst_fault_layer layer;
	uint32_t offset, size;
	uint8_t mask;	    /**< 0: 0xff */
	bool fix_checksums; /**< of IP, TCP, UDP, ICMP, after the change */
	uint32_t hold;
	enum nst_fault_ends ends;
	enum nst_fault_icmp icmp;
	uint32_t value;

	const char *name; /**< in messages and the trace; default: made from the rest */
	bool may_miss;	  /**< a case in which it never fires is not wrong */
};

/** Refuses what makes no sense, with a sentence: -EINVAL, and *ret_at (may be NULL) names
 *  the member. A filter is compiled to see whether it can be. */
int nst_fault_check(const struct nst_fault *fault, const char **ret_at);

/** One line for people: "drop the 2nd syn-ack". Like snprintf(). */
int nst_fault_print(const struct nst_fault *fault, char *text, size_t size);

#ifdef __cplusplus
}
#endif
#endif
