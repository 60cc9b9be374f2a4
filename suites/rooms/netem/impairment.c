/* SPDX-License-Identifier: MIT */
/* Impairments as people write them: what is understood, what is refused, what is printed. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include <nstest/error.h>
#include <nstest/impairment.h>
#include <nstest/units.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static bool same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool same(const struct nst_impairment *a, const struct nst_impairment *b)
{
	struct nst_impairment x = *a, y = *b;

	x.distribution_file = y.distribution_file = NULL;
	x.slot_distribution_file = y.slot_distribution_file = NULL;
	x.trace_file = y.trace_file = NULL;
	return memcmp(&x, &y, sizeof(x)) == 0 &&
	       same_text(a->distribution_file, b->distribution_file) &&
	       same_text(a->slot_distribution_file, b->slot_distribution_file) &&
	       same_text(a->trace_file, b->trace_file);
}

/* ---- Understood ---- */

static const struct {
	const char *text, *printed; /* NULL: as it was written */
	struct nst_impairment value;
} right[] = {
	{ "", NULL, { 0 } },
	{ " ,; ", "", { 0 } },
	{ "delay 20ms", NULL, { .delay_us = 20000 } },
	{ "delay 1.5s", "delay 1500ms", { .delay_us = 1500000 } },
	{ "delay 1500us", NULL, { .delay_us = 1500 } },
	{ "delay 2min", "delay 120s", { .delay_us = 120000000 } },
	{ "delay 3000ns", "delay 3us", { .delay_us = 3 } },
	{ "delay 250\u00b5s", "delay 250us", { .delay_us = 250 } },
	{ "delay 250\u03bcs", "delay 250us", { .delay_us = 250 } },
	{ "delay 20ms \u00b15ms", NULL, { .delay_us = 20000, .jitter_us = 5000 } },
	{ "delay 20ms \u00b1 5ms",
	  "delay 20ms \u00b15ms",
	  { .delay_us = 20000, .jitter_us = 5000 } },
	{ "delay 20ms +-5ms",
	  "delay 20ms \u00b15ms",
	  { .delay_us = 20000, .jitter_us = 5000 } },
	{ "delay 20ms +/-5ms",
	  "delay 20ms \u00b15ms",
	  { .delay_us = 20000, .jitter_us = 5000 } },
	{ "delay 20ms 5ms 25%",
	  "delay 20ms \u00b15ms 25%",
	  { .delay_us = 20000, .jitter_us = 5000, .delay_correlation_ppm = 250000 } },
	{ "delay 20ms \u00b15ms 25% normal",
	  NULL,
	  { .delay_us = 20000,
	    .jitter_us = 5000,
	    .delay_correlation_ppm = 250000,
	    .distribution = NST_NORMAL } },
	{ "delay 20ms 5ms distribution pareto",
	  "delay 20ms \u00b15ms pareto",
	  { .delay_us = 20000, .jitter_us = 5000, .distribution = NST_PARETO } },
	{ "delay 20ms \u00b15ms paretonormal",
	  NULL,
	  { .delay_us = 20000, .jitter_us = 5000, .distribution = NST_PARETONORMAL } },
	{ "delay 20ms \u00b15ms uniform",
	  "delay 20ms \u00b15ms",
	  { .delay_us = 20000, .jitter_us = 5000 } },
	{ "delay 20ms \u00b15ms table my.dist",
	  NULL,
	  { .delay_us = 20000,
	    .jitter_us = 5000,
	    .distribution = NST_TABLE,
	    .distribution_file = "my.dist" } },
	{ "loss 1%", NULL, { .loss_ppm = 10000 } },
	{ "loss 0.0001%", NULL, { .loss_ppm = 1 } },
	{ "loss 50ppm", "loss 0.005%", { .loss_ppm = 50 } },
	{ "loss 100%", NULL, { .loss_ppm = 1000000 } },
	{ "loss 1% 25%", NULL, { .loss_ppm = 10000, .loss_correlation_ppm = 250000 } },
	{ "loss random 1% 25%",
	  "loss 1% 25%",
	  { .loss_ppm = 10000, .loss_correlation_ppm = 250000 } },
	{ "loss state 1%",
	  "loss state 1% 99% 0% 100% 0%",
	  { .loss_model = NST_LOSS_MARKOV,
	    .markov_ppm = { 10000, 990000, 0, 1000000, 0 } } },
	{ "loss state 1% 20% 3% 40% 5%",
	  NULL,
	  { .loss_model = NST_LOSS_MARKOV,
	    .markov_ppm = { 10000, 200000, 30000, 400000, 50000 } } },
	{ "loss gemodel 1%",
	  "loss gemodel 1% 99% 100% 0%",
	  { .loss_model = NST_LOSS_GILBERT,
	    .gilbert_ppm = { 10000, 990000, 1000000, 0 } } },
	{ "loss gemodel 1% 10% 70% 0.1%",
	  NULL,
	  { .loss_model = NST_LOSS_GILBERT,
	    .gilbert_ppm = { 10000, 100000, 700000, 1000 } } },
	{ "loss 1% ecn", "loss 1%, ecn", { .loss_ppm = 10000, .ecn = true } },
	{ "duplicate 1% 10%",
	  NULL,
	  { .duplicate_ppm = 10000, .duplicate_correlation_ppm = 100000 } },
	{ "corrupt 0.1%", NULL, { .corrupt_ppm = 1000 } },
	{ "delay 10ms, reorder 25% 50% gap 5",
	  NULL,
	  { .delay_us = 10000,
	    .reorder_ppm = 250000,
	    .reorder_correlation_ppm = 500000,
	    .reorder_gap = 5 } },
	{ "rate 10mbit", NULL, { .rate_bps = 10000000 } },
	{ "rate 10Mbit/s", "rate 10mbit", { .rate_bps = 10000000 } },
	{ "rate 1.6mbit", "rate 1600kbit", { .rate_bps = 1600000 } },
	{ "rate 1mibit", "rate 1048576bit", { .rate_bps = 1048576 } },
	{ "rate 10mbit overhead 20 cell 48/5",
	  NULL,
	  { .rate_bps = 10000000,
	    .rate_overhead = 20,
	    .cell_size = 48,
	    .cell_overhead = 5 } },
	{ "rate 10mbit overhead -14 cell 48",
	  "rate 10mbit overhead -14 cell 48/0",
	  { .rate_bps = 10000000, .rate_overhead = -14, .cell_size = 48 } },
	{ "limit 100", NULL, { .limit_packets = 100 } },
	{ "limit 100 packets", "limit 100", { .limit_packets = 100 } },
	{ "limit 64kB", NULL, { .limit_bytes = 64000 } },
	{ "limit 64KiB", "limit 65536B", { .limit_bytes = 65536 } },
	{ "limit 100 64kB", NULL, { .limit_packets = 100, .limit_bytes = 64000 } },
	{ "slot 10ms",
	  "slot 10ms\u201310ms",
	  { .slot_min_us = 10000, .slot_max_us = 10000 } },
	{ "slot 10ms\u201320ms packets 5 bytes 3000",
	  NULL,
	  { .slot_min_us = 10000,
	    .slot_max_us = 20000,
	    .slot_packets = 5,
	    .slot_bytes = 3000 } },
	{ "slot 10ms-20ms",
	  "slot 10ms\u201320ms",
	  { .slot_min_us = 10000, .slot_max_us = 20000 } },
	{ "slot 10ms 20ms bytes 1",
	  "slot 10ms\u201320ms bytes 1",
	  { .slot_min_us = 10000, .slot_max_us = 20000, .slot_bytes = 1 } },
	{ "slot distribution normal 10ms 2ms",
	  "slot distribution normal 10ms \u00b12ms",
	  { .slot_distribution = NST_NORMAL,
	    .slot_delay_us = 10000,
	    .slot_jitter_us = 2000 } },
	{ "slot distribution table \"a b\" 10ms \u00b12ms",
	  NULL,
	  { .slot_distribution = NST_TABLE,
	    .slot_distribution_file = "a b",
	    .slot_delay_us = 10000,
	    .slot_jitter_us = 2000 } },
	{ "trace lte.up queue codel",
	  "trace lte.up, queue codel",
	  { .trace_file = "lte.up", .queue = NST_QUEUE_CODEL } },
	{ "trace \"a, b\\\"c\\\\\"", NULL, { .trace_file = "a, b\"c\\" } },
	{ "rate 1mbit, queue pie",
	  NULL,
	  { .rate_bps = 1000000, .queue = NST_QUEUE_PIE } },
	{ "loss 1%, compat netem",
	  NULL,
	  { .loss_ppm = 10000, .compat = NST_COMPAT_NETEM } },
	{ "loss 1%, seed 18446744073709551615",
	  NULL,
	  { .loss_ppm = 10000, .seed = UINT64_MAX } },
	/* a line of tc, without any comma */
	{ "delay 100ms 10ms 25% distribution normal loss 1% duplicate 2% rate 1mbit",
	  "delay 100ms \u00b110ms 25% normal, loss 1%, duplicate 2%, rate 1mbit",
	  { .delay_us = 100000,
	    .jitter_us = 10000,
	    .delay_correlation_ppm = 250000,
	    .distribution = NST_NORMAL,
	    .loss_ppm = 10000,
	    .duplicate_ppm = 20000,
	    .rate_bps = 1000000 } },
	{ "preset lte",
	  "delay 35ms, rate 12mbit",
	  { .delay_us = 35000, .rate_bps = 12000000 } },
	{ "preset dsl up; loss 1%",
	  "delay 25ms, loss 1%, rate 384kbit",
	  { .delay_us = 25000, .loss_ppm = 10000, .rate_bps = 384000 } },
	{ "preset dsl down delay 1ms",
	  "delay 1ms, rate 1500kbit",
	  { .delay_us = 1000, .rate_bps = 1500000 } },
};

