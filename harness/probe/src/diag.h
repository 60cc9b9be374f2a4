/* SPDX-License-Identifier: MIT */
/* Which socket of a host a packet would be given to (sock_diag(7)). */
#ifndef PROBE_DIAG_H
#define PROBE_DIAG_H

#include <nstest/probe.h>

#include "room.h"

/* A flow as the asked host sees it. */
struct flow {
	enum nst_protocol protocol; /* TCP or UDP */
	struct nst_address local, remote;
	uint16_t local_port, remote_port;
	int ifindex; /* by which interface it comes in; 0: any */
};

struct found {
	uint8_t state; /* TCP_LISTEN, TCP_SYN_RECV, TCP_ESTABLISHED, …; UDP: TCP_CLOSE */
	uint32_t waiting;        /* connections to accept, or bytes to read */
	uint32_t limit;          /* of a listener: how many may wait */
	uint32_t drops;          /* what the socket itself has dropped so far */
	uint64_t bytes_received; /* of an established connection */
};

/* Asks the kernel's own lookup, so that wildcard addresses, dual-stack sockets and bound
 * devices count as they do for a packet. With `details`, TCP_INFO is taken, for which the
 * kernel waits until whoever holds the socket lets go of it and what came in
 * meanwhile has been processed.
 *
 * Return: 0; -ENOENT: no socket; other -errno: the kernel cannot tell. */
int diag_find(struct probe_room *room, size_t node, const struct flow *flow,
	      bool details, struct found *ret_found);

#endif
