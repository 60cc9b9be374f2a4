/* SPDX-License-Identifier: MIT */
/* What chance may do: bounds that a right model breaks once in about a million runs. Seeds
 * are fixed, so that a test that holds, holds. */
#ifndef STATISTICS_H
#define STATISTICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Standard deviations that a normal value keeps within, but for one in a million. */
#define SIGMAS 4.9

/* Whether `hits` of n agree with a probability; `stretch` is how much larger the variance is
 * than that of independent events: (1 + c) / (1 - c) for a chain with correlation c. */
bool is_share(uint64_t hits, uint64_t n, double probability, double stretch);

/* Whether this correlation of neighbours could be that of n pairs. */
double lag_one(const double *values, size_t n);
bool is_correlation(double measured, double wanted, size_t n);

/* Kolmogorov-Smirnov: whether values (they are sorted by this) come from a distribution. */
bool is_spread(double *values, size_t n, double cdf(double value));

double mean_of(const double *values, size_t n);
double deviation_of(const double *values, size_t n);

#endif
