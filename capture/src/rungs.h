/* SPDX-License-Identifier: MIT */
/* From sightings to rungs: which arrival belongs to which departure. Pure. */
#ifndef CAPTURE_RUNGS_H
#define CAPTURE_RUNGS_H

#include <nstest/ladder.h>

enum { NST_NOWHERE = -1 };

enum nst_arrival {
	NST_ARRIVED,
	NST_ARRIVED_AGAIN, /* a second time at the same interface */
	NST_ARRIVED_CHANGED,
	NST_ARRIVED_SHORTER,
	NST_NOT_SEEN_LEAVING,
	NST_NOT_SEEN_ARRIVING,
	NST_NOBODY_THERE, /* left, and no other host is listened to */
};

struct nst_rung {
	enum nst_arrival arrival;
	const struct nst_sighting *left, *arrived; /* one of them may be NULL */
	int from, to; /* interfaces, NST_NOWHERE if unknown */
};

struct nst_rungs {
	struct nst_rung *rungs; /* by time */
	size_t count;
	int *hosts; /* of each interface: the number of its host */
	size_t host_count;
};

int nst_rungs_make(const struct nst_ladder *ladder, struct nst_rungs *ret_rungs);
void nst_rungs_release(struct nst_rungs *rungs);

/* How many bytes of a name are the host. */
size_t nst_host_length(const char *name);

/* Of each interface the one at the other end, or NST_NOWHERE; `groups` are sightings of
 * equal frames side by side, by time in themselves, `starts` of which begin one. */
struct nst_sightings {
	const struct nst_ladder *ladder;
	const struct nst_sighting **at; /* grouped */
	size_t count;
	const int *hosts;
};

/* Where the group that begins at `from` ends. */
size_t nst_group_end(const struct nst_sightings *sightings, size_t from);

int nst_peers_guess(const struct nst_sightings *sightings, int *peers);

#endif
