/* SPDX-License-Identifier: MIT */
/* ICMP and ICMPv6 errors: their names, and what they can mean. Pure. */
#ifndef PROBE_CODES_H
#define PROBE_CODES_H

#include <stddef.h>

enum code_meaning {
	CODE_FIREWALL,  /* only a firewall or an administrator's route says so */
	CODE_PORT,      /* a closed port, or a firewall that pretends to be one */
	CODE_ROUTE,     /* no route, or a firewall */
	CODE_NEIGHBOUR, /* no such neighbour, or a firewall */
	CODE_LOOP,      /* it went in circles */
	CODE_SIZE,      /* too large for a link */
};

struct code {
	int family, type, code;
	enum code_meaning meaning;
	const char *name; /* as nft names it, where it does */
};

/* Never NULL: what is not known is a firewall's doing, "ICMP error". */
const struct code *code_find(int family, int type, int code);

/* All that are known, from 0; NULL at the end. */
const struct code *code_at(size_t i);

#endif
