/* SPDX-License-Identifier: MIT */
/* The capture as a stream for somebody who watches. */
#ifndef CAPTURE_LIVE_H
#define CAPTURE_LIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pcapng.h"
#include "store.h"

struct nst_capture;

/* A zeroed one is off. */
struct nst_live {
	bool on;
	int fd;
	struct nst_bytes out;   /* encoded */
	size_t sent;            /* of that */
	bool begun;             /* the section header is out */
	uint32_t announced;     /* interfaces whose blocks are out */
	struct nst_order order; /* settled: what is encoded */
};

enum nst_live_state {
	NST_LIVE_IDLE,    /* off, or everything is out */
	NST_LIVE_WAITING, /* packets younger than the window: look again soon */
	NST_LIVE_BLOCKED, /* the reader is slow: look again when fd is writable */
};

/* Writes what is due, or everything; never blocks. Want neither lock held. */
enum nst_live_state nst_live_pump(struct nst_capture *capture, bool everything);

/* What to watch for a reader that goes away; -1 while live is off. */
int nst_live_reader(struct nst_capture *capture);

/* The reader has gone. */
void nst_live_drop(struct nst_capture *capture);

/* Writes everything, and waits for the reader as long as it goes on reading. */
void nst_live_finish(struct nst_capture *capture);

#endif
