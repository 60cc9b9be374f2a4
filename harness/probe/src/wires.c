/* SPDX-License-Identifier: MIT */
/* Impaired links on the way: what they hold, and what they did to packets of the probe. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include <nstest/error.h>

#include "marker.h"
#include "trail.h"
#include "wires.h"

enum {
	CERTAIN_AFTER = 3, /* attempts that one and the same rule took */
	EXTRA_NS = 2000000000,
	LEFTOVERS_NS = 10000000,
	PAUSE_NS = 200000,
	ROUND_TRIPS =
		8, /* handshake, payload, both with a neighbour to find, and spare */
};

static bool is_wired(const struct ask *ask, size_t interface)
{
	return interface != SIZE_MAX &&
	       nst_plan_wire(ask->plan, interface / 2) != SIZE_MAX;
}

/* ---- Before an attempt ---- */

static void note_direction(struct ask *ask, size_t interface, bool back)
{
	struct ask_wires *wires = &ask->wires;
	struct nst_wire_harm harm;

	if (!is_wired(ask, interface) || wires->count == WIRES_MAX)
		return;
	for (size_t i = 0; i < wires->count; i++)
		if (wires->list[i].interface == interface)
			return;
	if (nst_inside_wire_harm(ask->inside, interface, &harm) == 0)
		wires->list[wires->count++] =
			(struct ask_wire){ interface, back, harm };
}

static bool is_switch(const struct nst_plan *plan, size_t interface)
{
	return plan->nodes[plan->interfaces[interface].node].kind == NST_SWITCH;
}

/* A step of the way: out of a host, over links between switches, into the next. */
static void note_hop(struct ask *ask, const struct nst_hop *hop, bool back)
{
	const struct nst_plan *plan = ask->plan;
	size_t segment = plan->interfaces[hop->out].segment;

	note_direction(ask, hop->out, back);
	note_direction(ask, plan->interfaces[hop->in].peer, back);
	for (size_t i = 0; i < plan->wire_count && is_switch(plan, hop->out ^ 1); i++) {
		size_t a = 2 * plan->wires[i].link;

		if (plan->interfaces[a].segment != segment || !is_switch(plan, a) ||
		    !is_switch(plan, a + 1))
			continue;
		note_direction(ask, a, back);
		note_direction(ask, a + 1, back);
	}
}

/* How long it takes nearly every packet to go the way and back. */
static uint64_t round_trip_ns(const struct ask *ask)
{
	int64_t us = 0;

	for (size_t i = 0; i < ask->wires.count; i++)
		us += nst_inside_wire_delay_us(ask->inside,
					       ask->wires.list[i].interface);
	return (uint64_t)us * 1000;
}

/* Others may send for ever, so not longer than those can take. The engine has no event to
 * wait for. */
static void let_leftovers_pass(struct ask *ask)
{
	const struct timespec pause = { .tv_nsec = PAUSE_NS };
	uint64_t deadline_ns = room_now_ns() + LEFTOVERS_NS + 2 * round_trip_ns(ask);
	uint64_t frames, turn;

	while (nst_inside_in_flight(ask->inside, &frames, &turn) == 0 && frames > 0 &&
	       room_now_ns() < deadline_ns)
		ppoll(NULL, 0, &pause, NULL);
	marker_pass_everywhere(ask->room, ask->from);
}

static void note_way(struct ask *ask)
{
	ask->wires.count = 0;
	for (size_t i = 0; i < ask->there_count; i++)
		note_hop(ask, &ask->there[i], false);
	for (size_t i = 0; i < ask->back_count; i++)
		note_hop(ask, &ask->back[i], true);
}

void wires_begin(struct ask *ask)
{
	ask->quiet = 0;
	ask->wires.took = ask->wires.busy = false;
	ask->wires.since = 0;
	if (!nst_inside_has_wires(ask->inside))
		return;
	note_way(ask);
	let_leftovers_pass(ask);
	note_way(ask);
}

/* ---- While it lasts ---- */

