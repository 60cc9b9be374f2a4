/* SPDX-License-Identifier: MIT */
/* A barrier: all frames that were sent before it have come to where they were sent.
 *
 * As a rule a veth hands a frame to the other end before the sender's system call returns,
 * because the call itself runs the receiving side on its way out (net_rx_action()). But when the
 * CPU has a backlog of hundreds of frames, of whichever network namespace, that stops
 * half-way and leaves the rest to ksoftirqd: under load, one of some 10,000 frames was
 * still on its way when its sender had long gone on.
 *
 * A CPU's backlog is first in, first out. So on each CPU a frame of our own is sent through the
 * loopback interface: when it comes out, all that was there before it is out, too.
 */
#ifndef NETEM_WIRE_BARRIER_H
#define NETEM_WIRE_BARRIER_H

#include "wire_engine.h"

/* Raises the loopback interface. Return: its index; 0: there can be no barriers. */
int wire_barrier_prepare(void);

/* Whether a frame is one of the barrier's. */
bool wire_barrier_is_ours(struct wire_engine *engine,
			  const struct wire_arrival *arrival);

/* Reads and treats all frames that were sent to us before the call, and sends what is due
 * then; what we sent before the call has arrived. Return: 0; -ETIMEDOUT. */
int wire_settle(struct wire_engine *engine);

#endif
