/* SPDX-License-Identifier: MIT */
/* One packet at both ends of a link, found by time and likeness. */
#include <errno.h>

#include <base/digest.h>
#include <base/fail.h>

#include "state.h"

enum {
	STAMPS_APART_NS = 1000000, /* of one packet, at the two ends of a veth pair */
	UNLIKE = 24,               /* bytes: more than any change to a header makes */
};

/* The last that left by the interface up to then and has that digest, or else the last at all;
 * NULL. Of a burst the last are gone before the other end stamps the first. */
static const struct nst_record *find_leaving(const struct nst_store *store,
					     uint32_t interface, uint64_t left_ns,
					     uint32_t digest)
{
	size_t i = nst_order_find(&store->order, store, left_ns + 1);
	const struct nst_record *last = NULL;

	while (i > 0) {
		const struct nst_record *record = &store->records[store->order.at[--i]];

		if (record->time_ns + STAMPS_APART_NS < left_ns)
			break;
		if (record->interface != interface ||
		    record->heading != NST_HEADING_OUTGOING)
			continue;
		if ((uint32_t)nst_digest(record->frame, record->size) == digest)
			return record;
		if (!last)
			last = record;
	}
	return last;
}

/* How many bytes differ, at most UNLIKE; the later one may have been cut short. */
static size_t difference(const struct nst_record *left, const struct nst_record *came)
{
	size_t n = 0;

	if (came->size > left->size)
		return UNLIKE;
	for (uint32_t i = 0; i < came->size && n < UNLIKE; i++)
		n += left->frame[i] != came->frame[i];
	return n;
}

/* Calls for each that came in by the interface from `left` on until then. */
typedef int came_fn(void *context, const struct nst_record *left,
		    const struct nst_record *came);

static int each_that_came(const struct nst_store *store, uint32_t interface,
			  const struct nst_record *left, uint64_t until_ns,
			  came_fn *function, void *context)
{
	int r = 0;

	for (size_t i = nst_order_find(&store->order, store, left->time_ns);
	     i < store->order.count && r >= 0; i++) {
		const struct nst_record *record = &store->records[store->order.at[i]];

		if (record->time_ns > until_ns)
			break;
		if (record->interface == interface &&
		    record->heading != NST_HEADING_OUTGOING)
			r = function(context, left, record);
	}
	return r;
}

struct comment {
	struct nst_capture *capture;
	const char *text;
	size_t least; /* the smallest difference that there is */
};

static int note_difference(void *context, const struct nst_record *left,
			   const struct nst_record *came)
{
	struct comment *comment = context;
	size_t n = difference(left, came);

	if (n < comment->least)
		comment->least = n;
	return 0;
}

static int put_comment(struct comment *comment, const struct nst_record *record)
{
	struct nst_capture *capture = comment->capture;
	const struct nst_note_rule rule = { .interface = record->interface,
					    .from_ns = record->time_ns,
					    .to_ns = record->time_ns };

	return nst_notes_add(&capture->notes, &capture->store, &capture->filters, &rule,
			     comment->text, record->time_ns + 1);
}

static int comment_if_likest(void *context, const struct nst_record *left,
			     const struct nst_record *came)
{
	struct comment *comment = context;

	return difference(left, came) == comment->least ? put_comment(comment, came)
							: 0;
}

static int comment_crossing(struct comment *comment, uint32_t from, uint32_t to,
			    uint64_t left_ns, uint32_t digest, uint64_t until_ns)
{
	const struct nst_store *store = &comment->capture->store;
	const struct nst_record *left;
	int r = nst_capture_update(comment->capture);

	left = r < 0 ? NULL : find_leaving(store, from, left_ns, digest);
	if (!left)
		return r;
	r = put_comment(comment, left);
	if (r < 0 || !until_ns)
		return r;
	each_that_came(store, to, left, until_ns, note_difference, comment);
	return comment->least == UNLIKE ? 0
					: each_that_came(store, to, left, until_ns,
							 comment_if_likest, comment);
}

int nst_capture_comment_crossing(struct nst_capture *capture, unsigned int from,
				 unsigned int to, uint64_t left_ns, uint32_t digest,
				 uint64_t until_ns, const char *text)
{
	struct comment comment = { capture, text, UNLIKE };
	int r;

	pthread_mutex_lock(&capture->lock);
	if (from >= capture->interface_count || to >= capture->interface_count)
		r = nst_fail(-ENODATA, "no interface has number %u",
			     from < capture->interface_count ? to : from);
	else
		r = comment_crossing(&comment, from, to, left_ns, digest, until_ns);
	pthread_mutex_unlock(&capture->lock);
	return r;
}
