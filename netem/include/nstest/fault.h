/* SPDX-License-Identifier: MIT */
/**
 * A fault: what happens to exactly these packets. No netem can do it; the wire engine does.
 *
 *	{ .match = "syn-ack", .nth = 2, .action = NST_FAULT_DROP }
 *	{ .match = "data", .from = 3, .to = 5, .action = NST_FAULT_CORRUPT, .offset = 80 }
 *	{ .match = "dns and dst host 10.0.0.2", .action = NST_FAULT_DELAY,
 *	  .delay_us = NST_MS(500) }
 *
 * Which packets: those that match, counted from 1 for each rule and direction by
 * themselves, and of these the ones that nth, from–to, every, probability, after_bytes
 * select. A rule that gives none of these takes all that match.
 *
 * A packet to which the action cannot be done passes as if the rule were not there: an RST
 * for UDP, byte 80 of a packet of 60, "fragmentation needed" about one that fits.
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
	NST_FAULT_LOG, /**< only counted and traced; other faults may act on it */
	NST_FAULT_DROP,
	NST_FAULT_DELAY,     /**< by delay_us, in addition to the impairment */
	NST_FAULT_DUPLICATE, /**< `copies` more; 0: 1 */
	NST_FAULT_CORRUPT,   /**< byte at `offset` of the layer is xor'ed with `mask` */
	NST_FAULT_TRUNCATE,  /**< to `size` bytes of the layer */
	NST_FAULT_HOLD,      /**< until `hold` others of this direction have passed */
	NST_FAULT_RST,  /**< forged RSTs for its connection, to `ends`; it is dropped */
	NST_FAULT_ICMP, /**< an ICMP error about it to its sender; it is dropped */
	NST_FAULT_ECN_CE, /**< congestion experienced, if it is ECN-capable (RFC 3168) */
	NST_FAULT_DSCP,   /**< the DSCP becomes `value` (RFC 2474) */
	NST_FAULT_TTL,    /**< the TTL or hop limit becomes `value` */
	/** TCP: its receiver's window becomes `value`, 0–65535, as in the header: times
	 *  what the connection has agreed on (RFC 7323). 0: a zero window, and its peer
	 *  probes until one comes that is open. */
	NST_FAULT_WINDOW,
	NST_FAULT_ACTIONS,
};

/** From where offset and size count. Padding behind an IP packet belongs to the frame only.
 *  The payload is what follows the TCP, UDP or ICMP header; of other packets and later
 *  fragments, what follows the IP headers; of other frames, what follows Ethernet's. */
enum nst_fault_layer {
	NST_LAYER_FRAME,
	NST_LAYER_IP,
	NST_LAYER_TRANSPORT,
	NST_LAYER_PAYLOAD,
	NST_LAYERS,
};

/** Who gets a forged RST: of the packet that was taken. */
enum nst_fault_ends { NST_END_BOTH, NST_END_SENDER, NST_END_RECEIVER, NST_ENDS };

/** Which ICMP error; ICMPv6's equivalent over IPv6. It comes from the packet's own
 *  destination: the only address of which it is certain that the sender has a route to it. */
enum nst_fault_icmp {
	NST_ICMP_NET_UNREACHABLE,
	NST_ICMP_HOST_UNREACHABLE,
	NST_ICMP_PORT_UNREACHABLE,
	NST_ICMP_ADMIN_PROHIBITED,
	/** With the MTU in `value`, about packets that are bigger only; Packet Too Big over
	 *  IPv6. Without `match` this is a narrow link. */
	NST_ICMP_FRAG_NEEDED,
	NST_ICMP_TIME_EXCEEDED,
	NST_ICMPS,
};

struct nst_fault {
	/**
	 * Which packets: one of the words of nst_fault_words, which hold for IPv4 and IPv6
	 * alike; or a pcap filter (pcap-filter(7), whose tcp[…] is IPv4 only); or both: words
	 * first, each with "not " before it if it must not hold, then " and ", then the filter:
	 * "syn and dst port 80", "not fin and not rst and (port 80 or port 443)".
	 * NULL: every packet but ARP, IPv6 neighbour and router discovery, and MLD.
	 */
	const char *match;

	/* Which of those */
	uint64_t nth;      /**< exactly this one, from 1 */
	uint64_t from, to; /**< from this to that one, both included; to 0: no end */
	uint64_t every;    /**< every k-th, from the one with the number `from` on */
	uint32_t probability_ppm; /**< of these, drawn from the seed; 0: all */
	uint64_t
		after_bytes; /**< counting begins when so many payload bytes have matched */

	enum nst_fault_action action;
	int64_t delay_us; /**< 1 … 3,600,000,000 */
	uint32_t copies;  /**< 0 … 1,000 */
	enum nst_fault_layer layer;
	uint32_t offset, size;
	uint8_t mask; /**< 0: 0xff */
	/** After the change, lengths (TRUNCATE) and checksums of IP, TCP, UDP, ICMP are made
	 *  right for it. Those of fragments cannot. DSCP, TTL, WINDOW, ECN_CE need not ask. */
	bool fix_checksums;
	uint32_t hold; /**< 1 … */
	enum nst_fault_ends ends;
	enum nst_fault_icmp icmp;
	uint32_t value;

	const char *name; /**< in messages and the trace; default: nst_fault_print() */
	bool may_miss;    /**< a case in which it never fires is not wrong */
};

/** Refuses what makes no sense, with a sentence: -EINVAL, and *ret_at (may be NULL) names
 *  the member. A filter is compiled to see whether it can be. */
int nst_fault_check(const struct nst_fault *fault, const char **ret_at);

/** One line for people: "drop the 2nd syn-ack". Like snprintf(). */
int nst_fault_print(const struct nst_fault *fault, char *text, size_t size);

/** A word and what it means. */
struct nst_word {
	const char *name, *what;
};

/** The words for `match`; the last one has no name. */
extern const struct nst_word nst_fault_words[];

/** The words of people for the enums, in their order; behind the last, one has no name. */
extern const struct nst_word nst_fault_action_words[NST_FAULT_ACTIONS + 1];
extern const struct nst_word nst_fault_layer_words[NST_LAYERS + 1];
extern const struct nst_word nst_fault_end_words[NST_ENDS + 1];
extern const struct nst_word nst_fault_icmp_words[NST_ICMPS + 1];

/** The place of a word in one of these; -1: it is not there. */
int nst_word_find(const struct nst_word *words, const char *name);

#ifdef __cplusplus
}
#endif
#endif
