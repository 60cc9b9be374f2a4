/* SPDX-License-Identifier: MIT */
/* The ring and the delay line, against sorting. */
#include <stdlib.h>

#include <criterion/criterion.h>

#include "model_ring.h"

enum { ROUNDS = 300, MOST = 400, SEED = 17 };

static struct held held_with(uint64_t due, uint64_t n)
{
	return (struct held){ .out = { .due_ns = due, .n = n }, .size = 10 + n % 7 };
}

/* By the time, and of the same time by the number: that is the order they came in. */
static int by_due(const void *a, const void *b)
{
	const struct held *x = a, *y = b;

	if (x->out.due_ns != y->out.due_ns)
		return x->out.due_ns < y->out.due_ns ? -1 : 1;
	return x->out.n < y->out.n ? -1 : 1;
}

/* `spread` 1: all at once; large: hardly two at the same time; growing with n: in order. */
static void check_line(unsigned int *seed, uint64_t spread, bool rising)
{
	struct held sorted[MOST], popped;
	size_t count = (size_t)rand_r(seed) % MOST;
	struct line line = { 0 };
	uint64_t bytes = 0;

	for (size_t i = 0; i < count; i++) {
		uint64_t due = (uint64_t)rand_r(seed) % spread + (rising ? i : 0);

		sorted[i] = held_with(due, i);
		cr_assert(line_push(&line, &sorted[i]));
		bytes += sorted[i].size;
	}
	cr_assert_eq(line.bytes, bytes);
	qsort(sorted, count, sizeof(*sorted), by_due);
	for (size_t i = 0; i < count; i++) {
		cr_assert_eq(line.count, count - i);
		cr_assert_eq(line_first(&line)->out.n, sorted[i].out.n);
		cr_assert(line_pop(&line, &popped));
		cr_assert_eq(popped.out.n, sorted[i].out.n, "place %zu, seed %d", i,
			     SEED);
	}
	cr_assert_not(line_pop(&line, &popped));
	cr_assert_null(line_first(&line));
	cr_assert_eq(line.bytes, 0);
	line_free(&line);
}

Test(line, gives_back_by_time_and_then_by_arrival)
{
	static const uint64_t spreads[] = { 1, 3, 20, 1000000 };
	unsigned int seed = SEED;

	for (int round = 0; round < ROUNDS; round++)
		check_line(&seed, spreads[round % 4], round % 8 < 4);
}

/* Filled and emptied many times over, so that it goes round, and grows while it does. */
Test(ring, gives_back_what_came_first)
{
	unsigned int seed = SEED;
	struct ring ring = { 0 };
	struct held held;
	uint64_t in = 0, out = 0;

	for (int step = 0; step < 100000; step++) {
		if (rand_r(&seed) % 100 < (step < 50000 ? 52 : 45)) {
			held = held_with(0, in++);
			cr_assert(ring_push(&ring, &held));
		} else if (ring_pop(&ring, &held)) {
			cr_assert_eq(held.out.n, out++);
		} else {
			cr_assert_eq(in, out);
			cr_assert_null(ring_first(&ring));
			cr_assert_eq(ring.bytes, 0);
		}
		cr_assert_eq(ring.count, in - out);
	}
	cr_expect_gt(ring.room, 256, "it had to grow");
	ring_free(&ring);
}
