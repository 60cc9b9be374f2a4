/* SPDX-License-Identifier: MIT */
/* The parts of a model.
 *
 *	compat exact	chance -> queue -> rate or trace -> delay -> slots -> out
 *	compat netem	chance -> delay and rate in one formula -> slots -> out
 *
 * "Out" is a ring of what has left by the model's time and was not fetched yet. When a
 * packet arrives, room for all that are held is reserved in each of these, so that moving
 * them on cannot fail.
 */
#ifndef MODEL_INSIDE_H
#define MODEL_INSIDE_H

#include <netem/model.h>

#include "aqm.h"
#include "chance.h"
#include "distribution.h"
#include "loss.h"
#include "model_ring.h"
#include "trace.h"

/* Time on the wire. */
struct rate {
	uint64_t bps; /* 0: none */
	int32_t overhead;
	uint32_t cell_size, cell_overhead;
	bool kernel;      /* whole bytes a second, whole nanoseconds */
	uint64_t left_ns; /* of the last packet: 1/bps of a nanosecond, for the next */
};

/* Packets leave in bunches. */
struct gate {
	bool closes; /* there are slots */
	bool spread; /* by `jitter`, otherwise from min to max */
	int64_t min_ns, max_ns;
	struct jitter jitter;
	uint32_t packets, bytes; /* per slot; 0: any */
	uint64_t open_ns;        /* when the slot opens, or opened */
	int64_t packets_left, bytes_left;
	uint64_t slots; /* so far: each draws once */
};

/* Where packets wait for their turn. */
struct server {
	struct ring queue;
	enum nst_queue discipline;
	struct codel codel;
	struct pie pie;
	struct rate rate;
	struct trace trace;
	bool trace_began;
	uint64_t busy_until_ns; /* rate: the packet in service has been sent */
	bool serving;           /* trace: a packet is sent in part */
	struct held served;
	size_t served_left; /* bytes of it */
};

struct nst_model {
	struct dice dice;
	uint64_t lab_seed; /* for an impairment that has none of its own */
	bool kernel, ecn;
	struct loss loss;
	struct event duplicate, corrupt, reorder;
	uint32_t gap, since_reorder;
	struct jitter jitter;
	uint64_t limit_packets, limit_bytes;
	struct server server;
	struct gate gate;
	struct line line;
	struct ring out;
};

/* A packet on its way in. */
struct arrival {
	struct held held;
	uint64_t now_ns;
	unsigned int stream; /* added to streams: 0, or STREAM_COPY */
};

/* model.c */
void model_run(struct nst_model *model, uint64_t now_ns);

/* model_server.c */
void server_begin(struct server *server, uint64_t now_ns);
bool server_paces(const struct server *server);
bool server_waits(const struct server *server, uint64_t now_ns);
size_t server_packets(const struct server *server, uint64_t now_ns);
bool server_accept(struct nst_model *model, struct arrival *arrival);
void server_run(struct nst_model *model, uint64_t now_ns);
uint64_t server_next_ns(const struct server *server);
uint64_t rate_time_ns(struct rate *rate, size_t size);

/* model_line.c */
void line_add(struct nst_model *model, const struct held *held, uint64_t now_ns);
void line_run(struct nst_model *model, uint64_t now_ns);
uint64_t line_next_ns(const struct nst_model *model);

/* model_fate.c: what sch_netem's netem_enqueue() does, and what the words say */
void fate_by_kernel(struct nst_model *model, struct arrival *arrival,
		    struct nst_fate *fate);
void fate_by_words(struct nst_model *model, struct arrival *arrival,
		   struct nst_fate *fate);

#endif
