/* SPDX-License-Identifier: MIT */
/* What befalls packets: loss, duplicates, corruption, reordering, delay; that it is always the
 * same; and that it is as often as asked. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include <netem/model.h>
#include <nstest/error.h>
#include <nstest/units.h>

#include "play.h"
#include "statistics.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

enum { MANY = 200000, SEED = 3, HEADER_BITS = 14 * 8 };

static struct outcome *play_many(const struct nst_impairment *impairment)
{
	return play(&(struct play){ .impairment = *impairment,
				    .seed = SEED,
				    .count = MANY,
				    .gap_ns = 100000 });
}

/* ---- Chance ---- */

Test(chance, is_splitmix64_in_counter_mode)
{
	/* from an implementation in another language */
	cr_expect_eq(nst_draw(0, 0, 0, 0, 0), 0x2ce809ae01cab7d7);
	cr_expect_eq(nst_draw(7, 0, 0, 0, 0), 0x6a1a1a8ab4513d14);
	cr_expect_eq(nst_draw(7, 3, 1, 5, 123456789), 0x1474b1d81ded6958);
	cr_expect_eq(nst_draw(UINT64_MAX, UINT32_MAX, 1, 300, UINT64_MAX),
		     0x319793726c0f716e);
}

Test(chance, happens_as_often_as_asked)
{
	static const uint32_t asked[] = { 0, 1, 10000, 500000, 1000000 };

	for (size_t i = 0; i < COUNT_OF(asked); i++) {
		uint64_t hits = 0, n = 1000000;

		for (uint64_t k = 0; k < n; k++)
			hits += nst_chance(nst_draw(SEED, 0, 0, 0, k), asked[i]);
		cr_expect(is_share(hits, n, asked[i] / 1e6, 1), "%u ppm: %lu", asked[i],
			  hits);
	}
}

Test(chance, streams_do_not_follow_each_other)
{
	static double values[MANY];
	const struct {
		const char *name;
		uint64_t seed;
		unsigned int link, direction, stream;
	} others[] = {
		{ "seed", SEED + 1, 0, 0, 0 },
		{ "link", SEED, 1, 0, 0 },
		{ "direction", SEED, 0, 1, 0 },
		{ "stream", SEED, 0, 0, 1 },
	};

	for (size_t i = 0; i < COUNT_OF(others); i++) {
		/* neighbours in pairs: one of each stream */
		for (size_t k = 0; k < MANY; k += 2) {
			values[k] = (double)nst_draw(SEED, 0, 0, 0, k);
			values[k + 1] = (double)nst_draw(others[i].seed, others[i].link,
							 others[i].direction,
							 others[i].stream, k);
		}
		cr_expect(is_correlation(lag_one(values, MANY), 0, MANY), "%s",
			  others[i].name);
	}
}

/* ---- The same again ---- */

static const struct nst_impairment everything = {
	.delay_us = NST_MS(20),
	.jitter_us = NST_MS(5),
	.delay_correlation_ppm = NST_PERCENT(25),
	.distribution = NST_NORMAL,
	.loss_ppm = NST_PERCENT(5),
	.loss_correlation_ppm = NST_PERCENT(25),
	.duplicate_ppm = NST_PERCENT(5),
	.corrupt_ppm = NST_PERCENT(5),
	.reorder_ppm = NST_PERCENT(5),
};

/* Whether the same befell all packets, each at its own time after it came. */
static bool same_fates(const struct outcome *a, const struct outcome *b, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (memcmp(&a[i].fate, &b[i].fate, sizeof(a[i].fate)) != 0 ||
		    a[i].departure.corrupt_bit != b[i].departure.corrupt_bit)
			return false;
		for (unsigned int copy = 0; copy < a[i].left; copy++)
			if (a[i].left_ns[copy] - a[i].arrived_ns !=
			    b[i].left_ns[copy] - b[i].arrived_ns)
				return false;
	}
	return true;
}

Test(model, fate_is_that_of_the_number_and_not_of_the_time)
{
	struct play here = { everything, SEED, 1, 0, .count = 5000, .gap_ns = 100000 };
	struct outcome *first, *again;

	for (int compat = NST_COMPAT_EXACT; compat <= NST_COMPAT_NETEM; compat++) {
		here.impairment.compat = (enum nst_compat)compat;
		here.gap_ns = 100000;
		here.fetch_ns = 0;
		first = play(&here);
		here.gap_ns = 7777777;     /* at other times */
		here.fetch_ns = 500000000; /* by an engine that is late */
		again = play(&here);

		cr_expect(same_fates(first, again, here.count));
		free(first);
		free(again);
	}
}

