/* SPDX-License-Identifier: MIT */
/* Which packets belong to the probe. Pure.
 *
 * How it works. A packet is recognised by what stays the same when addresses and ports are
 * rewritten on its way: a TCP segment by its sequence numbers, a datagram and an echo by
 * a nonce in their payload, an ICMP error by what it quotes. Where a packet cannot carry
 * such a mark (the answer of somebody else's UDP server), by its ports.
 */
#ifndef PROBE_TRACK_H
#define PROBE_TRACK_H

#include <lab/plan.h>
#include <nstest/probe.h>

#include <probe/sighting.h>

/* What a probe sends to its own listener, and in datagrams and echoes always. */
enum { PAYLOAD_SIZE = 32, PAYLOAD_MAGIC = 0x6e737470 /* "nstp" */ };

struct tracked {
	enum nst_protocol protocol;
	int family;
	size_t from;   /* node that asks */
	uint16_t port; /* the asker's: unique in the lab; ICMP: the identifier */
	uint16_t to_port;
	uint32_t nonce;
	bool knows_sequence, knows_answer;
	bool extended;     /* its packets have an extension header of 8 bytes */
	bool alone;        /* one segment of no connection, with `sequence` */
	uint32_t sequence; /* of the SYN */
	uint32_t answer;   /* of the SYN-ACK */
	struct nst_address
		neighbour; /* whose discovery is watched; family 0: nobody's */
};

/* Writes the payload that carries the nonce: PAYLOAD_SIZE bytes. */
void track_payload(const struct tracked *tracked, uint8_t *payload);

/* Whether these bytes are it. */
bool track_is_payload(const struct tracked *tracked, const uint8_t *bytes, size_t size);

/* Which leg of the probe a packet is, decoded in `sighting`; LEG_NONE if it is not of this
 * probe. Learns the sequence numbers as they go by. */
enum leg track_leg(struct tracked *tracked, const struct sighting *sighting);

#endif
