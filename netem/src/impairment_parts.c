/* SPDX-License-Identifier: MIT */
/* The parts of an impairment's text, each behind its keyword. */
#include "impairment_parts.h"

#include <string.h>

#include <base/scope.h>

enum { WHOLE = 1000000 };

static const char *const distributions[] = { "uniform",      "normal", "pareto",
					     "paretonormal", "table",  NULL };

static int read_ppm(struct reader *reader, uint32_t *ret)
{
	uint64_t ppm;
	int r = read_quantity(reader, &a_probability, &ppm);

	if (r == 0)
		*ret = (uint32_t)ppm;
	return r;
}

static int read_us(struct reader *reader, int64_t *ret)
{
	uint64_t us;
	int r = read_quantity(reader, &a_time, &us);

	if (r == 0)
		*ret = (int64_t)us;
	return r;
}

static int read_u32(struct reader *reader, const char *what, uint32_t least,
		    uint32_t *ret)
{
	uint64_t count;
	int r = read_count(reader, what, least, UINT32_MAX, &count);

	if (r == 0)
		*ret = (uint32_t)count;
	return r;
}

/* ---- delay 20ms ±5ms 25% normal ---- */

/* "±5ms", "+-5ms", "+/-5ms", also with a blank behind the sign; or, as in tc, "5ms". */
static bool skip_sign(struct reader *reader)
{
	static const char *const signs[] = { "\u00b1", "+-", "+/-" };
	struct word word = words_peek(reader);

	for (size_t i = 0; i < ARRAY_SIZE(signs); i++) {
		size_t length = strlen(signs[i]);

		if (word.length >= length && !memcmp(word.start, signs[i], length)) {
			reader->next = word.start + length;
			return true;
		}
	}
	return false;
}

static int read_distribution(struct reader *reader, enum nst_distribution *ret,
			     const char **ret_file)
{
	unsigned int choice;
	int r = read_choice(reader, "a distribution", distributions, &choice);

	if (r < 0)
		return r;
	*ret = (enum nst_distribution)choice;
	return *ret == NST_TABLE ? read_file_name(reader, ret_file) : 0;
}

static bool distribution_next(struct reader *reader)
{
	struct word word = words_peek(reader);

	for (size_t i = 0; distributions[i]; i++)
		if (word_is(word, distributions[i]))
			return true;
	return false;
}

int parse_delay(struct reader *reader, struct nst_impairment *impairment)
{
	int r = read_us(reader, &impairment->delay_us);

	if (r == 0 && (skip_sign(reader) || words_number_next(reader)))
		r = read_us(reader, &impairment->jitter_us);
	if (r == 0 && words_number_next(reader))
		r = read_ppm(reader, &impairment->delay_correlation_ppm);
	if (r == 0 &&
	    (words_accept(reader, "distribution") || distribution_next(reader)))
		r = read_distribution(reader, &impairment->distribution,
				      &impairment->distribution_file);
	return r;
}

/* ---- loss 1% 25%, loss state …, loss gemodel … ---- */

/* The first of several probabilities, and as many more as there are. */
static int read_several(struct reader *reader, uint32_t *values, size_t count)
{
	int r = read_ppm(reader, &values[0]);

	for (size_t i = 1; r == 0 && i < count && words_number_next(reader); i++)
		r = read_ppm(reader, &values[i]);
	return r;
}

/* What is left out makes a simpler model of it: see tc-netem(8). */
static int parse_markov(struct reader *reader, struct nst_impairment *impairment)
{
	uint32_t p[] = { 0, UINT32_MAX, 0, WHOLE, 0 };
	int r = read_several(reader, p, 5);

	if (p[1] == UINT32_MAX)
		p[1] = WHOLE - p[0];
	impairment->loss_model = NST_LOSS_MARKOV;
	memcpy(impairment->markov_ppm, p, sizeof(p));
	return r;
}

static int parse_gilbert(struct reader *reader, struct nst_impairment *impairment)
{
	uint32_t p[] = { 0, UINT32_MAX, WHOLE, 0 };
	int r = read_several(reader, p, 4);

	if (p[1] == UINT32_MAX)
		p[1] = WHOLE - p[0];
	impairment->loss_model = NST_LOSS_GILBERT;
	memcpy(impairment->gilbert_ppm, p, sizeof(p));
	return r;
}

