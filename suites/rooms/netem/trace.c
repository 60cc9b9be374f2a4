/* SPDX-License-Identifier: MIT */
/* Traces of mahimahi: which are read, and when their opportunities come. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include <netem/model.h>
#include <nstest/error.h>
#include <nstest/units.h>

#include "play.h"
#include "trace.h"

/* A frame with a packet of 1,500 bytes. */
enum { FRAME = 1514, MS = 1000000 };

static char file[] = "/tmp/nstest-trace-XXXXXX";

static const char *write_trace(const char *content)
{
	size_t size = strlen(content);
	int fd;

	strcpy(file, "/tmp/nstest-trace-XXXXXX");
	fd = mkstemp(file);
	cr_assert(fd >= 0 && write(fd, content, size) == (ssize_t)size);
	close(fd);
	return file;
}

/* ---- Reading ---- */

static void expect_refused(const char *content, const char *sentence)
{
	char wanted[200];
	struct trace trace;

	write_trace(content);
	cr_expect_eq(trace_load(file, &trace), -EINVAL, "%s", content);
	unlink(file);
	snprintf(wanted, sizeof(wanted), "trace %s%s", file, sentence);
	cr_expect_str_eq(nst_error(), wanted);
}

Test(trace, is_refused_with_its_line)
{
	expect_refused("", " has no opportunities");
	expect_refused("\n\n", " has no opportunities");
	expect_refused("0\n0\n", ": its last line must be later than 0");
	expect_refused("1\nx\n",
		       ", line 2: \"x\" is no time in whole milliseconds, up to a "
		       "day");
	expect_refused(
		"1.5\n",
		", line 1: \"1.5\" is no time in whole milliseconds, up to a day");
	expect_refused(
		"-1\n",
		", line 1: \"-1\" is no time in whole milliseconds, up to a day");
	expect_refused(
		"86400001\n",
		", line 1: \"86400001\" is no time in whole milliseconds, up to a "
		"day");
	expect_refused("5\n4\n", ", line 2: 4 ms is earlier than the line before");
}

Test(trace, is_read_with_blank_lines_and_any_ending)
{
	struct trace trace;

	cr_assert_eq(trace_load(write_trace("1\r\n\n 7"), &trace), -EINVAL);
	unlink(file);
	cr_assert_eq(trace_load(write_trace("0\r\n\n7 \n7"), &trace), 0, "%s",
		     nst_error());
	unlink(file);
	cr_expect_eq(trace.count, 3);
	cr_expect(trace.at_ms[0] == 0 && trace.at_ms[1] == 7 && trace.at_ms[2] == 7);
	trace_free(&trace);
}

/* ---- Opportunities ---- */

Test(trace, begins_again_after_its_last_line)
{
	static const uint64_t expected_ms[] = { 2, 2, 5, 7, 7, 10, 12, 12, 15 };
	struct trace trace;

	cr_assert_eq(trace_load(write_trace("2\n2\n5\n"), &trace), 0);
	unlink(file);
	trace_begin(&trace, 100);

	for (size_t i = 0; i < sizeof(expected_ms) / sizeof(expected_ms[0]); i++) {
		cr_expect_eq(trace_next_ns(&trace), 100 + expected_ms[i] * MS, "%zu",
			     i);
		trace_take(&trace);
	}
	trace_free(&trace);
}

/* The last of one round and the first of the next, at 0, are two. */
Test(trace, has_two_opportunities_where_rounds_meet)
{
	static const uint64_t expected_ms[] = { 0, 3, 3, 6, 6 };
	struct trace trace;

	cr_assert_eq(trace_load(write_trace("0\n3\n"), &trace), 0);
	unlink(file);
	trace_begin(&trace, 0);

	for (size_t i = 0; i < 5; i++, trace_take(&trace))
		cr_expect_eq(trace_next_ns(&trace), expected_ms[i] * MS, "%zu", i);
	trace_free(&trace);
}

Test(trace, skips_to_where_stepping_would_lead)
{
	struct trace skipped, stepped;

	cr_assert_eq(trace_load(write_trace("0\n1\n1\n4\n9\n"), &skipped), 0);
	cr_assert_eq(trace_load(file, &stepped), 0);
	unlink(file);
	for (uint64_t now = 0; now < 60 * MS; now += MS / 2) {
		trace_begin(&skipped, 3);
		trace_begin(&stepped, 3);
		trace_skip(&skipped, now + 3);
		while (trace_next_ns(&stepped) <= now + 3)
			trace_take(&stepped);
		cr_assert_eq(trace_next_ns(&skipped), trace_next_ns(&stepped), "%lu",
			     now);
		trace_take(&skipped);
		trace_take(&stepped);
		cr_assert_eq(trace_next_ns(&skipped), trace_next_ns(&stepped), "%lu",
			     now);
	}
	trace_free(&skipped);
	trace_free(&stepped);
}

/* ---- Packets ---- */

static struct outcome *play_trace(const char *content, size_t count, size_t size,
				  uint64_t gap_ns)
{
	struct outcome *all =
		play(&(struct play){ .impairment = { .trace_file = write_trace(content),
						     .limit_packets = 100000 },
				     .count = count,
				     .size = size,
				     .gap_ns = gap_ns });

	unlink(file);
	return all;
}

