/* SPDX-License-Identifier: MIT */
/* Impairments that cannot be, those that surprise; and that print and parse are inverse. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include <nstest/error.h>
#include <nstest/impairment.h>
#include <nstest/units.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	struct nst_impairment value;
	const char *sentence;
} impossible[] = {
	{ { .loss_ppm = NST_PERCENT(101) }, "the loss is over 100%: 101%" },
	{ { .corrupt_ppm = 1, .corrupt_correlation_ppm = NST_PERCENT(150) },
	  "the correlation of corruption is over 100%: 150%" },
	{ { .delay_us = -1 }, "the delay is not from 0 to 274s: -1e-06 s" },
	{ { .delay_us = NST_S(275) }, "the delay is not from 0 to 274s: 275 s" },
	{ { .queue = 7 }, "an enumeration has a value that it has not" },
	{ { .delay_us = 1, .delay_correlation_ppm = 1 },
	  "delay: a correlation without jitter" },
	{ { .delay_us = 1, .distribution = NST_NORMAL },
	  "delay: a distribution without jitter" },
	{ { .jitter_us = 1, .distribution = NST_TABLE },
	  "delay: a table without its file" },
	{ { .jitter_us = 1, .distribution_file = "x" },
	  "delay: the file of a table, and another distribution" },
	{ { .loss_ppm = 1, .loss_model = NST_LOSS_GILBERT },
	  "loss: a probability and a model of states at once" },
	{ { .loss_correlation_ppm = 1 }, "loss: a correlation without a probability" },
	{ { .markov_ppm = { 1 } },
	  "loss: probabilities of the model state, which is not the one that is used" },
	{ { .loss_model = NST_LOSS_MARKOV },
	  "loss: with p13 and p14 of 0 nothing is lost" },
	{ { .loss_model = NST_LOSS_MARKOV,
	    .markov_ppm = { NST_PERCENT(60), 1, 0, 0, NST_PERCENT(41) } },
	  "loss: p13 + p14 is over 100%: 101%" },
	{ { .loss_model = NST_LOSS_MARKOV,
	    .markov_ppm = { 1, NST_PERCENT(60), NST_PERCENT(41) } },
	  "loss: p31 + p32 is over 100%: 101%" },
	{ { .gilbert_ppm = { 1 } },
	  "loss: probabilities of the model gemodel, which is not the one that is "
	  "used" },
	{ { .loss_model = NST_LOSS_GILBERT, .gilbert_ppm = { 1, 1 } },
	  "loss: with 1-h of 0 and 1-k of 0 nothing is lost" },
	{ { .loss_model = NST_LOSS_GILBERT, .gilbert_ppm = { 0, 1, 1 } },
	  "loss: with p of 0 and 1-k of 0 nothing is lost" },
	{ { .ecn = true }, "ecn: nothing is lost that could be marked instead" },
	{ { .duplicate_correlation_ppm = 1 },
	  "duplicate: a correlation without a probability" },
	{ { .reorder_gap = 5 }, "reorder: a gap without a probability" },
	{ { .reorder_ppm = 1 },
	  "reorder: it lets packets skip the delay, and there is none" },
	{ { .rate_bps = 1000, .trace_file = "x" },
	  "rate and trace: only one can set the pace" },
	{ { .rate_overhead = 1 }, "rate: an overhead or cells without a rate" },
	{ { .rate_bps = 1000, .cell_overhead = 1 },
	  "rate: the overhead of cells that have no size" },
	{ { .queue = NST_QUEUE_PIE },
	  "queue: nothing waits without a rate or a trace" },
	{ { .slot_min_us = 2, .slot_max_us = 1 },
	  "slot: its shortest time is longer than its longest" },
	{ { .slot_max_us = 1, .slot_delay_us = 1 },
	  "slot: both a range and a distribution" },
	{ { .slot_max_us = 1, .slot_distribution = NST_NORMAL },
	  "slot: a distribution without its times" },
	{ { .slot_delay_us = 1, .slot_distribution = NST_TABLE },
	  "slot: a table and its file must come together" },
	{ { .slot_packets = 1 }, "slot: packets or bytes per slot without slots" },
	{ { .trace_file = "x", .compat = NST_COMPAT_NETEM },
	  "compat netem: netem has no traces" },
	{ { .rate_bps = 1000, .queue = NST_QUEUE_CODEL, .compat = NST_COMPAT_NETEM },
	  "compat netem: netem's queue is a tail drop" },
	{ { .limit_bytes = 1000, .compat = NST_COMPAT_NETEM },
	  "compat netem: netem's limit counts packets" },
	{ { .rate_bps = 7, .compat = NST_COMPAT_NETEM },
	  "compat netem: its least rate is 8bit" },
};

Test(impairment, what_cannot_be_is_refused_with_the_reason)
{
	for (size_t i = 0; i < COUNT_OF(impossible); i++) {
		cr_expect_eq(nst_impairment_check(&impossible[i].value, NULL, 0),
			     -EINVAL, "%s", impossible[i].sentence);
		cr_expect_str_eq(nst_error(), impossible[i].sentence);
	}
}

static const struct {
	const char *text, *warning;
} surprising[] = {
	{ "delay 20ms, loss 1%", "" },
	{ "delay 50ms, rate 100mbit", "" },
	{ "delay 50ms, rate 1gbit", "a limit of 1000 packets is below the "
				    "bandwidth-delay product: 4129 packets of "
				    "1514 bytes" },
	{ "delay 50ms, rate 1gbit, limit 4129", "" },
	{ "delay 50ms, rate 1gbit, limit 4128",
	  "a limit of 4128 packets is below the bandwidth-delay product: 4129 packets "
	  "of "
	  "1514 bytes" },
	{ "delay 100ms, rate 10mbit, limit 64kB",
	  "a limit of 64000 bytes is below the bandwidth-delay product: 125000 bytes" },
	{ "delay 20ms \u00b15ms",
	  "jitter reorders packets that are closer together than it" },
	{ "delay 20ms \u00b15ms, rate 1mbit, compat netem", "" },
	{ "delay 5ms \u00b120ms, rate 1mbit, compat netem",
	  "the jitter is larger than the delay: delays below 0 become 0, and the mean "
	  "is "
	  "higher than asked" },
	{ "delay 9s \u00b13s, rate 1kbit, compat netem",
	  "compat netem: jitter ends at 2.147s" },
	{ "loss 5% 25%, compat netem", "compat netem: a correlation changes the "
				       "probability, too (\"loss 5% 25%\" loses "
				       "0.19%)" },
	{ "delay 20ms \u00b15ms 25%, rate 1mbit, compat netem",
	  "compat netem: the correlation of delays has no effect with a distribution "
	  "or "
	  "below 1s" },
	{ "delay 2s ±2s 25%, rate 1kbit, compat netem", "" },
	{ "loss 5% 100%",
	  "a correlation of 100% repeats what befell the first packet for ever" },
	{ "loss gemodel 1% 0%", "loss: the bad state is never left again" },
	{ "loss state 1% 0%", "loss: the bad state is never left again" },
	{ "loss state 1% 50% 10% 0%",
	  "loss: with p23 of 0, state 2 is never left again and loses nothing" },
	{ "delay 5ms \u00b16ms", "the jitter is larger than the delay: delays below 0 "
				 "become 0, and the mean is "
				 "higher than asked; jitter reorders packets that are "
				 "closer together than it" },
};

Test(impairment, what_surprises_is_warned_of_with_the_figure)
{
	for (size_t i = 0; i < COUNT_OF(surprising); i++) {
		struct nst_impairment value;
		char warning[400] = "?", *store;

		cr_assert_eq(
			nst_impairment_parse(surprising[i].text, &value, &store, NULL),
			0, "%s: %s", surprising[i].text, nst_error());
		cr_expect_eq(nst_impairment_check(&value, warning, sizeof(warning)), 0,
			     "%s: %s", surprising[i].text, nst_error());
		cr_expect_str_eq(warning, surprising[i].warning);
	}
}

Test(impairment, a_warning_is_cut_to_the_room_there_is)
{
	static const struct nst_impairment value = { .delay_us = 1, .jitter_us = 2 };
	char room[12];

	cr_expect_eq(nst_impairment_check(&value, room, sizeof(room)), 0);
	cr_expect_str_eq(room, "the jitter ");
	cr_expect_eq(nst_impairment_check(&value, room, 0), 0);
}

/* ---- Print and parse are inverse ---- */

