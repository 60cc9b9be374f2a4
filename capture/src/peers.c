/* SPDX-License-Identifier: MIT */
/* Which interfaces are the two ends of a link, told from what crosses it.
 *
 * How it works. An arrival votes for the link between its interface and the one that
 * the frame left last; with much weight if there is only one it can have come from. A
 * switch floods a frame to all ports before anybody hears it, then the last one is a
 * guess of little weight. The links with most votes win, each interface having one.
 */
#include <stdlib.h>
#include <sys/param.h>

#include <base/fail.h>
#include <base/scope.h>

#include "rungs.h"

enum {
	CERTAIN = 16,
	GUESS = 1,
	LOOK_BACK = 64, /* equal frames: a flood of them is no good witness */
};

struct vote {
	unsigned int a, b; /* a < b */
	unsigned long weight;
};

static int by_link(const void *left, const void *right)
{
	const struct vote *l = left, *r = right;

	if (l->a != r->a)
		return l->a < r->a ? -1 : 1;
	return (l->b > r->b) - (l->b < r->b);
}

static int by_weight(const void *left, const void *right)
{
	const struct vote *l = left, *r = right;

	if (l->weight != r->weight)
		return l->weight > r->weight ? -1 : 1;
	return by_link(left, right);
}

/* The last departure before `at` from another host; NULL if there is none. `ret_only`: whether
 * it is from the only interface that the frame left before, so that there is no doubt. */
static const struct nst_sighting *last_left(const struct nst_sightings *sightings,
					    size_t from, size_t at, bool *ret_only)
{
	int host = sightings->hosts[sightings->at[at]->interface];
	const struct nst_sighting *last = NULL;

	*ret_only = true;
	for (size_t back = 0; back < LOOK_BACK && at-- > from; back++) {
		const struct nst_sighting *earlier = sightings->at[at];

		if (!earlier->outgoing || sightings->hosts[earlier->interface] == host)
			continue;
		if (!last)
			last = earlier;
		else if (earlier->interface != last->interface)
			*ret_only = false;
	}
	return last;
}

static size_t collect(const struct nst_sightings *sightings, const int *peers,
		      struct vote *votes)
{
	size_t count = 0, end;

	for (size_t from = 0; from < sightings->count; from = end) {
		end = nst_group_end(sightings, from);
		for (size_t i = from; i < end; i++) {
			unsigned int to = sightings->at[i]->interface;
			const struct nst_sighting *left;
			bool only;

			if (sightings->at[i]->outgoing || peers[to] != NST_NOWHERE)
				continue;
			left = last_left(sightings, from, i, &only);
			if (!left || peers[left->interface] != NST_NOWHERE)
				continue;
			votes[count++] = (struct vote){
				.a = MIN(left->interface, to),
				.b = MAX(left->interface, to),
				.weight = only ? CERTAIN : GUESS,
			};
		}
	}
	return count;
}

int nst_peers_guess(const struct nst_sightings *sightings, int *peers)
{
	AUTO_FREE struct vote *votes = calloc(sightings->count + 1, sizeof(*votes));
	size_t links = 0, count;

	if (!votes)
		return nst_fail_memory();
	count = collect(sightings, peers, votes);
	qsort(votes, count, sizeof(*votes), by_link);
	for (size_t i = 0; i < count; i++) {
		if (links && !by_link(&votes[links - 1], &votes[i]))
			votes[links - 1].weight += votes[i].weight;
		else
			votes[links++] = votes[i];
	}
	qsort(votes, links, sizeof(*votes), by_weight);
	for (size_t i = 0; i < links; i++) {
		if (peers[votes[i].a] != NST_NOWHERE ||
		    peers[votes[i].b] != NST_NOWHERE)
			continue;
		peers[votes[i].a] = (int)votes[i].b;
		peers[votes[i].b] = (int)votes[i].a;
	}
	return 0;
}