Test(model, fate_is_another_with_another_seed_link_or_direction)
{
	struct play here = { everything, SEED, 1, 0, .count = 5000, .gap_ns = 100000 };
	struct play others[] = { here, here, here, here };
	struct outcome *first = play(&here);

	others[0].seed++;
	others[1].link++;
	others[2].direction++;
	others[3].impairment.seed = 99;
	for (size_t i = 0; i < COUNT_OF(others); i++) {
		struct outcome *other = play(&others[i]);

		cr_expect_not(same_fates(first, other, here.count), "%zu", i);
		free(other);
	}
	free(first);
}

Test(model, an_impairment_with_a_seed_of_its_own_does_not_heed_the_lab)
{
	struct play here = { everything, SEED, 1, 0, .count = 5000, .gap_ns = 100000 };
	struct outcome *first, *again;

	here.impairment.seed = 99;
	first = play(&here);
	here.seed = 1234;
	again = play(&here);

	cr_expect(same_fates(first, again, here.count));
	free(first);
	free(again);
}

Test(model, one_impairment_does_not_change_what_another_does)
{
	struct nst_impairment loss = { .loss_ppm = NST_PERCENT(5) }, both = loss;
	struct outcome *first, *second;

	both.delay_us = NST_MS(10);
	both.jitter_us = NST_MS(1);
	both.duplicate_ppm = NST_PERCENT(50);
	first = play_many(&loss);
	second = play_many(&both);

	for (size_t i = 0; i < MANY; i++)
		cr_assert_eq(first[i].fate.lost, second[i].fate.lost);
	free(first);
	free(second);
}

/* ---- Loss ---- */

Test(loss, is_as_often_as_asked)
{
	static const uint32_t asked[] = { 0, 100, 1000, 10000, 500000, 1000000 };

	for (size_t i = 0; i < COUNT_OF(asked); i++) {
		for (int compat = NST_COMPAT_EXACT; compat <= NST_COMPAT_NETEM;
		     compat++) {
			struct outcome *all = play_many(&(struct nst_impairment){
				.loss_ppm = asked[i],
				.compat = (enum nst_compat)compat });
			uint64_t lost = COUNT(all, MANY, it->fate.lost);

			cr_expect(is_share(lost, MANY, asked[i] / 1e6, 1),
				  "%u ppm: %lu", asked[i], lost);
			cr_expect_eq(COUNT(all, MANY, it->left == 0), lost);
			free(all);
		}
	}
}

Test(loss, correlates_as_asked_and_keeps_its_mean)
{
	static const struct {
		double mean, correlation;
	} asked[] = { { 0.05, 0.25 }, { 0.1, 0.25 }, { 0.01, 0.9 }, { 0.3, 0.5 } };

	for (size_t i = 0; i < COUNT_OF(asked); i++) {
		double p = asked[i].mean, c = asked[i].correlation;
		struct outcome *all = play_many(&(struct nst_impairment){
			.loss_ppm = NST_PERCENT(100 * p),
			.loss_correlation_ppm = NST_PERCENT(100 * c) });
		uint64_t lost = COUNT(all, MANY - 1, it->fate.lost);
		uint64_t after_lost =
			COUNT(all, MANY - 1, it->fate.lost && it[1].fate.lost);
		uint64_t after_kept =
			COUNT(all, MANY - 1, !it->fate.lost && it[1].fate.lost);

		cr_expect(is_share(lost, MANY - 1, p, (1 + c) / (1 - c)), "%g: %lu", p,
			  lost);
		cr_expect(is_share(after_lost, lost, p + c * (1 - p), 1), "%g: %lu", c,
			  after_lost);
		cr_expect(is_share(after_kept, MANY - 1 - lost, p * (1 - c), 1),
			  "%g: %lu", c, after_kept);
		free(all);
	}
}

/* Measured with a kernel that has sch_netem. */
Test(loss, of_netem_is_far_below_what_is_asked_if_it_correlates)
{
	enum { MORE = 2000000 };
	static const struct {
		uint32_t ppm;
		double share;
	} known[] = { { NST_PERCENT(5), 0.0019 }, { NST_PERCENT(10), 0.0176 } };

	for (size_t i = 0; i < COUNT_OF(known); i++) {
		struct outcome *all = play(&(struct play){
			.impairment = { .loss_ppm = known[i].ppm,
					.loss_correlation_ppm = NST_PERCENT(25),
					.compat = NST_COMPAT_NETEM },
			.seed = SEED,
			.count = MORE,
			.gap_ns = 1000 });
		double share = (double)COUNT(all, MORE, it->fate.lost) / MORE;

		/* known to two digits behind the point of a percentage */
		cr_expect(fabs(share - known[i].share) < 0.00015, "%.5f", share);
		free(all);
	}
}

