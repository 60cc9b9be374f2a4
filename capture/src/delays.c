/* SPDX-License-Identifier: MIT */
/* How long packets took from one end of a link to the other.
 *
 * Sightings at both ends are sorted so that equal frames are side by side, by time in
 * themselves: a group. Pairs in it are made as in ladders (rungs.c): as many arrivals as
 * departures belong together in their order; otherwise one was lost, and an arrival belongs
 * to the nearest departure before it. */
#include <errno.h>
#include <stdlib.h>

#include <base/digest.h>
#include <base/fail.h>
#include <base/scope.h>

#include "state.h"

struct sighting {
	uint64_t digest, time_ns; /* of the frame; CLOCK_REALTIME */
	bool left;
};

struct sightings {
	struct sighting *at;
	size_t count;
};

static int compare(const void *one, const void *other)
{
	const struct sighting *a = one, *b = other;

	if (a->digest != b->digest)
		return a->digest < b->digest ? -1 : 1;
	if (a->time_ns != b->time_ns)
		return a->time_ns < b->time_ns ? -1 : 1;
	return b->left - a->left; /* what leaves comes first */
}

static int collect(struct nst_capture *capture, uint32_t from, uint32_t to,
		   const char *filter, struct sightings *ret)
{
	const struct nst_store *store = &capture->store;
	const struct bpf_program *program;
	int r = nst_filters_get(&capture->filters, filter, &program);

	if (r < 0)
		return r;
	ret->at = malloc((store->count + 1) * sizeof(*ret->at));
	if (!ret->at)
		return nst_fail_memory();
	for (size_t i = 0; i < store->count; i++) {
		const struct nst_record *record = &store->records[i];
		bool left = record->heading == NST_HEADING_OUTGOING;

		if (record->interface == (left ? from : to) &&
		    nst_filter_matches(program, record))
			ret->at[ret->count++] =
				(struct sighting){ nst_digest(record->frame,
							      record->size),
						   record->time_ns, left };
	}
	qsort(ret->at, ret->count, sizeof(*ret->at), compare);
	return 0;
}

/* Of one group. `waiting` has room for its departures. */
static size_t pair(const struct sighting *group, size_t size, uint64_t *waiting,
		   uint64_t *delays)
{
	size_t left = 0, first = 0, end = 0, count = 0;

	for (size_t i = 0; i < size; i++)
		left += group[i].left;
	for (size_t i = 0; i < size; i++) {
		if (group[i].left)
			waiting[end++] = group[i].time_ns;
		else if (first < end)
			delays[count++] =
				group[i].time_ns -
				(2 * left == size ? waiting[first++] : waiting[--end]);
	}
	return count;
}

static int compare_u64(const void *one, const void *other)
{
	const uint64_t *a = one, *b = other;

	return (*a > *b) - (*a < *b);
}

static int measure(const struct sightings *all, uint64_t **ret_ns, size_t *ret_count)
{
	uint64_t *delays AUTO_FREE = malloc((all->count + 1) * sizeof(*delays));
	uint64_t *waiting AUTO_FREE = malloc((all->count + 1) * sizeof(*waiting));
	size_t count = 0, end;

	if (!delays || !waiting)
		return nst_fail_memory();
	for (size_t i = 0; i < all->count; i = end) {
		for (end = i + 1;
		     end < all->count && all->at[end].digest == all->at[i].digest;)
			end++;
		count += pair(&all->at[i], end - i, waiting, delays + count);
	}
	qsort(delays, count, sizeof(*delays), compare_u64);
	*ret_ns = steal(delays);
	*ret_count = count;
	return 0;
}

int nst_capture_delays(struct nst_capture *capture, unsigned int from, unsigned int to,
		       const char *filter, uint64_t **ret_ns, size_t *ret_count)
{
	struct sightings all = { 0 };
	int r;

	pthread_mutex_lock(&capture->lock);
	if (from >= capture->interface_count || to >= capture->interface_count)
		r = nst_fail(-ENODATA, "no interface has number %u",
			     from < capture->interface_count ? to : from);
	else
		r = nst_capture_update(capture);
	if (r >= 0)
		r = collect(capture, from, to, filter, &all);
	pthread_mutex_unlock(&capture->lock);
	if (r >= 0)
		r = measure(&all, ret_ns, ret_count);
	free(all.at);
	return r < 0 ? r : 0;
}
