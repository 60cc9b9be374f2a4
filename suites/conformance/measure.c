/* SPDX-License-Identifier: MIT */
/* What was seen, in figures with their confidence. Pure.
 *
 * What one frame meets may depend on what the one before met. So means are taken of BATCHES
 * batches of frames: their spread holds all that is correlated within a batch. */
#include "measure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BATCHES = 64, AT_ONCE_NS = 5000000, APART_NS = 3000000 };

/* Of the normal distribution, and of Student's with BATCHES - 1 degrees of freedom. */
static const double normal_bound = 4.42, student_bound = 4.82;

const struct measure_about measures[] = {
	[LOST] = { "lost", "%", 100 },
	[LOST_AGAIN] = { "lost after a lost one", "%", 100 },
	[TWICE] = { "came twice", "%", 100 },
	[FLIPPED] = { "one bit flipped", "%", 100 },
	[FLIPPED_AT] = { "mean place of the bit", "% of the frame", 100 },
	[BROKEN] = { "more bits flipped", "%", 100 },
	[MARKED] = { "marked CE", "%", 100 },
	[AT_ONCE] = { "sent at once", "%", 100 },
	[OVERTAKEN] = { "overtaken", "%", 100 },
	[DELAY_MEAN] = { "mean delay", "ms", 1 },
	[DELAY_DEVIATION] = { "deviation of the delay", "ms", 1 },
	[DELAY_P5] = { "5th percentile of the delay", "ms", 1 },
	[DELAY_P50] = { "median delay", "ms", 1 },
	[DELAY_P95] = { "95th percentile of the delay", "ms", 1 },
	[RATE] = { "rate", "Mbit/s", 1 },
	[ARRIVED] = { "arrived", "frames", 1 },
	[OVERFLOWED] = { "refused by a full queue", "frames", 1 },
	[BUNCH_PAUSE] = { "pause between bunches", "ms", 1 },
	[BUNCH_BIGGEST] = { "biggest bunch", "frames", 1 },
};

/* ---- Means ---- */

static struct estimate exactly(double value)
{
	return (struct estimate){ value, value, value };
}

/* A share of none or all of n has no spread: up to ln(1/ALPHA)/n may hide. */
static struct estimate mean_of(const double *values, size_t count, bool is_share)
{
	double sum = 0, batch, spread = 0, unseen, mean;
	size_t each = count / BATCHES;

	if (each == 0)
		return (struct estimate){ NAN, -INFINITY, INFINITY };
	for (size_t i = 0; i < each * BATCHES; i++)
		sum += values[i];
	mean = sum / (double)(each * BATCHES);
	for (size_t b = 0; b < BATCHES; b++) {
		batch = 0;
		for (size_t i = b * each; i < (b + 1) * each; i++)
			batch += values[i];
		spread += pow(batch / (double)each - mean, 2);
	}
	spread = student_bound * sqrt(spread / (BATCHES - 1) / BATCHES);
	if (!is_share)
		return (struct estimate){ mean, mean - spread, mean + spread };
	unseen = -log(ALPHA) / (double)count;
	return (struct estimate){
		mean,
		fmax(0, mean - fmax(spread, mean < 1 ? 0 : unseen)),
		fmin(1, mean + fmax(spread, mean > 0 ? 0 : unseen)),
	};
}

static struct estimate take_mean(double *values, size_t count, bool is_share)
{
	struct estimate estimate = mean_of(values, count, is_share);

	free(values);
	return estimate;
}

/* ---- Of frames ---- */

/* How often each came out. */
static unsigned char *copies_of(const struct seen *seen)
{
	unsigned char *copies = calloc(seen->count + 1, 1);

	for (uint32_t i = 0; copies && i < seen->arrived; i++)
		copies[seen->arrivals[i].n]++;
	return copies;
}

static struct estimate share_of_frames(const struct seen *seen, unsigned char wanted,
				       bool only_after_lost)
{
	unsigned char *copies = copies_of(seen);
	double *values = calloc(seen->count + 1, sizeof(*values));
	size_t count = 0;

	for (uint32_t n = seen->first; n < seen->past; n++)
		if (!only_after_lost || (n > seen->first && copies[n - 1] == 0))
			values[count++] = copies[n] == wanted;
	free(copies);
	return take_mean(values, count, true);
}

/* ---- Of arrivals ---- */

static bool is_looked_at(const struct seen *seen, const struct arrival *arrival)
{
	return arrival->n >= seen->first && arrival->n < seen->past;
}

