/* SPDX-License-Identifier: MIT */
/* Pairs departures with arrivals.
 *
 * How it works. Sightings are sorted so that equal frames are side by side, by time in
 * themselves: a group. In a group, each interface that heard the frame is looked at by
 * itself: the departures it can have come from are put up as they come by, and an
 * arrival takes one. If as many arrived as left, the first one that left (a queue:
 * nothing was lost); else the last one (a retransmission that came through, after
 * others that did not).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include <base/fail.h>
#include <base/scope.h>

#include "rungs.h"

enum {
	CHANGED_AT_MOST = 4,  /* bytes, of a frame that is still taken for the same */
	COMPARE_AT_MOST = 64, /* lost frames with one that came from nowhere */
};

struct maker {
	struct nst_sightings sightings;
	struct nst_rungs made;
	int *peers;
	bool *used;      /* of the grouped sightings: belongs to a rung, or is not to be
			    shown */
	size_t *waiting; /* departures not yet taken, of the group at hand */
	bool *seen;      /* of each interface: done in the group at hand */
};

size_t nst_host_length(const char *name)
{
	return strcspn(name, ":");
}

static int by_time(const void *left, const void *right)
{
	const struct nst_sighting *l = *(const struct nst_sighting *const *)left;
	const struct nst_sighting *r = *(const struct nst_sighting *const *)right;

	if (l->time_ns != r->time_ns)
		return l->time_ns < r->time_ns ? -1 : 1;
	return (l > r) - (l < r);
}

static int by_frame(const void *left, const void *right)
{
	const struct nst_sighting *l = *(const struct nst_sighting *const *)left;
	const struct nst_sighting *r = *(const struct nst_sighting *const *)right;
	int order;

	if (l->size != r->size)
		return l->size < r->size ? -1 : 1;
	order = l->size ? memcmp(l->frame, r->frame, l->size) : 0;
	return order ? order : by_time(left, right);
}

static bool same_frame(const struct nst_sighting *l, const struct nst_sighting *r)
{
	return l->size == r->size && (!l->size || !memcmp(l->frame, r->frame, l->size));
}

size_t nst_group_end(const struct nst_sightings *sightings, size_t from)
{
	size_t end = from + 1;

	while (end < sightings->count &&
	       same_frame(sightings->at[from], sightings->at[end]))
		end++;
	return end;
}

static bool same_host(const struct maker *maker, unsigned int a, unsigned int b)
{
	return maker->made.hosts[a] == maker->made.hosts[b];
}

static bool is_given(const struct maker *maker, unsigned int interface)
{
	return maker->sightings.ladder->interfaces[interface].peer != 0;
}

static bool is_loopback(const struct maker *maker, unsigned int interface)
{
	const char *name = maker->sightings.ladder->interfaces[interface].name;
	const char *part = strchr(name, ':');

	return !strcmp(part ? part + 1 : name, "lo");
}

/* At most one rung per sighting: there is room. */
static struct nst_rung *add_rung(struct maker *maker, enum nst_arrival arrival,
				 const struct nst_sighting *left,
				 const struct nst_sighting *arrived)
{
	struct nst_rung *rung = &maker->made.rungs[maker->made.count++];

	*rung = (struct nst_rung){
		.arrival = arrival,
		.left = left,
		.arrived = arrived,
		.from = left ? (int)left->interface : NST_NOWHERE,
		.to = arrived ? (int)arrived->interface : NST_NOWHERE,
	};
	if (!left)
		rung->from = maker->peers[arrived->interface];
	if (!arrived)
		rung->to = maker->peers[left->interface];
	return rung;
}

/* A group, and the interface in it that is looked at. */
struct view {
	size_t from, end;
	unsigned int at;
	int only; /* departures from here alone; NST_NOWHERE: from any other host */
	bool first_in; /* as many arrived as left */
};

static bool can_come_from(const struct maker *maker, const struct view *view,
			  const struct nst_sighting *left)
{
	if (view->only != NST_NOWHERE)
		return (int)left->interface == view->only;
	if (left->interface == view->at)
		return is_loopback(maker, view->at);
	return !is_given(maker, view->at) && !is_given(maker, left->interface) &&
	       !same_host(maker, left->interface, view->at);
}

static void look(const struct maker *maker, struct view *view)
{
	size_t left = 0, arrived = 0;
	int peer = maker->peers[view->at];

	view->only = is_given(maker, view->at) ? peer : NST_NOWHERE;
	for (size_t i = view->from; i < view->end; i++)
		if (maker->sightings.at[i]->outgoing &&
		    (int)maker->sightings.at[i]->interface == peer)
			view->only = peer;
	for (size_t i = view->from; i < view->end; i++) {
		const struct nst_sighting *one = maker->sightings.at[i];

		left += one->outgoing && can_come_from(maker, view, one);
		arrived += !one->outgoing && one->interface == view->at;
	}
	view->first_in = left == arrived;
}

