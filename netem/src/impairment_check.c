/* SPDX-License-Identifier: MIT */
/* What an impairment cannot be, and what it can be but surprises. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>
#include <nstest/impairment.h>

enum { WHOLE = 1000000, TIME_MAX_US = 274000000, FRAME = 1514, LIMIT_DEFAULT = 1000 };

#define AT(member) offsetof(struct nst_impairment, member)

static uint32_t ppm_at(const struct nst_impairment *impairment, size_t offset)
{
	return *(const uint32_t *)((const char *)impairment + offset);
}

static int64_t us_at(const struct nst_impairment *impairment, size_t offset)
{
	return *(const int64_t *)((const char *)impairment + offset);
}

/* ---- Ranges ---- */

static const struct {
	size_t offset;
	const char *name;
} probabilities[] = {
	{ AT(delay_correlation_ppm), "the correlation of the delay" },
	{ AT(loss_ppm), "the loss" },
	{ AT(loss_correlation_ppm), "the correlation of the loss" },
	{ AT(markov_ppm[0]), "p13 of the loss" },
	{ AT(markov_ppm[1]), "p31 of the loss" },
	{ AT(markov_ppm[2]), "p32 of the loss" },
	{ AT(markov_ppm[3]), "p23 of the loss" },
	{ AT(markov_ppm[4]), "p14 of the loss" },
	{ AT(gilbert_ppm[0]), "p of the loss" },
	{ AT(gilbert_ppm[1]), "r of the loss" },
	{ AT(gilbert_ppm[2]), "1-h of the loss" },
	{ AT(gilbert_ppm[3]), "1-k of the loss" },
	{ AT(duplicate_ppm), "the probability of duplicates" },
	{ AT(duplicate_correlation_ppm), "the correlation of duplicates" },
	{ AT(corrupt_ppm), "the probability of corruption" },
	{ AT(corrupt_correlation_ppm), "the correlation of corruption" },
	{ AT(reorder_ppm), "the probability of reordering" },
	{ AT(reorder_correlation_ppm), "the correlation of reordering" },
};

static const struct {
	size_t offset;
	const char *name;
} times[] = {
	{ AT(delay_us), "the delay" },
	{ AT(jitter_us), "the jitter" },
	{ AT(slot_min_us), "the time of slots" },
	{ AT(slot_max_us), "the time of slots" },
	{ AT(slot_delay_us), "the time of slots" },
	{ AT(slot_jitter_us), "the jitter of slots" },
};

static int check_ranges(const struct nst_impairment *asked)
{
	for (size_t i = 0; i < ARRAY_SIZE(probabilities); i++) {
		uint32_t ppm = ppm_at(asked, probabilities[i].offset);

		if (ppm > WHOLE)
			return nst_fail(-EINVAL, "%s is over 100%%: %g%%",
					probabilities[i].name, ppm / 1e4);
	}
	for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
		int64_t us = us_at(asked, times[i].offset);

		if (us < 0 || us > TIME_MAX_US)
			return nst_fail(-EINVAL, "%s is not from 0 to 274s: %g s",
					times[i].name, (double)us / 1e6);
	}
	if ((unsigned int)asked->distribution > NST_TABLE ||
	    (unsigned int)asked->slot_distribution > NST_TABLE ||
	    (unsigned int)asked->loss_model > NST_LOSS_GILBERT ||
	    (unsigned int)asked->queue > NST_QUEUE_PIE ||
	    (unsigned int)asked->compat > NST_COMPAT_NETEM)
		return nst_fail(-EINVAL, "an enumeration has a value that it has not");
	return 0;
}

/* ---- What goes with what ---- */

static bool any(const uint32_t *values, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (values[i])
			return true;
	return false;
}

static bool has_slots(const struct nst_impairment *asked)
{
	return asked->slot_max_us || asked->slot_delay_us || asked->slot_jitter_us;
}

