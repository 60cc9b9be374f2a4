/* SPDX-License-Identifier: MIT */
/* Changes while packets are under way; and all that is held comes out. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include <netem/model.h>
#include <nstest/error.h>
#include <nstest/units.h>

#include "statistics.h"

enum { SEED = 3 };

struct live {
	struct nst_model *model;
	struct nst_fate fate;
	uint64_t n;
};

static struct live begin(const struct nst_impairment *impairment)
{
	struct live live = { 0 };

	cr_assert_eq(nst_model_new(impairment, SEED, 0, 0, &live.model), 0, "%s",
		     nst_error());
	return live;
}

static void arrive(struct live *live, uint64_t now)
{
	nst_model_arrive(live->model, live->n++, 1250, false, now, NULL, &live->fate);
}

static void expect_leaves(struct live *live, uint64_t n, uint64_t due)
{
	struct nst_departure departure;

	cr_expect_not(nst_model_leave(live->model, due - 1, &departure),
		      "packet %lu: early", n);
	cr_assert(nst_model_leave(live->model, due, &departure), "packet %lu: late", n);
	cr_expect_eq(departure.n, n);
	cr_expect_eq(departure.due_ns, due);
}

static void end(struct live *live)
{
	cr_expect_eq(nst_model_held(live->model), 0);
	nst_model_free(live->model);
}

Test(change, leaves_alone_what_is_under_way)
{
	struct live live = begin(&(struct nst_impairment){ .delay_us = 1000 });

	arrive(&live, 1000);
	cr_assert_eq(nst_model_change(live.model,
				      &(struct nst_impairment){ .delay_us = 10 },
				      500000),
		     0);
	arrive(&live, 600000);

	expect_leaves(&live, 1, 610000);
	expect_leaves(&live, 0, 1001000);
	end(&live);
}

/* 1,250 bytes at 10 Mbit/s: a millisecond. */
Test(change, lets_what_waits_wait_for_the_new_rate)
{
	struct live live = begin(&(struct nst_impairment){ .rate_bps = NST_MBIT(10) });

	for (int i = 0; i < 3; i++)
		arrive(&live, 0);
	cr_assert_eq(
		nst_model_change(live.model,
				 &(struct nst_impairment){ .rate_bps = NST_MBIT(1) },
				 500000),
		0);

	expect_leaves(&live, 0, 1000000);
	expect_leaves(&live, 1, 11000000);
	expect_leaves(&live, 2, 21000000);
	end(&live);
}

/* One is on the wire, and they do not overtake it, nor who comes later them. */
Test(change, to_nothing_lets_all_go)
{
	struct live live = begin(&(struct nst_impairment){ .rate_bps = NST_MBIT(10) });

	for (int i = 0; i < 3; i++)
		arrive(&live, 0);
	cr_assert_eq(nst_model_change(live.model, NULL, 500000), 0);
	arrive(&live, 600000);

	expect_leaves(&live, 0, 1000000);
	for (uint64_t n = 1; n < 4; n++) {
		struct nst_departure departure;

		cr_assert(nst_model_leave(live.model, 1000000, &departure));
		cr_expect_eq(departure.n, n);
	}
	arrive(&live, 1000000);
	expect_leaves(&live, 4, 1000000);
	end(&live);
}

Test(change, that_is_refused_changes_nothing)
{
	struct live live = begin(&(struct nst_impairment){ .delay_us = 1000 });

	cr_expect_eq(nst_model_change(
			     live.model,
			     &(struct nst_impairment){ .trace_file = "/nowhere/trace" },
			     0),
		     -ENOENT);
	cr_expect_str_eq(nst_error(),
			 "trace /nowhere/trace: No such file or directory");
	cr_expect_eq(nst_model_change(live.model,
				      &(struct nst_impairment){ .reorder_ppm = 1 }, 0),
		     -EINVAL);
	arrive(&live, 0);

	expect_leaves(&live, 0, 1000000);
	end(&live);
}

Test(change, does_not_begin_the_dice_anew)
{
	const struct nst_impairment loss = { .loss_ppm = NST_PERCENT(50) };
	struct live changed = begin(&loss), other = begin(&loss);
	struct nst_departure departure;

	for (uint64_t now = 0; now < 1000; now++) {
		arrive(&changed, now);
		arrive(&other, now);
		cr_assert_eq(changed.fate.lost, other.fate.lost, "packet %lu", now);
		cr_assert_eq(nst_model_change(changed.model, &loss, now), 0);
		while (nst_model_leave(changed.model, now, &departure) ||
		       nst_model_leave(other.model, now, &departure))
			;
	}
	end(&changed);
	end(&other);
}

