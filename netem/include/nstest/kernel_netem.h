/* SPDX-License-Identifier: MIT */
/**
 * The kernel engine: sch_netem where the kernel has it.
 *
 * As the wire engine, it joins two interfaces, `a` and `b`, of the calling thread's network
 * namespace: what comes in at one is redirected (clsact, u32, mirred) to the other, whose root
 * qdisc is netem.
 */
#ifndef NSTEST_KERNEL_NETEM_H
#define NSTEST_KERNEL_NETEM_H

#include <nstest/impairment.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Whether this kernel has sch_netem, u32 and mirred. Return: 0; -EOPNOTSUPP with a sentence:
 *  which is missing, and what to install. Makes and drops a network namespace. */
int nst_kernel_netem_available(void);

/** Whether sch_netem can do all of it: -EOPNOTSUPP and a sentence with the parameter
 *  (faults, traces, compat exact, seed before Linux 6.6). */
int nst_kernel_netem_can(const struct nst_impairment *impairment);

/** Joins two interfaces in both directions. */
int nst_kernel_join(int a_ifindex, int b_ifindex);

/**
 * Sets the netem qdisc that packets going out at `ifindex` meet; NULL: none. Reads it back and
 * compares: a parameter that the kernel did not take is -EOPNOTSUPP and named.
 */
int nst_kernel_impair(int ifindex, const struct nst_impairment *impairment);

struct nst_kernel_counters {
	uint64_t sent, sent_bytes, lost, overlimits, backlog_packets; /**< of `tc -s qdisc` */
};
int nst_kernel_counters(int ifindex, struct nst_kernel_counters *ret);

#ifdef __cplusplus
}
#endif
#endif
