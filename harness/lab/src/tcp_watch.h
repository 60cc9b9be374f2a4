/* SPDX-License-Identifier: MIT */
/* Congestion windows over time, and what TCP achieved; in the lab process. */
#ifndef LAB_TCP_WATCH_H
#define LAB_TCP_WATCH_H

#include <lab/inside.h>
#include <nstest/tcp.h>

struct watch_request {
	size_t node;
	unsigned int every_us;
};

struct measure_request {
	size_t node;
	struct nst_measure_what what;
};

nst_inside_fn tcp_watch_inside;

/* Answers a struct nst_measure, and behind it its points and windows. */
nst_inside_fn tcp_measure_inside;

#endif
