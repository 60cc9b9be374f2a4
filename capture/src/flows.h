/* SPDX-License-Identifier: MIT */
/* TCP sequence numbers as people count them: from the start of the connection. Pure. */
#ifndef CAPTURE_FLOWS_H
#define CAPTURE_FLOWS_H

#include <stddef.h>

#include <nstest/packet.h>

struct nst_flow;

/* A zeroed one is empty. */
struct nst_flows {
	struct nst_flow *table;
	size_t count, room; /* room: a power of two */
};

/* Makes sequence and acknowledgment of a TCP packet relative; others are left alone.
 * Packets come in the order of time. Without memory they stay as they are. */
void nst_flows_rebase(struct nst_flows *flows, struct nst_packet *packet);
void nst_flows_release(struct nst_flows *flows);

#endif
