/* SPDX-License-Identifier: MIT */
/* pcap filters (pcap-filter(7)), each compiled once. */
#ifndef CAPTURE_FILTER_H
#define CAPTURE_FILTER_H

#include <stdbool.h>

#include <pcap/pcap.h>

#include "store.h"

enum { NST_FILTERS_KEPT = 32 };

/* A zeroed one is empty. Whoever uses it holds the lock. */
struct nst_filters {
	struct nst_filter {
		char *text;
		struct bpf_program program;
	} kept[NST_FILTERS_KEPT];
	unsigned int oldest;
};

/* The program of a filter: NULL for a filter that matches all (NULL, blanks). It is
 * good until the next call. Return: 0; -EINVAL with libpcap's words; -ENOMEM. */
int nst_filters_get(struct nst_filters *filters, const char *text,
		    const struct bpf_program **ret_program);
void nst_filters_release(struct nst_filters *filters);

bool nst_filter_matches(const struct bpf_program *program,
			const struct nst_record *record);

#endif
