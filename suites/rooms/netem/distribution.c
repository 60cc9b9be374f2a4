/* SPDX-License-Identifier: MIT */
/* Distributions: tc's tables made anew, exact ones, and correlation that is the one asked
 * for. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include <netem/model.h>
#include <nstest/error.h>

#include "distribution.h"
#include "statistics.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

enum { SAMPLES = 100000, SEED = 5 };

static bool near(double a, double b, double within)
{
	return fabs(a - b) <= within;
}

/* ---- The normal distribution ---- */

Test(distribution, normal_quantiles_are_those_of_the_books)
{
	static const struct {
		double below, z;
	} known[] = {
		{ 0.5, 0 },
		{ 0.975, 1.959963984540054 },
		{ 0.025, -1.959963984540054 },
		{ 0.999, 3.090232306167813 },
		{ 1e-10, -6.361340902404056 },
	};

	for (size_t i = 0; i < COUNT_OF(known); i++)
		cr_expect(near(normal_quantile(known[i].below), known[i].z, 1e-12),
			  "%g: %.16g", known[i].below, normal_quantile(known[i].below));
}

Test(distribution, normal_quantiles_are_the_inverse)
{
	for (double z = -8; z <= 8; z += 0.01) {
		double again = normal_quantile(normal_below(z));

		/* above 6 the nearest double to the probability decides */
		cr_assert(near(again, z, z < 6 ? 1e-7 : 0.5), "%g: %g", z, again);
	}
}

/* ---- tc's tables ---- */

static void expect_same_table(enum nst_distribution distribution, const char *name)
{
	struct table ours = { 0 }, theirs = { 0 };
	int different = 0;

	if (table_make(NST_TABLE, name, &theirs) < 0)
		cr_skip_test("tc's tables are not here (package iproute2)");
	cr_assert_eq(table_make(distribution, NULL, &ours), 0);
	cr_assert_eq(ours.size, theirs.size);
	for (size_t i = 0; i < ours.size; i++) {
		cr_assert_leq(abs(ours.values[i] - theirs.values[i]), 1,
			      "%s[%zu]: %d, %d", name, i, ours.values[i],
			      theirs.values[i]);
		different += ours.values[i] != theirs.values[i];
	}
	/* tc's generator adds 0.00005 400,000 times and is a little off in the end */
	cr_expect_lt(different, 200, "%s: %d values differ by one", name, different);
	table_free(&ours);
	table_free(&theirs);
}

Test(distribution, normal_table_is_that_of_tc)
{
	expect_same_table(NST_NORMAL, "normal");
}

Test(distribution, pareto_table_is_that_of_tc)
{
	expect_same_table(NST_PARETO, "pareto");
}

Test(distribution, paretonormal_table_is_that_of_tc)
{
	expect_same_table(NST_PARETONORMAL, "paretonormal");
}

static void expect_file_refused(const char *content, const char *sentence)
{
	char name[] = "/tmp/nstest-table-XXXXXX", wanted[300];
	struct table table = { 0 };
	int fd = mkstemp(name);

	cr_assert(fd >= 0 &&
		  write(fd, content, strlen(content)) == (ssize_t)strlen(content));
	close(fd);
	snprintf(wanted, sizeof(wanted), "distribution table %s%s", name, sentence);
	cr_expect_eq(table_make(NST_TABLE, name, &table), -EINVAL);
	unlink(name);
	cr_expect_str_eq(nst_error(), wanted);
}

Test(distribution, files_are_refused_with_their_line)
{
	struct table table;

	expect_file_refused("", " has no values");
	expect_file_refused("# only words\n", " has no values");
	expect_file_refused("1 2\n3 x\n",
			    ", line 2: \"x\" is no number from -32768 to 32767");
	expect_file_refused("32768\n",
			    ", line 1: \"32768\" is no number from -32768 to 32767");
	expect_file_refused("1,2\n",
			    ", line 1: \"1,2\" is no number from -32768 to 32767");
	cr_expect_eq(table_make(NST_TABLE, "/nowhere/x.dist", &table), -ENOENT);
	cr_expect_str_eq(nst_error(),
			 "distribution table /nowhere/x.dist: No such file or "
			 "directory");
}

Test(distribution, files_are_read_with_comments_and_signs)
{
	static const char content[] = "# mine\n -5 7\t9 # more\n\n11";
	char name[] = "/tmp/nstest-table-XXXXXX";
	struct table table = { 0 };
	int fd = mkstemp(name);

	cr_assert_eq(write(fd, content, strlen(content)), (ssize_t)strlen(content));
	close(fd);

	cr_assert_eq(table_make(NST_TABLE, name, &table), 0, "%s", nst_error());

	unlink(name);
	cr_expect_eq(table.size, 4);
	cr_expect(table.values[0] == -5 && table.values[2] == 9 &&
		  table.values[3] == 11);
	table_free(&table);
}

/* ---- Exact shapes ---- */

static double uniform_cdf(double x)
{
	return fmin(fmax((x + 1) / 2, 0), 1);
}

