/* SPDX-License-Identifier: MIT */
/* Each parameter alone, and the usual pairs. */
#include "trial.h"

#include <base/scope.h>
#include <nstest/units.h>

#include "formula.h"

/* How it is sent: many small ones for shares, at 20,000/s; fewer for delays, at 10,000/s; one by
 * one in slots; long ones at once for rates. */
#define MANY .train = { .count = 20000, .size = 200, .burst = 20, .pause_us = 1000 }
#define MANY_ECT                     \
	.train = { .count = 20000,   \
		   .size = 200,      \
		   .burst = 20,      \
		   .pause_us = 1000, \
		   .ect = true }
#define TIMED           .train = { .count = 10000, .size = 200, .burst = 10, .pause_us = 1000 }
#define SINGLE(n)       .train = { .count = (n), .size = 200, .burst = 1, .pause_us = 1000 }
#define AT_ONCE_LONG(n) .train = { .count = (n), .size = 1000, .burst = 64 }

/* What a busy machine adds to most times, and to late ones: so jitter must be long. */
#define LATE        1.0
#define SPREAD_LATE 5.0

#define SPREAD_BY_TABLE \
	.claims = 3, .claim = {                                                          \
		{ .measure = DELAY_P5, .source = DELAY, .wanted = 0.05, .slack = SPREAD_LATE },      \
		{ .measure = DELAY_P50, .source = DELAY, .wanted = 0.5, .slack = SPREAD_LATE },            \
		{ .measure = DELAY_P95, .source = DELAY, .wanted = 0.95, .slack = SPREAD_LATE },     \
	},                                                                               \
	.delays = true

/* Room for all of a train: what the delay holds counts. */
#define ROOMY .limit_packets = 100000

static const struct nst_impairment evenly = {
	.delay_us = NST_S(1),
	.jitter_us = NST_MS(200),
	ROOMY,
	.compat = NST_COMPAT_NETEM,
};

