/* SPDX-License-Identifier: MIT */
/* Rates, limits and slots. */
#include <stdlib.h>

#include <criterion/criterion.h>

#include <netem/model.h>
#include <nstest/units.h>

#include "play.h"

enum { SEED = 3 };

static uint64_t stay_ns(const struct outcome *outcome)
{
	return outcome->left_ns[0] - outcome->arrived_ns;
}

static struct outcome *play_burst(const struct nst_impairment *impairment, size_t count,
				  size_t size)
{
	return play(&(struct play){ .impairment = *impairment,
				    .seed = SEED,
				    .count = count,
				    .size = size });
}

/* ---- Rate ---- */

/* 1,514 bytes at 10 Mbit/s: 1,211,200 ns. */
Test(rate, spaces_packets_to_the_nanosecond)
{
	struct outcome *all = play_burst(
		&(struct nst_impairment){ .rate_bps = NST_MBIT(10) }, 500, 1514);

	for (size_t i = 0; i < 500; i++)
		cr_assert_eq(stay_ns(&all[i]), (i + 1) * 1211200);
	free(all);
}

/* 7 Mbit/s does not divide them; what is left over is not lost. */
Test(rate, keeps_its_mean_where_nanoseconds_do_not_fit)
{
	struct outcome *all = play_burst(
		&(struct nst_impairment){ .rate_bps = NST_MBIT(7) }, 500, 1500);

	for (size_t i = 0; i < 500; i++)
		cr_assert_eq(stay_ns(&all[i]),
			     (i + 1) * 1500 * 8 * 1000000000ULL / 7000000);
	free(all);
}

Test(rate, owes_nothing_to_who_came_before_a_pause)
{
	struct outcome *all =
		play(&(struct play){ .impairment = { .rate_bps = NST_MBIT(7) },
				     .count = 100,
				     .gap_ns = 5000000,
				     .size = 1500 });

	cr_expect_eq(COUNT(all, 100, stay_ns(it) == 1714285), 100);
	free(all);
}

Test(rate, of_netem_is_in_whole_bytes_and_nanoseconds)
{
	struct outcome *all =
		play_burst(&(struct nst_impairment){ .rate_bps = 7000001,
						     .compat = NST_COMPAT_NETEM },
			   500, 1500);

	for (size_t i = 0; i < 500; i++)
		cr_assert_eq(stay_ns(&all[i]),
			     (i + 1) * (1500 * 1000000000ULL / 875000));
	free(all);
}

Test(rate, does_not_delay_who_comes_slower)
{
	struct outcome *all =
		play(&(struct play){ .impairment = { .rate_bps = NST_MBIT(10) },
				     .count = 100,
				     .gap_ns = 1211200 });

	cr_expect_eq(COUNT(all, 100, stay_ns(it) == 1211200), 100);
	free(all);
}

Test(rate, counts_overhead_and_cells)
{
	static const struct {
		int32_t overhead;
		uint32_t cell, cell_overhead;
		size_t size, on_wire;
	} known[] = {
		{ 0, 0, 0, 50, 50 },  { 24, 0, 0, 50, 74 },  { -14, 0, 0, 50, 36 },
		{ -60, 0, 0, 50, 0 }, { 0, 48, 5, 50, 106 }, /* tc-netem(8)'s example */
		{ 0, 48, 5, 48, 53 }, { 0, 48, 5, 96, 106 }, { 10, 48, 5, 96, 159 },
		{ 0, 48, 0, 50, 96 },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		for (int compat = 0; compat < 2; compat++) {
			struct outcome *all = play_burst(
				&(struct nst_impairment){
					.rate_bps = NST_MBIT(8),
					.rate_overhead = known[i].overhead,
					.cell_size = known[i].cell,
					.cell_overhead = known[i].cell_overhead,
					.compat = (enum nst_compat)compat },
				1, known[i].size);

			cr_expect_eq(stay_ns(all), known[i].on_wire * 1000, "%zu", i);
			free(all);
		}
	}
}

Test(rate, comes_before_the_delay)
{
	struct outcome *all =
		play_burst(&(struct nst_impairment){ .rate_bps = NST_MBIT(10),
						     .delay_us = NST_MS(20) },
			   100, 1514);

	for (size_t i = 0; i < 100; i++)
		cr_assert_eq(stay_ns(&all[i]), (i + 1) * 1211200 + 20000000);
	free(all);
}

/* The first waits for the delay and the wire; those behind it have waited that long already. */
Test(rate, of_netem_takes_waiting_off_the_delay)
{
	struct play here = { .impairment = { .rate_bps = NST_MBIT(10),
					     .delay_us = NST_MS(20),
					     .compat = NST_COMPAT_NETEM },
			     .count = 100,
			     .gap_ns = 1000000 };
	struct outcome *all = play(&here);

	cr_expect_eq(stay_ns(&all[0]), 21211200);
	for (size_t i = 1; i < here.count; i++)
		cr_assert_eq(all[i].left_ns[0] - all[i - 1].left_ns[0], 1211200);
	free(all);
}

Test(rate, of_netem_keeps_order_in_spite_of_jitter)
{
	struct play here = { .impairment = { .rate_bps = NST_MBIT(100),
					     .delay_us = NST_MS(20),
					     .jitter_us = NST_MS(10),
					     .compat = NST_COMPAT_NETEM },
			     .count = 500,
			     .gap_ns = 1000000 };
	struct outcome *all = play(&here);

	for (size_t i = 0; i < here.count; i++)
		cr_assert_eq(all[i].place, i);
	free(all);
}

/* ---- Limits ---- */

