/* SPDX-License-Identifier: MIT */
/* What a capture consists of. */
#ifndef CAPTURE_STATE_H
#define CAPTURE_STATE_H

#include <pthread.h>
#include <stdbool.h>

#include <nstest/capture.h>

#include "filter.h"
#include "live.h"
#include "notes.h"
#include "pcapng.h"
#include "receive.h"
#include "store.h"

enum { NST_NO_PEER = -1 };

struct nst_interface {
	int fd;
	char *name;
	int peer; /* the number of the interface at the other end; NST_NO_PEER */
	struct nst_capture_statistics statistics;
	uint64_t dropped_ns; /* all its drops happened before; 0: there were none */
};

/* How it works. One lock guards everything but `live`, which belongs to whoever holds
 * live_lock, so that a slow reader keeps nobody from reading sockets. Sockets are read
 * under the lock too: who finds one empty knows that what was in it is in the store.
 * Order of locks: live_lock, lock. */
struct nst_capture {
	pthread_mutex_t lock, live_lock;
	struct nst_interface *interfaces;
	size_t interface_count;
	int ready_fd; /* epoll of all sockets, waited for by nst_capture_run() only */
	int wake_fd;  /* eventfd: something changed for nst_capture_run() */
	int64_t clock_ns; /* CLOCK_REALTIME - CLOCK_MONOTONIC when it was made */
	uint64_t tick_ns; /* how often nst_capture_run() must look while packets come */
	struct nst_batch *batch;
	struct nst_store store;
	struct nst_filters filters;
	struct nst_notes notes;
	struct nst_live live;
	struct nst_bytes names; /* records of who has which address */
	char *tls_keys; /* NULL: none */
	size_t tls_keys_size;
};

/* The section header of a pcapng of this capture. */
void nst_capture_encode_section(const struct nst_capture *capture,
				struct nst_bytes *bytes);

/* CLOCK_REALTIME, as the stamps of packets are. */
uint64_t nst_capture_now(void);

/* CLOCK_REALTIME - CLOCK_MONOTONIC: another value later means that the clock was set.
 */
int64_t nst_capture_clock(void);

/* The following want the lock held. */

int nst_capture_read(struct nst_capture *capture, uint32_t number);
int nst_capture_read_all(struct nst_capture *capture);

/* Reads everything, puts comments where they belong, and brings the order up to date.
 */
int nst_capture_update(struct nst_capture *capture);

/* Reads the kernel's counter of dropped packets. */
void nst_capture_read_drops(struct nst_interface *interface);

#endif
