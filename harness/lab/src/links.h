/* SPDX-License-Identifier: MIT */
/* Links, addresses and routes of the plan, made real. */
#ifndef LAB_LINKS_H
#define LAB_LINKS_H

#include "state.h"

/* In messages: where wires have their ends. */
#define LINKS_WIRE_PLACE "(wire)"

/* Creates every interface (down), in its host. */
int links_create(struct nst_inside *inside);

/* Takes every interface up, gives it its addresses, and installs the routes. */
int links_up(struct nst_inside *inside);

/* Takes both ends in the wire namespace of so many wires up or down. */
int links_wires_set(struct nst_inside *inside, size_t first, size_t count, bool up);

/* Returns when every interface carries packets and every address may be used: right after
 * the last "up", 1 to 3 % of first packets would still be lost. */
int links_await_ready(struct nst_inside *inside);

/* The same for the two ends in the wire namespace of so many wires, but for links that were
 * taken down. */
int links_await_wires(struct nst_inside *inside, size_t first, size_t count);

/* The same for one node. Links that were taken down are not waited for. */
int links_await_node(struct nst_inside *inside, size_t node);

#endif
