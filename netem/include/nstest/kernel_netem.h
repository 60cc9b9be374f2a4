/* SPDX-License-Identifier: MIT */
/**
 * The kernel engine: sch_netem where the kernel has it.
 *
 * As the wire engine, it joins two interfaces, `a` and `b`, of the calling thread's network
 * namespace: what comes in at one is redirected (clsact, u32, mirred) to the other, whose root
 * qdisc is netem.
 *
 *	if (nst_kernel_netem_can(&slow) == 0) {
 *		nst_kernel_join(a, b);
 *		nst_kernel_impair(b, &slow);	// from a to b
 *	}
 *
 * Everything needs CAP_NET_ADMIN over the namespace; that of a user namespace will do.
 * Interfaces and qdiscs go when the namespace goes; nothing has to be undone.
 */
#ifndef NSTEST_KERNEL_NETEM_H
#define NSTEST_KERNEL_NETEM_H

#include <nstest/impairment.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Whether this kernel has sch_netem, clsact, u32 and mirred. It is tried, about 1 ms: the
 * calling thread makes a network namespace, stands in it for a moment and drops it, or, if it
 * may not, a child does so in a user namespace. What was found is kept for the process.
 *
 * Return: 0; -EOPNOTSUPP with a sentence: which is missing, and what to install; -EPERM where
 * there are no namespaces for this process.
 */
int nst_kernel_netem_available(void);

/** What this kernel's netem is too old for, as words: "seed (Linux 6.6)"; "" if it has all.
 *  Return: the length, as snprintf(); -errno as nst_kernel_netem_available(). */
int nst_kernel_netem_lacks(char *text, size_t size);

/**
 * Whether this kernel can do all of it: -EOPNOTSUPP and a sentence with the parameter.
 *
 * No netem can: traces; CoDel and PIE; a queue limit in bytes; jitter over 2.147 s. With
 * `compat exact` also: correlation; corruption (it hits Ethernet headers, too); duplication and
 * loss at once (a loss undoes a duplication); a rate together with jitter (a late packet holds
 * up those behind it) or with reordering (which passes by it). A seed needs Linux 6.6, and
 * leaves out where a bit flips, and slots between two times.
 *
 * Its queue limit counts what the delay holds, too. With `compat exact` it is raised by that.
 */
int nst_kernel_netem_can(const struct nst_impairment *impairment);

/** Joins two interfaces in both directions. Return: 0; -EOPNOTSUPP (what is missing is named),
 *  -ENODEV, -EPERM, -EEXIST if one is joined already. On failure neither direction is left joined. */
int nst_kernel_join(int a_ifindex, int b_ifindex);

/**
 * Sets the netem qdisc that packets going out at `ifindex` meet. In place and atomically: each
 * packet is treated by the old or by the new one; those held leave as they were told. NULL:
 * none; the qdisc stays and does nothing, so that nothing held is lost and its counters remain.
 *
 * Reads it back and compares: -EOPNOTSUPP with the name of a parameter that the kernel did not
 * take. A qdisc made by this call is then gone again; one that was changed is as it says.
 */
int nst_kernel_impair(int ifindex, const struct nst_impairment *impairment);

struct nst_kernel_counters {
	uint64_t sent, sent_bytes; /**< have left */
	uint64_t lost; /**< by the model, or because the queue was full; marked CE counts, too */
	uint64_t overlimits, backlog_packets; /**< of `tc -s qdisc`; held now */
};

/** Of the netem at `ifindex` since it was first set; all 0 if there is none. */
int nst_kernel_counters(int ifindex, struct nst_kernel_counters *ret);

struct nst_kernel_joined {
	uint64_t redirected; /**< came in and were handed to the other interface */
	uint64_t refused;    /**< of these: the other's queue was full (or it was down) */
};

/** Of the join at `ifindex`, where packets come in. A model's loss is none of `refused`: with
 *  it, loss that nobody asked for is told from that asked for. */
int nst_kernel_joined_counters(int ifindex, struct nst_kernel_joined *ret);

#ifdef __cplusplus
}
#endif
#endif