static bool has_queue(const struct nst_impairment *asked)
{
	return asked->rate_bps || asked->trace_file;
}

static bool has_loss(const struct nst_impairment *asked)
{
	return asked->loss_ppm || asked->loss_model != NST_LOSS_RANDOM;
}

static int check_delay(const struct nst_impairment *asked)
{
	if (asked->delay_correlation_ppm && !asked->jitter_us)
		return nst_fail(-EINVAL, "delay: a correlation without jitter");
	if (asked->distribution && !asked->jitter_us)
		return nst_fail(-EINVAL, "delay: a distribution without jitter");
	if (asked->distribution == NST_TABLE && !asked->distribution_file)
		return nst_fail(-EINVAL, "delay: a table without its file");
	if (asked->distribution != NST_TABLE && asked->distribution_file)
		return nst_fail(-EINVAL, "delay: the file of a table, and another "
					 "distribution");
	return 0;
}

static int check_random_loss(const struct nst_impairment *asked)
{
	if (asked->loss_model != NST_LOSS_RANDOM && asked->loss_ppm)
		return nst_fail(-EINVAL,
				"loss: a probability and a model of states at once");
	if (asked->loss_correlation_ppm && !asked->loss_ppm)
		return nst_fail(-EINVAL, "loss: a correlation without a probability");
	return 0;
}

static int check_markov(const struct nst_impairment *asked)
{
	const uint32_t *p = asked->markov_ppm;
	bool used = asked->loss_model == NST_LOSS_MARKOV;

	if (!used && any(p, 5))
		return nst_fail(-EINVAL,
				"loss: probabilities of the model state, which "
				"is not the one that is used");
	if (!used)
		return 0;
	if (p[0] == 0 && p[4] == 0)
		return nst_fail(-EINVAL, "loss: with p13 and p14 of 0 nothing is lost");
	if (p[0] + p[4] > WHOLE)
		return nst_fail(-EINVAL, "loss: p13 + p14 is over 100%%: %g%%",
				(p[0] + p[4]) / 1e4);
	if (p[1] + p[2] > WHOLE)
		return nst_fail(-EINVAL, "loss: p31 + p32 is over 100%%: %g%%",
				(p[1] + p[2]) / 1e4);
	return 0;
}

static int check_gilbert(const struct nst_impairment *asked)
{
	const uint32_t *p = asked->gilbert_ppm;
	bool used = asked->loss_model == NST_LOSS_GILBERT;

	if (!used && any(p, 4))
		return nst_fail(-EINVAL,
				"loss: probabilities of the model gemodel, which "
				"is not the one that is used");
	if (used && p[3] == 0 && (p[0] == 0 || p[2] == 0))
		return nst_fail(-EINVAL,
				"loss: with %s of 0 and 1-k of 0 nothing is lost",
				p[0] ? "1-h" : "p");
	return 0;
}

static int check_ecn(const struct nst_impairment *asked)
{
	if (asked->ecn && !has_loss(asked) && asked->queue == NST_QUEUE_TAIL)
		return nst_fail(-EINVAL, "ecn: nothing is lost that could be marked "
					 "instead");
	return 0;
}

static int check_correlations(const struct nst_impairment *asked)
{
	const struct {
		const char *name;
		uint32_t ppm, correlation;
	} events[] = {
		{ "duplicate", asked->duplicate_ppm, asked->duplicate_correlation_ppm },
		{ "corrupt", asked->corrupt_ppm, asked->corrupt_correlation_ppm },
		{ "reorder", asked->reorder_ppm, asked->reorder_correlation_ppm },
	};

	for (size_t i = 0; i < ARRAY_SIZE(events); i++)
		if (events[i].correlation && !events[i].ppm)
			return nst_fail(-EINVAL,
					"%s: a correlation without a probability",
					events[i].name);
	return 0;
}

