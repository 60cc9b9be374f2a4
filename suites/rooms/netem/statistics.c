/* SPDX-License-Identifier: MIT */
/* Bounds of chance. */
#include "statistics.h"

#include <math.h>
#include <stdlib.h>

bool is_share(uint64_t hits, uint64_t n, double probability, double stretch)
{
	double expected = (double)n * probability;
	double deviation = sqrt(expected * (1 - probability) * stretch);

	return fabs((double)hits - expected) <= SIGMAS * deviation + 1e-9;
}

double mean_of(const double *values, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += values[i];
	return sum / (double)n;
}

double deviation_of(const double *values, size_t n)
{
	double mean = mean_of(values, n), sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (values[i] - mean) * (values[i] - mean);
	return sqrt(sum / (double)n);
}

double lag_one(const double *values, size_t n)
{
	double mean = mean_of(values, n), sum = 0, squares = 0;

	for (size_t i = 0; i < n; i++)
		squares += (values[i] - mean) * (values[i] - mean);
	for (size_t i = 1; i < n; i++)
		sum += (values[i] - mean) * (values[i - 1] - mean);
	return sum / squares;
}

/* Bartlett's formula for a first-order process: at most 1/n. */
bool is_correlation(double measured, double wanted, size_t n)
{
	return fabs(measured - wanted) <= SIGMAS / sqrt((double)n);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

bool is_spread(double *values, size_t n, double cdf(double value))
{
	double distance = 0;

	qsort(values, n, sizeof(*values), by_value);
	for (size_t i = 0; i < n; i++) {
		double wanted = cdf(values[i]);

		distance = fmax(distance, fabs((double)(i + 1) / (double)n - wanted));
		distance = fmax(distance, fabs((double)i / (double)n - wanted));
	}
	/* Kolmogorov's distribution: 2 exp(-2 x^2) is a millionth at 2.7 */
	return distance * sqrt((double)n) < 2.7;
}