static void match(struct maker *maker, const struct view *view)
{
	const struct nst_sighting **at = maker->sightings.at;
	size_t *waiting = maker->waiting;
	size_t first = 0, end = 0;
	const struct nst_sighting *taken = NULL;

	for (size_t i = view->from; i < view->end; i++) {
		if (at[i]->outgoing && can_come_from(maker, view, at[i])) {
			waiting[end++] = i;
		} else if (!at[i]->outgoing && at[i]->interface == view->at) {
			if (first < end) {
				size_t from = view->first_in ? waiting[first++]
							     : waiting[--end];

				taken = at[from];
				maker->used[from] = maker->used[i] = true;
				add_rung(maker, NST_ARRIVED, taken, at[i]);
			} else if (taken) {
				maker->used[i] = true;
				add_rung(maker, NST_ARRIVED_AGAIN, taken, at[i]);
			}
		}
	}
}

/* A frame is heard twice in a host that has a device on top of another, a bridge say:
 * what is heard at one whose other end is not known is then no news. */
static bool is_inner(const struct maker *maker, const struct view *view, bool outgoing)
{
	if (maker->peers[view->at] != NST_NOWHERE || is_loopback(maker, view->at))
		return false;
	for (size_t i = view->from; i < view->end; i++) {
		const struct nst_sighting *one = maker->sightings.at[i];

		if (one->outgoing == outgoing && one->interface != view->at &&
		    same_host(maker, one->interface, view->at) &&
		    maker->peers[one->interface] != NST_NOWHERE)
			return true;
	}
	return false;
}

static void pair_group(struct maker *maker, size_t from, size_t end)
{
	for (size_t i = from; i < end; i++) {
		const struct nst_sighting *one = maker->sightings.at[i];
		struct view view = { .from = from, .end = end, .at = one->interface };

		if (one->outgoing) {
			maker->used[i] |= is_inner(maker, &view, true);
			continue;
		}
		if (maker->seen[one->interface])
			continue;
		maker->seen[one->interface] = true;
		look(maker, &view);
		if (!is_inner(maker, &view, false))
			match(maker, &view);
		else
			for (size_t k = from; k < end; k++)
				if (!maker->sightings.at[k]->outgoing &&
				    maker->sightings.at[k]->interface == view.at)
					maker->used[k] = true;
	}
	for (size_t i = from; i < end; i++)
		maker->seen[maker->sightings.at[i]->interface] = false;
}

/* How a frame that arrived differs from one that left: NST_NOT_SEEN_LEAVING if it is
 * another one. */
static enum nst_arrival compare(const struct nst_sighting *left,
				const struct nst_sighting *arrived)
{
	size_t common = MIN(left->size, arrived->size), different = 0;

	for (size_t i = 0; i < common && different <= CHANGED_AT_MOST; i++)
		different += left->frame[i] != arrived->frame[i];
	/* A header must be left, or anything would be like anything. */
	if (left->size > arrived->size && arrived->size >= 34 && different == 0)
		return NST_ARRIVED_SHORTER;
	if (left->size == arrived->size && different <= CHANGED_AT_MOST &&
	    different * 8 < common)
		return NST_ARRIVED_CHANGED;
	return NST_NOT_SEEN_LEAVING;
}

/* Finds out of which frame that seems lost this one was made on the way. */
static bool join_changed(struct maker *maker, const struct nst_sighting *arrived,
			 size_t lost_from)
{
	size_t tries = 0;

	for (size_t i = maker->made.count;
	     i-- > lost_from && tries < COMPARE_AT_MOST;) {
		struct nst_rung *rung = &maker->made.rungs[i];
		enum nst_arrival how;

		if (rung->arrival != NST_NOT_SEEN_ARRIVING ||
		    rung->left->time_ns > arrived->time_ns ||
		    rung->from != maker->peers[arrived->interface])
			continue;
		tries++;
		how = compare(rung->left, arrived);
		if (how == NST_NOT_SEEN_LEAVING)
			continue;
		rung->arrival = how;
		rung->arrived = arrived;
		rung->to = (int)arrived->interface;
		return true;
	}
	return false;
}

static int by_rung(const void *left, const void *right)
{
	const struct nst_rung *l = left, *r = right;
	const struct nst_sighting *l_first = l->left ? l->left : l->arrived;
	const struct nst_sighting *r_first = r->left ? r->left : r->arrived;
	int order = by_time(&l_first, &r_first);

	if (order || !l->arrived || !r->arrived)
		return order;
	return by_time(&l->arrived, &r->arrived);
}

