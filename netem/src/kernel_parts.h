/* SPDX-License-Identifier: MIT */
/* What the files of the kernel engine share. */
#ifndef KERNEL_PARTS_H
#define KERNEL_PARTS_H

#include <stdbool.h>

#include <nstest/kernel_netem.h>

#include "netem_options.h"
#include "tc.h"

/* The root qdisc of an interface. */
struct kernel_qdisc {
	bool ours;                    /* a netem that this engine has set */
	struct netem_options options; /* if ours */
	struct nst_kernel_counters counters;
};

int kernel_qdisc_read(struct nl_sock *socket, int ifindex, struct kernel_qdisc *ret);

/* Sets a root qdisc; `is_change` if there is one of ours. What the kernel lacks is
 * named. */
int kernel_qdisc_set(struct nl_sock *socket, int ifindex, bool is_change,
		     const struct netem_options *options,
		     const struct netem_tables *tables);

/* One direction of a join. */
int kernel_redirect(struct nl_sock *socket, int from_ifindex, int to_ifindex);

/* -EOPNOTSUPP and how to get it, if that is what the code means; else the code. */
int kernel_fail_lacking(int code, const char *what, const char *module);

/* What this kernel's netem lacks of `settings`: bits as in netem_options_used(). */
int kernel_lacks(uint32_t settings, uint32_t *ret_lacking);

#endif
