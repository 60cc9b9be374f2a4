/* SPDX-License-Identifier: MIT */
/* TCA_OPTIONS of sch_netem, written and read: libnl-route 3.7 knows less than half of
 * it. Pure. */
#include <errno.h>
#include <linux/pkt_sched.h>
#include <string.h>

#include <base/fail.h>

#include "netem_encode.h"

/* Not in the headers of Debian 12: Linux 6.6. */
enum { PRNG_SEED = TCA_NETEM_SLOT_DIST + 1 };

/* The kernel's clock of packet schedulers ticks every 64 ns (PSCHED_SHIFT of
 * net/pkt_sched.h); only kernels before 4.16 take their times from it. */
enum { TICK_NS = 64 };

static uint32_t ticks(int64_t ns)
{
	return ns / TICK_NS > UINT32_MAX ? UINT32_MAX : (uint32_t)(ns / TICK_NS);
}

/* ---- Writing ---- */

static int put_basics(struct nl_msg *message, const struct netem_options *o)
{
	struct tc_netem_qopt basics = {
		.latency = ticks(o->latency_ns),
		.limit = o->limit,
		.loss = o->loss,
		.gap = o->gap,
		.duplicate = o->duplicate,
		.jitter = ticks(o->jitter_ns),
	};
	const struct tc_netem_corr correlations = { o->delay_correlation,
						    o->loss_correlation,
						    o->duplicate_correlation };
	const struct tc_netem_reorder reorder = { o->reorder, o->reorder_correlation };
	const struct tc_netem_corrupt corrupt = { o->corrupt, o->corrupt_correlation };

	if (nlmsg_append(message, &basics, sizeof(basics), NLA_ALIGNTO) < 0 ||
	    nla_put(message, TCA_NETEM_LATENCY64, sizeof(o->latency_ns),
		    &o->latency_ns) < 0 ||
	    nla_put(message, TCA_NETEM_JITTER64, sizeof(o->jitter_ns), &o->jitter_ns) <
		    0 ||
	    nla_put(message, TCA_NETEM_CORR, sizeof(correlations), &correlations) < 0 ||
	    nla_put(message, TCA_NETEM_REORDER, sizeof(reorder), &reorder) < 0 ||
	    nla_put(message, TCA_NETEM_CORRUPT, sizeof(corrupt), &corrupt) < 0)
		return -ENOMEM;
	return 0;
}

/* Without the attribute, the kernel goes back to random loss. */
static int put_loss_model(struct nl_msg *message, const struct netem_options *o)
{
	const struct tc_netem_gimodel markov = { o->p[0], o->p[1], o->p[2], o->p[3],
						 o->p[4] };
	const struct tc_netem_gemodel gilbert = { o->p[0], o->p[1], o->p[2], o->p[3] };
	struct nlattr *nest;
	int r;

	if (o->loss_model == NST_LOSS_RANDOM)
		return 0;
	nest = nla_nest_start(message, TCA_NETEM_LOSS);
	if (!nest)
		return -ENOMEM;
	if (o->loss_model == NST_LOSS_MARKOV)
		r = nla_put(message, NETEM_LOSS_GI, sizeof(markov), &markov);
	else
		r = nla_put(message, NETEM_LOSS_GE, sizeof(gilbert), &gilbert);
	return r < 0 || nla_nest_end(message, nest) < 0 ? -ENOMEM : 0;
}

/* RATE64 only ever raises the rate, so that RATE must always come, too. */
static int put_rate(struct nl_msg *message, const struct netem_options *o)
{
	const struct tc_netem_rate rate = {
		.rate = o->rate > UINT32_MAX ? UINT32_MAX : (uint32_t)o->rate,
		.packet_overhead = o->packet_overhead,
		.cell_size = o->cell_size,
		.cell_overhead = o->cell_overhead,
	};

	if (nla_put(message, TCA_NETEM_RATE, sizeof(rate), &rate) < 0)
		return -ENOMEM;
	if (o->rate > UINT32_MAX && nla_put_u64(message, TCA_NETEM_RATE64, o->rate) < 0)
		return -ENOMEM;
	return 0;
}

