/* SPDX-License-Identifier: MIT */
/* The captures of a lab: opened in the hosts, read by a thread of the lab process. */
#ifndef LAB_CAPTURES_H
#define LAB_CAPTURES_H

#include "state.h"

/* Listens on every interface of the plan (which exist and are down) and starts the
 * thread that reads. `live_fd` > 0: also writes there as it happens. */
int captures_open(struct nst_inside *inside, int live_fd);

/* The capture's number of the plan's interface. */
unsigned int captures_number(const struct nst_inside *inside, size_t interface);

#endif
