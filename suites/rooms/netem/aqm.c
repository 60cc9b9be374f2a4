/* SPDX-License-Identifier: MIT */
/* CoDel and PIE, each against the pseudo-code of its RFC, written down once more here with
 * the RFC's own names, on arrivals that make it begin and end dropping several times. */
#include <math.h>
#include <stdlib.h>

#include <criterion/criterion.h>

#include <netem/model.h>
#include <nstest/units.h>

#include "aqm.h"
#include "chance.h"

/* 1,250 bytes at 10 Mbit/s: a millisecond. */
enum { PACKETS = 20000, SIZE = 1250, SEED = 3, MS = 1000000 };

/* How much slower the link is than that, and the packets come. */
static int64_t slower = 1;

enum fate { PASSED, DROPPED, REFUSED };

struct packet {
	int64_t tstamp; /* when it came */
	enum fate fate;
	int64_t left;
};

static struct packet packets[PACKETS];
static struct packet *queue[PACKETS];
static size_t first, last;

static size_t byte_length(void)
{
	return (last - first) * SIZE;
}

/* Faster than the link, a little slower, twice as fast, much slower. */
static int64_t gap(size_t i)
{
	static const int64_t gaps[] = { 800000, 1100000, 500000, 3000000 };

	return slower * gaps[i / 600 % 4];
}

/* ---- CoDel: RFC 8289, section 5 ---- */

enum { TARGET = 5 * MS, INTERVAL = 100 * MS };
static int64_t first_above_time_, drop_next_;
static uint32_t count_, lastcount_;
static bool dropping_;
static int resumed;

struct dodequeue_result {
	struct packet *p;
	bool ok_to_drop;
};

static struct dodequeue_result dodequeue(int64_t now)
{
	struct dodequeue_result r = { first < last ? queue[first++] : NULL, false };

	if (r.p == NULL) {
		first_above_time_ = 0;
	} else {
		int64_t sojourn_time = now - r.p->tstamp;

		if (sojourn_time < TARGET || byte_length() <= SIZE) {
			first_above_time_ = 0;
		} else {
			if (first_above_time_ == 0)
				first_above_time_ = now + INTERVAL;
			else if (now >= first_above_time_)
				r.ok_to_drop = true;
		}
	}
	return r;
}

static int64_t control_law(int64_t t, uint32_t count)
{
	return t + (int64_t)(INTERVAL / sqrt(count));
}

static void drop(struct packet *p)
{
	p->fate = DROPPED;
}

static struct packet *codel_deque(int64_t now)
{
	struct dodequeue_result r = dodequeue(now);
	uint32_t delta;

	if (dropping_) {
		if (!r.ok_to_drop)
			dropping_ = false;
		while (now >= drop_next_ && dropping_) {
			drop(r.p);
			++count_;
			r = dodequeue(now);
			if (!r.ok_to_drop)
				dropping_ = false;
			else
				drop_next_ = control_law(drop_next_, count_);
		}
	} else if (r.ok_to_drop) {
		drop(r.p);
		r = dodequeue(now);
		dropping_ = true;
		delta = count_ - lastcount_;
		count_ = 1;
		if (delta > 1 && now - drop_next_ < 16LL * INTERVAL) {
			count_ = delta;
			resumed++;
		}
		drop_next_ = control_law(now, count_);
		lastcount_ = count_;
	}
	return r.p;
}

static bool admit_all(size_t i, int64_t now)
{
	(void)i, (void)now;
	return true;
}

/* ---- PIE: RFC 8033, sections 4 and 5; the delay is that of the last that left ---- */

enum { QDELAY_REF = 15 * MS, T_UPDATE = 15 * MS, MAX_BURST = 150 * MS };
static double drop_prob_, accu_prob_;
static int64_t qdelay_old_, burst_allowance_ = MAX_BURST, next_update, sojourn;

static double auto_tuned(double p)
{
	if (drop_prob_ < 0.000001)
		return p / 2048;
	if (drop_prob_ < 0.00001)
		return p / 512;
	if (drop_prob_ < 0.0001)
		return p / 128;
	if (drop_prob_ < 0.001)
		return p / 32;
	if (drop_prob_ < 0.01)
		return p / 8;
	if (drop_prob_ < 0.1)
		return p / 2;
	return p > 0.02 ? 0.02 : p;
}

