/* SPDX-License-Identifier: MIT */
/* Where a host can hold a packet back: neither dropped nor passed on yet.
 *
 * Inside a host a packet is carried from interface to socket, or to the next interface,
 * without a break, in one run of the kernel on one processor. It can be set aside in few
 * places only, and each of them can be asked:
 *  - a queue of NFQUEUE, until a program has judged it;
 *  - behind a neighbour that is being resolved;
 *  - in a queueing discipline;
 *  - in an IPsec transformation, which changes it beyond recognition.
 * Only when the host in which a packet vanished holds nothing has it been dropped.
 */
#ifndef PROBE_HOLD_H
#define PROBE_HOLD_H

#include "room.h"

enum hold {
	HOLD_NOTHING,
	HOLD_PROGRAM,   /* a program reads an NFQUEUE here */
	HOLD_NEIGHBOUR, /* `neighbour` is being resolved */
	HOLD_QUEUE,     /* a queueing discipline is not empty */
	HOLD_IPSEC,     /* there are IPsec policies */
	HOLD_UNKNOWN,   /* the kernel did not answer */
};

struct holding {
	enum hold hold;
	struct nst_address neighbour;
	int ifindex;      /* of the neighbour, or of the queue */
	uint64_t idle_ms; /* since a packet last waited for the neighbour */
};

/* What may hold packets of that family in a host that sends or forwards them. */
void hold_look(struct probe_room *room, size_t node, int family,
	       struct holding *ret_holding);

/* The same for packets that come to their destination there. No neighbour can hold them
 * (but an answer can be: see hold_neighbour()), and of queues and policies it is enough
 * to be told when there are some. */
void hold_look_inbound(struct probe_room *room, size_t node,
		       struct holding *ret_holding);

/* Makes the host forget a neighbour, so that the next packet asks for it anew. */
int hold_forget(struct probe_room *room, size_t node, const struct holding *holding);

/* Where a host sends a packet next. */
struct next_hop {
	struct nst_address address; /* the destination itself where it is on the link */
	int ifindex;
	bool local; /* nowhere: the destination is the host itself */
};

/* Whether the host's routing table leads on to an address. Return: 0; -ENETUNREACH,
 * -EHOSTUNREACH, -EACCES, -EINVAL as the route says. */
int hold_route(struct probe_room *room, size_t node, const struct nst_address *to,
	       struct next_hop *ret_next);

/* What a host knows of a neighbour. */
struct neighbour {
	unsigned int state;  /* NUD_… */
	uint64_t idle_ms;    /* since a packet was last sent there */
	uint64_t changed_ms; /* since its state changed */
};

/* Return: 0; -ENOENT: it has never asked for it. */
int hold_neighbour(struct probe_room *room, size_t node, const struct next_hop *next,
		   struct neighbour *ret_neighbour);

#endif