/* What was not paired: lost frames first, so that changed ones find theirs. */
static void add_rest(struct maker *maker, const struct nst_sighting **by_age)
{
	size_t lost_from = maker->made.count, rest = 0;
	bool alone = maker->made.host_count < 2;

	for (size_t i = 0; i < maker->sightings.count; i++)
		if (!maker->used[i])
			by_age[rest++] = maker->sightings.at[i];
	qsort(by_age, rest, sizeof(*by_age), by_time);
	for (size_t i = 0; i < rest; i++)
		if (by_age[i]->outgoing)
			add_rung(maker,
				 alone ? NST_NOBODY_THERE : NST_NOT_SEEN_ARRIVING,
				 by_age[i], NULL);
	for (size_t i = 0; i < rest; i++)
		if (!by_age[i]->outgoing && !join_changed(maker, by_age[i], lost_from))
			add_rung(maker, NST_NOT_SEEN_LEAVING, NULL, by_age[i]);
	qsort(maker->made.rungs, maker->made.count, sizeof(*maker->made.rungs),
	      by_rung);
}

/* Numbers hosts in the order of interfaces; those of one host mostly stand together. */
static void number_hosts(struct maker *maker)
{
	const struct nst_ladder_interface *interfaces =
		maker->sightings.ladder->interfaces;

	for (size_t i = 0; i < maker->sightings.ladder->interface_count; i++) {
		size_t length = nst_host_length(interfaces[i].name);
		size_t k = i;

		while (k-- > 0)
			if (nst_host_length(interfaces[k].name) == length &&
			    !memcmp(interfaces[k].name, interfaces[i].name, length))
				break;
		maker->made.hosts[i] =
			k < i ? maker->made.hosts[k] : (int)maker->made.host_count++;
	}
}

static int check(const struct nst_ladder *ladder)
{
	for (size_t i = 0; i < ladder->interface_count; i++)
		if (ladder->interfaces[i].peer > ladder->interface_count)
			return nst_fail(-EINVAL, "ladder: %s has no peer number %u",
					ladder->interfaces[i].name,
					ladder->interfaces[i].peer);
	for (size_t i = 0; i < ladder->count; i++)
		if (ladder->sightings[i].interface >= ladder->interface_count)
			return nst_fail(-EINVAL, "ladder: no interface has number %u",
					ladder->sightings[i].interface);
	return 0;
}

static int allocate(struct maker *maker, size_t sightings, size_t interfaces)
{
	maker->made.rungs = calloc(sightings + 1, sizeof(*maker->made.rungs));
	maker->made.hosts = calloc(interfaces + 1, sizeof(*maker->made.hosts));
	maker->sightings.at = calloc(sightings + 1, sizeof(*maker->sightings.at));
	maker->peers = calloc(interfaces + 1, sizeof(*maker->peers));
	maker->used = calloc(sightings + 1, sizeof(*maker->used));
	maker->waiting = calloc(sightings + 1, sizeof(*maker->waiting));
	maker->seen = calloc(interfaces + 1, sizeof(*maker->seen));
	if (!maker->made.rungs || !maker->made.hosts || !maker->sightings.at ||
	    !maker->peers || !maker->used || !maker->waiting || !maker->seen)
		return nst_fail_memory();
	return 0;
}

static int make(struct maker *maker)
{
	const struct nst_ladder *ladder = maker->sightings.ladder;
	AUTO_FREE const struct nst_sighting **by_age = NULL;
	size_t end;
	int r;

	number_hosts(maker);
	maker->sightings.hosts = maker->made.hosts;
	for (size_t i = 0; i < ladder->interface_count; i++)
		maker->peers[i] = (int)ladder->interfaces[i].peer - 1;
	for (size_t i = 0; i < ladder->count; i++)
		maker->sightings.at[i] = &ladder->sightings[i];
	qsort(maker->sightings.at, ladder->count, sizeof(*maker->sightings.at),
	      by_frame);
	r = nst_peers_guess(&maker->sightings, maker->peers);
	if (r < 0)
		return r;
	by_age = calloc(ladder->count + 1, sizeof(*by_age));
	if (!by_age)
		return nst_fail_memory();
	for (size_t from = 0; from < ladder->count; from = end) {
		end = nst_group_end(&maker->sightings, from);
		pair_group(maker, from, end);
	}
	add_rest(maker, by_age);
	return 0;
}

int nst_rungs_make(const struct nst_ladder *ladder, struct nst_rungs *ret_rungs)
{
	struct maker maker = { .sightings = { .ladder = ladder,
					      .count = ladder->count } };
	int r = check(ladder);

	if (r >= 0)
		r = allocate(&maker, ladder->count, ladder->interface_count);
	if (r >= 0)
		r = make(&maker);
	free(maker.sightings.at);
	free(maker.peers);
	free(maker.used);
	free(maker.waiting);
	free(maker.seen);
	if (r < 0)
		nst_rungs_release(&maker.made);
	else
		*ret_rungs = maker.made;
	return r;
}

void nst_rungs_release(struct nst_rungs *rungs)
{
	free(rungs->rungs);
	free(rungs->hosts);
	*rungs = (struct nst_rungs){};
}
