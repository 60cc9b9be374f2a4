/* SPDX-License-Identifier: MIT */
/* A frame on its way, and the memory that frames live in. */
#ifndef NETEM_WIRE_FRAME_H
#define NETEM_WIRE_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	WIRE_FRAME_USUAL = 2048, /* room of most frames */
	WIRE_FRAME_MOST = 65568, /* an MTU of 65,535, an Ethernet header, two tags */
	WIRE_TAG = 4,            /* bytes of a VLAN tag */
};

/* CLOCK_MONOTONIC in nanoseconds. */
uint64_t wire_now(void);

/* `bytes` points into `store`, with room for one VLAN tag in front. */
struct wire_frame {
	uint64_t came_ns;  /* CLOCK_MONOTONIC */
	uint64_t stamp_ns; /* the same moment, CLOCK_REALTIME, as the kernel told it */
	uint64_t leave_ns; /* the same clock: when it is due */
	uint64_t number;   /* in its direction; bit 63: see enum wire_kind */
	uint64_t serial;   /* the same for all kinds */
	uint64_t late_ns;  /* a fault's delay, on top of the model's */
	struct wire_frame *next; /* in whatever list it is */
	uint32_t direction;      /* 2 * link + enum nst_direction */
	uint32_t size, room;
	uint32_t digest;   /* of its bytes as they came */
	uint32_t in_model; /* copies of it that its model holds */
	uint32_t more;     /* copies that a fault makes of it when it leaves */
	uint32_t wait_for; /* others that must leave first */
	uint8_t kind;      /* enum wire_kind */
	uint8_t turn;      /* of struct wire_engine, when it came: odd or even */
	bool original;     /* neither a copy nor forged */
	bool backwards;    /* leaves where its direction begins */
	uint8_t *bytes;
	uint8_t store[];
};

/* Frames of the usual room are kept for the next; `most` bounds the memory of all. */
struct wire_pool {
	struct wire_frame *spare;
	size_t bytes, most;
};

/* With so much room at `bytes`; NULL if memory is out or the bound is reached. */
struct wire_frame *wire_frame_new(struct wire_pool *pool, size_t room);
void wire_frame_free(struct wire_pool *pool, struct wire_frame *frame);

/* The same bytes, direction, number and times; NULL as above. */
struct wire_frame *wire_frame_copy(struct wire_pool *pool,
				   const struct wire_frame *frame);

void wire_pool_empty(struct wire_pool *pool);

/* Puts a VLAN tag in: the kernel takes the outer one out before a packet socket sees a
 * frame (skb_vlan_untag() in net/core/skbuff.c). */
void wire_frame_put_tag(struct wire_frame *frame, unsigned int type, unsigned int tag);

/* Frames that belong to the network's own housekeeping come when timers and caches want it.
 * So that the fate of the others does not depend on them they have numbers of their own. */
enum wire_kind {
	WIRE_ORDINARY,
	WIRE_DISCOVERY, /* ARP, IPv6 neighbour and router discovery, MLD */
	WIRE_MARKER,    /* of probes: ethertype 0x88b5 */
};
enum wire_kind wire_frame_kind(const uint8_t *bytes, size_t size);

/* Whether its IP header allows a CE mark (RFC 3168: ECT(0) or ECT(1)). */
bool wire_frame_is_ecn_capable(const uint8_t *bytes, size_t size);

/* Makes the checksums right that the sender left to its network card. */
void wire_frame_finish(struct wire_frame *frame);

/* Sets CE, and the IPv4 checksum after it. */
void wire_frame_mark_ce(uint8_t *bytes, size_t size);

#endif
