/* SPDX-License-Identifier: MIT */
/* An explanation while it is made, and as it travels. */
#ifndef FIREWALL_ACCOUNT_H
#define FIREWALL_ACCOUNT_H

#include <nstest/explain.h>
#include <nstest/rules.h>
#include <probe/witness.h>

#include "trace.h"

enum { ACCOUNT_REASON = 128 }; /* bytes */

/* Strings are offsets into `pool`, rulings of a passage are numbers of the first one;
 * account_unpack() makes pointers of them. */
struct account {
	struct nst_passage *passages;
	size_t passage_count, passage_room;
	struct nst_ruling *rulings;
	size_t ruling_count, ruling_room;
	struct nst_rewrite *rewrites;
	size_t rewrite_count, rewrite_room;
	size_t decisive; /* passage; SIZE_MAX */
	char reason[ACCOUNT_REASON], unknown[192], seen_as[64];
	char *pool;
	size_t pool_size, pool_room;
	bool failed; /* memory is out */
};

void account_free(struct account *account);

/* Adds; NULL if memory is out. A ruling is of the last passage. */
struct nst_passage *account_add_passage(struct account *account);
struct nst_ruling *account_add_ruling(struct account *account);
void account_add_rewrite(struct account *account, const char *host, bool answer,
			 const char *before, const char *after);
const char *account_text(struct account *account, const char *text);

/* What a string that was added says; the other way round. */
const char *account_string(const struct account *account, const char *text);

/* Behind `size` bytes of *block, which is malloc'd and grown. 0 or -ENOMEM. */
int account_pack(const struct account *account, void **block, size_t *size);

/* NULL: these bytes are none. The block becomes the explanation's. */
struct nst_explanation *account_unpack(const void *bytes, size_t size);

/* ---- What it is made of ---- */

/* The rules of a host; NULL if they were changed meanwhile. */
typedef const struct nst_rules *rules_finder(void *data, size_t node);

/* Tells of events which packet did what. Pure, but for the rules. */
void account_of_events(struct account *account, const struct probe_seen *seen,
		       const struct trace_events *events, rules_finder *rules_of,
		       void *data);

/* Finds what decided the verdict, among the passages. What looked unroutable may turn out
 * to be dropped. */
void account_decide(struct account *account, const struct probe_seen *seen,
		    struct nst_verdict *verdict);

/* What addresses hosts changed, by what was seen at their interfaces and in traces. */
void account_of_rewrites(struct account *account, const struct probe_seen *seen,
			 const struct trace_events *events);

/* ---- Events as packets: trace_packet.c ---- */

/* The packet of an event as the probe would have sighted it, and which of the probe's it
 * is. False: none of them. */
bool trace_sight(const struct probe_seen *seen, const struct trace_event *event,
		 struct sighting *ret_sighting);

/* Whether it travels back to the asker. */
bool leg_is_back(enum leg leg);

#endif
