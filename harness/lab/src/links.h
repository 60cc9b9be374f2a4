/* SPDX-License-Identifier: MIT */
/* Links, addresses and routes of the plan, made real. */
#ifndef LAB_LINKS_H
#define LAB_LINKS_H

#include "state.h"

/* Creates every interface (down), in its host. */
int links_create(struct nst_inside *inside);

/* Takes every interface up, gives it its addresses, and installs the routes. */
int links_up(struct nst_inside *inside);

/* Returns when every interface carries packets and every address may be used: right after
 * the last "up", 1 to 3 % of first packets would still be lost. */
int links_await_ready(struct nst_inside *inside);

/* The same for one node. Links that were taken down are not waited for. */
int links_await_node(struct nst_inside *inside, size_t node);

#endif
