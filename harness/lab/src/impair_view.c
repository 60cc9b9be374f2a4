/* SPDX-License-Identifier: MIT */
/* What impaired links hold and have done, for functions that run inside the lab process. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <base/fail.h>
#include <nstest/kernel_netem.h>

#include "impairments.h"

/* ---- Counters ---- */

static int count_kernel(struct nst_inside *inside, size_t interface,
			struct nst_wire_counters *ret)
{
	struct nst_kernel_counters counters;
	int r = impairments_enter(inside);

	if (r == 0)
		r = nst_kernel_counters(
			impairments_ifindex(inside->plan, interface ^ 1), &counters);
	if (r < 0)
		return r;
	*ret = (struct nst_wire_counters){
		.received = counters.sent + counters.lost + counters.backlog_packets,
		.sent = counters.sent,
		.sent_bytes = counters.sent_bytes,
		.lost = counters.lost,
		.in_flight = counters.backlog_packets,
	};
	return 0;
}

int nst_inside_wire_counters(struct nst_inside *inside, size_t from,
			     struct nst_wire_counters *ret)
{
	const struct wired *wired = impairments_wire(inside, from);

	if (!wired)
		return nst_fail(-ENOENT, "a plain link counts nothing");
	if (is_kernels(wired))
		return count_kernel(inside, from, ret);
	return impairments_result(inside, nst_wire_counters(inside->impairments->engine,
							    wired->engine_link,
							    direction_of(from), ret));
}

/* ---- In flight ---- */

/* The frames that the kernel holds: its own count of each qdisc. */
static int count_held_by_kernel(struct nst_inside *inside, uint64_t *frames)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < 2 * inside->plan->wire_count; i++) {
		struct nst_wire_counters counters;

		if (!is_kernels(&inside->impairments->wires[i / 2]))
			continue;
		r = count_kernel(inside, 2 * inside->plan->wires[i / 2].link + i % 2,
				 &counters);
		*frames += r < 0 ? 0 : counters.in_flight;
	}
	return r;
}

int nst_inside_in_flight(struct nst_inside *inside, uint64_t *ret_frames,
			 uint64_t *ret_turn)
{
	struct impairments *all = inside->impairments;
	uint64_t frames = 0, turn = 0, kernels = 0;
	int r = 0;

	if (all && all->engine)
		r = impairments_result(inside,
				       nst_wire_turn(all->engine, &frames, &turn));
	if (r == 0 && all)
		r = count_held_by_kernel(inside, &kernels);
	if (r < 0)
		return r;
	*ret_frames = frames + kernels;
	*ret_turn = kernels ? 0 : turn + 1;
	return 0;
}

/* ---- Harm ---- */

static const struct nst_impairment *impairment_of(const struct nst_inside *inside,
						  size_t from)
{
	const struct wired *wired = impairments_wire(inside, from);

	return wired ? &wired->directions[from % 2].impairment : NULL;
}

/* Whether a receiver may drop a packet to which this was done. */
static bool alters(enum nst_fault_action action)
{
	return action == NST_FAULT_CORRUPT || action == NST_FAULT_TRUNCATE ||
	       action == NST_FAULT_TTL;
}

static int add_faults(struct nst_inside *inside, size_t from,
		      struct nst_wire_harm *harm)
{
	const struct impairments *all = inside->impairments;
	int r = 0;

	for (size_t i = 0; i < all->fault_count && r == 0; i++) {
		const struct asked_fault *fault = &all->faults[i];
		struct nst_fault_counters counters;

		if (fault->interface != from ||
		    (!fault->takes_all && !alters(fault->action)))
			continue;
		r = impairments_count_fault(inside, fault, &counters);
		if (r < 0)
			break;
		if (fault->takes_all)
			harm->certain += counters.fired;
		else
			harm->altered += counters.fired;
	}
	return r;
}

int nst_inside_wire_harm(struct nst_inside *inside, size_t from,
			 struct nst_wire_harm *ret)
{
	const struct nst_impairment *impairment = impairment_of(inside, from);
	struct nst_wire_counters counters;
	struct nst_wire_harm harm = { 0 };
	int r = nst_inside_wire_counters(inside, from, &counters);

	if (r == 0)
		r = add_faults(inside, from, &harm);
	if (r < 0)
		return r;
	harm.taken = counters.lost + counters.overflowed + counters.dropped +
		     counters.unplanned + counters.undelivered + counters.cut;
	harm.altered += counters.corrupted;
	harm.forged = counters.injected;
	if (impairment->loss_model == NST_LOSS_RANDOM &&
	    impairment->loss_ppm >= 1000000)
		harm.certain += counters.lost;
	*ret = harm;
	return 0;
}

/* ---- In words ---- */

int64_t nst_inside_wire_delay_us(const struct nst_inside *inside, size_t from)
{
	const struct nst_impairment *impairment = impairment_of(inside, from);

	return impairment
		       ? impairment->delay_us + 4 * impairment->jitter_us +
				 impairment->slot_max_us + impairment->slot_delay_us +
				 4 * impairment->slot_jitter_us
		       : 0;
}

/* Faults of that direction that are in force. */
static void put_faults(const struct nst_inside *inside, size_t from, char *text,
		       size_t size)
{
	const struct impairments *all = inside->impairments;
	size_t used = strlen(text);

	for (size_t i = 0; i < all->fault_count && used < size; i++) {
		const struct asked_fault *fault = &all->faults[i];

		if (fault->removed || fault->interface != from)
			continue;
		used += (size_t)snprintf(text + used, size - used, "%sfault #%u (%s)",
					 used ? ", " : "", fault->id, fault->text);
	}
}

char *nst_inside_wire_words(struct nst_inside *inside, size_t from, char *text,
			    size_t size)
{
	const struct nst_impairment *impairment = impairment_of(inside, from);

	*text = '\0';
	if (!impairment)
		return text;
	if (!nst_impairment_is_none(impairment))
		nst_impairment_print(impairment, text, size);
	put_faults(inside, from, text, size);
	return text;
}
