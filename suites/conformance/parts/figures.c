/* SPDX-License-Identifier: MIT */
/* What the conformance suite reckons with: estimates, comparisons, formulas, frames. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <nstest/units.h>

#include "formula.h"
#include "frame.h"
#include "measure.h"

enum { FRAMES = 20000 };

/* Every frame comes, 10 to 30 ms late, unless it is lost. */
static struct seen imagine(unsigned int seed, double lost, double again, double late_ms)
{
	struct seen seen = { .count = FRAMES, .size = 200, .past = FRAMES };
	bool before = false;

	seen.arrivals = calloc(FRAMES, sizeof(*seen.arrivals));
	for (uint32_t n = 0; n < FRAMES; n++) {
		before = rand_r(&seed) < (before ? again : lost) * RAND_MAX;
		if (!before)
			seen.arrivals[seen.arrived++] = (struct arrival){
				.n = n,
				.delay_ns =
					(int64_t)((10 + late_ms +
						   20.0 * rand_r(&seed) / RAND_MAX) *
						  1e6),
			};
	}
	return seen;
}

static void expect_within(struct estimate estimate, double wanted)
{
	cr_expect(le(dbl, estimate.low, wanted), "%g is below %g", wanted,
		  estimate.low);
	cr_expect(ge(dbl, estimate.high, wanted), "%g is above %g", wanted,
		  estimate.high);
}

Test(figures, hold_the_truth_and_little_else)
{
	struct seen seen = imagine(3, 0.1, 0.1, 0);
	struct estimate lost = measure_take(LOST, &seen);

	expect_within(lost, 0.1);
	expect_within(measure_take(DELAY_MEAN, &seen), 20);
	expect_within(measure_take(DELAY_DEVIATION, &seen), 20 / sqrt(12));
	expect_within(measure_take(DELAY_P5, &seen), 11);
	expect_within(measure_take(DELAY_P95, &seen), 29);
	cr_expect(lt(dbl, lost.high - lost.low, 0.04));
	seen_free(&seen);
}

/* A chain that stays lost for ten frames spreads the share wider than a coin would. */
Test(figures, are_less_sure_of_what_comes_in_a_row)
{
	struct seen coin = imagine(5, 0.5, 0.5, 0), chain = imagine(5, 0.1, 0.9, 0);
	struct estimate one = measure_take(LOST, &coin),
			other = measure_take(LOST, &chain);

	expect_within(one, 0.5);
	expect_within(other, 0.5);
	expect_within(measure_take(LOST_AGAIN, &chain), 0.9);
	cr_expect(gt(dbl, other.high - other.low, 1.5 * (one.high - one.low)));
	seen_free(&coin);
	seen_free(&chain);
}

Test(figures, say_what_may_hide_where_nothing_was_seen)
{
	struct seen seen = imagine(1, 0, 0, 0);
	struct estimate lost = measure_take(LOST, &seen);

	cr_expect(eq(dbl, lost.value, 0));
	cr_expect(gt(dbl, lost.high, 0));
	cr_expect(lt(dbl, lost.high, 0.001));
	seen_free(&seen);
}

Test(comparison, takes_two_runs_of_one_law_for_alike)
{
	int doubted = 0;

	for (unsigned int seed = 0; seed < 100; seed++) {
		struct seen one = imagine(2 * seed, 0.05, 0.4, 0),
			    other = imagine(2 * seed + 1, 0.05, 0.4, 0);

		doubted += same_losses(&one, &other) < 0.01;
		doubted += same_delays(&one, &other) < 0.01;
		seen_free(&one);
		seen_free(&other);
	}

	cr_expect(le(int, doubted, 10), "%d of 200 at 1 %%", doubted);
}

Test(comparison, tells_two_laws_apart)
{
	struct seen one = imagine(1, 0.05, 0.4, 0), runs = imagine(2, 0.05, 0.5, 0),
		    late = imagine(3, 0.05, 0.4, 1);

	cr_expect(lt(dbl, same_losses(&one, &runs), ALPHA));
	cr_expect(lt(dbl, same_delays(&one, &late), ALPHA));
	seen_free(&one);
	seen_free(&runs);
	seen_free(&late);
}

/* ---- Formulas ---- */

/* As measured of sch_netem itself. */
Test(formula, knows_how_little_netem_loses_when_it_correlates)
{
	cr_expect(ieee_ulp_eq(dbl,
			      formula_event(NST_PERCENT(10), 0, NST_COMPAT_NETEM).share,
			      0.1, 4));
	cr_expect(lt(
		dbl,
		fabs(formula_event(NST_PERCENT(10), NST_PERCENT(25), NST_COMPAT_NETEM)
			     .share -
		     0.0176),
		0.0003));
	cr_expect(
		lt(dbl,
		   fabs(formula_event(NST_PERCENT(5), NST_PERCENT(25), NST_COMPAT_NETEM)
				.share -
			0.0019),
		   0.0003));
}

/* Simple Gilbert: p / (p + r) of the time bad, and lost then. */
Test(formula, knows_the_chains)
{
	const struct nst_impairment gilbert = {
		.loss_model = NST_LOSS_GILBERT,
		.gilbert_ppm = { NST_PERCENT(5), NST_PERCENT(20), NST_PERCENT(100) },
	};
	const struct nst_impairment markov = {
		.loss_model = NST_LOSS_MARKOV,
		.markov_ppm = { NST_PERCENT(5), NST_PERCENT(20), 0, NST_PERCENT(100) },
	};

	cr_expect(lt(dbl, fabs(formula_loss(&gilbert).share - 0.2), 1e-6));
	cr_expect(lt(dbl, fabs(formula_loss(&gilbert).again - 0.8), 1e-6));
	cr_expect(lt(dbl, fabs(formula_loss(&markov).share - 0.2), 1e-6));
	cr_expect(lt(dbl, fabs(formula_loss(&markov).again - 0.8), 1e-6));
}

/* ---- Frames ---- */

Test(frame, is_recognised_whatever_bit_of_it_flips)
{
	enum { SIZE = 100, COUNT = 70000, N = 65537 };
	uint8_t frame[SIZE];
	struct frame read;

	for (uint32_t bit = 0; bit < 8 * SIZE; bit++) {
		frame_make(N, false, frame, SIZE);
		frame[bit / 8] ^= (uint8_t)(1 << bit % 8);
		cr_assert(frame_recognise(frame, SIZE, COUNT, false, &read), "bit %u",
			  bit);
		cr_assert(eq(u32, read.n, N), "bit %u", bit);
		cr_assert(eq(u32, read.flipped, 1), "bit %u", bit);
		cr_assert(eq(u32, read.flipped_at, bit / 8), "bit %u", bit);
	}
}

Test(frame, shows_a_mark_and_not_flipped_bits)
{
	uint8_t frame[FRAME_MIN];
	struct frame read;

	/* RFC 1624: HC' = ~(~HC + ~m + m'), for ECT(0), 2, to CE, 3. */
	frame_make(7, true, frame, sizeof(frame));
	frame[15] = 3;
	frame[25]--;

	cr_assert(frame_recognise(frame, sizeof(frame), 10, true, &read));
	cr_expect(read.ce);
	cr_expect(eq(u32, read.flipped, 0));
}
