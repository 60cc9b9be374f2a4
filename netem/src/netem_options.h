/* SPDX-License-Identifier: MIT */
/* An impairment as sch_netem counts it. Pure. */
#ifndef NETEM_OPTIONS_H
#define NETEM_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nstest/impairment.h>

/* What the kernel keeps, in its units: nanoseconds, bytes per second, probabilities as
 * parts of UINT32_MAX. */
struct netem_options {
	int64_t latency_ns, jitter_ns;
	uint32_t limit, loss, gap, duplicate;
	uint32_t delay_correlation, loss_correlation, duplicate_correlation;
	uint32_t reorder, reorder_correlation;
	uint32_t corrupt, corrupt_correlation;
	uint32_t loss_model; /* enum nst_loss_model */
	uint32_t p[5];       /* markov: p13 p31 p32 p14 p23; gilbert: p r h 1-k 0 */
	uint64_t rate;
	int32_t packet_overhead;
	uint32_t cell_size;
	int32_t cell_overhead;
	uint32_t ecn;
	int64_t slot_min_ns, slot_max_ns;
	int32_t slot_packets, slot_bytes;
	int64_t slot_delay_ns, slot_jitter_ns; /* with a table */
	uint64_t seed;                         /* 0: not ours to choose */
};

/* Spread of delays and slots: 0 values is none, the kernel's uniform spread. */
struct netem_tables {
	const int16_t *delay, *slot;
	size_t delay_count, slot_count;
};

/* Refuses what no sch_netem can do, with a sentence: -EOPNOTSUPP. */
int netem_can(const struct nst_impairment *impairment);

/* What netem_can() has let pass. */
void netem_options_of(const struct nst_impairment *impairment,
		      struct netem_options *ret_options);

/* The same where a table may already be there, which a change cannot take away: slots
 * by a table, too. Uniform spread is then the table netem_uniform. */
void netem_options_respread(struct netem_options *options);

enum { NETEM_UNIFORM_SIZE = 4096 };
void netem_uniform_table(int16_t ret_table[NETEM_UNIFORM_SIZE]);

/* One thing the kernel has taken or not. */
struct netem_setting {
	const char *name;  /* in nst_impairment's words; NULL ends the table */
	const char *since; /* NULL: all that this program runs on */
	size_t at;         /* in struct netem_options */
	size_t size;
};

extern const struct netem_setting netem_settings[];

/* Which settings are other than nothing, and in which two differ: bit n for
 * netem_settings[n]. */
uint32_t netem_options_used(const struct netem_options *options);
uint32_t netem_options_differ(const struct netem_options *one,
			      const struct netem_options *other);

/* -EOPNOTSUPP with the names of these settings, and the Linux that has the first of
 * them; 0 if there are none. */
int netem_fail_missing(uint32_t settings);

/* "seed (Linux 6.6), …": like snprintf(). */
int netem_list_settings(uint32_t settings, char *text, size_t size);

#endif
