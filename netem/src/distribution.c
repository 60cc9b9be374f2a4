/* SPDX-License-Identifier: MIT */
/* Exact distributions, and values of them that are correlated.
 *
 * How it works: an independent value is the quantile of a uniform number. For correlated ones,
 * normal values z' = rho z + sqrt(1 - rho^2) e are turned into quantiles (a Gaussian copula),
 * so that each by itself is spread exactly as asked. That changes the correlation;
 * normal_correlation() finds the rho that makes it the one that was asked for.
 *
 *	uniform		-1 … 1
 *	normal		deviation 1
 *	pareto		shape 3 as in tc's table, mean 0, deviation 1, tail not cut off
 *	paretonormal	a quarter of normal and three of pareto, as in tc; deviation 1
 */
#include "distribution.h"

#include <math.h>

double normal_below(double z)
{
	return 0.5 * erfc(-z * M_SQRT1_2);
}

/* The z above which is `above`, at most half. Abramowitz and Stegun 26.2.23 is good for 3
 * digits; two steps of Halley's method make all 15 of them. */
static double upper_quantile(double above)
{
	double t = sqrt(-2 * log(above));
	double z = t - (2.515517 + t * (0.802853 + t * 0.010328)) /
			       (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));

	for (int i = 0; i < 2; i++) {
		double density = exp(-0.5 * z * z) / sqrt(2 * M_PI);
		double step = (normal_below(-z) - above) / density;

		z += step / (1 - 0.5 * z * step);
	}
	return z;
}

double normal_quantile(double below)
{
	return below > 0.5 ? upper_quantile(1 - below) : -upper_quantile(below);
}

static double uniform_at(const struct score *score)
{
	return score->below - score->above;
}

/* (1 - u)^(-1/3) has mean 3/2 and variance 3/4. */
static double pareto_at(const struct score *score)
{
	return (1 / cbrt(score->above) - 1.5) / sqrt(0.75);
}

/* The correlation of the normal and the Pareto value of one quantile. */
static const double NORMAL_WITH_PARETO = 0.67835278955;

static double paretonormal_at(const struct score *score)
{
	return (score->z + 3 * pareto_at(score)) / sqrt(10 + 6 * NORMAL_WITH_PARETO);
}

/* Between two values of a table in a straight line. */
static double table_at(const struct table *table, const struct score *score)
{
	double at = score->below * (double)table->size - 0.5;
	size_t i;

	if (at <= 0)
		return (double)table->values[0] / TABLE_SCALE;
	i = (size_t)at;
	if (i + 1 >= table->size)
		return (double)table->values[table->size - 1] / TABLE_SCALE;
	at -= (double)i;
	return (table->values[i] * (1 - at) + table->values[i + 1] * at) / TABLE_SCALE;
}

double spread_at(enum nst_distribution distribution, const struct table *table,
		 const struct score *score)
{
	switch (distribution) {
	case NST_UNIFORM:
		return uniform_at(score);
	case NST_NORMAL:
		return score->z;
	case NST_PARETO:
		return pareto_at(score);
	case NST_PARETONORMAL:
		return paretonormal_at(score);
	case NST_TABLE:
		return table_at(table, score);
	}
	return 0;
}

/* ---- Correlation ---- */

enum { HERMITE_TERMS = 64 };

/* Adds a point's share to the coefficients of the Hermite polynomials, normalised by
 * sqrt(k!), of which h[k + 1] = (z h[k] - sqrt(k) h[k - 1]) / sqrt(k + 1). */
static void add_point(double coefficients[HERMITE_TERMS], double z, double weighted)
{
	double before = 0, h = 1;

	for (int k = 0; k < HERMITE_TERMS; k++) {
		double next = (z * h - sqrt(k) * before) / sqrt(k + 1);

		coefficients[k] += weighted * h;
		before = h;
		h = next;
	}
}

static double correlation_of(const double coefficients[HERMITE_TERMS], double rho)
{
	double sum = 0, whole = 0, power = 1;

	for (int k = 1; k < HERMITE_TERMS; k++) {
		double square = coefficients[k] * coefficients[k];

		power *= rho;
		sum += square * power;
		whole += square;
	}
	return sum / whole;
}

/* Mehler's formula: if g(z) has the Hermite coefficients c[k], values of g at normal values
 * with correlation rho have the covariance sum of c[k]^2 rho^k. */