static double pareto_cdf(double x)
{
	return 1 - pow(x * sqrt(0.75) + 1.5, -3);
}

/* By halving, as there is no formula. */
static double paretonormal_cdf(double x)
{
	double low = -9, high = 9;

	for (int i = 0; i < 50; i++) {
		double z = (low + high) / 2;
		struct score score = { z, normal_below(z), normal_below(-z) };

		if (spread_at(NST_PARETONORMAL, NULL, &score) < x)
			low = z;
		else
			high = z;
	}
	return normal_below(low);
}

static const struct {
	const char *name;
	enum nst_distribution distribution;
	double (*cdf)(double);
	double deviation;
} shapes[] = {
	{ "uniform", NST_UNIFORM, uniform_cdf, 0.577350269 },
	{ "normal", NST_NORMAL, normal_below, 1 },
	{ "pareto", NST_PARETO, pareto_cdf, 1 },
	{ "paretonormal", NST_PARETONORMAL, paretonormal_cdf, 1 },
};

/* Values in units of the jitter. Mean 1000 s, so that none of them is cut at 0. */
static void draw_values(enum nst_distribution distribution, uint32_t correlation_ppm,
			double *values, size_t n)
{
	struct jitter jitter;

	cr_assert_eq(jitter_init(&jitter, false, 1000000000, 1000000, correlation_ppm,
				 distribution, NULL, 0),
		     0);
	for (size_t i = 0; i < n; i++)
		values[i] =
			(double)jitter_next(&jitter, nst_draw(SEED, 0, 0, 0, i)) / 1e9 -
			1000;
	jitter_free(&jitter);
}

Test(distribution, values_are_spread_as_the_word_says)
{
	static double values[SAMPLES];

	for (size_t i = 0; i < COUNT_OF(shapes); i++) {
		draw_values(shapes[i].distribution, 0, values, SAMPLES);
		cr_expect(is_spread(values, SAMPLES, shapes[i].cdf), "%s, seed %d",
			  shapes[i].name, SEED);
	}
}

Test(distribution, correlated_values_are_spread_the_same)
{
	enum { APART = 20 }; /* 0.5^20: as good as independent */
	static double values[SAMPLES * APART], some[SAMPLES];

	for (size_t i = 0; i < COUNT_OF(shapes); i++) {
		draw_values(shapes[i].distribution, 500000, values, COUNT_OF(values));
		for (size_t j = 0; j < SAMPLES; j++)
			some[j] = values[j * APART];
		cr_expect(is_spread(some, SAMPLES, shapes[i].cdf), "%s, seed %d",
			  shapes[i].name, SEED);
	}
}

/* By quadrature over the normal score; Pareto's tail needs it to go far. */
Test(distribution, shapes_have_mean_0_and_their_deviation)
{
	for (size_t i = 0; i < COUNT_OF(shapes); i++) {
		double sum = 0, squares = 0, step = 1 / 128.0;

		for (double z = -20; z <= 30; z += step) {
			struct score score = { z, normal_below(z), normal_below(-z) };
			double x = spread_at(shapes[i].distribution, NULL, &score);
			double weight = exp(-0.5 * z * z) / sqrt(2 * M_PI) * step;

			sum += weight * x;
			squares += weight * x * x;
		}
		cr_expect(near(sum, 0, 1e-8), "%s: mean %g", shapes[i].name, sum);
		cr_expect(near(sqrt(squares), shapes[i].deviation, 1e-6),
			  "%s: deviation %.9f", shapes[i].name, sqrt(squares));
	}
}

Test(distribution, correlation_of_neighbours_is_the_one_asked_for)
{
	static const uint32_t asked[] = { 100000, 250000, 500000, 900000 };
	static double values[SAMPLES];

	for (size_t i = 0; i < 2; i++) { /* those with a fourth moment */
		for (size_t j = 0; j < COUNT_OF(asked); j++) {
			double measured;

			draw_values(shapes[i].distribution, asked[j], values, SAMPLES);
			measured = lag_one(values, SAMPLES);
			cr_expect(is_correlation(measured, asked[j] / 1e6, SAMPLES),
				  "%s: %.4f for %.2f, seed %d", shapes[i].name,
				  measured, asked[j] / 1e6, SEED);
		}
	}
}

Test(distribution, correlation_of_uniform_values_follows_the_known_formula)
{
	for (double c = 0.05; c < 1; c += 0.05)
		cr_expect(near(normal_correlation(NST_UNIFORM, NULL, c),
			       2 * sin(M_PI * c / 6), 1e-6),
			  "%g", c);
}

/* The covariance of two values by quadrature in two dimensions. */
static double correlation_by_quadrature(enum nst_distribution distribution, double rho)
{
	const double step = 1 / 12.0, end = 14;
	double sum = 0;

	for (double x = -end; x <= end; x += step) {
		struct score first = { x, normal_below(x), normal_below(-x) };
		double outer =
			exp(-0.5 * x * x) * spread_at(distribution, NULL, &first);

		for (double y = -end; y <= end; y += step) {
			double z = rho * x + sqrt(1 - rho * rho) * y;
			struct score second = { z, normal_below(z), normal_below(-z) };

			sum += outer * exp(-0.5 * y * y) *
			       spread_at(distribution, NULL, &second);
		}
	}
	return sum * step * step / (2 * M_PI);
}

