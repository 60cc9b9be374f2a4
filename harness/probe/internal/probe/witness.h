/* SPDX-License-Identifier: MIT */
/* For rooms above that look at the very packets a probe sends: the firewall room, which
 * tells what rules did to them.
 *
 * A witness stands in the lab process. begin() is called before the first packet, again()
 * before each further attempt, whose packets are others, and end() when the verdict is
 * known and the last attempt's sockets are still open. */
#ifndef PROBE_WITNESS_H
#define PROBE_WITNESS_H

#include <lab/inside.h>
#include <nstest/probe.h>

#include <probe/sighting.h>
#include <probe/track.h>

/* A question as it travels: no pointers. */
struct probe_request {
	char from[64], to[64];
	enum nst_protocol protocol;
	unsigned short port;
	int family;
	enum nst_listener listener;
	int settle_ms;
	char source[64]; /* "": as routes say */
	bool fragments, segment;
	enum nst_extension extension;
	uint8_t flags;
	char keep[64], over[64]; /* "": neither */
};

/* What a probe knows. */
struct probe_seen {
	const struct nst_plan *plan;
	struct tracked *tracked;           /* of this attempt */
	const struct sightings *sightings; /* of this attempt */
	const size_t *nodes;               /* hosts and switches that it may meet */
	size_t node_count;
	size_t from, to; /* to SIZE_MAX: nobody's address */
	int family;
};

struct probe_witness {
	int (*begin)(void *data, const struct probe_seen *seen);
	void (*again)(void *data, const struct probe_seen *seen);
	int (*end)(void *data, const struct probe_seen *seen,
		   struct nst_verdict *verdict);
	void *data;
};

/* In the caller: checks a question. Return: 0; -EINVAL and why it makes no sense. */
int probe_request(const struct nst_question *question,
		  struct probe_request *ret_request);

/* In the lab process: asks. `witness` may be NULL. */
int probe_ask(struct nst_inside *inside, const struct probe_request *request,
	      const struct probe_witness *witness, struct nst_verdict *ret_verdict);

/* "SYN", "echo reply", "neighbour solicitation". Static. */
const char *probe_packet_name(enum nst_protocol protocol, int family, enum leg leg);

#endif