static int put_slot(struct nl_msg *message, const struct netem_options *o)
{
	const struct tc_netem_slot slot = {
		.min_delay = o->slot_min_ns,
		.max_delay = o->slot_max_ns,
		.max_packets = o->slot_packets,
		.max_bytes = o->slot_bytes,
		.dist_delay = o->slot_delay_ns,
		.dist_jitter = o->slot_jitter_ns,
	};

	return nla_put(message, TCA_NETEM_SLOT, sizeof(slot), &slot) < 0 ? -ENOMEM : 0;
}

static int put_table(struct nl_msg *message, int type, const int16_t *values,
		     size_t count)
{
	if (!count)
		return 0;
	return nla_put(message, type, (int)(count * sizeof(*values)), values) < 0
		       ? -ENOMEM
		       : 0;
}

static int put_all(struct nl_msg *message, const struct netem_options *o,
		   const struct netem_tables *tables)
{
	if (put_basics(message, o) < 0 || put_loss_model(message, o) < 0 ||
	    put_rate(message, o) < 0 ||
	    nla_put_u32(message, TCA_NETEM_ECN, o->ecn) < 0 ||
	    put_slot(message, o) < 0 ||
	    (o->seed && nla_put_u64(message, PRNG_SEED, o->seed) < 0) ||
	    put_table(message, TCA_NETEM_DELAY_DIST, tables->delay,
		      tables->delay_count) < 0 ||
	    put_table(message, TCA_NETEM_SLOT_DIST, tables->slot, tables->slot_count) <
		    0)
		return -ENOMEM;
	return 0;
}

int netem_encode(struct nl_msg *message, const struct netem_options *options,
		 const struct netem_tables *tables)
{
	static const struct netem_tables none;
	struct nlattr *nest;

	if (!tables)
		tables = &none;
	/* Each may have 16,384 values, but an attribute holds 65,535 bytes. */
	if ((tables->delay_count + tables->slot_count) * sizeof(int16_t) >
	    UINT16_MAX - 1024)
		return nst_fail(-E2BIG,
				"distribution tables of %zu and %zu values do not fit "
				"into one request",
				tables->delay_count, tables->slot_count);
	nest = nla_nest_start(message, TCA_OPTIONS);
	if (!nest || put_all(message, options, tables) < 0 ||
	    nla_nest_end(message, nest) < 0)
		return nst_fail_memory();
	return 0;
}

/* ---- Reading ---- */

/* Copies what is there of an attribute: an older kernel's structures may be shorter. */
static bool get(struct nlattr *const *attributes, int type, void *to, size_t size)
{
	const struct nlattr *attribute = attributes[type];
	size_t there;

	if (!attribute)
		return false;
	there = (size_t)nla_len(attribute);
	memcpy(to, nla_data(attribute), there < size ? there : size);
	return true;
}

static void get_basics(const struct tc_netem_qopt *basics, struct nlattr **attributes,
		       struct netem_options *ret)
{
	struct tc_netem_corr correlations = { 0 };
	struct tc_netem_reorder reorder = { 0 };
	struct tc_netem_corrupt corrupt = { 0 };

	get(attributes, TCA_NETEM_CORR, &correlations, sizeof(correlations));
	get(attributes, TCA_NETEM_REORDER, &reorder, sizeof(reorder));
	get(attributes, TCA_NETEM_CORRUPT, &corrupt, sizeof(corrupt));
	*ret = (struct netem_options){
		.latency_ns = (int64_t)basics->latency * TICK_NS,
		.jitter_ns = (int64_t)basics->jitter * TICK_NS,
		.limit = basics->limit,
		.loss = basics->loss,
		.gap = basics->gap,
		.duplicate = basics->duplicate,
		.delay_correlation = correlations.delay_corr,
		.loss_correlation = correlations.loss_corr,
		.duplicate_correlation = correlations.dup_corr,
		.reorder = reorder.probability,
		.reorder_correlation = reorder.correlation,
		.corrupt = corrupt.probability,
		.corrupt_correlation = corrupt.correlation,
	};
	get(attributes, TCA_NETEM_LATENCY64, &ret->latency_ns, sizeof(ret->latency_ns));
	get(attributes, TCA_NETEM_JITTER64, &ret->jitter_ns, sizeof(ret->jitter_ns));
}

