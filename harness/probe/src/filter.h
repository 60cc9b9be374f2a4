/* SPDX-License-Identifier: MIT */
/* The classic BPF program of the watchers. */
#ifndef PROBE_FILTER_H
#define PROBE_FILTER_H

#include <stdbool.h>

/* Ports of askers. Inside Linux's own ephemeral range and that of IANA, so that rules on
 * source ports judge a probe as they judge a program; reserved in each host that a probe
 * has to do with, so that no program is given one (net.ipv4.ip_local_reserved_ports). */
enum { PROBE_PORT_FIRST = 55000, PROBE_PORT_LAST = 59999 };

struct filter_options {
	bool discovery; /* also ARP and neighbour discovery */
	bool any_cpu; /* else packets handled on another processor than `cpu` are cut */
	int cpu;
};

/* Behind the IP header, of a packet that another processor handled. Any packet that a
 * watcher takes is longer. */
enum { FILTER_CUT = 8 };

/* Sets the filter of a SOCK_DGRAM packet socket, replacing any other. Returns 0 or -errno. */
int filter_attach(int fd, const struct filter_options *options);

#endif