static int check_reorder(const struct nst_impairment *asked)
{
	if (asked->reorder_gap && !asked->reorder_ppm)
		return nst_fail(-EINVAL, "reorder: a gap without a probability");
	if (asked->reorder_ppm && !asked->delay_us && !asked->jitter_us)
		return nst_fail(-EINVAL, "reorder: it lets packets skip the delay, and "
					 "there is none");
	return 0;
}

static int check_rate(const struct nst_impairment *asked)
{
	if (asked->rate_bps && asked->trace_file)
		return nst_fail(-EINVAL, "rate and trace: only one can set the pace");
	if (!asked->rate_bps &&
	    (asked->rate_overhead || asked->cell_size || asked->cell_overhead))
		return nst_fail(-EINVAL, "rate: an overhead or cells without a rate");
	if (asked->cell_overhead && !asked->cell_size)
		return nst_fail(-EINVAL,
				"rate: the overhead of cells that have no size");
	if (asked->queue != NST_QUEUE_TAIL && !has_queue(asked))
		return nst_fail(-EINVAL,
				"queue: nothing waits without a rate or a trace");
	return 0;
}

static int check_slots(const struct nst_impairment *asked)
{
	bool spread = asked->slot_delay_us || asked->slot_jitter_us;

	if (asked->slot_min_us > asked->slot_max_us)
		return nst_fail(-EINVAL, "slot: its shortest time is longer than its "
					 "longest");
	if (spread && asked->slot_max_us)
		return nst_fail(-EINVAL, "slot: both a range and a distribution");
	if (!spread && (asked->slot_distribution || asked->slot_distribution_file))
		return nst_fail(-EINVAL, "slot: a distribution without its times");
	if ((asked->slot_distribution == NST_TABLE) != !!asked->slot_distribution_file)
		return nst_fail(-EINVAL,
				"slot: a table and its file must come together");
	if (!has_slots(asked) && (asked->slot_packets || asked->slot_bytes))
		return nst_fail(-EINVAL,
				"slot: packets or bytes per slot without slots");
	return 0;
}

/* What sch_netem has not. */
static int check_netem(const struct nst_impairment *asked)
{
	if (asked->compat != NST_COMPAT_NETEM)
		return 0;
	if (asked->trace_file)
		return nst_fail(-EINVAL, "compat netem: netem has no traces");
	if (asked->queue != NST_QUEUE_TAIL)
		return nst_fail(-EINVAL, "compat netem: netem's queue is a tail drop");
	if (asked->limit_bytes)
		return nst_fail(-EINVAL, "compat netem: netem's limit counts packets");
	if (asked->rate_bps && asked->rate_bps < 8)
		return nst_fail(-EINVAL, "compat netem: its least rate is 8bit");
	return 0;
}

/* ---- Warnings ---- */

struct warnings {
	char *text;
	size_t size, used;
};

__attribute__((format(printf, 2, 3))) static void warn(struct warnings *warnings,
						       const char *format, ...)
{
	size_t room = warnings->size - warnings->used;
	va_list args;
	int n = 0;

	if (room <= 1)
		return;
	if (warnings->used)
		n = snprintf(warnings->text + warnings->used, room, "; ");
	warnings->used += (size_t)n < room ? (size_t)n : room - 1;
	room = warnings->size - warnings->used;
	va_start(args, format);
	n = vsnprintf(warnings->text + warnings->used, room, format, args);
	va_end(args);
	warnings->used += (size_t)n < room ? (size_t)n : room - 1;
}

/* A queue that holds less than what is under way: netem's must hold the delay line, any other
 * one burst of a sender that fills the path. */
