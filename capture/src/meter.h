/* SPDX-License-Identifier: MIT */
/* Throughput, latency and retransmissions of TCP connections, from packets in the order of time.
 * Pure. */
#ifndef CAPTURE_METER_H
#define CAPTURE_METER_H

#include <stdbool.h>

#include <nstest/measure.h>
#include <nstest/packet.h>

struct nst_meter;

/* Of the connections of `what`, whose since_ns is not heeded. NULL: no memory. */
struct nst_meter *nst_meter_new(const struct nst_measure_what *what);
void nst_meter_free(struct nst_meter *meter);

/* A packet of the host that is measured: it left, or it came. `payload`: bytes on the wire.
 * Return: 0; -ENOMEM. */
int nst_meter_add(struct nst_meter *meter, uint64_t time_ns, bool left,
		  const struct nst_packet *packet, uint32_t payload);

/* Return: 0; -ENODATA if none of them has sent a byte; -ENOMEM. */
int nst_meter_read(struct nst_meter *meter, struct nst_measure *ret);

#endif