static unsigned int random_seed;

static uint32_t below(uint32_t end)
{
	return (uint32_t)((((uint64_t)rand_r(&random_seed) << 31) |
			   (uint64_t)rand_r(&random_seed)) %
			  end);
}

static uint32_t ppm(void)
{
	return below(3) ? 10000 * (1 + below(99)) : 1 + below(1000000);
}

/* Often a round figure. */
static int64_t time_us(void)
{
	return below(2) ? 1000 * (1 + (int64_t)below(1000))
			: 1 + (int64_t)below(274000000);
}

static const char *file(void)
{
	static const char *const names[] = { "a.up",        "/tmp/x y", "q\"uote",
					     "back\\slash", "comma,;",  "\u00fc.dist",
					     "-",           "queue" };

	return names[below(COUNT_OF(names))];
}

static void random_delay(struct nst_impairment *value)
{
	value->delay_us = time_us();
	if (below(2))
		value->jitter_us = time_us();
	if (value->jitter_us && below(2))
		value->delay_correlation_ppm = ppm();
	if (value->jitter_us)
		value->distribution = below(5);
	if (value->distribution == NST_TABLE)
		value->distribution_file = file();
	if (below(2))
		value->reorder_ppm = ppm();
	if (value->reorder_ppm && below(2))
		value->reorder_correlation_ppm = ppm();
	if (value->reorder_ppm && below(2))
		value->reorder_gap = 1 + below(10);
}

