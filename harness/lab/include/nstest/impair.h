/* SPDX-License-Identifier: MIT */
/**
 * What links do to packets while the lab lives: impairments and faults, and whether they
 * happened.
 *
 *	uint32_t id;
 *
 *	nst_impair(lab, "client", "server", &(struct nst_impairment) {
 *		.delay_us = NST_MS(20), .loss_ppm = NST_PERCENT(1) });
 *	nst_fault(lab, "server", "client", &(struct nst_fault) {
 *		.match = "syn-ack", .nth = 1, .action = NST_FAULT_DROP }, &id);
 *	... traffic ...
 *	nst_await_fault(lab, id, 1, 5000);
 *
 * Rules that hold for all of it:
 *  - A direction is named by the two ends of a link, sender first: hosts, routers, switches.
 *    Where several links join the same two, say which by an interface: "client:eth1".
 *  - Only links that were declared `impairable` (or that name an engine) can be changed. Others
 *    keep what they were built with, so that plain links cost nothing, and so that what a
 *    test may do does not depend on the engine that this machine has.
 *  - An impairable link has two veth pairs, host ═ wire ═ host. The hosts see a link of one
 *    pair; segmentation and checksum offloads are off at both, so that a packet is a packet.
 *  - nst_link_down(), nst_link_up() and nst_cut() mean the same for every link.
 *
 * Two engines do it. The wire engine is a child of the lab process; it does everything,
 * on every kernel. The kernel engine is sch_netem; it is chosen by itself for links of which all
 * impairments are known (they are not impairable, or have `later`) and which it can do, or by
 * name.
 */
#ifndef NSTEST_IMPAIR_H
#define NSTEST_IMPAIR_H

#include <nstest/lab.h>
#include <nstest/wire.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Impairments ---- */

/**
 * Replaces the impairment of one direction, atomically: a packet meets the old one or the
 * new one. NULL: none. Packets already under way arrive as they were told.
 *
 * Return: 0; -ENOENT if no link joins the two; -EPERM if it is not impairable; -EINVAL as
 * nst_impairment_check(); -EOPNOTSUPP if its engine cannot do it; -EIO if that is gone.
 */
int nst_impair(struct nst_lab *lab, const char *from, const char *to,
	       const struct nst_impairment *impairment);

/** Which engine a link has, and why. */
struct nst_engine_choice {
	enum nst_engine engine; /**< NST_ENGINE_AUTO: none, a plain link */
	char why[160];		/**< "this kernel has no sch_netem", "asked for", … */
};
int nst_link_engine(struct nst_lab *lab, const char *a, const char *b,
		    struct nst_engine_choice *ret);
const char *nst_engine_name(enum nst_engine engine); /**< "kernel", "wire", "auto" */

/** The seed of one direction: that of its impairment, or of the lab. */
int nst_link_seed(struct nst_lab *lab, const char *from, const char *to, uint64_t *ret_seed);

/* ---- Faults ---- */

/**
 * Adds a fault to one direction; its rules are tried in the order in which they were added.
 * Counting begins now. `ret_id` may be NULL.
 *
 * Return: 0; as nst_impair(); -EINVAL as nst_fault_check().
 */
int nst_fault(struct nst_lab *lab, const char *from, const char *to,
	      const struct nst_fault *fault, uint32_t *ret_id);

/** Its counts stay known. Return: 0; -ENOENT for an unknown number, or one removed before. */
int nst_fault_remove(struct nst_lab *lab, uint32_t id);

/** How often one fault matched and fired. */
int nst_fault_counters(struct nst_lab *lab, uint32_t id, struct nst_fault_counters *ret);

/**
 * Waits until a fault has fired so often. Return: 0; -ETIMEDOUT, and the sentence says how often
 * it matched and fired.
 */
int nst_await_fault(struct nst_lab *lab, uint32_t id, uint64_t times, int timeout_ms);

