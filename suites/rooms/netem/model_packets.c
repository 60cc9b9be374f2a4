/* SPDX-License-Identifier: MIT */
/* What befalls packets that are not lost. */
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

/* ---- Duplicates, corruption, reordering ---- */

Test(duplicates, are_of_what_is_not_lost)
{
	struct outcome *all = play_many(&(struct nst_impairment){
		.loss_ppm = NST_PERCENT(20), .duplicate_ppm = NST_PERCENT(10) });
	uint64_t kept = COUNT(all, MANY, !it->fate.lost);

	cr_expect(is_share(kept, MANY, 0.8, 1));
	cr_expect(is_share(COUNT(all, MANY, it->left == 2), kept, 0.1, 1));
	cr_expect_eq(COUNT(all, MANY, it->fate.lost && it->left), 0);
	free(all);
}

/* The copy meets loss again; a loss and a duplicate make up for each other. */
Test(duplicates, of_netem_cancel_loss)
{
	const double loss = 0.2, twice = 0.1;
	struct outcome *all =
		play_many(&(struct nst_impairment){ .loss_ppm = NST_PERCENT(20),
						    .duplicate_ppm = NST_PERCENT(10),
						    .compat = NST_COMPAT_NETEM });

	cr_expect(
		is_share(COUNT(all, MANY, it->left == 0), MANY, loss * (1 - twice), 1));
	cr_expect(is_share(COUNT(all, MANY, it->left == 2), MANY,
			   twice * (1 - loss) * (1 - loss), 1));
	free(all);
}

Test(duplicates, are_delayed_each_by_itself)
{
	struct outcome *all = play_many(
		&(struct nst_impairment){ .delay_us = NST_MS(20),
					  .jitter_us = NST_MS(5),
					  .duplicate_ppm = NST_PERCENT(100) });

	cr_expect_eq(COUNT(all, MANY, it->left == 2), MANY);
	cr_expect_lt(COUNT(all, MANY, it->left_ns[0] == it->left_ns[1]), 10);
	free(all);
}

Test(corruption, flips_any_bit_of_the_packet_equally)
{
	struct outcome *all =
		play_many(&(struct nst_impairment){ .corrupt_ppm = NST_PERCENT(100) });
	uint64_t shares[10] = { 0 };

	for (size_t i = 0; i < MANY; i++) {
		uint32_t bit = all[i].departure.corrupt_bit;

		cr_assert(all[i].departure.corrupted);
		cr_assert(bit >= HEADER_BITS && bit < 1514 * 8, "%u", bit);
		shares[(bit - HEADER_BITS) / 1200]++;
	}
	for (size_t i = 0; i < COUNT_OF(shares); i++)
		cr_expect(is_share(shares[i], MANY, 0.1, 1), "tenth %zu: %lu", i,
			  shares[i]);
	free(all);
}

Test(corruption, of_netem_hits_the_frame_header_too)
{
	struct outcome *all = play_many(&(struct nst_impairment){
		.corrupt_ppm = NST_PERCENT(100), .compat = NST_COMPAT_NETEM });

	cr_expect(is_share(COUNT(all, MANY, it->departure.corrupt_bit < HEADER_BITS),
			   MANY, 14 / 1514.0, 1));
	free(all);
}

Test(corruption, is_as_often_as_asked)
{
	struct outcome *all =
		play_many(&(struct nst_impairment){ .corrupt_ppm = 1000 });

	cr_expect(is_share(COUNT(all, MANY, it->fate.corrupted), MANY, 0.001, 1));
	free(all);
}

Test(reordering, lets_packets_skip_the_delay)
{
	for (int compat = NST_COMPAT_EXACT; compat <= NST_COMPAT_NETEM; compat++) {
		struct outcome *all = play_many(
			&(struct nst_impairment){ .delay_us = NST_MS(10),
						  .reorder_ppm = NST_PERCENT(25),
						  .compat = (enum nst_compat)compat });

		cr_expect(
			is_share(COUNT(all, MANY, it->fate.reordered), MANY, 0.25, 1));
		for (size_t i = 0; i < MANY; i++)
			cr_assert_eq(all[i].left_ns[0] - all[i].arrived_ns,
				     all[i].fate.reordered ? 0 : 10000000);
		free(all);
	}
}

