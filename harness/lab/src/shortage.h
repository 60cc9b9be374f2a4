/* SPDX-License-Identifier: MIT */
/* Resources that are exhausted now, in the lab process.
 *
 *	resource_inside.c	the list
 *	shortage_ports.c	ports that the kernel chooses
 *	shortage_queue.c	accept queues
 *	shortage_descriptors.c	RLIMIT_NOFILE
 */
#ifndef LAB_SHORTAGE_H
#define LAB_SHORTAGE_H

#include "resource_requests.h"
#include "state.h"

struct shortage {
	struct shortage *next;
	struct resource_request what;
	int *fds; /* held until it is restored */
	size_t fd_count;
	char range[32]; /* NST_PORTS: ip_local_port_range as it was */
	rlim_t soft;    /* NST_DESCRIPTORS: as it was */
};

/* Takes the descriptor, also if it fails. */
int shortage_hold(struct shortage *shortage, int fd);

int ports_take(struct nst_inside *inside, struct shortage *shortage);
int ports_give_back(struct nst_inside *inside, struct shortage *shortage);
int queue_fill(struct nst_inside *inside, struct shortage *shortage);
int descriptors_limit(struct nst_inside *inside, struct shortage *shortage);
int descriptors_allow(struct nst_inside *inside, struct shortage *shortage);

#endif
