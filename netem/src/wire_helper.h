/* SPDX-License-Identifier: MIT */
/* A second thread that sends what goes one way, while the engine sends what goes the other.
 *
 * To send a frame over a veth is to do all that its receiver's kernel does with it, on the sender's CPU:
 * nine tenths of the engine's time under much traffic. With TCP one way is data and the other
 * acknowledgements, which make their receiver send new data; both cost about the same.
 * What leaves by an interface is always sent by the same thread, so nothing overtakes.
 */
#ifndef NETEM_WIRE_HELPER_H
#define NETEM_WIRE_HELPER_H

#include "wire_lane.h"

struct wire_helper;

/* In real time, like the engine: a helper that waits for its turn is none. It lives as long as
 * the process. Return: 0; -errno. */
int wire_helper_start(struct wire_socket *socket, struct wire_helper **ret_helper);

/* Lets it send the lane, which is its own until wire_helper_await() returns. */
void wire_helper_send(struct wire_helper *helper, struct wire_lane *lane);
void wire_helper_await(struct wire_helper *helper);

#endif