double normal_correlation(enum nst_distribution distribution, const struct table *table,
			  double correlation)
{
	enum { STEPS = 16, END = 16 }; /* per 1, and up to */
	double coefficients[HERMITE_TERMS] = { 0 }, low = 0, high = 1;

	if (distribution == NST_NORMAL || correlation <= 0 || correlation >= 1)
		return correlation;
	for (int i = -END * STEPS; i <= END * STEPS; i++) {
		double z = (double)i / STEPS;
		struct score score = { z, normal_below(z), normal_below(-z) };
		double weight = exp(-0.5 * z * z) / (STEPS * sqrt(2 * M_PI));

		add_point(coefficients, z,
			  weight * spread_at(distribution, table, &score));
	}
	for (int i = 0; i < 60; i++) {
		double middle = (low + high) / 2;

		if (correlation_of(coefficients, middle) < correlation)
			low = middle;
		else
			high = middle;
	}
	return low;
}

/* ---- Jitter ---- */

int jitter_init(struct jitter *jitter, bool kernel, int64_t mean_us, int64_t jitter_us,
		uint32_t correlation_ppm, enum nst_distribution distribution,
		const char *file, uint64_t first_draw)
{
	struct jitter made = {
		.kernel = kernel,
		.mean_ns = mean_us * 1000,
		.jitter_ns = jitter_us * 1000,
		.distribution = distribution,
		.crandom = { kernel_probability(correlation_ppm), first_draw >> 32 },
	};

	if (kernel || distribution == NST_TABLE) {
		int r = table_make(distribution, file, &made.table);

		if (r < 0)
			return r;
	}
	if (kernel && made.jitter_ns > INT32_MAX)
		made.jitter_ns = INT32_MAX; /* as netem_change() */
	if (!kernel)
		made.rho = normal_correlation(distribution, &made.table,
					      correlation_ppm / 1e6);
	*jitter = made;
	return 0;
}

void jitter_free(struct jitter *jitter)
{
	table_free(&jitter->table);
}

/* The kernel's tabledist(). */
static int64_t kernel_next(struct jitter *jitter, uint64_t draw)
{
	int64_t sigma = jitter->jitter_ns, t, x;
	uint32_t random;

	if (sigma == 0)
		return jitter->mean_ns;
	random = crandom_next(&jitter->crandom, draw);
	if (jitter->table.size == 0)
		return random % (2 * (uint32_t)sigma) + jitter->mean_ns - sigma;
	t = jitter->table.values[random % jitter->table.size];
	x = sigma % TABLE_SCALE * t;
	x += x >= 0 ? TABLE_SCALE / 2 : -TABLE_SCALE / 2;
	return x / TABLE_SCALE + sigma / TABLE_SCALE * t + jitter->mean_ns;
}

static struct score next_score(struct jitter *jitter, uint64_t draw)
{
	/* 53 bits, and never 0 or 1 */
	double below = ((double)(draw >> 11) + 0.5) * 0x1p-53;
	struct score score = { 0, below, 1 - below };
	bool needs_z = jitter->distribution == NST_NORMAL ||
		       jitter->distribution == NST_PARETONORMAL;

	if (jitter->rho == 0 && !needs_z)
		return score;
	score.z = normal_quantile(below);
	if (jitter->rho == 0)
		return score;
	if (jitter->started)
		score.z = jitter->rho * jitter->z +
			  sqrt(1 - jitter->rho * jitter->rho) * score.z;
	jitter->started = true;
	jitter->z = score.z;
	score.below = normal_below(score.z);
	score.above = normal_below(-score.z);
	return score;
}

static int64_t exact_next(struct jitter *jitter, uint64_t draw)
{
	struct score score;
	double spread;

	if (jitter->jitter_ns == 0)
		return jitter->mean_ns;
	score = next_score(jitter, draw);
	spread = spread_at(jitter->distribution, &jitter->table, &score);
	return jitter->mean_ns + llrint((double)jitter->jitter_ns * spread);
}

int64_t jitter_next(struct jitter *jitter, uint64_t draw)
{
	int64_t time;

	if (jitter->kernel)
		return kernel_next(jitter, draw);
	time = exact_next(jitter, draw);
	return time < 0 ? 0 : time;
}
