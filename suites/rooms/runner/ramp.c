/* SPDX-License-Identifier: MIT */
/* What lies between two impairments. */
#include <criterion/criterion.h>

#include <nstest/units.h>

#include "ramp.h"

static const struct nst_impairment none;
static const struct nst_impairment bad = { .delay_us = NST_MS(100),
					   .jitter_us = NST_MS(10),
					   .distribution = NST_NORMAL,
					   .loss_ppm = NST_PERCENT(30),
					   .loss_correlation_ppm = NST_PERCENT(50),
					   .rate_bps = NST_MBIT(10) };

Test(ramp, is_at_its_ends_exactly_these)
{
	struct nst_impairment first = ramp_between(&none, &bad, 0, 10),
			      last = ramp_between(&none, &bad, 10, 10);

	cr_expect_arr_eq(&first, &none, sizeof(none));
	cr_expect_arr_eq(&last, &bad, sizeof(bad));
}

Test(ramp, goes_up_in_proportion)
{
	struct nst_impairment third = ramp_between(&none, &bad, 3, 10);

	cr_expect_eq(third.delay_us, NST_MS(30));
	cr_expect_eq(third.jitter_us, NST_MS(3));
	cr_expect_eq(third.loss_ppm, NST_PERCENT(9));
	cr_expect_eq(third.distribution, NST_NORMAL);
}

Test(ramp, goes_down_in_proportion)
{
	struct nst_impairment third = ramp_between(&bad, &none, 3, 10);

	cr_expect_eq(third.delay_us, NST_MS(70));
	cr_expect_eq(third.loss_ppm, NST_PERCENT(21));
	cr_expect_eq(third.distribution, NST_NORMAL);
}

/* Half of no limit is no small rate: it would be the worst at the beginning. */
Test(ramp, does_not_count_from_no_rate)
{
	const struct nst_impairment slow = { .rate_bps = NST_KBIT(100) };

	cr_expect_eq(ramp_between(&none, &bad, 1, 10).rate_bps, NST_MBIT(10));
	cr_expect_eq(ramp_between(&bad, &slow, 5, 10).rate_bps, 5050000);
}

/* Whatever lies between can be asked for. */
Test(ramp, makes_sense_everywhere)
{
	static const struct nst_impairment ends[] = {
		{ 0 },
		{ .delay_us = 3, .reorder_ppm = 7, .reorder_gap = 5 },
		{ .loss_ppm = 2, .loss_correlation_ppm = 900000, .ecn = true },
		{ .delay_us = 5, .jitter_us = 1, .distribution = NST_PARETO },
		{ .duplicate_ppm = 1, .duplicate_correlation_ppm = 9 },
		{ .loss_model = NST_LOSS_GILBERT, .gilbert_ppm = { 1, 9, 9, 0 } },
		{ .slot_min_us = 10, .slot_max_us = 30, .slot_packets = 4 },
	};
	const size_t count = sizeof(ends) / sizeof(*ends);

	for (size_t i = 0; i < count; i++)
		for (uint64_t part = 0; part <= 100; part++) {
			struct nst_impairment up = ramp_between(&none, &ends[i], part,
								100),
					      down = ramp_between(&ends[i], &none, part,
								  100);

			cr_expect_eq(nst_impairment_check(&up, NULL, 0), 0,
				     "up to %zu, %llu %%", i, (unsigned long long)part);
			cr_expect_eq(nst_impairment_check(&down, NULL, 0), 0,
				     "down from %zu, %llu %%", i,
				     (unsigned long long)part);
		}
}
