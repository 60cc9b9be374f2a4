/* SPDX-License-Identifier: MIT */
/**
 * A packet ladder: who sent what to whom and when, and what never arrived.
 *
 *	            client      server
 *	 +0.000000  |---------->|       ARP who has 10.0.0.2? tell 10.0.0.1
 *	 +0.000011  |<----------|       ARP 10.0.0.2 is at 02:00:00:00:00:02
 *	 +0.000030  |------x    |       10.0.0.1:41000 > 10.0.0.2:80 TCP SYN seq 0 win
 *64240
 *
 * A packet is seen where it leaves and where it arrives; both together are one rung,
 * known by equal bytes. `x`: it left, and was not seen to arrive at the other end.
 * `?-->`: it arrived, and was not seen to leave. What arrived with a few bytes changed,
 *or cut short, is said to be so. TCP numbers are relative to the first of the
 *connection. Up to four hosts are drawn; of more, a rung is "client:eth0 ->
 *server:eth0". Pure.
 */
#ifndef NSTEST_LADDER_H
#define NSTEST_LADDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** An interface that was listened to, also if it saw nothing. */
struct nst_ladder_interface {
	const char *name;  /**< "host:eth0" */
	unsigned int peer; /**< 1 + the number of the one at the other end of the link;
			    *   0: to be guessed from the traffic */
};

/** A frame seen at an interface. */
struct nst_sighting {
	uint64_t time_ns;
	unsigned int interface; /**< which of the interfaces */
	bool outgoing;
	const uint8_t *frame; /**< begins with an Ethernet header */
	size_t size;
	const char *comment; /**< shown behind the packet; NULL: none */
};

struct nst_ladder {
	const struct nst_ladder_interface *interfaces;
	size_t interface_count;
	const struct nst_sighting *sightings; /**< in any order; best by time */
	size_t count;
	unsigned int lines; /**< rungs shown, the first and the last ones; 0: 40 */
};

/**
 * Return: 0, and malloc'd text, the caller's, each line with its newline ("" of no
 * sightings); -EINVAL: a sighting's interface is none; -ENOMEM.
 */
int nst_ladder_print(const struct nst_ladder *ladder, char **ret_text);

/**
 * The same for programs. The first line: when the first packet was seen (ns), a tab, how
 * many packets in the middle are left out (of more than `lines`; 0: 2,000). Then a line
 * a packet, fields parted by tabs, times in ns since the first, a field that is not known
 * empty:
 *
 *	left, arrived, from ("host:eth0"), to, fate (arrived, again, changed, shorter,
 *	unsent, lost, nobody), bytes of the frame, kind (tcp, udp, icmp, icmpv6, arp,
 *	fragment, truncated, other), source, destination ("10.0.0.1:80"), TCP flags, seq,
 *	ack (relative), bytes of payload, the packet in words, comment
 *
 * "" of no sightings. Return: as nst_ladder_print().
 */
int nst_ladder_table(const struct nst_ladder *ladder, char **ret_text);

#ifdef __cplusplus
}
#endif
#endif