Test(distribution, correlation_of_heavy_tails_agrees_with_quadrature)
{
	for (enum nst_distribution shape = NST_PARETO; shape <= NST_PARETONORMAL;
	     shape++) {
		double rho = normal_correlation(shape, NULL, 0.5);
		double again = correlation_by_quadrature(shape, rho);

		cr_expect(near(again, 0.5, 1e-4), "%.6f with rho %.6f", again, rho);
	}
}

Test(distribution, full_correlation_repeats_the_first_value)
{
	double values[100];

	for (size_t i = 0; i < COUNT_OF(shapes); i++) {
		draw_values(shapes[i].distribution, 1000000, values, COUNT_OF(values));
		for (size_t j = 1; j < COUNT_OF(values); j++)
			cr_assert(near(values[j], values[0], 1e-6), "%s: %g, %g",
				  shapes[i].name, values[0], values[j]);
	}
}

Test(distribution, tables_are_followed_between_their_values)
{
	int16_t entries[] = { -8192, 0, 8192 };
	const struct table table = { 3, entries };
	const struct {
		double below, value;
	} points[] = { { 0, -1 },        { 1 / 6.0, -1 }, { 2 / 6.0, -0.5 }, { 0.5, 0 },
		       { 4 / 6.0, 0.5 }, { 5 / 6.0, 1 },  { 1, 1 } };

	for (size_t i = 0; i < COUNT_OF(points); i++) {
		struct score score = { 0, points[i].below, 1 - points[i].below };

		cr_expect(near(spread_at(NST_TABLE, &table, &score), points[i].value,
			       1e-9),
			  "%g", points[i].below);
	}
}

Test(distribution, no_time_is_below_0)
{
	struct jitter jitter;
	bool zero = false;

	cr_assert_eq(jitter_init(&jitter, false, 1, 1000, 0, NST_NORMAL, NULL, 0), 0);
	for (uint64_t i = 0; i < 1000; i++) {
		int64_t time = jitter_next(&jitter, nst_draw(SEED, 0, 0, 0, i));

		cr_assert_geq(time, 0);
		zero |= time == 0;
	}
	cr_expect(zero, "some would have been");
	jitter_free(&jitter);
}

/* ---- The kernel's arithmetic ---- */

static int64_t kernel_time(enum nst_distribution distribution, int64_t mean_us,
			   int64_t jitter_us, uint32_t random)
{
	struct jitter jitter;
	int64_t time;

	cr_assert_eq(jitter_init(&jitter, true, mean_us, jitter_us, 0, distribution,
				 NULL, 0),
		     0);
	time = jitter_next(&jitter, (uint64_t)random << 32);
	jitter_free(&jitter);
	return time;
}

/* By hand: tabledist() of net/sched/sch_netem.c. */
Test(distribution, kernel_times_are_those_of_tabledist)
{
	/* rnd % (2 sigma) + mu - sigma, in nanoseconds */
	cr_expect_eq(kernel_time(NST_UNIFORM, 20000, 5000, 0), 15000000);
	cr_expect_eq(kernel_time(NST_UNIFORM, 20000, 5000, 9999999), 24999999);
	cr_expect_eq(kernel_time(NST_UNIFORM, 20000, 5000, 10000000), 15000000);
	cr_expect_eq(kernel_time(NST_UNIFORM, 20000, 0, 12345), 20000000);
	/* pareto[0] is -5461: x = 5000000 % 8192 * t - 4096 = -15728680 - 4096,
	 * x / 8192 = -1920, 5000000 / 8192 * t = -3331210 */
	cr_expect_eq(kernel_time(NST_PARETO, 20000, 5000, 0),
		     20000000 - 1920 - 3331210);
	/* rnd % 4096: the table repeats */
	cr_expect_eq(kernel_time(NST_PARETO, 20000, 5000, 4096),
		     20000000 - 1920 - 3331210);
	/* 3 s are more than an s32 of nanoseconds: 2147483647 % 8192 * t + 4096 … */
	cr_expect_eq(kernel_time(NST_UNIFORM, 3000000, 3000000, 0),
		     3000000000 - 2147483647);
}

Test(distribution, kernel_delays_do_not_correlate)
{
	static double values[SAMPLES];
	struct jitter jitter;

	cr_assert_eq(
		jitter_init(&jitter, true, 20000, 5000, 500000, NST_UNIFORM, NULL, 99),
		0);
	for (size_t i = 0; i < SAMPLES; i++)
		values[i] = (double)jitter_next(&jitter, nst_draw(SEED, 0, 0, 0, i));
	jitter_free(&jitter);

	cr_expect(is_correlation(lag_one(values, SAMPLES), 0, SAMPLES), "%g",
		  lag_one(values, SAMPLES));
}
