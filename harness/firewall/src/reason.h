/* SPDX-License-Identifier: MIT */
/* Why a host dropped a packet that no rule dropped. */
#ifndef FIREWALL_REASON_H
#define FIREWALL_REASON_H

#include <stddef.h>

#include <probe/witness.h>

/* In the lab process: asks the same once more, and tells by which counter of the kernel the
 * packet was dropped in `verdict->where.host`. `reason` stays "" where it counts none. */
void reason_find(struct nst_inside *inside, const struct probe_request *request,
		 const struct nst_verdict *verdict, char *reason, size_t size);

#endif
