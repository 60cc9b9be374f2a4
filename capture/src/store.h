/* SPDX-License-Identifier: MIT */
/* Every packet that was seen: descriptors in memory in the order in which they were
 * read, frames in a spool, and orders by time on top. Whoever uses it holds the lock.
 */
#ifndef CAPTURE_STORE_H
#define CAPTURE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "spool.h"

/* How a packet met the interface: sll_pkttype in few words. */
enum nst_heading {
	NST_HEADING_UNICAST, /* to the interface's own address */
	NST_HEADING_BROADCAST,
	NST_HEADING_MULTICAST,
	NST_HEADING_OTHERS, /* to somebody else, seen because promiscuous */
	NST_HEADING_OUTGOING,
};

struct nst_record {
	uint64_t time_ns;
	const uint8_t *frame;
	uint32_t size, original; /* bytes kept; bytes on the wire */
	uint32_t interface;
	uint32_t note; /* the first of its notes, from 1; 0: none */
	enum nst_heading heading;
};

/* Numbers of records by time. What lies before `settled` is never moved again. */
struct nst_order {
	uint32_t *at;
	size_t count, room, settled;
};

struct nst_store {
	struct nst_record *records;
	size_t count, room;
	struct nst_spool spool;
	struct nst_order order;
};

/* Adds a record; the bytes at record->frame are copied. */
int nst_store_add(struct nst_store *store, const struct nst_record *record);
void nst_store_release(struct nst_store *store);

/* Takes in the records that came since: all are in order afterwards. */
int nst_order_update(struct nst_order *order, const struct nst_store *store);
void nst_order_release(struct nst_order *order);

/* The place in `order` of the first record that is not older than `time_ns`. */
size_t nst_order_find(const struct nst_order *order, const struct nst_store *store,
		      uint64_t time_ns);

#endif