const struct trial trials[] = {
	{
		.name = "none",
		MANY,
		.claims = 3,
		.claim = { { .measure = LOST },
			   { .measure = OVERTAKEN },
			   { .measure = DELAY_P50, .slack = LATE } },
	},

	/* Delay */
	{
		.name = "delay 10ms",
		.impairment = { .delay_us = NST_MS(10) },
		TIMED,
		.claims = 3,
		.claim = { { .measure = LOST },
			   { .measure = DELAY_P5, .wanted = 10, .slack = LATE },
			   { .measure = DELAY_P50, .wanted = 10, .slack = LATE } },
	},
	{
		.name = "delay 1s ±200ms",
		.impairment = { .delay_us = NST_S(1), .jitter_us = NST_MS(200), ROOMY },
		TIMED,
		.claims = 5,
		.claim = { { .measure = LOST },
			   { .measure = DELAY_MEAN,
			     .wanted = 1000,
			     .slack = SPREAD_LATE },
			   { .measure = DELAY_DEVIATION,
			     .wanted = 115.47,
			     .slack = LATE },
			   { .measure = DELAY_P5, .wanted = 820, .slack = SPREAD_LATE },
			   { .measure = DELAY_P95,
			     .wanted = 1180,
			     .slack = SPREAD_LATE } },
		.delays = true,
	},
	{
		.name = "delay 1s ±200ms normal",
		.impairment = { .delay_us = NST_S(1),
				.jitter_us = NST_MS(200),
				.distribution = NST_NORMAL,
				ROOMY },
		TIMED,
		.claims = 4,
		.claim = { { .measure = DELAY_MEAN,
			     .wanted = 1000,
			     .slack = SPREAD_LATE },
			   { .measure = DELAY_DEVIATION,
			     .wanted = 200,
			     .slack = SPREAD_LATE },
			   { .measure = DELAY_P5,
			     .wanted = 1000 - 328.97,
			     .slack = SPREAD_LATE },
			   { .measure = DELAY_P95,
			     .wanted = 1000 + 328.97,
			     .slack = SPREAD_LATE } },
		.delays = true,
	},
	{
		.name = "delay 1s ±200ms pareto",
		.impairment = { .delay_us = NST_S(1),
				.jitter_us = NST_MS(200),
				.distribution = NST_PARETO,
				ROOMY },
		TIMED,
		SPREAD_BY_TABLE,
	},
	{
		.name = "delay 1s ±200ms paretonormal",
		.impairment = { .delay_us = NST_S(1),
				.jitter_us = NST_MS(200),
				.distribution = NST_PARETONORMAL,
				ROOMY },
		TIMED,
		SPREAD_BY_TABLE,
	},
	{
		.name = "delay 1s ±200ms 25%",
		.impairment = { .delay_us = NST_S(1),
				.jitter_us = NST_MS(200),
				.delay_correlation_ppm = NST_PERCENT(25),
				ROOMY },
		TIMED,
		.claims = 2,
		.claim = { { .measure = DELAY_MEAN,
			     .wanted = 1000,
			     .slack = SPREAD_LATE },
			   { .measure = DELAY_DEVIATION,
			     .wanted = 115.47,
			     .slack = LATE } },
		.delays = true,
	},

	/* Loss */
	{
		.name = "loss 1%",
		.impairment = { .loss_ppm = NST_PERCENT(1) },
		MANY,
		.claims = 3,
		.claim = { { .measure = LOST, .source = LOSS },
			   { .measure = LOST_AGAIN, .source = LOSS_AGAIN },
			   { .measure = TWICE } },
		.losses = true,
	},
	{
		.name = "loss 20%",
		.impairment = { .loss_ppm = NST_PERCENT(20) },
		MANY,
		.claims = 3,
		.claim = { { .measure = LOST, .source = LOSS },
			   { .measure = LOST_AGAIN, .source = LOSS_AGAIN },
			   { .measure = OVERFLOWED } },
		.losses = true,
	},
	{
		.name = "loss 10% 25%",
		.impairment = { .loss_ppm = NST_PERCENT(10),
				.loss_correlation_ppm = NST_PERCENT(25) },
		MANY,
		.claims = 1,
		.claim = { { .measure = LOST, .source = LOSS } },
		.losses = true,
	},
	{
		.name = "loss 30% 25%",
		.impairment = { .loss_ppm = NST_PERCENT(30),
				.loss_correlation_ppm = NST_PERCENT(25) },
		MANY,
		.claims = 2,
		.claim = { { .measure = LOST, .source = LOSS },
			   { .measure = LOST_AGAIN, .source = LOSS_AGAIN } },
		.losses = true,
	},
	{
		.name = "loss state 2% 20% 10% 50% 1%",
		.impairment = { .loss_model = NST_LOSS_MARKOV,
				.markov_ppm = { NST_PERCENT(2), NST_PERCENT(20),
						NST_PERCENT(10), NST_PERCENT(50),
						NST_PERCENT(1) } },
		MANY,
		.claims = 2,
		.claim = { { .measure = LOST, .source = LOSS },
			   { .measure = LOST_AGAIN, .source = LOSS_AGAIN } },
		.losses = true,
	},
	{
		.name = "loss gemodel 5% 20% 70% 1%",
		.impairment = { .loss_model = NST_LOSS_GILBERT,
				.gilbert_ppm = { NST_PERCENT(5), NST_PERCENT(20),
						 NST_PERCENT(70), NST_PERCENT(1) } },
		MANY,
		.claims = 2,
		.claim = { { .measure = LOST, .source = LOSS },
			   { .measure = LOST_AGAIN, .source = LOSS_AGAIN } },
		.losses = true,
	},
	{
		.name = "loss 20% ecn (ECT packets)",
		.impairment = { .loss_ppm = NST_PERCENT(20), .ecn = true },
		MANY_ECT,
		.claims = 2,
		.claim = { { .measure = LOST }, { .measure = MARKED, .wanted = 0.2 } },
	},
	{
		.name = "loss 20% ecn (others)",
		.impairment = { .loss_ppm = NST_PERCENT(20), .ecn = true },
		MANY,
		.claims = 2,
		.claim = { { .measure = LOST, .wanted = 0.2 }, { .measure = MARKED } },
		.losses = true,
	},

	/* What else befalls packets */
	{
		.name = "duplicate 10%",
		.impairment = { .duplicate_ppm = NST_PERCENT(10) },
		MANY,
		.claims = 2,
		.claim = { { .measure = LOST },
			   { .measure = TWICE, .source = DUPLICATE } },
	},
	{
		.name = "duplicate 30% 25%",
		.impairment = { .duplicate_ppm = NST_PERCENT(30),
				.duplicate_correlation_ppm = NST_PERCENT(25) },
		MANY,
		.claims = 2,
		.claim = { { .measure = LOST },
			   { .measure = TWICE, .source = DUPLICATE } },
	},
	{
		.name = "corrupt 10%",
		.impairment = { .corrupt_ppm = NST_PERCENT(10) },
		MANY,
		.claims = 4,
		.claim = { { .measure = LOST },
			   { .measure = FLIPPED, .wanted = 0.1 },
			   { .measure = BROKEN },
			   { .measure = FLIPPED_AT,
			     .wanted = 0.5,
			     .exact = (14 + 200) / 400.0,
			     .differs = true } },
	},
	{
		.name = "delay 50ms, reorder 25%",
		.impairment = { .delay_us = NST_MS(50),
				.reorder_ppm = NST_PERCENT(25),
				ROOMY },
		TIMED,
		.claims = 2,
		.claim = { { .measure = LOST },
			   { .measure = AT_ONCE, .source = REORDER } },
	},
	{
		.name = "delay 50ms, reorder 30% 25%",
		.impairment = { .delay_us = NST_MS(50),
				.reorder_ppm = NST_PERCENT(30),
				.reorder_correlation_ppm = NST_PERCENT(25),
				ROOMY },
		TIMED,
		.claims = 2,
		.claim = { { .measure = LOST },
			   { .measure = AT_ONCE, .source = REORDER } },
	},
	{
		/* Four that are not, then one of two: one of six. */
		.name = "delay 50ms, reorder 50% gap 5",
		.impairment = { .delay_us = NST_MS(50),
				.reorder_ppm = NST_PERCENT(50),
				.reorder_gap = 5,
				ROOMY },
		TIMED,
		.claims = 2,
		.claim = { { .measure = LOST },
			   { .measure = AT_ONCE, .wanted = 1 / 6.0 } },
	},

	/* Rate and queue */
	{
		.name = "rate 10mbit",
		.impairment = { .rate_bps = NST_MBIT(10) },
		AT_ONCE_LONG(500),
		.claims = 2,
		.claim = { { .measure = LOST },
			   { .measure = RATE, .wanted = 10, .slack = 0.2 } },
	},
	{
		.name = "rate 10mbit overhead 20",
		.impairment = { .rate_bps = NST_MBIT(10), .rate_overhead = 20 },
		AT_ONCE_LONG(500),
		.claims = 2,
		.claim = { { .measure = LOST },
			   { .measure = RATE,
			     .wanted = 10 * 1000 / 1020.0,
			     .slack = 0.1 } },
	},
	{
		/* 1,000 bytes are 21 cells of 53. */
		.name = "rate 10mbit cell 48 5",
		.impairment = { .rate_bps = NST_MBIT(10),
				.cell_size = 48,
				.cell_overhead = 5 },
		AT_ONCE_LONG(500),
		.claims = 2,
		.claim = { { .measure = LOST },
			   { .measure = RATE,
			     .wanted = 10 * 1000 / (21 * 53.0),
			     .slack = 0.1 } },
	},
	{
		.name = "delay 200ms, limit 50",
		.impairment = { .delay_us = NST_MS(200), .limit_packets = 50 },
		AT_ONCE_LONG(300),
		.claims = 2,
		.claim = { { .measure = ARRIVED, .wanted = 50 },
			   { .measure = OVERFLOWED, .wanted = 250 } },
	},
	{
		.name = "slot 20ms",
		.impairment = { .slot_min_us = NST_MS(20), .slot_max_us = NST_MS(20) },
		SINGLE(2000),
		.claims = 2,
		.claim = { { .measure = LOST },
			   { .measure = BUNCH_PAUSE,
			     .wanted = 20,
			     .slack = 2 * LATE } },
	},
	{
		.name = "slot 20ms packets 5",
		.impairment = { .slot_min_us = NST_MS(20),
				.slot_max_us = NST_MS(20),
				.slot_packets = 5 },
		SINGLE(400),
		.claims = 3,
		.claim = { { .measure = LOST },
			   { .measure = BUNCH_BIGGEST, .wanted = 5 },
			   { .measure = BUNCH_PAUSE,
			     .wanted = 20,
			     .slack = 2 * LATE } },
	},
	{
		.name = "slot distribution normal 20ms 2ms",
		.impairment = { .slot_delay_us = NST_MS(20),
				.slot_jitter_us = NST_MS(2),
				.slot_distribution = NST_NORMAL },
		SINGLE(2000),
		.claims = 2,
		.claim = { { .measure = LOST },
			   { .measure = BUNCH_PAUSE,
			     .wanted = 20,
			     .slack = 2 * LATE } },
	},

	/* Pairs */
	{
		.name = "delay 50ms, loss 5%",
		.impairment = { .delay_us = NST_MS(50),
				.loss_ppm = NST_PERCENT(5),
				ROOMY },
		TIMED,
		.claims = 2,
		.claim = { { .measure = LOST, .source = LOSS },
			   { .measure = DELAY_P50, .wanted = 50, .slack = LATE } },
		.losses = true,
	},
	{
		/* In the kernel a loss undoes a duplication, and a copy may be lost, too. */
		.name = "loss 10%, duplicate 20%",
		.impairment = { .loss_ppm = NST_PERCENT(10),
				.duplicate_ppm = NST_PERCENT(20) },
		MANY,
		.claims = 2,
		.claim = { { .measure = LOST,
			     .wanted = 0.1 * 0.8,
			     .exact = 0.1,
			     .differs = true },
			   { .measure = TWICE,
			     .wanted = 0.2 * 0.9 * 0.9,
			     .exact = 0.2 * 0.9,
			     .differs = true } },
		.losses = true,
	},
	{
		.name = "corrupt 10%, duplicate 20%",
		.impairment = { .corrupt_ppm = NST_PERCENT(10),
				.duplicate_ppm = NST_PERCENT(20) },
		MANY,
		.claims = 2,
		.claim = { { .measure = FLIPPED, .wanted = 0.1 },
			   { .measure = TWICE, .wanted = 0.2 } },
	},
	{
		.name = "delay 50ms, rate 10mbit",
		.impairment = { .delay_us = NST_MS(50), .rate_bps = NST_MBIT(10) },
		AT_ONCE_LONG(500),
		.claims = 3,
		.claim = { { .measure = LOST },
			   { .measure = OVERTAKEN },
			   { .measure = RATE, .wanted = 10, .slack = 0.2 } },
	},
	{
		.name = "delay 50ms ±10ms, rate 100mbit",
		.impairment = { .delay_us = NST_MS(50),
				.jitter_us = NST_MS(10),
				.rate_bps = NST_MBIT(100),
				ROOMY },
		TIMED,
		.claims = 2,
		.claim = { { .measure = LOST }, { .measure = OVERTAKEN } },
		.only_netem = true,
	},

	/* On a live link */
	{
		.name = "delay 300ms, then none",
		.impairment = { .delay_us = NST_MS(300), ROOMY },
		TIMED,
		.claims = 3,
		.claim = { { .measure = LOST },
			   { .measure = DELAY_P50,
			     .part = FIRST_HALF,
			     .wanted = 300,
			     .slack = LATE },
			   { .measure = DELAY_P50,
			     .part = SECOND_HALF,
			     .slack = LATE } },
		.turns = true,
	},
	{
		.name = "delay 1s ±200ms normal, then not normal",
		.impairment = { .delay_us = NST_S(1),
				.jitter_us = NST_MS(200),
				.distribution = NST_NORMAL,
				ROOMY },
		TIMED,
		.claims = 4,
		.claim = { { .measure = LOST },
			   { .measure = DELAY_P5,
			     .part = FIRST_HALF,
			     .wanted = 1000 - 328.97,
			     .slack = SPREAD_LATE },
			   { .measure = DELAY_P5,
			     .part = SECOND_HALF,
			     .wanted = 820,
			     .slack = SPREAD_LATE },
			   { .measure = DELAY_P95,
			     .part = SECOND_HALF,
			     .wanted = 1180,
			     .slack = SPREAD_LATE } },
		.turns = true,
		.then = &evenly,
	},
	{
		.name = "loss 20% seed 11, twice",
		.impairment = { .loss_ppm = NST_PERCENT(20), .seed = 11 },
		MANY,
		.claims = 1,
		.claim = { { .measure = LOST, .source = LOSS } },
		.again = true,
	},
};

const size_t trials_count = ARRAY_SIZE(trials);

double claim_wanted(const struct claim *claim, const struct trial *trial,
		    enum nst_compat compat)
{
	struct nst_impairment i = trial->impairment;

	i.compat = compat;
	switch (claim->source) {
	case WRITTEN:
		return compat == NST_COMPAT_EXACT && claim->differs ? claim->exact
								    : claim->wanted;
	case LOSS:
		return formula_loss(&i).share;
	case LOSS_AGAIN:
		return formula_loss(&i).again;
	case DUPLICATE:
		return formula_event(i.duplicate_ppm, i.duplicate_correlation_ppm,
				     compat)
			.share;
	case REORDER:
		return formula_event(i.reorder_ppm, i.reorder_correlation_ppm, compat)
			.share;
	case DELAY:
		return formula_delay(&i, claim->wanted);
	}
	return claim->wanted;
}
