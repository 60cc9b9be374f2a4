/* SPDX-License-Identifier: MIT */
/**
 * What a link does to packets in one direction, as a plain value: everything that
 * `tc netem` has (tc-netem(8), net/sched/sch_netem.c), and a rate that follows a trace.
 *
 *	.a_to_b = { .delay_us = NST_MS(20), .jitter_us = NST_MS(5), .loss_ppm = NST_PERCENT(1) },
 *	.b_to_a = { .delay_us = NST_MS(20), .rate_bps = NST_MBIT(10) },
 *
 * All-zero is a perfect link. Probabilities are parts per million of packets, 0–1,000,000.
 *
 * `compat` says how the words are meant. Exactly: loss, duplication, corruption; then the queue
 * with its limit and the rate or the trace; then the delay (unless reordered), then slots. As
 * sch_netem has it: the limit counts what is under way, waiting is taken off the delay, and
 * correlation does not correlate. docs/impairments.md has the whole table.
 *
 * The same value written for people: nst_impairment_parse().
 */
#ifndef NSTEST_IMPAIRMENT_H
#define NSTEST_IMPAIRMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** How jitter is spread around the delay. */
enum nst_distribution {
	NST_UNIFORM,      /**< delay ± jitter, evenly */
	NST_NORMAL,       /**< of the others jitter is the standard deviation */
	NST_PARETO,       /**< shape 3: most a little earlier, few very much later */
	NST_PARETONORMAL, /**< a quarter normal, three quarters pareto */
	NST_TABLE, /**< the table in the file `distribution_file` (tc's .dist format) */
};

enum nst_loss_model {
	NST_LOSS_RANDOM, /**< loss_ppm of packets, correlated by loss_correlation_ppm */
	NST_LOSS_MARKOV, /**< 4 states: p13 p31 p32 p23 p14 (Salsano et al., 2009) */
	NST_LOSS_GILBERT, /**< Gilbert-Elliott: p r 1-h 1-k */
};

/** What happens when the queue of a trace-driven or rate-limited direction is full. */
enum nst_queue {
	NST_QUEUE_TAIL,  /**< the arriving packet is lost */
	NST_QUEUE_CODEL, /**< RFC 8289: target 5 ms, interval 100 ms */
	NST_QUEUE_PIE,   /**< RFC 8033: target 15 ms, update 15 ms */
};

enum nst_compat {
	NST_COMPAT_EXACT, /**< what the words say: correlation that correlates */
	NST_COMPAT_NETEM, /**< the kernel's formulas, its oddities included */
};

struct nst_impairment {
	/* Delay */
	int64_t delay_us, jitter_us; /**< 0 … 274,000,000 */
	uint32_t delay_correlation_ppm;
	enum nst_distribution distribution;
	const char *distribution_file;

	/* Loss */
	enum nst_loss_model loss_model;
	uint32_t loss_ppm, loss_correlation_ppm;
	uint32_t markov_ppm[5];  /**< p13 p31 p32 p23 p14 */
	uint32_t gilbert_ppm[4]; /**< p r 1-h 1-k */
	bool ecn; /**< mark ECN-capable packets CE instead of losing them */

	/* What else befalls packets */
	uint32_t duplicate_ppm, duplicate_correlation_ppm;
	uint32_t corrupt_ppm,
		corrupt_correlation_ppm; /**< one bit of the packet flips */
	uint32_t reorder_ppm,
		reorder_correlation_ppm; /**< sent at once; needs a delay */
	uint32_t reorder_gap;            /**< only every gap-th packet; 0: 1 */

	/* Rate */
	uint64_t rate_bps;     /**< bits per second; 0: none */
	int32_t rate_overhead; /**< bytes added per packet, may be negative */
	uint32_t cell_size, cell_overhead; /**< bytes; ATM: 48, 5 */

	/* Queue: what waits for the rate or the trace; without them, and always with compat
	 * netem, what is under way. If neither is given: 1000 packets where there is a queue */
	uint32_t limit_packets;
	uint64_t limit_bytes;

	/* Slots: packets leave in bunches */
	int64_t slot_min_us, slot_max_us; /**< time between slots */
	enum nst_distribution slot_distribution;
	const char *slot_distribution_file; /**< with NST_TABLE */
	int64_t slot_delay_us,
		slot_jitter_us; /**< with a distribution instead of min–max */
	uint32_t slot_packets, slot_bytes; /**< per slot; 0: no limit */

	/* Trace: deliveries as recorded (mahimahi(1): one line, one 1,504-byte opportunity, in
	 * milliseconds; the file repeats) */
	const char *trace_file;
	enum nst_queue queue;

	enum nst_compat compat;
	uint64_t seed; /**< 0: that of the lab */
};

/** Whether it does nothing at all. */
bool nst_impairment_is_none(const struct nst_impairment *impairment);

/**
 * Reads what people write: tc's words and order, units always, parts separated by ',' or ';'
 * or nothing:
 *
 *	delay 20ms ±5ms normal, loss 1%, rate 10mbit
 *	loss gemodel 1% 10% 70% 0.1%
 *	preset dsl down, loss 1%
 *
 * docs/impairments.md has the whole grammar. File names are kept in *ret_store, which may
 * become NULL and which the caller frees with free() after the impairment. Whether the
 * whole makes sense is for nst_impairment_check().
 *
 * Return: 0; -EINVAL with a sentence, and *ret_at (may be NULL) is the offset of the word
 * that is wrong.
 */
int nst_impairment_parse(const char *text, struct nst_impairment *ret, char **ret_store,
			 size_t *ret_at);

/**
 * Reads one part, key and value apart ("delay", "20ms ±5ms"), into an impairment that may have
 * others already; "ecn" has the value "". *ret_store and *ret_at as above, of this value.
 * A preset must come first.
 *
 * Return: 0; -ENOENT with a sentence if there is no such key (the nearest is named);
 * -EINVAL.
 */
int nst_impairment_parse_key(const char *key, const char *value,
			     struct nst_impairment *impairment, char **ret_store,
			     size_t *ret_at);

/** As text, which nst_impairment_parse() reads back; presets as what they are made of. "" is
 *  a perfect link. Like snprintf(). */
int nst_impairment_print(const struct nst_impairment *impairment, char *text,
			 size_t size);

/**
 * Refuses what cannot be: a probability over 100 %, reordering without delay, correlation
 * without what it correlates, … with a sentence (-EINVAL). `warning` (may be NULL, `size`
 * bytes) gets what can be but surprises, separated by "; ": a queue limit below the
 * bandwidth-delay product, jitter that reorders; "" otherwise. Files are not read.
 */
int nst_impairment_check(const struct nst_impairment *impairment, char *warning,
			 size_t size);

/** A known network: both directions. */
struct nst_preset {
	const char *name;   /**< "3g", "lte", "dsl", "satellite", "lossy-wifi", … */
	const char *source; /**< where the figures come from, and the figures */
	const char *down, *up; /**< as text: towards the user, from the user */
};

/** All presets; ends with an all-zero element. */
extern const struct nst_preset nst_presets[];

#ifdef __cplusplus
}
#endif
#endif