Test(impairment, is_read_as_it_is_written)
{
	for (size_t i = 0; i < COUNT_OF(right); i++) {
		struct nst_impairment value;
		char *store = NULL, warning[400];

		cr_assert_eq(nst_impairment_parse(right[i].text, &value, &store, NULL),
			     0, "%s: %s", right[i].text, nst_error());
		cr_expect(same(&value, &right[i].value), "%s", right[i].text);
		cr_expect_eq(nst_impairment_check(&value, warning, sizeof(warning)), 0,
			     "%s: %s", right[i].text, nst_error());
		free(store);
	}
}

Test(impairment, is_printed_in_one_way)
{
	for (size_t i = 0; i < COUNT_OF(right); i++) {
		const char *wanted =
			right[i].printed ? right[i].printed : right[i].text;
		char printed[300];
		int length =
			nst_impairment_print(&right[i].value, printed, sizeof(printed));

		cr_expect_str_eq(printed, wanted);
		cr_expect_eq((size_t)length, strlen(wanted));
	}
}

Test(impairment, does_nothing_only_if_it_is_none)
{
	static const char *const none[] = { "", "compat netem", "seed 7" };
	struct nst_impairment value;
	char *store;

	for (size_t i = 0; i < COUNT_OF(none); i++) {
		cr_assert_eq(nst_impairment_parse(none[i], &value, &store, NULL), 0);
		cr_expect(nst_impairment_is_none(&value), "%s", none[i]);
	}
	for (size_t i = 2; i < COUNT_OF(right); i++)
		cr_expect_not(nst_impairment_is_none(&right[i].value), "%s",
			      right[i].text);
}