static void calculate_drop_prob(int64_t current_qdelay)
{
	drop_prob_ += auto_tuned(0.125 * (double)(current_qdelay - QDELAY_REF) / 1e9 +
				 1.25 * (double)(current_qdelay - qdelay_old_) / 1e9);
	if (current_qdelay == 0 && qdelay_old_ == 0)
		drop_prob_ *= 0.98;
	drop_prob_ = drop_prob_ < 0 ? 0 : drop_prob_ > 1 ? 1 : drop_prob_;
	burst_allowance_ -= T_UPDATE;
	if (burst_allowance_ < 0)
		burst_allowance_ = 0;
	if (drop_prob_ == 0 && current_qdelay < QDELAY_REF / 2 &&
	    qdelay_old_ < QDELAY_REF / 2)
		burst_allowance_ = MAX_BURST;
	qdelay_old_ = current_qdelay;
}

static void pie_until(int64_t now)
{
	for (; next_update <= now; next_update += T_UPDATE)
		calculate_drop_prob(first < last ? sojourn : 0);
}

static struct packet *pie_deque(int64_t now)
{
	struct packet *p = queue[first++];

	sojourn = now - p->tstamp;
	pie_until(now);
	return p;
}

static bool drop_early(double random)
{
	if ((qdelay_old_ < QDELAY_REF / 2 && drop_prob_ < 0.2) ||
	    byte_length() <= 2 * 1024)
		return false;
	if (drop_prob_ == 0)
		accu_prob_ = 0;
	accu_prob_ += drop_prob_;
	if (accu_prob_ < 0.85)
		return false;
	if (accu_prob_ < 8.5 && random >= drop_prob_)
		return false;
	accu_prob_ = 0;
	return true;
}

static bool pie_admits(size_t i, int64_t now)
{
	const struct dice dice = { SEED, 0, 0 };
	double random = (double)(roll(&dice, STREAM_PIE, i) >> 11) * 0x1p-53;

	if (next_update == 0)
		next_update = now + T_UPDATE;
	pie_until(now);
	return burst_allowance_ > 0 || !drop_early(random);
}

/* ---- A link of 10 Mbit/s ---- */

struct reference {
	bool (*admits)(size_t i, int64_t now);
	struct packet *(*deque)(int64_t now);
};

static void serve(const struct reference *reference, int64_t until, int64_t *busy)
{
	while (first < last && *busy <= until) {
		struct packet *p = reference->deque(*busy);

		if (p)
			*busy = p->left = *busy + slower * MS;
	}
}

static void run_reference(const struct reference *reference)
{
	int64_t now = 1000 * MS, busy = 0;

	for (size_t i = 0; i < PACKETS; now += gap(i++)) {
		serve(reference, now, &busy);
		packets[i].tstamp = now;
		if (!reference->admits(i, now)) {
			packets[i].fate = REFUSED;
			continue;
		}
		queue[last++] = &packets[i];
		busy = busy < now ? now : busy; /* it was idle */
		serve(reference, now, &busy);
	}
	serve(reference, INT64_MAX, &busy);
}

/* ---- The model ---- */

struct seen {
	enum fate fate;
	bool marked;
	int64_t left;
};

static struct seen *run_model(enum nst_queue discipline, bool ecn)
{
	const struct nst_impairment impairment = { .rate_bps = NST_MBIT(10) /
							       (uint64_t)slower,
						   .queue = discipline,
						   .ecn = ecn,
						   .limit_packets = 1000000 };
	struct seen *all = calloc(PACKETS, sizeof(*all));
	uint64_t now = 1000 * MS;
	struct nst_departure departure;
	struct nst_model *model;
	struct nst_fate fate;

	cr_assert_eq(nst_model_new(&impairment, SEED, 0, 0, &model), 0);
	for (size_t i = 0; i < PACKETS; now += (uint64_t)gap(i++)) {
		nst_model_arrive(model, i, SIZE, ecn, now, NULL, &fate);
		cr_assert_eq(fate.overflowed, fate.copies == 0);
		all[i].fate = fate.overflowed ? REFUSED : PASSED;
	}
	while (nst_model_held(model)) {
		now = nst_model_next_ns(model);
		while (nst_model_leave(model, now, &departure)) {
			struct seen *it = &all[departure.n];

			it->fate = departure.dropped ? DROPPED : PASSED;
			it->marked = departure.marked_ce;
			it->left = departure.dropped ? 0 : (int64_t)departure.due_ns;
		}
	}
	nst_model_free(model);
	return all;
}

static size_t count_fate(const struct seen *all, enum fate fate)
{
	size_t count = 0;

	for (size_t i = 0; i < PACKETS; i++)
		count += all[i].fate == fate;
	return count;
}

