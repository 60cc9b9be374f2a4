/* SPDX-License-Identifier: MIT */
/* Which interfaces are the two ends of a link, told from what crosses it.
 *
 * How it works. An arrival votes for the link between its interface and the one that
 * the frame left last; with much weight if there is only one it can have come from. A
 * switch floods a frame to all ports before anybody hears it, then the last one is a
 * guess of little weight. The links with most votes win, each interface having one.
 */
#include <stdlib.h>

#include <base/fail.h>
#include <base/scope.h>

#include "rungs.h"

enum { CERTAIN = 16, GUESS = 1 };

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

/* The last departure before `at` from another host; NULL if there is none. */
static const struct nst_sighting *last_left(const struct nst_sightings *sightings,
					    size_t from, size_t at)
{
	int host = sightings->hosts[sightings->at[at]->interface];

	while (at-- > from) {
		const struct nst_sighting *earlier = sightings->at[at];

		if (earlier->outgoing && sightings->hosts[earlier->interface] != host)
			return earlier;
	}
	return NULL;
}

/* Whether all departures of a group are from one interface. */
static bool left_once(const struct nst_sightings *sightings, size_t from, size_t to)
{
	const struct nst_sighting *first = NULL;

	for (; from < to; from++) {
		const struct nst_sighting *one = sightings->at[from];

		if (!one->outgoing)
			continue;
		if (first && first->interface != one->interface)
			return false;
		first = one;
	}
	return true;
}

static size_t collect(const struct nst_sightings *sightings, const int *peers,
		      struct vote *votes)
{
	size_t count = 0, end;

	for (size_t from = 0; from < sightings->count; from = end) {
		unsigned long weight;

		end = nst_group_end(sightings, from);
		weight = left_once(sightings, from, end) ? CERTAIN : GUESS;
		for (size_t i = from; i < end; i++) {
			unsigned int to = sightings->at[i]->interface;
			const struct nst_sighting *left;

			if (sightings->at[i]->outgoing || peers[to] != NST_NOWHERE)
				continue;
			left = last_left(sightings, from, i);
			if (!left || peers[left->interface] != NST_NOWHERE)
				continue;
			votes[count++] =
				left->interface < to
					? (struct vote){ left->interface, to, weight }
					: (struct vote) {
				to, left->interface, weight
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