/* ---- Refused ---- */

static const struct {
	const char *text;
	size_t at;
	const char *sentence;
} wrong[] = {
	{ "delay", 5, "delay: a time is missing, such as 20ms, 1.5s or 300us" },
	{ "delay 20", 6,
	  "delay: \"20\" has no unit: a time is written as 20ms, 1.5s or 300us" },
	{ "delay 20mss", 6,
	  "delay: \"20mss\" is not a time, which is written as 20ms, 1.5s or 300us" },
	{ "delay ms", 6,
	  "delay: \"ms\" is not a time, which is written as 20ms, 1.5s or 300us" },
	{ "delay -1ms", 6,
	  "delay: \"-1ms\" is not a time, which is written as 20ms, 1.5s or 300us" },
	{ "delay 1..5ms", 6,
	  "delay: \"1..5ms\" is not a time, which is written as 20ms, 1.5s or 300us" },
	{ "delay 0.5us", 6, "delay: \"0.5us\" is finer than 1us" },
	{ "delay 275s", 6, "delay: \"275s\" is too much: 274s at most" },
	{ "delay 99999999999999999999999s", 6,
	  "delay: \"99999999999999999999999s\" has too many digits" },
	{ "delay 20ms 5ms 25", 15,
	  "delay: \"25\" has no unit: a probability is written as 1%, 0.05% or 50ppm" },
	{ "delay 20ms 25%", 11,
	  "delay: \"25%\" is not a time, which is written as 20ms, 1.5s or 300us" },
	{ "delay 20ms foo", 11,
	  "delay: \"foo\" does not belong here: it is written as delay 20ms \u00b15ms "
	  "25% "
	  "normal" },
	{ "delay 20ms 5ms distribution norml", 28,
	  "delay: \"norml\" is not a distribution; did you mean \"normal\"?" },
	{ "delay 20ms 5ms distribution", 27,
	  "delay: a distribution is missing (uniform, normal, pareto, paretonormal, "
	  "table)" },
	{ "delay 20ms 5ms table", 20, "delay: the name of a file is missing" },
	{ "delay 20ms, delay 30ms", 12, "\"delay\" is there twice" },
	{ "delai 20ms", 0, "\"delai\" is no impairment; did you mean \"delay\"?" },
	{ "latency 20ms", 0, "\"latency\": did you mean \"delay\"?" },
	{ "loss 1%, jitter 5ms", 9,
	  "\"jitter\": it is written behind the delay: delay 20ms \u00b15ms" },
	{ "foo", 0,
	  "\"foo\" is no impairment (delay, loss, ecn, duplicate, corrupt, reorder, "
	  "rate, "
	  "limit, slot, trace, queue, preset, compat, seed)" },
	{ "loss 1", 5,
	  "loss: \"1\" has no unit: a probability is written as 1%, 0.05% or 50ppm" },
	{ "loss 101%", 5, "loss: \"101%\" is too much: over 100%" },
	{ "loss 0.00001%", 5, "loss: \"0.00001%\" is finer than 0.0001%" },
	{ "loss gemodel", 12,
	  "loss: a probability is missing, such as 1%, 0.05% or 50ppm" },
	{ "loss gemodel 1% 2% 3% 4% 5%", 25,
	  "loss: \"5%\" does not belong here: it is written as loss 1% 25%, loss state "
	  "P13 "
	  "P31 P32 P23 P14 or loss gemodel P R 1-H 1-K" },
	{ "reorder 25% gap", 15, "reorder: a gap is missing" },
	{ "reorder 25% gap 0", 16, "reorder: a gap is from 1 to 4294967295" },
	{ "reorder 25% gap 1.5", 16,
	  "reorder: \"1.5\" is no whole number: a gap is one" },
	{ "rate 10", 5,
	  "rate: \"10\" has no unit: a rate is written as 10mbit, 1.5mbit or 56kbit" },
	{ "rate 10mbps", 5,
	  "rate: \"10mbps\": mbps is megabytes a second in tc and megabits elsewhere; "
	  "write "
	  "mbit" },
	{ "rate 0bit", 5, "rate: nothing passes at 0; loss 100% does that" },
	{ "rate 10mbit 20 48 5", 12,
	  "rate: what tc writes as \"20 48 5\" is \"overhead 20 cell 48/5\" here" },
	{ "rate 10mbit cell 48/x", 20,
	  "rate: \"x\" is no whole number: the overhead of a cell, in bytes, is one" },
	{ "limit 64kb", 6,
	  "limit: \"64kb\": kb is kilobits or kilobytes, of 1000 or 1024; write kB or "
	  "KiB" },
	{ "limit 0", 6, "limit: a limit of packets is from 1 to 4294967295" },
	{ "limit 0B", 6, "limit: nothing passes with a limit of 0" },
	{ "slot 20ms 10ms", 10, "slot: its longest time is shorter than its shortest" },
	{ "slot 10ms\u201320", 12,
	  "slot: \"20\" has no unit: a time is written as 20ms, 1.5s or 300us" },
	{ "slot 0ms", 5, "slot: slots of no time are none" },
	{ "slot distribution normal", 24,
	  "slot: a time is missing, such as 20ms, 1.5s or 300us" },
	{ "trace", 5, "trace: the name of a file is missing" },
	{ "trace \"abc", 6, "trace: the quote is not closed" },
	{ "trace \"abc\\\"", 6, "trace: the quote is not closed" },
	{ "queue code", 6, "queue: \"code\" is not a queue; did you mean \"codel\"?" },
	{ "compat tc", 7, "compat: \"tc\" is not a way to read them (exact, netem)" },
	{ "seed 0", 5, "seed: a seed is from 1 to 18446744073709551615" },
	{ "seed 18446744073709551616", 5,
	  "seed: a seed is from 1 to 18446744073709551615" },
	{ "preset ltee", 7, "preset: \"ltee\" is not a preset; did you mean \"lte\"?" },
	{ "preset dsl", 7,
	  "preset: dsl is not the same both ways: write \"dsl down\" for what goes to "
	  "the "
	  "user, or \"dsl up\"" },
	{ "loss 1%, preset lte", 16,
	  "preset: a preset comes first; what follows changes it" },
};