static void random_loss(struct nst_impairment *value)
{
	value->loss_model = below(3);
	switch (value->loss_model) {
	case NST_LOSS_RANDOM:
		value->loss_ppm = ppm();
		value->loss_correlation_ppm = below(2) ? ppm() : 0;
		break;
	case NST_LOSS_MARKOV:
		for (int i = 0; i < 5; i++)
			value->markov_ppm[i] = 1 + below(500000);
		break;
	case NST_LOSS_GILBERT:
		for (int i = 0; i < 4; i++)
			value->gilbert_ppm[i] = ppm();
		break;
	}
	value->ecn = below(2);
}

static void random_pace(struct nst_impairment *value)
{
	if (below(3) == 0) {
		value->trace_file = file();
	} else {
		value->rate_bps =
			below(2) ? 1000ULL * (1 + below(100000)) : 8 + below(1000);
		value->rate_overhead = below(2) ? (int32_t)below(100) - 50 : 0;
		value->cell_size = below(2) ? 1 + below(100) : 0;
		value->cell_overhead = value->cell_size ? below(10) : 0;
	}
	value->queue = below(3);
}

static void random_slot(struct nst_impairment *value)
{
	if (below(2)) {
		value->slot_min_us = time_us();
		value->slot_max_us = value->slot_min_us;
	} else {
		value->slot_delay_us = time_us();
		value->slot_jitter_us = time_us();
		value->slot_distribution = below(5);
		if (value->slot_distribution == NST_TABLE)
			value->slot_distribution_file = file();
	}
	value->slot_packets = below(2) ? 1 + below(9) : 0;
	value->slot_bytes = below(2) ? 1 + below(9000) : 0;
}

static struct nst_impairment random_impairment(void)
{
	struct nst_impairment value = { 0 };

	if (below(2))
		random_delay(&value);
	if (below(2))
		random_loss(&value);
	value.duplicate_ppm = below(2) ? ppm() : 0;
	value.corrupt_ppm = below(2) ? ppm() : 0;
	value.corrupt_correlation_ppm = value.corrupt_ppm && below(2) ? ppm() : 0;
	if (below(2))
		random_pace(&value);
	value.limit_packets = below(2) ? 1 + below(5000) : 0;
	value.limit_bytes = below(2) ? 1 + below(1000000) : 0;
	if (below(2))
		random_slot(&value);
	value.seed = below(2) ? 1 + below(1000) : 0;
	return value;
}

Test(impairment, what_is_printed_is_read_back_as_it_was)
{
	enum { ROUNDS = 20000, SEED = 11 };
	int with_files = 0;

	random_seed = SEED;
	for (int round = 0; round < ROUNDS; round++) {
		struct nst_impairment value = random_impairment(), again;
		char text[600], text_again[600], *store;
		int length = nst_impairment_print(&value, text, sizeof(text));

		cr_assert_eq(nst_impairment_check(&value, NULL, 0), 0, "%s: %s", text,
			     nst_error());
		cr_assert(length >= 0 && (size_t)length == strlen(text));
		cr_assert_eq(nst_impairment_parse(text, &again, &store, NULL), 0,
			     "%s: %s", text, nst_error());
		nst_impairment_print(&again, text_again, sizeof(text_again));
		cr_assert_str_eq(text_again, text);
		with_files += store != NULL;
		/* file names are compared by the text; the rest byte by byte */
		again.distribution_file = value.distribution_file;
		again.slot_distribution_file = value.slot_distribution_file;
		again.trace_file = value.trace_file;
		cr_assert_eq(memcmp(&again, &value, sizeof(value)), 0, "%s, seed %d",
			     text, SEED);
		free(store);
	}
	cr_expect_gt(with_files, ROUNDS / 10, "files were put to the test");
}

Test(impairment, prints_as_snprintf_does)
{
	static const struct nst_impairment value = { .delay_us = 20000,
						     .loss_ppm = 10000 };
	char whole[100], cut[8];

	cr_expect_eq(nst_impairment_print(&value, whole, sizeof(whole)), 19);
	cr_expect_eq(nst_impairment_print(&value, cut, sizeof(cut)), 19);
	cr_expect_str_eq(cut, "delay 2");
	cr_expect_eq(nst_impairment_print(&value, NULL, 0), 19);
}