/**
 * To how many packets of a direction something happened: lost, duplicated, corrupted,
 * reordered, marked, or taken by a fault. Delay alone does not count.
 *
 * Return: the number; -errno as nst_link_counters().
 */
long long nst_faults_fired(struct nst_lab *lab, const char *from, const char *to);

/* ---- What happened ---- */

/** Of one direction. The kernel engine knows sent, lost (overflow included) and in_flight. */
int nst_link_counters(struct nst_lab *lab, const char *from, const char *to,
		      struct nst_wire_counters *ret);

/** Planned and actual, one direction. A plain value. */
struct nst_link_report {
	char from[64], to[64], interface[16]; /**< `interface`: by which `from` sends */
	struct nst_engine_choice engine;
	char planned[256]; /**< the impairment of now, as text; "none" */
	uint64_t seed;
	bool changed; /**< it had another impairment before: figures are of all together */
	struct nst_wire_counters counters;
	uint32_t loss_ppm; /**< measured: of what came, what the impairment or a fault kept */
	/**
	 * How long packets were under way, from the captures of both ends: `delayed` packets that
	 * came out as they went in, ARP, neighbour discovery and MLD left out. Without captures: what
	 * the engine says that it added to packets that it delayed. 0: none.
	 */
	uint64_t delayed;
	int64_t delay_min_us, delay_median_us, delay_p90_us, delay_p99_us, delay_max_us;
	int64_t late_p99_us, late_max_us; /**< how long after their time packets left */
};

/** One fault, removed ones too. */
struct nst_fault_report {
	uint32_t id;
	char from[64], to[64];
	char text[192]; /**< its name, or nst_fault_print() */
	bool may_miss, removed;
	struct nst_fault_counters counters;
};

/** All directions of all impaired links, and all faults, each in an array of the caller's to
 *  free(). Either output may be NULL. Return: 0; -EIO if the engine is gone. */
int nst_link_reports(struct nst_lab *lab, struct nst_link_report **ret_links,
		     size_t *ret_link_count, struct nst_fault_report **ret_faults,
		     size_t *ret_fault_count);

/** One line for people: "client -> server: asked delay 20ms, loss 1%; …". Like snprintf(). */
int nst_link_report_print(const struct nst_link_report *report, char *text, size_t size);

/** All of it for people, a line for each direction, each fault, and the engine, with '\n' between:
 *  malloc'd, the caller's; "" if no link is impaired. Return: 0; -EIO if the engine is gone. */
int nst_lab_account(struct nst_lab *lab, char **ret_text);

/**
 * Whether what was asked for happened, and nothing else: the check at the end of a case.
 * Wrong are: a fault that never fired (unless it may_miss), and packets that the engine
 * lost for want of room: loss that nobody planned.
 *
 * Return: 0; -ENOMSG and the sentences; -EIO if the engine is gone.
 */
int nst_lab_faults_check(struct nst_lab *lab);

/**
 * Writes what was done to every packet that was not simply passed on, a JSON object a line, in
 * the order of links, directions and packets, to `path` (created with 0644, or replaced):
 *
 *	{"link": "a -- b", "dir": "a -> b", "n": 7, "rule": "lost", "action": "drop",
 *	 "delay_ns": 0, "when_ns": …}
 *
 * `n` counts packets of that direction from 1; `rule` is the fault, or "impairment"; when_ns,
 * which is last, is CLOCK_REALTIME. The same seed and the same packets give the same lines but
 * for when_ns. Links of the kernel engine have no such record.
 *
 * Return: 0; -ENODATA if no link is impaired; -EIO if the engine is gone.
 */
int nst_save_fault_trace(struct nst_lab *lab, const char *path);

/** How the engine process runs: "SCHED_FIFO, 80 us spin", …; "" where there is none. The
 *  lab's, valid until its end. */
const char *nst_lab_engine_scheduling(struct nst_lab *lab);

#ifdef __cplusplus
}
#endif
#endif