static void warn_of_limit(const struct nst_impairment *asked, struct warnings *warnings)
{
	uint64_t us = (uint64_t)(asked->delay_us + asked->jitter_us);
	uint64_t bytes =
		(uint64_t)((unsigned __int128)asked->rate_bps * us / 8 / 1000000);
	uint64_t packets = (bytes + FRAME - 1) / FRAME, limit = asked->limit_packets;

	if (!limit && !asked->limit_bytes)
		limit = LIMIT_DEFAULT;
	if (limit && packets > limit)
		warn(warnings,
		     "a limit of %" PRIu64
		     " packets is below the bandwidth-delay product: "
		     "%" PRIu64 " packets of %d bytes",
		     limit, packets, FRAME);
	if (asked->limit_bytes && bytes > asked->limit_bytes)
		warn(warnings,
		     "a limit of %" PRIu64
		     " bytes is below the bandwidth-delay product: "
		     "%" PRIu64 " bytes",
		     asked->limit_bytes, bytes);
}

static void warn_of_jitter(const struct nst_impairment *asked,
			   struct warnings *warnings)
{
	if (asked->jitter_us > asked->delay_us)
		warn(warnings,
		     "the jitter is larger than the delay: delays below 0 become "
		     "0, and the mean is higher than asked");
	if (asked->jitter_us &&
	    (asked->compat == NST_COMPAT_EXACT || asked->rate_bps == 0))
		warn(warnings,
		     "jitter reorders packets that are closer together than it");
	if (asked->compat == NST_COMPAT_NETEM && asked->jitter_us > INT32_MAX / 1000)
		warn(warnings, "compat netem: jitter ends at 2.147s");
}

static void warn_of_correlation(const struct nst_impairment *asked,
				struct warnings *warnings)
{
	bool netem = asked->compat == NST_COMPAT_NETEM;

	if (netem && (asked->loss_correlation_ppm || asked->duplicate_correlation_ppm ||
		      asked->corrupt_correlation_ppm || asked->reorder_correlation_ppm))
		warn(warnings,
		     "compat netem: a correlation changes the probability, too "
		     "(\"loss 5%% 25%%\" loses 0.19%%)");
	if (netem && asked->delay_correlation_ppm &&
	    (asked->distribution || asked->jitter_us <= 1000000))
		warn(warnings,
		     "compat netem: the correlation of delays has no effect with "
		     "a distribution or below 1s");
	if (!netem && (asked->loss_correlation_ppm == WHOLE ||
		       asked->delay_correlation_ppm == WHOLE))
		warn(warnings, "a correlation of 100%% repeats what befell the first "
			       "packet for ever");
}

static void warn_of_states(const struct nst_impairment *asked,
			   struct warnings *warnings)
{
	const uint32_t *m = asked->markov_ppm, *g = asked->gilbert_ppm;

	if ((asked->loss_model == NST_LOSS_MARKOV && m[0] && !m[1] && !m[2]) ||
	    (asked->loss_model == NST_LOSS_GILBERT && g[0] && !g[1]))
		warn(warnings, "loss: the bad state is never left again");
	if (asked->loss_model == NST_LOSS_MARKOV && m[0] && m[2] && !m[3])
		warn(warnings, "loss: with p23 of 0, state 2 is never left again and "
			       "loses nothing");
}

int nst_impairment_check(const struct nst_impairment *impairment, char *warning,
			 size_t size)
{
	static int (*const checks[])(const struct nst_impairment *) = {
		check_ranges,  check_delay, check_random_loss,  check_markov,
		check_gilbert, check_ecn,   check_correlations, check_reorder,
		check_rate,    check_slots, check_netem,
	};
	static void (*const warners[])(const struct nst_impairment *,
				       struct warnings *) = {
		warn_of_limit,
		warn_of_jitter,
		warn_of_correlation,
		warn_of_states,
	};
	struct warnings warnings = { warning, warning ? size : 0, 0 };

	for (size_t i = 0; i < ARRAY_SIZE(checks); i++) {
		int r = checks[i](impairment);

		if (r < 0)
			return r;
	}
	if (warnings.size)
		warning[0] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(warners); i++)
		warners[i](impairment, &warnings);
	return 0;
}
