/* SPDX-License-Identifier: MIT */
/* Records of packets, and their order by time. */
#include <errno.h>
#include <stdlib.h>
#include <sys/param.h>

#include <base/fail.h>

#include "store.h"

/* Room for one more of `count`, doubling. */
static int make_room(void **array, size_t *room, size_t count, size_t size)
{
	size_t wanted = *room ? *room : 64;
	void *grown;

	if (count <= *room)
		return 0;
	while (wanted < count)
		wanted *= 2;
	grown = reallocarray(*array, wanted, size);
	if (!grown)
		return nst_fail_memory();
	*array = grown;
	*room = wanted;
	return 0;
}

int nst_store_add(struct nst_store *store, const struct nst_record *record)
{
	const uint8_t *kept;
	int r;

	if (store->count >= UINT32_MAX)
		return nst_fail(-EOVERFLOW, "a capture holds at most %u packets",
				UINT32_MAX);
	r = make_room((void **)&store->records, &store->room, store->count + 1,
		      sizeof(*store->records));
	if (r < 0)
		return r;
	r = nst_spool_add(&store->spool, record->frame, record->size, &kept);
	if (r < 0)
		return r;
	store->records[store->count] = *record;
	store->records[store->count++].frame = kept;
	return 0;
}

void nst_store_release(struct nst_store *store)
{
	nst_spool_release(&store->spool);
	nst_order_release(&store->order);
	free(store->records);
	*store = (struct nst_store){};
}

/* By time; at the same nanosecond as they were read. */
static int compare(const void *left, const void *right, void *context)
{
	const struct nst_store *store = context;
	uint32_t l = *(const uint32_t *)left, r = *(const uint32_t *)right;
	uint64_t l_ns = store->records[l].time_ns, r_ns = store->records[r].time_ns;

	if (l_ns != r_ns)
		return l_ns < r_ns ? -1 : 1;
	return l < r ? -1 : 1;
}

size_t nst_order_find(const struct nst_order *order, const struct nst_store *store,
		      uint64_t time_ns)
{
	size_t from = order->settled, to = order->count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (store->records[order->at[middle]].time_ns < time_ns)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

/* Packets come nearly in order, a run per interface: only what is younger than the
 * oldest of the new ones is sorted. */
int nst_order_update(struct nst_order *order, const struct nst_store *store)
{
	uint64_t oldest = UINT64_MAX;
	size_t from;
	int r;

	if (order->count == store->count)
		return 0;
	r = make_room((void **)&order->at, &order->room, store->count,
		      sizeof(*order->at));
	if (r < 0)
		return r;
	for (size_t i = order->count; i < store->count; i++)
		oldest = MIN(oldest, store->records[i].time_ns);
	from = nst_order_find(order, store, oldest);
	for (; order->count < store->count; order->count++)
		order->at[order->count] = (uint32_t)order->count;
	qsort_r(order->at + from, order->count - from, sizeof(*order->at), compare,
		(void *)store);
	return 0;
}

void nst_order_release(struct nst_order *order)
{
	free(order->at);
	*order = (struct nst_order){};
}