Test(reordering, happens_to_every_gapth_packet_if_it_must)
{
	struct outcome *all =
		play_many(&(struct nst_impairment){ .delay_us = NST_MS(10),
						    .reorder_ppm = NST_PERCENT(100),
						    .reorder_gap = 5 });

	for (size_t i = 0; i < MANY; i++)
		cr_assert_eq(all[i].fate.reordered, i % 5 == 4, "%zu", i);
	free(all);
}

Test(reordering, of_netem_skips_the_rate_and_exactly_does_not)
{
	struct play here = { .impairment = { .delay_us = NST_MS(1),
					     .reorder_ppm = NST_PERCENT(50),
					     .rate_bps = NST_MBIT(1) },
			     .seed = SEED,
			     .count = 100 };
	struct outcome *exact = play(&here), *netem;

	here.impairment.compat = NST_COMPAT_NETEM;
	netem = play(&here);

	for (size_t i = 0; i < here.count; i++) {
		if (exact[i].fate.reordered)
			cr_assert_geq(exact[i].left_ns[0] - exact[i].arrived_ns,
				      (i + 1) * 1514 * 8 * 1000);
		if (netem[i].fate.reordered)
			cr_assert_eq(netem[i].left_ns[0], netem[i].arrived_ns);
	}
	cr_expect_gt(COUNT(exact, here.count, it->fate.reordered), 20);
	cr_expect_gt(COUNT(netem, here.count, it->fate.reordered), 20);
	free(exact);
	free(netem);
}

/* ---- Delay ---- */

Test(delay, is_exact_without_jitter)
{
	struct outcome *all = play_many(&(struct nst_impairment){ .delay_us = 12345 });

	cr_expect_eq(COUNT(all, MANY, it->left_ns[0] - it->arrived_ns == 12345000),
		     MANY);
	free(all);
}

static double uniform_20_5(double ms)
{
	return fmin(fmax((ms - 15) / 10, 0), 1);
}

static double normal_20_5(double ms)
{
	return 0.5 * erfc(-(ms - 20) / 5 * M_SQRT1_2);
}

Test(delay, with_jitter_is_spread_as_asked)
{
	static double ms[MANY];

	for (int i = 0; i < 4; i++) {
		enum nst_distribution distribution = i % 2 ? NST_NORMAL : NST_UNIFORM;
		struct outcome *all = play_many(
			&(struct nst_impairment){ .delay_us = NST_MS(20),
						  .jitter_us = NST_MS(5),
						  .distribution = distribution,
						  .compat = i / 2 });

		for (size_t k = 0; k < MANY; k++)
			ms[k] = (double)(all[k].left_ns[0] - all[k].arrived_ns) / 1e6;
		cr_expect(is_spread(ms, MANY, i % 2 ? normal_20_5 : uniform_20_5),
			  "distribution %d, compat %d", i % 2, i / 2);
		free(all);
	}
}

Test(delay, with_jitter_lets_packets_overtake)
{
	struct outcome *all = play_many(&(struct nst_impairment){
		.delay_us = NST_MS(20), .jitter_us = NST_MS(5) });
	size_t overtaken = 0, wrong = 0;
	size_t *at = calloc(MANY, sizeof(*at));

	for (size_t i = 0; i < MANY; i++)
		at[all[i].place] = i;
	for (size_t i = 1; i < MANY; i++) {
		overtaken += at[i] < at[i - 1];
		wrong += all[at[i]].left_ns[0] < all[at[i - 1]].left_ns[0];
	}
	cr_expect_gt(overtaken, MANY / 3);
	cr_expect_eq(wrong, 0, "who leaves first is fetched first");
	free(at);
	free(all);
}
