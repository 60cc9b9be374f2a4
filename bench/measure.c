/* SPDX-License-Identifier: MIT */
/* Medians, minima, and the table of ratios. */
#include "measure.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e6 + t.tv_nsec / 1e3;
}

void series_add(struct series *series, double us)
{
	if (series->count < SERIES_MAX)
		series->us[series->count++] = us;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double series_percentile(struct series *series, double percent)
{
	if (!series->count)
		return 0;
	qsort(series->us, series->count, sizeof(*series->us), compare);
	size_t at = percent / 100 * series->count;

	return series->us[at < series->count ? at : series->count - 1];
}

double series_median(struct series *series)
{
	return series_percentile(series, 50);
}

double series_minimum(struct series *series)
{
	return series_percentile(series, 0);
}

void print_table(const char *title, struct series *const *series, size_t count)
{
	double median = series_median(series[0]), minimum = series_minimum(series[0]);

	printf("\n%s\n  %-36s %6s %12s %12s %9s %9s\n", title, "", "runs", "median us",
	       "minimum us", "ratio", "min/min");
	for (size_t i = 0; i < count; i++)
		printf("  %-36s %6zu %12.1f %12.1f %9.2f %9.2f\n", series[i]->name,
		       series[i]->count, series_median(series[i]),
		       series_minimum(series[i]), series_median(series[i]) / median,
		       series_minimum(series[i]) / minimum);
}

int print_target(const char *what, double measured, const char *relation, double target,
		 const char *unit)
{
	int met = relation[0] == '<' ? measured <= target : measured >= target;

	printf("  %s %s: %.2f%s, wanted %s %g%s\n", met ? "met   " : "MISSED", what,
	       measured, unit, relation, target, unit);
	return met;
}
