/* SPDX-License-Identifier: MIT */
/* An impairment as sch_netem counts it, and what sch_netem cannot do. Pure. */
#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>

#include "netem_options.h"

enum { DEFAULT_LIMIT = 1000, FULL_SIZE = 1514, SCALE = 8192 /* NETEM_DIST_SCALE */ };

/* netem_change() caps them at INT_MAX nanoseconds. */
#define JITTER_MAX_US (INT_MAX / 1000)

/* What people write in microseconds must fit the kernel's nanoseconds. */
#define TIME_MAX_US (INT64_MAX / 1000)

/* ---- What it cannot do ---- */

static bool has_random_loss(const struct nst_impairment *i)
{
	return i->loss_model != NST_LOSS_RANDOM || i->loss_ppm;
}

static bool is_correlated(const struct nst_impairment *i)
{
	return i->delay_correlation_ppm || i->loss_correlation_ppm ||
	       i->duplicate_correlation_ppm || i->corrupt_correlation_ppm ||
	       i->reorder_correlation_ppm;
}

static bool slot_is_spread(const struct nst_impairment *i)
{
	return i->slot_delay_us || i->slot_jitter_us;
}

static bool has_slot(const struct nst_impairment *i)
{
	return i->slot_min_us || i->slot_max_us || slot_is_spread(i);
}

