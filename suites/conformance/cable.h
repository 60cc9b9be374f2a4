/* SPDX-License-Identifier: MIT */
/* A ═ wire ═ B in three network namespaces, with an engine in the middle. */
#ifndef CABLE_H
#define CABLE_H

#include <stdbool.h>
#include <stdint.h>

#include <nstest/impairment.h>

enum engine { ENGINE_KERNEL, ENGINE_WIRE };

struct nst_wire;

struct cable {
	enum engine engine;
	int in_ifindex;        /* where it comes from A */
	int out_ifindex;       /* where the wire goes to B */
	int send_fd;           /* packet socket at A */
	int tap_fd;            /* packet socket where the wire comes from A */
	int receive_fd;        /* packet socket at B */
	struct nst_wire *wire; /* NULL: the kernel */
};

/* Once per process: root in a user namespace, unless it is root already. */
int cable_prepare(void);

/* Return: 0; -errno with a sentence. */
int cable_lay(enum engine engine, struct cable *ret_cable);
void cable_take_up(struct cable *cable);

/* From A to B; NULL: nothing any more. */
int cable_impair(struct cable *cable, const struct nst_impairment *impairment);

/* How many frames the engine holds, and how many it has sent to B so far. */
int cable_ask(struct cable *cable, uint64_t *ret_held, uint64_t *ret_sent);

/* How many frames the engine's queue has had no room for. */
int cable_overflowed(struct cable *cable, uint64_t *ret_frames);

/* Frames that a packet socket has lost since the last call. */
unsigned int cable_missed(int fd);

#endif
