/* SPDX-License-Identifier: MIT */
/* The fault rules of one direction of one link: which frames they take, and what is made
 * of those. Pure: no clock, no socket; chance is nst_draw() of seed, link, direction, rule
 * and the number of the match.
 *
 *	struct nst_take take;
 *
 *	if (nst_fault_rules_take(rules, frame, size, &take))
 *		switch (take.fault->action) { ... }
 *
 * Every rule counts every frame that it matches, also one that an earlier rule takes: its
 * numbers do not depend on other rules. The first rule that selects a frame takes it. Those that
 * only log take nothing.
 *
 * A frame is taken only if the action can be done to it: no RST for UDP, no byte 80 of a
 * frame of 60, no "fragmentation needed" about a packet that fits. It passes instead, and is
 * counted as `unable`. So after nst_fault_rules_take() nothing can fail.
 *
 * Without `match` a rule means every frame but ARP, IPv6 neighbour and router discovery and
 * MLD: how many of those come depends on timers. A rule that names them gets them. The marker
 * frames of probes (ethertype 0x88b5) are never matched.
 */
#ifndef NETEM_FAULT_RULES_H
#define NETEM_FAULT_RULES_H

#include <nstest/fault.h>

struct nst_fault_rules;

/* Where the rules stand: what chance depends on. */
struct nst_fault_rules_place {
	uint64_t seed;
	unsigned int link, direction;
};

/* Return: 0; -ENOMEM. */
int nst_fault_rules_new(const struct nst_fault_rules_place *place,
			struct nst_fault_rules **ret_rules);
void nst_fault_rules_free(struct nst_fault_rules *rules);

/* Adds a rule behind the others, under a number of the caller's that no other rule has (not
 * 0). The fault and its texts are copied; its filter is compiled here, which takes some
 * tens of microseconds. Return: 0; -EINVAL as nst_fault_check(), -EEXIST, -ENOMEM. */
int nst_fault_rules_add(struct nst_fault_rules *rules, uint32_t id,
			const struct nst_fault *fault);

/* Return: 0; -ENOENT. */
int nst_fault_rules_remove(struct nst_fault_rules *rules, uint32_t id);

struct nst_fault_rule_counters {
	uint64_t matched; /* frames that the filter means */
	uint64_t fired;   /* of these: taken, or logged, by this rule */
	uint64_t unable;  /* of these: selected, but the action cannot be done to it */
};

/* Return: 0; -ENOENT. */
int nst_fault_rules_counters(const struct nst_fault_rules *rules, uint32_t id,
			     struct nst_fault_rule_counters *ret);

/* Whether there is none: then nst_fault_rules_take() need not be called. */
bool nst_fault_rules_are_none(const struct nst_fault_rules *rules);

/* A frame that a rule took. */
struct nst_take {
	uint32_t id;
	uint64_t match; /* its number among those that the rule matched */
	const struct nst_fault *fault; /* the rules'; until this one is removed */
};

/* Shows the rules the next frame of their direction: an Ethernet frame with its VLAN tags.
 * Return: whether one of them takes it; *ret_take is set only then. */
bool nst_fault_rules_take(struct nst_fault_rules *rules, const uint8_t *frame,
			  size_t size, struct nst_take *ret_take);

/* Those that logged the last frame that was shown: the first behind rule `after`, or of all (0). Return:
 * its number; 0: there is none. */
uint32_t nst_fault_rules_logged(const struct nst_fault_rules *rules, uint32_t after);

/* ---- What a fault makes of a frame that was taken ---- */

/* CORRUPT, TRUNCATE, ECN_CE, DSCP, TTL: changes the bytes in place. Return: the new size,
 * never more than before. Other actions change nothing. */
size_t nst_fault_edit(const struct nst_fault *fault, uint8_t *frame, size_t size);

enum {
	NST_FORGED_MOST = 2,    /* frames in place of one */
	NST_FORGED_SIZE = 1312, /* the biggest: ICMPv6 errors end at 1,280 bytes */
};

struct nst_forged {
	bool back; /* to where the frame came from; else onwards, in its place */
	size_t size;
	uint8_t frame[NST_FORGED_SIZE];
};

/* RST, ICMP: the frames to send in place of the one that was taken. Return: how many, at
 * most NST_FORGED_MOST; 0 for other actions. */
size_t nst_fault_forge(const struct nst_fault *fault, const uint8_t *frame, size_t size,
		       struct nst_forged *ret_forged);

#endif