/* In steps, as ramps are: the chain goes on, or bursts would be cut short. */
Test(change, goes_on_in_the_state_that_it_finds)
{
	enum { PACKETS = 200000 };
	const double p = 0.01, r = 0.05;
	const struct nst_impairment bursts = {
		.loss_model = NST_LOSS_GILBERT,
		.gilbert_ppm = { NST_PERCENT(1), NST_PERCENT(5), NST_PERCENT(100) },
	};
	struct live live = begin(&bursts);
	struct nst_departure departure;
	uint64_t lost = 0;

	for (uint64_t now = 0; now < PACKETS; now++) {
		arrive(&live, now);
		lost += live.fate.lost;
		if (now % 10 == 0)
			cr_assert_eq(nst_model_change(live.model, &bursts, now), 0);
		nst_model_leave(live.model, now, &departure);
	}

	cr_expect(is_share(lost, PACKETS, p / (p + r), (2 - p - r) / (p + r)), "%lu",
		  lost);
	end(&live);
}

Test(change, goes_on_in_the_middle_of_a_trace)
{
	char file[] = "/tmp/nstest-trace-XXXXXX";
	struct nst_impairment slow = { .trace_file = file };
	int fd = mkstemp(file);
	struct live live;

	cr_assert(fd >= 0 && write(fd, "100\n200\n", 8) == 8);
	close(fd);
	live = begin(&slow);
	arrive(&live, 0);
	expect_leaves(&live, 0, 100000000);
	slow.delay_us = NST_MS(1);
	cr_assert_eq(nst_model_change(live.model, &slow, 150000000), 0);
	unlink(file);
	arrive(&live, 160000000);

	expect_leaves(&live, 1, 201000000);
	end(&live);
}

Test(change, does_not_draw_a_slot_twice)
{
	const struct nst_impairment slots = { .slot_min_us = NST_MS(1),
					      .slot_max_us = NST_MS(9) };
	struct live live = begin(&slots);
	struct nst_departure departure;
	uint64_t waited[2];

	for (uint64_t i = 0; i < 2; i++) {
		uint64_t now = (i + 1) * 1000000000;

		cr_assert_eq(nst_model_change(live.model, &slots, now), 0);
		arrive(&live, now);
		cr_assert(nst_model_leave(live.model, now + 9000000, &departure));
		waited[i] = departure.due_ns - now;
		cr_expect(waited[i] >= 1000000 && waited[i] <= 9000000);
	}

	cr_expect_neq(waited[0], waited[1]);
	end(&live);
}

Test(change, goes_on_to_correlate)
{
	enum { PACKETS = 200000 };
	const double p = 0.1, c = 0.8;
	const struct nst_impairment loss = { .loss_ppm = NST_PERCENT(10),
					     .loss_correlation_ppm = NST_PERCENT(80) };
	struct live live = begin(&loss);
	struct nst_departure departure;
	uint64_t lost = 0, again = 0;
	bool before = false;

	for (uint64_t now = 0; now < PACKETS; now++) {
		cr_assert_eq(nst_model_change(live.model, &loss, now), 0);
		arrive(&live, now);
		lost += before;
		again += before && live.fate.lost;
		before = live.fate.lost;
		nst_model_leave(live.model, now, &departure);
	}

	cr_expect(is_share(again, lost, p + c * (1 - p), 1), "%lu of %lu", again, lost);
	end(&live);
}

/* ---- The rest ---- */

Test(model, gives_back_all_that_it_holds)
{
	static const struct nst_impairment impairments[] = {
		{ .delay_us = NST_S(9) },
		{ .rate_bps = 8 },
		{ .slot_max_us = NST_S(9), .slot_min_us = NST_S(9) },
	};

	for (size_t i = 0; i < 3; i++) {
		struct live live = begin(&impairments[i]);
		struct nst_departure departure;
		uint64_t seen = 0;

		for (int k = 0; k < 10; k++)
			arrive(&live, 0);
		cr_expect_eq(nst_model_held(live.model), 10);
		while (nst_model_evict(live.model, &departure))
			seen |= 1ULL << departure.n;
		cr_expect_eq(seen, 0x3ff);
		end(&live);
	}
}

Test(model, of_nothing_is_a_perfect_link)
{
	struct live live = begin(NULL);

	arrive(&live, 5);
	cr_expect_eq(live.fate.copies, 1);
	cr_expect_eq(nst_model_next_ns(live.model), 5);
	expect_leaves(&live, 0, 5);
	cr_expect_eq(nst_model_next_ns(live.model), UINT64_MAX);
	end(&live);
}

Test(model, refuses_what_the_check_refuses)
{
	struct nst_model *model = NULL;

	cr_expect_eq(nst_model_new(&(struct nst_impairment){ .loss_ppm = 2000000 }, 0,
				   0, 0, &model),
		     -EINVAL);
	cr_expect_null(model);
	cr_expect_str_eq(nst_error(), "the loss is over 100%: 200%");
}
