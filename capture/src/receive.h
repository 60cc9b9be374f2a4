/* SPDX-License-Identifier: MIT */
/* Reading packet sockets: many packets a call, each with time, heading and VLAN tag. */
#ifndef CAPTURE_RECEIVE_H
#define CAPTURE_RECEIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "store.h"

struct nst_batch;

int nst_batch_new(struct nst_batch **ret_batch);
void nst_batch_free(struct nst_batch *batch);

/* Takes what is there, at most a batch. Return: how many, 0 if there is nothing; -errno
 * of the socket, which a next call no longer says. */
int nst_batch_receive(struct nst_batch *batch, int fd);

/* The packet `i` of the last call: everything but the interface. The bytes are good
 * until the next call. `ret_stamped`: whether the kernel knew its time. */
void nst_batch_packet(struct nst_batch *batch, unsigned int i,
		      struct nst_record *ret_record, bool *ret_stamped);

#endif
