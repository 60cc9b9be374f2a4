/* SPDX-License-Identifier: MIT */
/* The captures of a lab: opened in the hosts, read by a thread of the lab process. */
#ifndef LAB_CAPTURES_H
#define LAB_CAPTURES_H

#include "state.h"

/* Listens on every interface of the plan (which exist and are down) and starts the
 * thread that reads. `live_fd` > 0: also writes there as it happens. */
int captures_open(struct nst_inside *inside, int live_fd);

/* Ends that thread, which writes what a live reader has not got yet. */
void captures_finish(struct nst_inside *inside);

/* Closes them all, in a tenth of the time that the kernel would take at exit: each packet
 * socket waits for an RCU grace period, and here they wait together. */
void captures_close(struct nst_inside *inside);
/* Reads every packet that was sent before. Return: 0; -ENODATA: nothing is captured; -errno. */
int captures_need(struct nst_inside *inside);

/* The capture's number of the plan's interface. */
unsigned int captures_number(const struct nst_inside *inside, size_t interface);

#endif