static int read_event(struct reader *reader, uint32_t *ret_ppm,
		      uint32_t *ret_correlation)
{
	int r = read_ppm(reader, ret_ppm);

	if (r == 0 && words_number_next(reader))
		r = read_ppm(reader, ret_correlation);
	return r;
}

int parse_loss(struct reader *reader, struct nst_impairment *impairment)
{
	if (words_accept(reader, "state"))
		return parse_markov(reader, impairment);
	if (words_accept(reader, "gemodel"))
		return parse_gilbert(reader, impairment);
	words_accept(reader, "random");
	return read_event(reader, &impairment->loss_ppm,
			  &impairment->loss_correlation_ppm);
}

/* ---- What else befalls packets ---- */

int parse_ecn(struct reader *reader, struct nst_impairment *impairment)
{
	(void)reader;
	impairment->ecn = true;
	return 0;
}

int parse_duplicate(struct reader *reader, struct nst_impairment *impairment)
{
	return read_event(reader, &impairment->duplicate_ppm,
			  &impairment->duplicate_correlation_ppm);
}

int parse_corrupt(struct reader *reader, struct nst_impairment *impairment)
{
	return read_event(reader, &impairment->corrupt_ppm,
			  &impairment->corrupt_correlation_ppm);
}

int parse_reorder(struct reader *reader, struct nst_impairment *impairment)
{
	int r = read_event(reader, &impairment->reorder_ppm,
			   &impairment->reorder_correlation_ppm);

	if (r == 0 && words_accept(reader, "gap"))
		r = read_u32(reader, "a gap", 1, &impairment->reorder_gap);
	return r;
}

/* ---- rate 10mbit overhead 20 cell 48/5 ---- */

static int parse_overhead(struct reader *reader, struct nst_impairment *impairment)
{
	struct word word = words_take(reader);
	bool negative = word.length && *word.start == '-';
	uint64_t bytes;
	int r;

	word.start += negative;
	word.length -= negative;
	r = word_count(reader, word, "an overhead, in bytes,", 0, INT32_MAX, &bytes);
	if (r == 0)
		impairment->rate_overhead = negative ? -(int32_t)bytes : (int32_t)bytes;
	return r;
}

/* "48/5", or only "48". */
static int parse_cell(struct reader *reader, struct nst_impairment *impairment)
{
	struct word size = words_take(reader), overhead = { 0 };
	const char *slash = size.length ? memchr(size.start, '/', size.length) : NULL;
	uint64_t bytes, more = 0;
	int r;

	if (slash) {
		overhead.start = slash + 1;
		overhead.length = (size_t)(size.start + size.length - overhead.start);
		size.length = (size_t)(slash - size.start);
	}
	r = word_count(reader, size, "the size of a cell, in bytes,", 1, UINT16_MAX,
		       &bytes);
	if (r == 0 && slash)
		r = word_count(reader, overhead, "the overhead of a cell, in bytes,", 0,
			       UINT16_MAX, &more);
	if (r < 0)
		return r;
	impairment->cell_size = (uint32_t)bytes;
	impairment->cell_overhead = (uint32_t)more;
	return 0;
}

int parse_rate(struct reader *reader, struct nst_impairment *impairment)
{
	struct word word = words_peek(reader);
	int r = read_quantity(reader, &a_rate, &impairment->rate_bps);

	if (r == 0 && impairment->rate_bps == 0)
		return wrong(reader, word, "nothing passes at 0; loss 100%% does that");
	if (r == 0 && words_accept(reader, "overhead"))
		r = parse_overhead(reader, impairment);
	if (r == 0 && words_accept(reader, "cell"))
		r = parse_cell(reader, impairment);
	if (r == 0 && words_number_next(reader))
		return wrong(
			reader, words_peek(reader),
			"what tc writes as \"20 48 5\" is \"overhead 20 cell 48/5\" "
			"here");
	return r;
}

/* ---- limit 1000, limit 64kB ---- */

static bool all_digits(struct word word)
{
	for (size_t i = 0; i < word.length; i++)
		if (word.start[i] < '0' || word.start[i] > '9')
			return false;
	return word.length > 0;
}

