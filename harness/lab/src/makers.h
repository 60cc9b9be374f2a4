/* SPDX-License-Identifier: MIT */
/* The namespaces of all hosts, made by two threads.
 *
 * Nearly all of a lab's time goes by in the kernel, in unshare(2) and mount(2), which two
 * threads may do at once. Links need network namespaces but no mounts: so they are created
 * by one thread while the other mounts.
 */
#ifndef LAB_MAKERS_H
#define LAB_MAKERS_H

#include "state.h"

struct makers;

/* The network namespace of every node is there when this returns; a second thread goes on
 * with the mounts. After an error the lab process has nothing to do but to end. */
int makers_start(struct nst_inside *inside, struct makers **ret_makers);

/* Helps with the mounts, waits for the last one, makes PID namespaces. There is one thread
 * again when this returns, in the mount namespace of the base; it stands in the network
 * namespace of some node, since the caller's may be another user's. */
int makers_finish(struct makers *makers);

#endif
