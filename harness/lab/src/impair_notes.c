/* SPDX-License-Identifier: MIT */
/* What engines did to packets, as comments in the captures of both hosts.
 *
 * An engine's record names a packet by the time at which it came out of the sender's
 * interface: that finds it in the capture. Only what is new since the last time is
 * noted; as the record is sorted, that is a walk through the old and the new one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <base/fail.h>

#include "captures.h"
#include "impairments.h"

enum {
	MOST_NOTES = 100000,
	SLACK_NS = 1000000000, /* how late a packet may be */
};

/* The words of an event: what was done, and by what. */
static void print_event(const struct nst_inside *inside,
			const struct nst_wire_event *event, size_t interface,
			char *text, size_t size)
{
	static const char *const verbs[] = {
		[NST_WIRE_LOST] = "lost",
		[NST_WIRE_DELAYED] = "delayed",
		[NST_WIRE_DUPLICATED] = "duplicated",
		[NST_WIRE_CORRUPTED] = "corrupted",
		[NST_WIRE_REORDERED] = "reordered",
		[NST_WIRE_OVERFLOWED] = "lost, the queue is full",
		[NST_WIRE_MARKED] = "marked CE",
		[NST_WIRE_FAULT] = "fault",
		[NST_WIRE_CUT] = "cut",
	};
	const struct impairments *all = inside->impairments;
	const struct wired *wired = impairments_wire(inside, interface);
	const struct nst_impairment *impairment =
		&wired->directions[interface % 2].impairment;
	char words[128] = "";

	for (size_t i = 0; event->what == NST_WIRE_FAULT && i < all->fault_count; i++)
		if (all->faults[i].id == event->fault) {
			snprintf(text, size, "fault #%u (%s)", event->fault,
				 all->faults[i].text);
			return;
		}
	if (!nst_impairment_is_none(impairment))
		nst_impairment_print(impairment, words, sizeof(words));
	snprintf(text, size, "%s on the link%s%s%s",
		 event->what < sizeof(verbs) / sizeof(verbs[0]) ? verbs[event->what]
								: "touched",
		 *words ? " (" : "", words, *words ? ")" : "");
}

/* Whether the packet arrived nowhere. */
static bool is_end(const struct nst_inside *inside, const struct nst_wire_event *event)
{
	const struct impairments *all = inside->impairments;

	if (event->what != NST_WIRE_FAULT)
		return event->what == NST_WIRE_LOST ||
		       event->what == NST_WIRE_OVERFLOWED ||
		       event->what == NST_WIRE_CUT;
	for (size_t i = 0; i < all->fault_count; i++)
		if (all->faults[i].id == event->fault)
			return all->faults[i].action == NST_FAULT_DROP ||
			       all->faults[i].action == NST_FAULT_RST ||
			       all->faults[i].action == NST_FAULT_ICMP;
	return false;
}

static bool same_packet(const struct nst_wire_event *one,
			const struct nst_wire_event *other)
{
	return one->link == other->link && one->direction == other->direction &&
	       one->n == other->n;
}

/* When it must have arrived at the latest: all that delayed it together; 0: never. */
static uint64_t latest_arrival(const struct nst_inside *inside,
			       const struct nst_wire_event *packet, size_t count)
{
	uint64_t at = packet->when_ns + SLACK_NS;

	for (size_t i = 0; i < count; i++) {
		if (is_end(inside, &packet[i]))
			return 0;
		at += packet[i].delay_ns;
	}
	return at;
}

static int compare(const struct nst_wire_event *a, const struct nst_wire_event *b)
{
	if (a->link != b->link)
		return a->link < b->link ? -1 : 1;
	if (a->direction != b->direction)
		return a->direction < b->direction ? -1 : 1;
	if (a->n != b->n)
		return a->n < b->n ? -1 : 1;
	return a->what == b->what ? (a->fault > b->fault) - (a->fault < b->fault)
				  : (a->what > b->what) - (a->what < b->what);
}

/* Whether the old record has it. */
static bool was_noted(const struct impairments *all, const struct nst_wire_event *event)
{
	size_t low = 0, high = all->noted_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare(&all->noted[middle], event) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < all->noted_count && compare(&all->noted[low], event) == 0;
}

/* All events of one packet. */
static int note_packet(struct nst_inside *inside, const struct nst_wire_event *packet,
		       size_t count, size_t *notes)
{
	size_t from = impairments_sender(inside, packet);
	uint64_t until = latest_arrival(inside, packet, count);
	int r = 0;

	for (size_t i = 0; i < count && from != SIZE_MAX && r >= 0; i++) {
		char text[256];

		if (packet[i].what == NST_WIRE_DELAYED ||
		    was_noted(inside->impairments, &packet[i]) || ++*notes > MOST_NOTES)
			continue;
		print_event(inside, &packet[i], from, text, sizeof(text));
		r = nst_capture_comment_crossing(
			inside->capture, captures_number(inside, from),
			captures_number(inside, inside->plan->interfaces[from].peer),
			packet[i].when_ns, packet[i].digest, until, text);
	}
	return r;
}

static int compare_events(const void *left, const void *right)
{
	return compare(left, right);
}

static int note_all(struct nst_inside *inside, const struct nst_wire_event *events,
		    size_t count)
{
	size_t notes = 0, end;
	int r = 0;

	for (size_t i = 0; i < count && r >= 0; i = end) {
		for (end = i + 1; end < count && same_packet(&events[i], &events[end]);)
			end++;
		r = note_packet(inside, &events[i], end - i, &notes);
	}
	return r;
}

int impairments_note(struct nst_inside *inside)
{
	struct impairments *all = inside->impairments;
	struct nst_wire_event *events;
	size_t count;
	int r;

	/* A capture is worth having without the comments, too. */
	if (!all || !all->engine || !inside->capture ||
	    nst_wire_events(all->engine, &events, &count) < 0)
		return 0;
	qsort(events, count, sizeof(*events), compare_events);
	r = note_all(inside, events, count);
	free(all->noted);
	all->noted = events;
	all->noted_count = count;
	return r < 0 ? r : 0;
}