int wires_look(struct ask *ask)
{
	uint64_t frames = 0, turn, since = ask->wires.since;
	int r;

	if (!nst_inside_has_wires(ask->inside))
		return 0;
	r = nst_inside_in_flight(ask->inside, &frames, &turn);
	if (r < 0) {
		ask->lost = ask->wires.gone = true;
		ask_doubt(ask, "%s", nst_error());
		return r;
	}
	ask->wires.since = 0;
	if (frames == 0)
		return 0;
	if (since && turn >= since + 2) {
		ask->wires.busy = true;
		return 0;
	}
	ask->wires.since = since && turn ? since : turn;
	ask_doubt(ask, "%llu packets are under way on impaired links%s",
		  (unsigned long long)frames,
		  turn ? ""
		       : "; sch_netem does not tell their age, \"engine: wire\" does");
	return -EINPROGRESS;
}

unsigned int wires_rounds(const struct ask *ask)
{
	if (!nst_inside_has_wires(ask->inside))
		return 1;
	return ask->wires.busy && ask->wires.count > 1
		       ? (unsigned int)ask->wires.count + 1
		       : 2;
}

uint64_t wires_extra_ns(const struct ask *ask)
{
	return nst_inside_has_wires(ask->inside)
		       ? EXTRA_NS + ROUND_TRIPS * round_trip_ns(ask)
		       : 0;
}

/* ---- What they did ---- */

/* What a direction has done since the attempt began. */
static struct nst_wire_harm harm_of(const struct ask *ask, const struct ask_wire *wire)
{
	struct nst_wire_harm now;

	if (nst_inside_wire_harm(ask->inside, wire->interface, &now) < 0)
		return (struct nst_wire_harm){ 0 };
	return (struct nst_wire_harm){
		.taken = now.taken - wire->before.taken,
		.certain = now.certain - wire->before.certain,
		.altered = now.altered - wire->before.altered,
		.forged = now.forged - wire->before.forged,
	};
}

static const struct ask_wire *find(const struct ask *ask, size_t interface)
{
	for (size_t i = 0; i < ask->wires.count; i++)
		if (ask->wires.list[i].interface == interface)
			return &ask->wires.list[i];
	return NULL;
}

/* What it is asked to do, for a sentence. */
static void put_words(struct ask *ask, size_t interface)
{
	char words[sizeof(ask->wires.words)];

	nst_inside_wire_words(ask->inside, interface, words, sizeof(words));
	snprintf(ask->wires.words, sizeof(ask->wires.words), "%s",
		 *words ? words : "nothing that was asked of it");
}

bool wires_took(struct ask *ask, size_t out)
{
	const struct nst_interface *here;
	struct ask_wires *wires = &ask->wires;

	if (!is_wired(ask, out))
		return false;
	wires->in_a_row = wires->interface == out ? wires->in_a_row : 0;
	wires->interface = out;
	wires->took = true;
	put_words(ask, out);
	here = &ask->plan->interfaces[out];
	return ask_doubt(ask, "it left %s:%s, and the link lost it (%.60s)",
			 ask->plan->nodes[here->node].name, here->name, wires->words);
}

bool wires_take_all(const struct ask *ask, size_t out)
{
	const struct ask_wire *wire = is_wired(ask, out) ? find(ask, out) : NULL;

	return wire && harm_of(ask, wire).certain > 0 && ask->wires.interface == out &&
	       ask->wires.in_a_row + 1 >= CERTAIN_AFTER;
}

bool wires_altered(struct ask *ask)
{
	for (size_t i = 0; i < ask->wires.count; i++) {
		const struct ask_wire *wire = &ask->wires.list[i];
		const struct nst_interface *here =
			&ask->plan->interfaces[wire->interface];

		if (harm_of(ask, wire).altered == 0)
			continue;
		ask->wires.interface = wire->interface;
		ask->wires.took = true;
		put_words(ask, wire->interface);
		return ask_doubt(ask, "the link behind %s:%s changed packets (%.60s)",
				 ask->plan->nodes[here->node].name, here->name,
				 ask->wires.words);
	}
	return false;
}

void wires_end(struct ask *ask)
{
	struct ask_wires *wires = &ask->wires;

	if (!wires->took) {
		wires->in_a_row = 0;
		return;
	}
	wires->attempts++;
	wires->in_a_row++;
	ask->attempts--;
}

void wires_find_forger(struct ask *ask)
{
	for (size_t i = 0; i < ask->wires.count && !ask->refusal.forged; i++) {
		const struct ask_wire *wire = &ask->wires.list[i];

		if (harm_of(ask, wire).forged == 0)
			continue;
		put_words(ask, wire->interface);
		ask->refusal.forged = true;
		ask->refusal.forger = wire->interface;
		ask->refusal.of_answer = wire->back;
	}
}
