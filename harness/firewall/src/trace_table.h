/* SPDX-License-Identifier: MIT */
/* What makes a host trace packets of probes. All of it is about the network namespace that
 * the thread is in, or the socket stands in, and returns -errno without a sentence. */
#ifndef FIREWALL_TRACE_TABLE_H
#define FIREWALL_TRACE_TABLE_H

#include <stdbool.h>
#include <stdint.h>

struct nft_ctx;

/* Which tables there are besides our own. */
struct trace_tables {
	bool any;    /* one of ip, ip6 or inet */
	bool netdev; /* rules in front of prerouting, by interface */
	bool bridge;
};

/* Our own table: it is there while `owner` is. */
struct trace_table {
	struct nft_ctx *owner;
	struct trace_tables made_for;
};

/* A netlink socket of netfilter, member of a multicast group; 0: of none. */
int trace_socket(int group);

/* A socket that gets what the legacy tables log of traced packets. -EBUSY: a program of
 * the host reads the netfilter log's group 0. */
int trace_open_log(int *ret_fd);

/* The number of changes of nf_tables. */
int trace_generation(int fd, uint32_t *ret_generation);

int trace_tables_look(int fd, struct trace_tables *ret_tables);

/* Makes our table, unless it is there already. */
int trace_table_make(struct trace_table *table, const struct trace_tables *tables);

#endif
