/* SPDX-License-Identifier: MIT */
/* What lies between two impairments. */
#include "ramp.h"

#include <stddef.h>
#include <string.h>

#include <base/scope.h>

#define AT(member) offsetof(struct nst_impairment, member)

static const size_t times[] = {
	AT(delay_us),    AT(jitter_us),     AT(slot_min_us),
	AT(slot_max_us), AT(slot_delay_us), AT(slot_jitter_us)
};

/* Also figures that mean "none" at 0 and "everything" near it: a rate from none or a limit
 * from none begins at its end's. */
static const size_t sizes[] = { AT(rate_bps), AT(limit_bytes) };

static const size_t figures[] = {
	AT(delay_correlation_ppm), AT(loss_ppm),
	AT(loss_correlation_ppm),  AT(markov_ppm[0]),
	AT(markov_ppm[1]),         AT(markov_ppm[2]),
	AT(markov_ppm[3]),         AT(markov_ppm[4]),
	AT(gilbert_ppm[0]),        AT(gilbert_ppm[1]),
	AT(gilbert_ppm[2]),        AT(gilbert_ppm[3]),
	AT(duplicate_ppm),         AT(duplicate_correlation_ppm),
	AT(corrupt_ppm),           AT(corrupt_correlation_ppm),
	AT(reorder_ppm),           AT(reorder_correlation_ppm),
};

static int64_t between(int64_t begin, int64_t end, uint64_t part, uint64_t whole)
{
	return (int64_t)(begin +
			 (__int128)(end - begin) * (int64_t)part / (int64_t)whole);
}

static void *member(struct nst_impairment *impairment, size_t at)
{
	return (char *)impairment + at;
}

/* A model of states that has come down to losing nothing is none. */
static void drop_models(struct nst_impairment *now)
{
	uint32_t *markov = now->markov_ppm, *gilbert = now->gilbert_ppm;

	if (now->loss_model == NST_LOSS_MARKOV && (markov[0] || markov[4]))
		return;
	if (now->loss_model == NST_LOSS_GILBERT &&
	    (gilbert[3] || (gilbert[0] && gilbert[2])))
		return;
	now->loss_model = NST_LOSS_RANDOM;
	memset(markov, 0, sizeof(now->markov_ppm));
	memset(gilbert, 0, sizeof(now->gilbert_ppm));
}

static void drop_slots(struct nst_impairment *now)
{
	if (now->slot_max_us || now->slot_delay_us || now->slot_jitter_us)
		return;
	now->slot_packets = now->slot_bytes = 0;
	now->slot_distribution = NST_UNIFORM;
	now->slot_distribution_file = NULL;
}

/* What has come down to 0 leaves its correlation, gap or marking without meaning. */
static void drop_meaningless(struct nst_impairment *now)
{
	drop_models(now);
	drop_slots(now);
	if (!now->loss_ppm)
		now->loss_correlation_ppm = 0;
	if (!now->loss_ppm && now->loss_model == NST_LOSS_RANDOM)
		now->ecn = now->ecn && now->queue != NST_QUEUE_TAIL;
	if (!now->duplicate_ppm)
		now->duplicate_correlation_ppm = 0;
	if (!now->corrupt_ppm)
		now->corrupt_correlation_ppm = 0;
	if (!now->delay_us && !now->jitter_us)
		now->reorder_ppm = 0;
	if (!now->reorder_ppm)
		now->reorder_correlation_ppm = now->reorder_gap = 0;
	if (!now->jitter_us) {
		now->delay_correlation_ppm = 0;
		now->distribution = NST_UNIFORM;
		now->distribution_file = NULL;
	}
}

struct nst_impairment ramp_between(const struct nst_impairment *begin,
				   const struct nst_impairment *end, uint64_t part,
				   uint64_t whole)
{
	struct nst_impairment from = *begin, to = *end;
	struct nst_impairment now = nst_impairment_is_none(end) ? from : to;

	if (part == 0)
		return from;
	if (part >= whole)
		return to;
	for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
		int64_t *a = member(&from, times[i]), *b = member(&to, times[i]);

		*(int64_t *)member(&now, times[i]) = between(*a, *b, part, whole);
	}
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		uint64_t *a = member(&from, sizes[i]), *b = member(&to, sizes[i]);
		bool both = *a && *b;

		*(uint64_t *)member(&now, sizes[i]) =
			both ? (uint64_t)between((int64_t)*a, (int64_t)*b, part, whole)
			     : *a + *b;
	}
	for (size_t i = 0; i < ARRAY_SIZE(figures); i++) {
		uint32_t *a = member(&from, figures[i]), *b = member(&to, figures[i]);

		*(uint32_t *)member(&now, figures[i]) =
			(uint32_t)between(*a, *b, part, whole);
	}
	if (from.limit_packets && to.limit_packets)
		now.limit_packets = (uint32_t)between(from.limit_packets,
						      to.limit_packets, part, whole);
	drop_meaningless(&now);
	return now;
}