static int64_t most(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static bool has_long_spread(const struct nst_impairment *i)
{
	return i->jitter_us > JITTER_MAX_US || i->slot_jitter_us > JITTER_MAX_US ||
	       i->slot_max_us - i->slot_min_us > JITTER_MAX_US;
}

static bool has_long_time(const struct nst_impairment *i)
{
	return most(i->delay_us, most(i->slot_max_us, i->slot_delay_us)) > TIME_MAX_US;
}

/* net/sched/sch_netem.c: get_crandom() averages the draw with the last one, whose spread
 * shrinks with it; netem_enqueue() lets a loss undo a duplication; with a rate, a delay
 * only counts from the packet before, so a late one holds up all that follow. */
int netem_can(const struct nst_impairment *i)
{
	const bool exact = i->compat == NST_COMPAT_EXACT;
	const struct {
		bool wanted;
		const char *what;
	} refused[] = {
		{ i->trace_file, "follow a trace" },
		{ i->queue != NST_QUEUE_TAIL, "manage its queue by CoDel or PIE" },
		{ i->limit_bytes, "limit its queue in bytes" },
		{ i->limit_packets > INT_MAX, "hold more than 2,147,483,647 packets" },
		{ i->rate_bps && i->rate_bps < 8, "be slower than 8 bit/s" },
		{ i->cell_overhead > INT_MAX,
		  "add more than 2,147,483,647 bytes per cell" },
		{ has_long_spread(i), "spread times by more than 2.147 s" },
		{ has_long_time(i), "count so many nanoseconds" },
		{ i->slot_packets > INT_MAX || i->slot_bytes > INT_MAX,
		  "send more than 2,147,483,647 packets or bytes per slot" },
		{ (i->slot_packets || i->slot_bytes) && !has_slot(i),
		  "limit what leaves per slot without a time between slots" },
		{ exact && is_correlated(i),
		  "correlate as the words say (\"compat netem\" has its formulas)" },
		{ exact && i->duplicate_ppm && has_random_loss(i),
		  "duplicate and lose independently (\"compat netem\": a loss undoes a "
		  "duplication)" },
		{ exact && i->corrupt_ppm, "spare the Ethernet header when it corrupts "
					   "(\"compat netem\": a frame so "
					   "hit is lost)" },
		{ exact && i->rate_bps && i->reorder_ppm,
		  "hold reordered packets to a rate (\"compat netem\": they pass by "
		  "it)" },
		{ exact && i->rate_bps && i->jitter_us,
		  "have both a rate and independent jitter (\"compat netem\": what is "
		  "late "
		  "holds up what follows)" },
	};

	for (size_t n = 0; n < ARRAY_SIZE(refused); n++)
		if (refused[n].wanted)
			return nst_fail(-EOPNOTSUPP, "the kernel's netem cannot %s",
					refused[n].what);
	return 0;
}

/* ---- Its units ---- */

/* As tc rounds. 1,000,000 is UINT32_MAX, which no draw exceeds. */
static uint32_t part(uint32_t ppm)
{
	return (uint32_t)(((uint64_t)ppm * UINT32_MAX + 500000) / 1000000);
}

static void set_loss(const struct nst_impairment *i, struct netem_options *options)
{
	const uint32_t *m = i->markov_ppm, *g = i->gilbert_ppm;
	const uint32_t markov[5] = { part(m[0]), part(m[1]), part(m[2]), part(m[4]),
				     part(m[3]) };
	const uint32_t gilbert[5] = { part(g[0]), part(g[1]), UINT32_MAX - part(g[2]),
				      part(g[3]) };

	options->loss_model = i->loss_model;
	switch (i->loss_model) {
	case NST_LOSS_RANDOM:
		options->loss = part(i->loss_ppm);
		options->loss_correlation = part(i->loss_correlation_ppm);
		break;
	case NST_LOSS_MARKOV:
		memcpy(options->p, markov, sizeof(markov));
		break;
	case NST_LOSS_GILBERT:
		memcpy(options->p, gilbert, sizeof(gilbert));
		break;
	}
}

/* A slot by a table is only one if its jitter is not 0: get_slot() looks at these. */
static void set_slot(const struct nst_impairment *i, struct netem_options *options)
{
	options->slot_packets = (int32_t)i->slot_packets;
	options->slot_bytes = (int32_t)i->slot_bytes;
	if (!slot_is_spread(i)) {
		options->slot_min_ns = i->slot_min_us * 1000;
		options->slot_max_ns = most(i->slot_max_us, i->slot_min_us) * 1000;
	} else if (i->slot_distribution == NST_UNIFORM || !i->slot_jitter_us) {
		options->slot_min_ns =
			most(0, i->slot_delay_us - i->slot_jitter_us) * 1000;
		options->slot_max_ns = (i->slot_delay_us + i->slot_jitter_us) * 1000;
	} else {
		options->slot_delay_ns = i->slot_delay_us * 1000;
		options->slot_jitter_ns = i->slot_jitter_us * 1000;
	}
}

/* The kernel's limit counts what is held for whatever reason, that of the words only what
 * waits for the rate: without a rate nothing, with one not what the delay holds, in packets
 * of full size. */
static uint32_t limit_of(const struct nst_impairment *i)
{
	const uint64_t asked = i->limit_packets ? i->limit_packets : DEFAULT_LIMIT;
	uint64_t flying;

	if (i->compat == NST_COMPAT_NETEM || (i->limit_packets && !i->rate_bps))
		return (uint32_t)asked;
	if (!i->rate_bps)
		return INT_MAX;
	flying = (uint64_t)((unsigned __int128)i->rate_bps * (uint64_t)i->delay_us /
			    (8000000ULL * FULL_SIZE));
	return asked + flying > INT_MAX ? INT_MAX : (uint32_t)(asked + flying);
}

void netem_options_of(const struct nst_impairment *i, struct netem_options *ret_options)
{
	*ret_options = (struct netem_options){
		.latency_ns = i->delay_us * 1000,
		.jitter_ns = i->jitter_us * 1000,
		.limit = limit_of(i),
		.gap = !i->reorder_ppm  ? 0
		       : i->reorder_gap ? i->reorder_gap
					: 1,
		.duplicate = part(i->duplicate_ppm),
		.delay_correlation = part(i->delay_correlation_ppm),
		.duplicate_correlation = part(i->duplicate_correlation_ppm),
		.reorder = part(i->reorder_ppm),
		.reorder_correlation = part(i->reorder_correlation_ppm),
		.corrupt = part(i->corrupt_ppm),
		.corrupt_correlation = part(i->corrupt_correlation_ppm),
		.rate = i->rate_bps / 8,
		.packet_overhead = i->rate_overhead,
		.cell_size = i->cell_size,
		.cell_overhead = (int32_t)i->cell_overhead,
		.ecn = i->ecn,
		.seed = i->seed,
	};
	set_loss(i, ret_options);
	set_slot(i, ret_options);
}

/* ---- Tables that cannot be taken away ---- */

void netem_options_respread(struct netem_options *options)
{
	if (options->slot_jitter_ns)
		return;
	options->slot_jitter_ns = (options->slot_max_ns - options->slot_min_ns) / 2;
	options->slot_delay_ns = options->slot_min_ns + options->slot_jitter_ns;
}

/* From -1 to +1 in even steps, each value in the middle of its step. */
void netem_uniform_table(int16_t ret_table[NETEM_UNIFORM_SIZE])
{
	const int step = 2 * SCALE / NETEM_UNIFORM_SIZE;

	for (int n = 0; n < NETEM_UNIFORM_SIZE; n++)
		ret_table[n] = (int16_t)(n * step + step / 2 - SCALE);
}

/* ---- Setting by setting ---- */

#define SETTING(name, since, field)                                 \
	{                                                           \
		name, since, offsetof(struct netem_options, field), \
			sizeof(((struct netem_options *)0)->field)  \
	}

const struct netem_setting netem_settings[] = {
	SETTING("delay", NULL, latency_ns),
	SETTING("jitter", NULL, jitter_ns),
	SETTING("limit", NULL, limit),
	SETTING("loss", NULL, loss),
	SETTING("reorder gap", NULL, gap),
	SETTING("duplicate", NULL, duplicate),
	SETTING("delay correlation", NULL, delay_correlation),
	SETTING("loss correlation", NULL, loss_correlation),
	SETTING("duplicate correlation", NULL, duplicate_correlation),
	SETTING("reorder", NULL, reorder),
	SETTING("reorder correlation", NULL, reorder_correlation),
	SETTING("corrupt", NULL, corrupt),
	SETTING("corrupt correlation", NULL, corrupt_correlation),
	SETTING("loss model", "3.2", loss_model),
	SETTING("loss model's probabilities", "3.2", p),
	SETTING("rate", "3.3", rate),
	SETTING("rate overhead", "3.3", packet_overhead),
	SETTING("cell size", "3.3", cell_size),
	SETTING("cell overhead", "3.3", cell_overhead),
	SETTING("ecn", "3.5", ecn),
	SETTING("slot", "4.16", slot_min_ns),
	SETTING("slot", "4.16", slot_max_ns),
	SETTING("slot packets", "4.16", slot_packets),
	SETTING("slot bytes", "4.16", slot_bytes),
	SETTING("slot distribution", "4.19", slot_delay_ns),
	SETTING("slot distribution", "4.19", slot_jitter_ns),
	SETTING("seed", "6.6", seed),
	{},
};

static_assert(ARRAY_SIZE(netem_settings) <= 33, "a bit for each but the last");

uint32_t netem_options_differ(const struct netem_options *one,
			      const struct netem_options *other)
{
	uint32_t differ = 0;

	for (size_t n = 0; netem_settings[n].name; n++)
		if (memcmp((const char *)one + netem_settings[n].at,
			   (const char *)other + netem_settings[n].at,
			   netem_settings[n].size))
			differ |= 1U << n;
	return differ;
}

uint32_t netem_options_used(const struct netem_options *options)
{
	static const struct netem_options nothing;

	return netem_options_differ(options, &nothing);
}

int netem_list_settings(uint32_t settings, char *text, size_t size)
{
	const char *before = NULL;
	size_t length = 0;

	if (size)
		*text = '\0';
	for (size_t n = 0; netem_settings[n].name; n++) {
		const struct netem_setting *setting = &netem_settings[n];

		if (!(settings >> n & 1) || before == setting->name)
			continue;
		length += (size_t)snprintf(length < size ? text + length : NULL,
					   length < size ? size - length : 0,
					   "%s%s%s%s%s", before ? ", " : "",
					   setting->name,
					   setting->since ? " (Linux " : "",
					   setting->since ? setting->since : "",
					   setting->since ? ")" : "");
		before = setting->name;
	}
	return (int)length;
}

int netem_fail_missing(uint32_t settings)
{
	char names[NST_ERROR_SIZE / 2];

	if (!settings)
		return 0;
	netem_list_settings(settings, names, sizeof(names));
	return nst_fail(-EOPNOTSUPP, "this kernel's netem lacks: %s", names);
}