static double say(enum measure measure, const struct seen *seen,
		  const struct arrival *arrival, uint32_t highest)
{
	switch (measure) {
	case FLIPPED:
		return arrival->flipped == 1;
	case BROKEN:
		return arrival->flipped > 1;
	case MARKED:
		return arrival->ce;
	case AT_ONCE:
		return arrival->delay_ns < AT_ONCE_NS;
	case OVERTAKEN:
		return arrival->n < highest;
	case FLIPPED_AT:
		return (arrival->flipped_at + 0.5) / seen->size;
	default:
		return (double)arrival->delay_ns / 1e6;
	}
}

static double *values_of(enum measure measure, const struct seen *seen,
			 size_t *ret_count)
{
	double *values = calloc(seen->arrived + 1, sizeof(*values));
	uint32_t highest = 0;
	size_t count = 0;

	for (uint32_t i = 0; i < seen->arrived; i++) {
		const struct arrival *arrival = &seen->arrivals[i];

		if (!is_looked_at(seen, arrival) ||
		    (measure == FLIPPED_AT && arrival->flipped != 1))
			continue;
		values[count++] = say(measure, seen, arrival, highest);
		if (arrival->n > highest)
			highest = arrival->n;
	}
	*ret_count = count;
	return values;
}

static struct estimate mean_of_arrivals(enum measure measure, const struct seen *seen,
					bool is_share)
{
	size_t count;
	double *values = values_of(measure, seen, &count);

	return take_mean(values, count, is_share);
}

/* The square of what is off the mean has a mean, too. */
static struct estimate deviation(const struct seen *seen)
{
	size_t count;
	double *values = values_of(DELAY_MEAN, seen, &count), mean = 0;
	struct estimate square;

	for (size_t i = 0; i < count; i++)
		mean += values[i] / (double)count;
	for (size_t i = 0; i < count; i++)
		values[i] = pow(values[i] - mean, 2);
	square = take_mean(values, count, false);
	return (struct estimate){ sqrt(square.value), sqrt(fmax(0, square.low)),
				  sqrt(square.high) };
}

static int ascending(const void *a, const void *b)
{
	double one = *(const double *)a, other = *(const double *)b;

	return (one > other) - (one < other);
}

static double *sorted_delays(const struct seen *seen, size_t *ret_count)
{
	double *values = values_of(DELAY_MEAN, seen, ret_count);

	qsort(values, *ret_count, sizeof(*values), ascending);
	return values;
}

static double at_rank(const double *sorted, size_t count, double rank)
{
	return sorted[rank < 0 ? 0 : rank >= (double)count ? count - 1 : (size_t)rank];
}

/* How many lie below a quantile is binomial. */
static struct estimate quantile(const struct seen *seen, double share)
{
	size_t count;
	double *sorted = sorted_delays(seen, &count);
	double rank = share * (double)count;
	double spread = normal_bound * sqrt(share * (1 - share) * (double)count) + 1;
	struct estimate estimate = { NAN, -INFINITY, INFINITY };

	if (count)
		estimate = (struct estimate){ at_rank(sorted, count, rank),
					      at_rank(sorted, count, rank - spread),
					      at_rank(sorted, count, rank + spread) };
	free(sorted);
	return estimate;
}

/* ---- Of their times ---- */

/* How long half of the arrivals take, in the median: a few that are late do not matter. */
static struct estimate rate(const struct seen *seen)
{
	const uint32_t half = seen->arrived / 2;
	double *times = calloc(half + 1, sizeof(*times)), milliseconds;

	for (uint32_t i = 0; i < half; i++)
		times[i] = (double)(seen->arrivals[i + half].at_ns -
				    seen->arrivals[i].at_ns) /
			   1e6;
	qsort(times, half, sizeof(*times), ascending);
	milliseconds = times[half / 2];
	free(times);
	return exactly(half ? half * seen->size * 8.0 / milliseconds / 1000 : 0);
}

static struct estimate bunch_pause(const struct seen *seen)
{
	double *values = calloc(seen->arrived + 1, sizeof(*values));
	size_t count = 0;

	for (uint32_t i = 1; i < seen->arrived; i++) {
		int64_t pause = seen->arrivals[i].at_ns - seen->arrivals[i - 1].at_ns;

		if (pause > APART_NS)
			values[count++] = (double)pause / 1e6;
	}
	return take_mean(values, count, false);
}

static struct estimate biggest_bunch(const struct seen *seen)
{
	uint32_t biggest = 0, size = 0;

	for (uint32_t i = 0; i < seen->arrived; i++) {
		if (i &&
		    seen->arrivals[i].at_ns - seen->arrivals[i - 1].at_ns > APART_NS)
			size = 0;
		if (++size > biggest)
			biggest = size;
	}
	return exactly(biggest);
}