static int read_limit(struct reader *reader, struct nst_impairment *impairment)
{
	struct word word = words_peek(reader);
	int r;

	if (all_digits(word)) {
		r = read_u32(reader, "a limit of packets", 1,
			     &impairment->limit_packets);
		words_accept(reader, "packets");
		return r;
	}
	r = read_quantity(reader, &a_size, &impairment->limit_bytes);
	if (r == 0 && impairment->limit_bytes == 0)
		return wrong(reader, word, "nothing passes with a limit of 0");
	return r;
}

int parse_limit(struct reader *reader, struct nst_impairment *impairment)
{
	int r = read_limit(reader, impairment);

	if (r == 0 && words_number_next(reader))
		r = read_limit(reader, impairment);
	return r;
}

/* ---- slot 10ms–20ms packets 5 bytes 3000 ---- */

/* Where "10ms–20ms" is parted: at the dash or hyphen. */
static const char *dash_in(struct word word, size_t *ret_length)
{
	static const char *const dashes[] = { "\u2013", "-" };

	for (size_t i = 0; i < ARRAY_SIZE(dashes); i++) {
		const char *at = word.length ? memmem(word.start, word.length,
						      dashes[i], strlen(dashes[i]))
					     : NULL;

		*ret_length = strlen(dashes[i]);
		if (at)
			return at;
	}
	return NULL;
}

static int read_range(struct reader *reader, struct nst_impairment *impairment)
{
	struct word first = words_take(reader), second;
	size_t length;
	const char *dash = dash_in(first, &length);
	uint64_t from = 0, to = 0;
	int r;

	if (dash) {
		second.start = dash + length;
		second.length = (size_t)(first.start + first.length - second.start);
		first.length = (size_t)(dash - first.start);
	} else if (words_number_next(reader)) { /* as in tc */
		second = words_take(reader);
	} else {
		second = first;
	}
	r = word_quantity(reader, first, &a_time, &from);
	if (r == 0)
		r = word_quantity(reader, second, &a_time, &to);
	if (r < 0)
		return r;
	if (from > to)
		return wrong(reader, second,
			     "its longest time is shorter than its "
			     "shortest");
	if (to == 0)
		return wrong(reader, first, "slots of no time are none");
	impairment->slot_min_us = (int64_t)from;
	impairment->slot_max_us = (int64_t)to;
	return 0;
}

static int read_spread(struct reader *reader, struct nst_impairment *impairment)
{
	int r = read_distribution(reader, &impairment->slot_distribution,
				  &impairment->slot_distribution_file);

	if (r == 0)
		r = read_us(reader, &impairment->slot_delay_us);
	if (r == 0) {
		skip_sign(reader);
		r = read_us(reader, &impairment->slot_jitter_us);
	}
	return r;
}

int parse_slot(struct reader *reader, struct nst_impairment *impairment)
{
	int r;

	if (words_accept(reader, "distribution"))
		r = read_spread(reader, impairment);
	else
		r = read_range(reader, impairment);
	if (r == 0 && words_accept(reader, "packets"))
		r = read_u32(reader, "a number of packets", 1,
			     &impairment->slot_packets);
	if (r == 0 && words_accept(reader, "bytes"))
		r = read_u32(reader, "a number of bytes", 1, &impairment->slot_bytes);
	return r;
}

/* ---- trace FILE, queue codel, compat netem, seed 7 ---- */

int parse_trace(struct reader *reader, struct nst_impairment *impairment)
{
	return read_file_name(reader, &impairment->trace_file);
}

int parse_queue(struct reader *reader, struct nst_impairment *impairment)
{
	static const char *const names[] = { "tail", "codel", "pie", NULL };
	unsigned int choice;
	int r = read_choice(reader, "a queue", names, &choice);

	if (r == 0)
		impairment->queue = (enum nst_queue)choice;
	return r;
}

int parse_compat(struct reader *reader, struct nst_impairment *impairment)
{
	static const char *const names[] = { "exact", "netem", NULL };
	unsigned int choice;
	int r = read_choice(reader, "a way to read them", names, &choice);

	if (r == 0)
		impairment->compat = (enum nst_compat)choice;
	return r;
}

int parse_seed(struct reader *reader, struct nst_impairment *impairment)
{
	return read_count(reader, "a seed", 1, UINT64_MAX, &impairment->seed);
}