/* As netem's default: 50 ms of a packet every 20 us are 2,500 under way. */
Test(limit, of_netem_counts_what_is_under_way)
{
	struct play here = { .impairment = { .delay_us = NST_MS(50),
					     .compat = NST_COMPAT_NETEM },
			     .count = 5000,
			     .gap_ns = 20000 };
	struct outcome *all = play(&here);

	for (size_t i = 0; i < here.count; i++)
		cr_assert_eq(all[i].fate.overflowed, i % 2500 >= 1000, "%zu", i);
	free(all);
}

Test(limit, exactly_does_not_count_what_is_under_way)
{
	struct play here = { .impairment = { .delay_us = NST_MS(50) },
			     .count = 5000,
			     .gap_ns = 20000 };
	struct outcome *all = play(&here);

	cr_expect_eq(COUNT(all, here.count, it->fate.overflowed), 0);
	free(all);
}

Test(limit, counts_what_is_under_way_if_nothing_waits)
{
	struct outcome *packets = play_burst(
		&(struct nst_impairment){ .delay_us = 1, .limit_packets = 10 }, 50,
		100);
	struct outcome *bytes = play_burst(
		&(struct nst_impairment){ .delay_us = 1, .limit_bytes = 999 }, 50, 100);

	cr_expect_eq(COUNT(packets, 50, it->left == 1), 10);
	cr_expect_eq(COUNT(bytes, 50, it->left == 1), 9);
	free(packets);
	free(bytes);
}

/* One is being sent; with it, ten. */
Test(limit, counts_the_queue_of_a_rate)
{
	struct outcome *all =
		play_burst(&(struct nst_impairment){ .rate_bps = NST_MBIT(10),
						     .delay_us = NST_MS(50),
						     .limit_packets = 10 },
			   50, 1514);

	for (size_t i = 0; i < 50; i++)
		cr_assert_eq(all[i].fate.overflowed, i >= 10, "%zu", i);
	free(all);
}

Test(limit, of_bytes_counts_those_that_wait)
{
	struct outcome *all =
		play_burst(&(struct nst_impairment){ .rate_bps = NST_MBIT(10),
						     .limit_bytes = 4000 },
			   50, 1000);

	for (size_t i = 0; i < 50; i++) /* one is sent, four wait */
		cr_assert_eq(all[i].fate.overflowed, i >= 5, "%zu", i);
	free(all);
}

Test(limit, is_1000_packets_where_there_is_a_queue)
{
	struct outcome *all = play_burst(
		&(struct nst_impairment){ .rate_bps = NST_MBIT(1) }, 1500, 1514);

	cr_expect_eq(COUNT(all, 1500, it->left == 1), 1000);
	free(all);
}

Test(limit, lets_in_as_many_as_have_left)
{
	struct play here = { .impairment = { .rate_bps = NST_MBIT(10),
					     .limit_packets = 5 },
			     .count = 1000,
			     .gap_ns = 605600 }; /* twice the rate */
	struct outcome *all = play(&here);
	uint64_t lost = COUNT(all, here.count, it->fate.overflowed);

	cr_expect(lost >= 495 && lost <= 500, "%lu", lost);
	free(all);
}

/* ---- Slots ---- */

static const struct nst_impairment slots = {
	.slot_min_us = NST_MS(10),
	.slot_max_us = NST_MS(10),
};

/* A packet a millisecond: ten leave together. */
Test(slot, lets_packets_leave_in_bunches)
{
	struct play here = { .impairment = slots, .count = 1000, .gap_ns = 1000000 };

	for (int compat = 0; compat < 2; compat++) {
		struct outcome *all;

		here.impairment.compat = (enum nst_compat)compat;
		all = play(&here);
		for (size_t i = 0; i < 990; i++) {
			/* 0 opens a slot after 10 ms, when 10 has come: 11 of them */
			size_t opener = i / 11 * 11;

			cr_assert_eq(all[i].left_ns[0],
				     all[opener].arrived_ns + 10000000, "%zu", i);
		}
		free(all);
	}
}

Test(slot, is_used_up_by_packets)
{
	struct play here = { .impairment = slots, .count = 100, .gap_ns = 1000 };
	struct outcome *all;

	here.impairment.slot_packets = 5;
	all = play(&here);
	for (size_t i = 0; i < 100; i++)
		cr_assert_eq(all[i].left_ns[0],
			     all[0].arrived_ns + (i / 5 + 1) * 10000000, "%zu", i);
	free(all);
}

/* The packet that crosses the limit still leaves, as in the kernel. */
Test(slot, is_used_up_by_bytes)
{
	struct play here = {
		.impairment = slots, .count = 99, .gap_ns = 1000, .size = 1000
	};
	struct outcome *all;

	here.impairment.slot_bytes = 2500;
	all = play(&here);
	for (size_t i = 0; i < 99; i++)
		cr_assert_eq(all[i].left_ns[0],
			     all[0].arrived_ns + (i / 3 + 1) * 10000000, "%zu", i);
	free(all);
}

Test(slot, comes_after_the_delay)
{
	struct play here = { .impairment = slots, .count = 1, .gap_ns = 1 };
	struct outcome *all;

	here.impairment.delay_us = NST_MS(50);
	all = play(&here);
	cr_expect_eq(stay_ns(all), 60000000);
	free(all);
}

Test(slot, times_are_within_their_range)
{
	struct play here = { .impairment = slots, .count = 2000, .gap_ns = 30000000 };
	struct outcome *all;
	uint64_t early = 0;

	here.impairment.slot_max_us = NST_MS(20);
	all = play(&here);
	for (size_t i = 0; i < here.count; i++) {
		cr_assert(stay_ns(&all[i]) >= 10000000 && stay_ns(&all[i]) <= 20000000);
		early += stay_ns(&all[i]) < 15000000;
	}
	cr_expect(early > 800 && early < 1200, "%lu", early);
	free(all);
}
