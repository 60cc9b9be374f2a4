/* SPDX-License-Identifier: MIT */
/** Two network namespaces joined by a veth or by a wire engine, and what is sent through. Root. */
#ifndef BENCH_TRAFFIC_H
#define BENCH_TRAFFIC_H

#include <stdbool.h>
#include <stdint.h>

#include <nstest/wire.h>

#include "measure.h"

/** 10.0.0.1 and 10.0.0.2, offloads off at all ends. */
struct path {
	int left, right, middle; /* namespaces; no middle: a plain veth */
	struct nst_wire *wire;
};

/** With options: through a wire engine. */
struct path path_make(const struct nst_wire_options *options);
void path_drop(struct path *path);

/** TCP, left to right. Return: Gbit/s. */
double tcp_gbit(const struct path *path, double seconds);

/** UDP of 64-byte frames as fast as the sender can, or at `pps` (0: no limit). Return: what
 * came, kpps. *ret_sent_kpps: what was sent. */
double udp_kpps(const struct path *path, double seconds, unsigned long pps,
		double *ret_sent_kpps);

/** So many pings of 64 bytes there and back, one after another. */
void ping(const struct path *path, unsigned int count, struct series *ret);

/** So many datagrams, one a millisecond: how much later than `delay_us` the kernel at the other
 * end received each. */
void lateness(const struct path *path, unsigned int count, double delay_us,
	      struct series *ret);

/** So many processes that do nothing, as fast as they can; ended by the second. */
void hogs_begin(unsigned int count);
void hogs_end(void);

#endif
