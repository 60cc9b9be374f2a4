/* SPDX-License-Identifier: MIT */
/* A ring in place of a packet socket's buffer, for links with much traffic.
 *
 * It saves a quarter of the cost of a frame, and its memory is not limited as a socket's is: without
 * root that is rmem_max, 208 KiB on most machines: 185 frames of 1,500 bytes or 550 small
 * ones, 9 ms at 60,000 a second, which an engine that waits for its turn on a busy
 * machine easily exceeds. But it takes an RCU grace period to set up, 6-10 ms, as long as
 * several whole cases, most of which send a handful of frames. So frames come through the
 * plain socket at first. The first time that a whole batch waits in it, or after 10,000 frames,
 * a thread sets up a ring. Both sockets belong to a fanout group, whose program decides
 * which of them gets a frame: replacing it moves all traffic at once, and no frame is lost,
 * doubled or overtaken by it.
 */
#ifndef NETEM_WIRE_RING_H
#define NETEM_WIRE_RING_H

#include "wire_frame.h"

struct wire_arrival;
struct wire_ring;

/* Makes the packet socket the first of a fanout group of its own. Return: 0; -errno. */
int wire_ring_found_group(int fd);

/* Begins to make a ring for the group of `fd`. Return: 0; -errno. */
int wire_ring_begin(int fd, struct wire_ring **ret_ring);
void wire_ring_free(struct wire_ring *ring);

/* What to poll for POLLIN: first for the end of the making, then for frames. */
int wire_ring_fd(const struct wire_ring *ring);

/* Called when it can be polled, until it returns true: from then on all frames come here, and
 * those that came before it can still be read from `fd`. If the ring could not be
 * made, false for ever. */
bool wire_ring_takes_over(struct wire_ring *ring, int fd);

/* As wire_socket_receive(). */
int wire_ring_receive(struct wire_ring *ring, struct wire_pool *pool,
		      struct wire_arrival *ret_arrivals, size_t *ret_count);

/* How many frames there was no room for so far. */
uint64_t wire_ring_lost(struct wire_ring *ring);

#endif
