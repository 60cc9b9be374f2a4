/* SPDX-License-Identifier: MIT */
/* Targets of iptables rules, by the rules' text. Pure. */
#ifndef FIREWALL_TARGET_H
#define FIREWALL_TARGET_H

#include <stdbool.h>

#include <nstest/explain.h>

/* "ACCEPT" and what follows, of "-A INPUT -s … -j ACCEPT"; NULL: it has none.
 * *ret_goto: it is of -g. */
const char *target_of(const char *text, bool *ret_goto);

/* UNKNOWN: a packet goes on behind it, or it is a chain. `target` may be NULL. */
enum nst_fate target_fate(const char *target);

#endif