static int get_loss_model(struct nlattr *nest, struct netem_options *ret)
{
	struct nlattr *models[NETEM_LOSS_MAX + 1];
	struct tc_netem_gimodel markov = { 0 };
	struct tc_netem_gemodel gilbert = { 0 };

	if (!nest)
		return 0;
	if (nla_parse_nested(models, NETEM_LOSS_MAX, nest, NULL) < 0)
		return -EPROTO;
	if (get(models, NETEM_LOSS_GI, &markov, sizeof(markov))) {
		ret->loss_model = NST_LOSS_MARKOV;
		memcpy(ret->p,
		       (uint32_t[5]){ markov.p13, markov.p31, markov.p32, markov.p14,
				      markov.p23 },
		       sizeof(ret->p));
	} else if (get(models, NETEM_LOSS_GE, &gilbert, sizeof(gilbert))) {
		ret->loss_model = NST_LOSS_GILBERT;
		memcpy(ret->p,
		       (uint32_t[5]){ gilbert.p, gilbert.r, gilbert.h, gilbert.k1 },
		       sizeof(ret->p));
	}
	return 0;
}

static void get_rate(struct nlattr **attributes, struct netem_options *ret)
{
	struct tc_netem_rate rate = { 0 };

	get(attributes, TCA_NETEM_RATE, &rate, sizeof(rate));
	ret->rate = rate.rate;
	ret->packet_overhead = rate.packet_overhead;
	ret->cell_size = rate.cell_size;
	ret->cell_overhead = rate.cell_overhead;
	get(attributes, TCA_NETEM_RATE64, &ret->rate, sizeof(ret->rate));
}

static void get_slot(struct nlattr **attributes, struct netem_options *ret)
{
	struct tc_netem_slot slot = { 0 };

	get(attributes, TCA_NETEM_SLOT, &slot, sizeof(slot));
	ret->slot_min_ns = slot.min_delay;
	ret->slot_max_ns = slot.max_delay;
	ret->slot_packets = slot.max_packets;
	ret->slot_bytes = slot.max_bytes;
	ret->slot_delay_ns = slot.dist_delay;
	ret->slot_jitter_ns = slot.dist_jitter;
}

int netem_decode(const struct nlattr *attribute, struct netem_options *ret_options)
{
	const size_t head = NLA_ALIGN(sizeof(struct tc_netem_qopt));
	struct nlattr *attributes[PRNG_SEED + 1];
	struct netem_options options;
	struct tc_netem_qopt basics;
	size_t size = (size_t)nla_len(attribute);

	if (size < head ||
	    nla_parse(attributes, PRNG_SEED,
		      (struct nlattr *)((char *)nla_data(attribute) + head),
		      (int)(size - head), NULL) < 0)
		return nst_fail(-EPROTO, "the kernel's netem options make no sense");
	memcpy(&basics, nla_data(attribute), sizeof(basics));
	get_basics(&basics, attributes, &options);
	if (get_loss_model(attributes[TCA_NETEM_LOSS], &options) < 0)
		return nst_fail(-EPROTO, "the kernel's loss model makes no sense");
	get_rate(attributes, &options);
	get(attributes, TCA_NETEM_ECN, &options.ecn, sizeof(options.ecn));
	get_slot(attributes, &options);
	get(attributes, PRNG_SEED, &options.seed, sizeof(options.seed));
	*ret_options = options;
	return 0;
}
