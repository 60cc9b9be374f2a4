/* SPDX-License-Identifier: MIT */
/* Impairing an interface by sch_netem.
 *
 * How it works: the first impairment makes the qdisc, all others change it, because only a
 * change leaves alone what the qdisc holds. A change has traps:
 *	- an attribute that is left out keeps its old value: all are always sent;
 *	- a distribution table can be replaced and never be removed: where there may be one,
 *	  uniform spread is a table, too. */
#include <errno.h>
#include <limits.h>

#include <base/fail.h>
#include <base/scope.h>

#include "distribution.h"
#include "kernel_parts.h"

struct spread {
	struct table delay, slot;
	int16_t uniform[NETEM_UNIFORM_SIZE];
};

static void spread_free(struct spread *spread)
{
	table_free(&spread->delay);
	table_free(&spread->slot);
}

static int spread_make(const struct nst_impairment *impairment, struct spread *ret)
{
	int r = 0;

	if (impairment->jitter_us)
		r = table_make(impairment->distribution, impairment->distribution_file,
			       &ret->delay);
	if (r == 0 && impairment->slot_jitter_us)
		r = table_make(impairment->slot_distribution,
			       impairment->slot_distribution_file, &ret->slot);
	return r;
}

/* The kernel uses a table whenever it has one. */
static struct netem_tables choose(struct spread *spread, bool is_change,
				  const struct netem_options *options)
{
	struct netem_tables tables = {
		.delay = spread->delay.values,
		.delay_count = spread->delay.size,
		.slot = spread->slot.values,
		.slot_count = spread->slot.size,
	};

	if (!is_change)
		return tables;
	netem_uniform_table(spread->uniform);
	if (!tables.delay_count && options->jitter_ns) {
		tables.delay = spread->uniform;
		tables.delay_count = NETEM_UNIFORM_SIZE;
	}
	if (!tables.slot_count && options->slot_jitter_ns) {
		tables.slot = spread->uniform;
		tables.slot_count = NETEM_UNIFORM_SIZE;
	}
	return tables;
}

static int set(struct nl_sock *socket, int ifindex, bool is_change,
	       const struct nst_impairment *impairment)
{
	struct spread spread AUTO(spread_free) = { 0 };
	struct netem_options options;
	struct netem_tables tables;
	int r = spread_make(impairment, &spread);

	if (r < 0)
		return r;
	netem_options_of(impairment, &options);
	if (is_change)
		netem_options_respread(&options);
	tables = choose(&spread, is_change, &options);
	return kernel_qdisc_set(socket, ifindex, is_change, &options, &tables);
}

static int impair(int ifindex, const struct nst_impairment *impairment)
{
	/* What is still held when an impairment ends leaves as it was told, and nothing
	 * that comes then may be refused because of it. */
	static const struct nst_impairment none = { .limit_packets = INT_MAX };
	struct nl_sock *socket AUTO(tc_close) = NULL;
	struct kernel_qdisc now;
	int r = impairment ? netem_can(impairment) : 0;

	if (r == 0)
		r = tc_open(&socket);
	if (r == 0)
		r = kernel_qdisc_read(socket, ifindex, &now);
	if (r < 0 || (!impairment && !now.ours))
		return r;
	return set(socket, ifindex, now.ours, impairment ? impairment : &none);
}

int nst_kernel_impair(int ifindex, const struct nst_impairment *impairment)
{
	int r = impair(ifindex, impairment);

	return r < 0 ? nst_fail_in(r, "impairing interface %d", ifindex) : 0;
}

int nst_kernel_counters(int ifindex, struct nst_kernel_counters *ret)
{
	struct nl_sock *socket AUTO(tc_close) = NULL;
	struct kernel_qdisc now;
	int r = tc_open(&socket);

	if (r == 0)
		r = kernel_qdisc_read(socket, ifindex, &now);
	if (r < 0)
		return nst_fail_in(r, "the counters of interface %d", ifindex);
	*ret = now.counters;
	return 0;
}
