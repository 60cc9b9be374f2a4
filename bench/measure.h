/* SPDX-License-Identifier: MIT */
/** Series of times, and the table in which each is a ratio to the first. */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <stddef.h>

enum { SERIES_MAX = 8192 };

/** What was measured, in microseconds. */
struct series {
	const char *name;
	size_t count;
	double us[SERIES_MAX];
};

/** CLOCK_MONOTONIC in microseconds. */
double now_us(void);

void series_add(struct series *series, double us);

/** The value below which `percent` of the series lies; sorts it. */
double series_percentile(struct series *series, double percent);
double series_median(struct series *series);
double series_minimum(struct series *series);

/** One line per series: count, median, minimum, and both as ratios to those of the
 * first. */
void print_table(const char *title, struct series *const *series, size_t count);

/** One line: a target, what was measured, and whether it is met. Return: whether. */
int print_target(const char *what, double measured, const char *relation, double target,
		 const char *unit);

#endif