static uint64_t left_ms(const struct outcome *all, size_t i)
{
	cr_assert_eq((all[i].left_ns[0] - all[0].arrived_ns) % MS, 0);
	return (all[i].left_ns[0] - all[0].arrived_ns) / MS;
}

Test(trace, carries_a_packet_at_each_opportunity)
{
	static const uint64_t expected_ms[] = { 2, 2, 5, 7, 7, 10, 12 };
	struct outcome *all = play_trace("2\n2\n5\n", 7, FRAME, 0);

	for (size_t i = 0; i < 7; i++)
		cr_expect_eq(left_ms(all, i), expected_ms[i], "%zu", i);
	free(all);
}

/* 1,504 bytes: 500 and the four of mahimahi's tunnel fit twice, and a part of the third. */
Test(trace, carries_small_packets_together)
{
	static const uint64_t expected_ms[] = { 1, 1, 2, 2, 2, 3, 3, 3, 4 };
	struct outcome *all = play_trace("1\n", 9, 514, 0);

	for (size_t i = 0; i < 9; i++)
		cr_expect_eq(left_ms(all, i), expected_ms[i], "%zu", i);
	free(all);
}

Test(trace, carries_a_jumbo_packet_in_several)
{
	struct outcome *all = play_trace("1\n", 2, 9014, 0);

	/* 9,004 bytes need 5.99 opportunities, two of them 11.97 */
	cr_expect_eq(left_ms(all, 0), 6);
	cr_expect_eq(left_ms(all, 1), 12);
	free(all);
}

Test(trace, loses_opportunities_that_nobody_uses)
{
	struct outcome *all = play_trace("1\n", 10, FRAME, 10 * MS + 1);

	cr_expect_eq(COUNT(all, 10, it->left_ns[0] - it->arrived_ns <= MS), 10);
	cr_expect_eq(left_ms(all, 9), 91);
	free(all);
}

Test(trace, that_opens_at_an_arrival_comes_too_early_for_it)
{
	struct outcome *all = play_trace("0\n5\n", 1, FRAME, 0);

	cr_expect_eq(left_ms(all, 0), 5);
	free(all);
}

Test(trace, comes_before_the_delay_and_has_a_limit)
{
	struct outcome *all =
		play(&(struct play){ .impairment = { .trace_file = write_trace("1\n"),
						     .delay_us = NST_MS(20),
						     .limit_packets = 7 },
				     .count = 20 });

	unlink(file);
	for (size_t i = 0; i < 20; i++) {
		cr_expect_eq(all[i].fate.overflowed, i >= 7);
		if (i < 7)
			cr_expect_eq(left_ms(all, i), 21 + i);
	}
	free(all);
}

Test(trace, that_replaces_another_goes_on_with_what_waits)
{
	struct nst_impairment slow = { .trace_file = write_trace("1000\n") };
	struct nst_departure departure;
	struct nst_model *model;
	struct nst_fate fate;

	cr_assert_eq(nst_model_new(&slow, 0, 0, 0, &model), 0);
	unlink(file);
	/* half of the second is sent with the first */
	for (uint64_t n = 0; n < 3; n++)
		nst_model_arrive(model, n, 1014, false, 0, NULL, &fate);
	cr_assert(nst_model_leave(model, 1000ULL * MS, &departure));
	slow.trace_file = write_trace("3\n");
	cr_assert_eq(nst_model_change(model, &slow, 1500ULL * MS), 0);
	unlink(file);

	cr_expect_eq(nst_model_next_ns(model), 1503ULL * MS);
	cr_assert(nst_model_leave(model, 1503ULL * MS, &departure));
	cr_expect_eq(departure.n, 1);
	/* all but four bytes of the third went with the other half */
	cr_expect_eq(nst_model_next_ns(model), 1506ULL * MS);
	cr_assert(nst_model_leave(model, 1506ULL * MS, &departure));
	cr_expect_eq(departure.n, 2);
	cr_expect_eq(nst_model_held(model), 0);
	nst_model_free(model);
}

Test(trace, that_is_taken_away_lets_all_go)
{
	struct nst_impairment slow = { .trace_file = write_trace("1000\n") };
	struct nst_departure departure;
	struct nst_model *model;
	struct nst_fate fate;

	cr_assert_eq(nst_model_new(&slow, 0, 0, 0, &model), 0);
	unlink(file);
	for (uint64_t n = 0; n < 3; n++)
		nst_model_arrive(model, n, 1014, false, 0, NULL, &fate);
	cr_assert(nst_model_leave(model, 1000ULL * MS, &departure));
	cr_assert_eq(nst_model_change(model, NULL, 1500ULL * MS), 0);

	for (uint64_t n = 1; n < 3; n++) {
		cr_assert(nst_model_leave(model, 1500ULL * MS, &departure));
		cr_expect_eq(departure.n, n);
	}
	cr_expect_eq(nst_model_held(model), 0);
	nst_model_free(model);
}
