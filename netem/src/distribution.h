/* SPDX-License-Identifier: MIT */
/* How values are spread: tables as tc and the kernel use them, and exact ones. */
#ifndef DISTRIBUTION_H
#define DISTRIBUTION_H

#include <stddef.h>

#include <nstest/impairment.h>

#include "chance.h"

/* What tables are scaled by: NETEM_DIST_SCALE of linux/pkt_sched.h. */
enum { TABLE_SCALE = 8192, TABLE_SIZE = 4096, TABLE_SIZE_MAX = 16384 };

/* The inverse of a distribution function, of mean 0 and deviation 1, times 8192. */
struct table {
	size_t size; /* 0: none */
	int16_t *values;
};

/* The table that tc has under that name: normal, pareto or paretonormal; or that of a file in
 * its format. NST_UNIFORM has none. Return: 0; -ENOMEM, -ENOENT, -EINVAL with a sentence. */
int table_make(enum nst_distribution distribution, const char *file,
	       struct table *ret_table);
void table_free(struct table *table);

/* Where a value lies: how much of the distribution is below and above it, and the same as a
 * value of the standard normal distribution. */
struct score {
	double z, below, above;
};

/* The value of the distribution there: in units of the jitter, around 0. */
double spread_at(enum nst_distribution distribution, const struct table *table,
		 const struct score *score);

/* The standard normal distribution. */
double normal_below(double z);
double normal_quantile(double below);

/* Which correlation of normal values makes this one of values spread like that. */
double normal_correlation(enum nst_distribution distribution, const struct table *table,
			  double correlation);

/* A random time around another. */
struct jitter {
	bool kernel;
	int64_t mean_ns, jitter_ns;
	enum nst_distribution distribution;
	struct table table;
	struct crandom crandom;
	double rho, z; /* of normal values */
	bool started;
};

/* `correlation_ppm` and `first_draw` as in event_init(). Return: as table_make(). */
int jitter_init(struct jitter *jitter, bool kernel, int64_t mean_us, int64_t jitter_us,
		uint32_t correlation_ppm, enum nst_distribution distribution,
		const char *file, uint64_t first_draw);
void jitter_free(struct jitter *jitter);

/* The next time. Never below 0, except by the kernel's formula. */
int64_t jitter_next(struct jitter *jitter, uint64_t draw);

#endif
