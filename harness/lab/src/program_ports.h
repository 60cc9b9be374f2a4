/* SPDX-License-Identifier: MIT */
/* Which ports a host listens on. */
#ifndef LAB_PROGRAM_PORTS_H
#define LAB_PROGRAM_PORTS_H

#include <stddef.h>
#include <stdint.h>

#include <lab/inside.h>

struct ports {
	struct nst_inside *inside;
	size_t node;
	int fd; /* NETLINK_SOCK_DIAG in the host; -1: there is none, /proc tells */
	uint8_t seen[65536 / 8]; /* a bit per port, by the last look */
};

/* To be asked again and again for the ports of one host. */
int ports_open(struct nst_inside *inside, size_t node, struct ports **ret_ports);
void ports_close(struct ports *ports);

/* Whether a TCP socket listens on the port, or a UDP socket (IPPROTO_UDP) is bound to
 * it; -errno with a sentence. Families do not matter. */
int ports_have(struct ports *ports, int protocol, unsigned short port);

/* What the last look saw: "it listens on tcp/22, tcp/80", or "it listens on no tcp
 * port". */
char *ports_print(const struct ports *ports, int protocol, char *text, size_t size);

#endif
