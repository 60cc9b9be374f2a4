/* SPDX-License-Identifier: MIT */
/* net.* settings of a host: the same on every machine. */
#ifndef LAB_SYSCTL_H
#define LAB_SYSCTL_H

#include <lab/plan.h>

/* In the network namespace of the node: the settings that its kind needs, those that
 * would otherwise leak in from the machine, and those of its description. `proc_sys` is a
 * descriptor of /proc/sys. */
int sysctl_apply(const struct nst_node *node, int proc_sys);

#endif