Test(impairment, says_what_is_wrong_and_where)
{
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		struct nst_impairment value = { .delay_us = 77 };
		size_t at = 999;
		char *store;

		cr_expect_eq(nst_impairment_parse(wrong[i].text, &value, &store, &at),
			     -EINVAL, "%s", wrong[i].text);
		cr_expect_str_eq(nst_error(), wrong[i].sentence);
		cr_expect_eq(at, wrong[i].at, "%s: at %zu", wrong[i].text, at);
		cr_expect_eq(value.delay_us, 77, "untouched on failure");
	}
}

/* ---- Key and value ---- */

Test(impairment, is_read_from_keys_too)
{
	struct nst_impairment value = { 0 };
	char *none, *store;

	cr_assert_eq(nst_impairment_parse_key("delay", "20ms \u00b15ms", &value, &none,
					      NULL),
		     0);
	cr_assert_eq(nst_impairment_parse_key("ecn", "", &value, &none, NULL), 0);
	cr_assert_eq(nst_impairment_parse_key("trace", "a.up", &value, &store, NULL),
		     0);

	cr_expect(same(&value, &(struct nst_impairment){ .delay_us = 20000,
							 .jitter_us = 5000,
							 .ecn = true,
							 .trace_file = "a.up" }));
	cr_expect_null(none);
	free(store);
}