static void expect_as_reference(const struct seen *all)
{
	for (size_t i = 0; i < PACKETS; i++) {
		cr_assert_eq(all[i].fate, packets[i].fate, "packet %zu: %d, not %d", i,
			     all[i].fate, packets[i].fate);
		cr_assert_eq(all[i].left, packets[i].left, "packet %zu: %ld, not %ld",
			     i, all[i].left, packets[i].left);
	}
}

Test(codel, does_what_the_rfc_says)
{
	const struct reference rfc = { admit_all, codel_deque };
	struct seen *all = run_model(NST_QUEUE_CODEL, false);

	run_reference(&rfc);

	expect_as_reference(all);
	cr_expect_gt(count_fate(all, DROPPED), 200);
	cr_expect_gt(resumed, 0, "it took up dropping where it had left off");
	free(all);
}

/* A packet takes 20 ms: who waits for one other waits too long, and is not dropped. */
Test(codel, lets_a_slow_link_have_one_packet_waiting)
{
	const struct reference rfc = { admit_all, codel_deque };
	struct seen *all;

	slower = 20;
	all = run_model(NST_QUEUE_CODEL, false);
	run_reference(&rfc);

	expect_as_reference(all);
	free(all);
}

Test(codel, marks_instead_of_dropping)
{
	struct seen *all = run_model(NST_QUEUE_CODEL, true);
	size_t marked = 0;

	for (size_t i = 0; i < PACKETS; i++)
		marked += all[i].marked;
	cr_expect_eq(count_fate(all, DROPPED), 0);
	cr_expect_gt(marked, 100);
	free(all);
}

Test(pie, does_what_the_rfc_says)
{
	const struct reference rfc = { pie_admits, pie_deque };
	struct seen *all = run_model(NST_QUEUE_PIE, false);

	run_reference(&rfc);

	expect_as_reference(all);
	cr_expect_gt(count_fate(all, REFUSED), 200);
	free(all);
}

Test(pie, lets_bursts_pass)
{
	const struct ring full = { .count = 100, .bytes = 100000 };
	struct pie pie = { .probability = 1, .old_delay_ns = 20 * MS, .burst_ns = 1 };

	cr_expect_eq(pie_admit(&pie, &full, false, 0), PIE_TAKE);
	pie.burst_ns = 0;
	cr_expect_eq(pie_admit(&pie, &full, false, 0), PIE_REFUSE);
}

/* However chance has it: after 8.5 have been due (RFC 8033, 5.4). */
Test(pie, drops_in_the_end)
{
	const struct ring full = { .count = 100, .bytes = 100000 };
	struct pie pie = { .probability = 0.05, .old_delay_ns = 20 * MS };
	int taken = 0;

	while (pie_admit(&pie, &full, false, UINT64_MAX) == PIE_TAKE)
		taken++;

	cr_expect(taken >= 168 && taken <= 170, "%d", taken);
}

/* Against a load that does not yield, at twice the rate, the delay comes to its target. */
Test(pie, keeps_the_delay_at_its_target)
{
	const struct nst_impairment impairment = { .rate_bps = NST_MBIT(10),
						   .queue = NST_QUEUE_PIE };
	struct nst_departure departure;
	struct nst_model *model;
	struct nst_fate fate;
	double sum = 0;
	size_t count = 0;

	cr_assert_eq(nst_model_new(&impairment, SEED, 0, 0, &model), 0);
	for (uint64_t n = 0; n < 60000; n++) {
		while (nst_model_leave(model, n * MS / 2, &departure)) {
			if (departure.n < 20000)
				continue; /* it takes its time */
			sum += (double)(departure.due_ns - departure.n * MS / 2) / MS;
			count++;
		}
		nst_model_arrive(model, n, SIZE, false, n * MS / 2, NULL, &fate);
	}
	nst_model_free(model);

	cr_expect(sum / (double)count > 10 && sum / (double)count < 20, "%.2f ms",
		  sum / (double)count);
}

/* Up to a tenth; a queue that goes on filling is refused all the same (RFC 8033, 5.1). */
Test(pie, marks_while_it_is_seldom)
{
	struct seen *all = run_model(NST_QUEUE_PIE, true);
	size_t marked = 0;

	for (size_t i = 0; i < PACKETS; i++) {
		marked += all[i].marked;
		cr_assert_not(all[i].marked && all[i].fate == REFUSED);
	}
	cr_expect_gt(marked, 20);
	cr_expect_gt(count_fate(all, REFUSED), 20);
	free(all);
}
