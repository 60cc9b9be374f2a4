/* SPDX-License-Identifier: MIT */
/* The classic BPF program of the watchers. */
#ifndef PROBE_FILTER_H
#define PROBE_FILTER_H

#include <stdbool.h>

#include <lab/plan.h>

/* Ports of askers; the lab keeps programs from them (lab/plan.h). */
enum { PROBE_PORT_FIRST = NST_RESERVED_FIRST, PROBE_PORT_LAST = NST_RESERVED_LAST };

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