Test(impairment, says_what_is_wrong_with_a_key)
{
	struct nst_impairment value = { 0 };
	size_t at = 0;
	char *store;

	cr_expect_eq(nst_impairment_parse_key("dealy", "20ms", &value, &store, &at),
		     -ENOENT);
	cr_expect_str_eq(nst_error(),
			 "\"dealy\" is no impairment; did you mean \"delay\"?");
	cr_expect_eq(nst_impairment_parse_key("delay", " 20", &value, &store, &at),
		     -EINVAL);
	cr_expect_eq(at, 1);
	cr_expect_eq(
		nst_impairment_parse_key("delay", "20ms loss 1%", &value, &store, &at),
		-EINVAL);
	cr_expect_eq(at, 5);
	cr_expect_eq(nst_impairment_parse_key("delay", "20ms, 1%", &value, &store, &at),
		     -EINVAL);
	cr_expect_str_eq(nst_error(), "delay: a comma does not belong here");
	cr_expect_eq(at, 4);
	cr_expect_eq(value.delay_us, 0, "untouched on failure");
}

/* ---- Presets ---- */

Test(impairment, presets_are_right_and_say_where_they_come_from)
{
	for (const struct nst_preset *preset = nst_presets; preset->name; preset++) {
		const char *const ways[] = { preset->down, preset->up };

		cr_expect(preset->source && *preset->source, "%s", preset->name);
		for (size_t i = 0; i < 2; i++) {
			struct nst_impairment value;
			char *store = NULL, warning[300], printed[300];

			cr_assert_eq(
				nst_impairment_parse(ways[i], &value, &store, NULL), 0,
				"%s: %s", preset->name, nst_error());
			cr_expect_null(store, "a preset names no files");
			cr_expect_eq(
				nst_impairment_check(&value, warning, sizeof(warning)),
				0, "%s: %s", preset->name, nst_error());
			cr_expect_str_eq(warning, "");
			cr_expect_not(nst_impairment_is_none(&value));
			cr_expect_gt(nst_impairment_print(&value, printed, 300), 0);
		}
	}
}
