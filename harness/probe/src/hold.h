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

/* The same for packets that come to their destination there: no neighbour can hold
 * them, and of queues and policies it is enough to be told when there are some. */
void hold_look_inbound(struct probe_room *room, size_t node,
		       struct holding *ret_holding);

/* The state (NUD_…) of the host's neighbour; 0 if it knows none of that address. */
unsigned int hold_neighbour_state(struct probe_room *room, size_t node,
				  const struct nst_address *address);

/* Makes the host forget a neighbour, so that the next packet asks for it anew. */
int hold_forget(struct probe_room *room, size_t node, const struct holding *holding);

/* Whether the host's routing table leads on to an address. Return: 0 and the next hop
 * (the address itself where it is on the link); -ENETUNREACH, -EHOSTUNREACH, -EACCES,
 * -EINVAL as the route says. */
int hold_route(struct probe_room *room, size_t node, const struct nst_address *to,
	       struct nst_address *ret_next);

#endif