Test(loss, of_gilbert_and_elliott_has_its_stationary_mean)
{
	static const struct {
		double p, r, lost_bad, lost_good;
	} asked[] = {
		{ 0.01, 0.1, 0.7, 0.001 },
		{ 0.05, 0.3, 1, 0 },
		{ 0.1, 0.9, 0.5, 0.1 },
	};

	for (size_t i = 0; i < 2 * COUNT_OF(asked); i++) {
		double p = asked[i / 2].p, r = asked[i / 2].r;
		double bad = p / (p + r);
		double mean = bad * asked[i / 2].lost_bad +
			      (1 - bad) * asked[i / 2].lost_good;
		struct outcome *all = play_many(&(struct nst_impairment){
			.loss_model = NST_LOSS_GILBERT,
			.gilbert_ppm = { NST_PERCENT(100 * p), NST_PERCENT(100 * r),
					 NST_PERCENT(100 * asked[i / 2].lost_bad),
					 NST_PERCENT(100 * asked[i / 2].lost_good) },
			.compat = i % 2 });
		uint64_t lost = COUNT(all, MANY, it->fate.lost);

		/* the chain of the states correlates by 1 - p - r */
		cr_expect(is_share(lost, MANY, mean, (2 - p - r) / (p + r)), "%g: %lu",
			  mean, lost);
		free(all);
	}
}

Test(loss, of_gilbert_comes_in_bursts_of_mean_1_by_r)
{
	struct outcome *all = play_many(&(struct nst_impairment){
		.loss_model = NST_LOSS_GILBERT,
		.gilbert_ppm = { NST_PERCENT(1), NST_PERCENT(20), NST_PERCENT(100),
				 0 } });
	uint64_t lost = COUNT(all, MANY - 1, it->fate.lost);
	uint64_t ended = COUNT(all, MANY - 1, it->fate.lost && !it[1].fate.lost);

	cr_expect(is_share(ended, lost, 0.2, 1), "%lu of %lu", ended, lost);
	cr_expect_not(all[0].fate.lost, "it starts in the good state");
	free(all);
}

Test(loss, of_four_states_has_its_stationary_mean)
{
	const double p13 = 0.02, p31 = 0.2, p32 = 0.1, p23 = 0.3, p14 = 0.01;
	/* relative to state 1: what flows in flows out */
	double s3 = p13 / p31, s2 = s3 * p32 / p23, s4 = p14;
	double mean = (s3 + s4) / (1 + s2 + s3 + s4);

	for (int compat = NST_COMPAT_EXACT; compat <= NST_COMPAT_NETEM; compat++) {
		struct outcome *all = play_many(&(struct nst_impairment){
			.loss_model = NST_LOSS_MARKOV,
			.markov_ppm = { 20000, 200000, 100000, 300000, 10000 },
			.compat = (enum nst_compat)compat });
		uint64_t lost = COUNT(all, MANY, it->fate.lost);

		/* it forgets within 1 / p31 packets or so: both ways of a burst */
		cr_expect(is_share(lost, MANY, mean, 2 / p31), "%g: %lu", mean, lost);
		free(all);
	}
}

Test(loss, of_state_4_is_of_one_packet_alone)
{
	struct outcome *all = play_many(&(struct nst_impairment){
		.loss_model = NST_LOSS_MARKOV,
		.markov_ppm = { 0, 0, 0, 0, NST_PERCENT(30) } });

	cr_expect_gt(COUNT(all, MANY, it->fate.lost), MANY / 10);
	cr_expect_eq(COUNT(all, MANY - 1, it->fate.lost && it[1].fate.lost), 0);
	free(all);
}

Test(loss, marks_instead_if_both_ends_can)
{
	for (int i = 0; i < 4; i++) {
		bool can = i % 2;
		struct outcome *all = play(
			&(struct play){ .impairment = { .loss_ppm = NST_PERCENT(10),
							.ecn = true,
							.compat = i / 2 },
					.seed = SEED,
					.count = MANY,
					.gap_ns = 1000,
					.ecn = can });
		uint64_t lost = COUNT(all, MANY, it->fate.lost);
		uint64_t marked = COUNT(all, MANY, it->departure.marked_ce);

		cr_expect(is_share(can ? marked : lost, MANY, 0.1, 1));
		cr_expect_eq(can ? lost : marked, 0);
		cr_expect_eq(COUNT(all, MANY, it->fate.marked_ce), marked);
		free(all);
	}
}