struct estimate measure_take(enum measure measure, const struct seen *seen)
{
	switch (measure) {
	case LOST:
		return share_of_frames(seen, 0, false);
	case LOST_AGAIN:
		return share_of_frames(seen, 0, true);
	case TWICE:
		return share_of_frames(seen, 2, false);
	case FLIPPED:
	case BROKEN:
	case MARKED:
	case AT_ONCE:
	case OVERTAKEN:
		return mean_of_arrivals(measure, seen, true);
	case FLIPPED_AT:
	case DELAY_MEAN:
		return mean_of_arrivals(measure, seen, false);
	case DELAY_DEVIATION:
		return deviation(seen);
	case DELAY_P5:
		return quantile(seen, 0.05);
	case DELAY_P50:
		return quantile(seen, 0.5);
	case DELAY_P95:
		return quantile(seen, 0.95);
	case RATE:
		return rate(seen);
	case ARRIVED:
		return exactly(seen->arrived);
	case OVERFLOWED:
		return exactly((double)seen->overflowed);
	case BUNCH_PAUSE:
		return bunch_pause(seen);
	case BUNCH_BIGGEST:
		return biggest_bunch(seen);
	}
	return exactly(NAN);
}

/* ---- Two alike ---- */

enum { RUNS = 12 };

/* How many times 1, 2, … RUNS or more frames were lost in a row. One run says nothing of the
 * next, whatever the model, so that chi-square may be asked. */
static void count_runs(const struct seen *seen, double runs[RUNS])
{
	unsigned char *copies = copies_of(seen);
	uint32_t length = 0;

	memset(runs, 0, RUNS * sizeof(*runs));
	for (uint32_t n = 0; n <= seen->count; n++) {
		if (n < seen->count && copies[n] == 0) {
			length++;
			continue;
		}
		if (length)
			runs[length < RUNS ? length - 1 : RUNS - 1]++;
		length = 0;
	}
	free(copies);
}

/* The upper tail of chi-square, by Wilson and Hilferty. */
static double chi_square_tail(double value, double freedom)
{
	double z = (cbrt(value / freedom) - (1 - 2 / (9 * freedom))) /
		   sqrt(2 / (9 * freedom));

	return 0.5 * erfc(z * M_SQRT1_2);
}

/* Cells of fewer than ten together are thrown together with the one before. */
static size_t join_small(double *one, double *other)
{
	size_t cells = 0;

	for (size_t i = 0; i < RUNS; i++) {
		if (cells && one[i] + other[i] < 10) {
			one[cells - 1] += one[i];
			other[cells - 1] += other[i];
			continue;
		}
		one[cells] = one[i];
		other[cells++] = other[i];
	}
	return cells;
}

double same_losses(const struct seen *one, const struct seen *other)
{
	double a[RUNS], b[RUNS], all_a = 0, all_b = 0, chi = 0;
	size_t cells;

	count_runs(one, a);
	count_runs(other, b);
	cells = join_small(a, b);
	if (cells < 2)
		return 1;
	for (size_t i = 0; i < cells; i++) {
		all_a += a[i];
		all_b += b[i];
	}
	if (all_a == 0 || all_b == 0)
		return all_a == all_b;
	for (size_t i = 0; i < cells; i++)
		chi += pow(a[i] * sqrt(all_b / all_a) - b[i] * sqrt(all_a / all_b), 2) /
		       (a[i] + b[i]);
	return chi_square_tail(chi, (double)(cells - 1));
}

/* Kolmogorov's distribution: 2 sum (-1)^(k-1) exp(-2 k^2 x^2). */
static double kolmogorov_tail(double x)
{
	double sum = 0;

	if (x < 0.3)
		return 1;
	for (int k = 1; k < 50; k++)
		sum += (k % 2 ? 2 : -2) * exp(-2.0 * k * k * x * x);
	return fmin(1, fmax(0, sum));
}

double same_delays(const struct seen *one, const struct seen *other)
{
	size_t count_a, count_b, i = 0, j = 0;
	double *a = sorted_delays(one, &count_a), *b = sorted_delays(other, &count_b);
	double most = 0, both;

	while (i < count_a && j < count_b) {
		if (a[i] <= b[j])
			i++;
		else
			j++;
		most = fmax(most, fabs((double)i / (double)count_a -
				       (double)j / (double)count_b));
	}
	free(a);
	free(b);
	if (!count_a || !count_b)
		return 1;
	both = (double)count_a * (double)count_b / (double)(count_a + count_b);
	return kolmogorov_tail(most * sqrt(both));
}
