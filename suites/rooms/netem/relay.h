/* SPDX-License-Identifier: MIT */
/* A second cable between the hosts of a world, which a test holds in its hands: every
 * frame on it is shown to rules, and the test carries it on. */
#ifndef RELAY_H
#define RELAY_H

#include <netem/fault_rules.h>

#include "world.h"

/* s1, 10.1.0.1 and fd01::1, is at one end; r1, 10.1.0.2 and fd01::2, at the other. */
struct relay {
	struct world *world;
	struct relay_end {
		int fd;                        /* a packet socket */
		struct nst_fault_rules *rules; /* for the frames that come in here */
		uint64_t passed;               /* of those, frames */
		size_t biggest;                /* of those */
	} sender, receiver;
};

void relay_open(struct relay *relay, struct world *world);

/* Adds a rule to one end. */
void relay_add(struct relay_end *end, const struct nst_fault *fault);

/* Carries frames until one of `events` is true of `fd`; within five seconds. */
void relay_until(struct relay *relay, int fd, short events);

/* The sender has connected to the receiver, port 80: both ends, non-blocking. */
struct relay_connection {
	int client, server;
};
struct relay_connection relay_connect(struct relay *relay, bool ipv6);

/* Sockets in a host; non-blocking. The client has begun to connect. */
int relay_listen(struct relay *relay, bool ipv6);
int relay_client(struct relay *relay, bool ipv6, int type, unsigned short port);

/* The socket's error, once it has one. */
int relay_error(struct relay *relay, int fd);

#endif
