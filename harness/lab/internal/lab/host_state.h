/* SPDX-License-Identifier: MIT */
/* What the kernel knows of a host: for people who look into a failed case. */
#ifndef LAB_HOST_STATE_H
#define LAB_HOST_STATE_H

#include <stddef.h>

#include <nstest/lab.h>

/* Links, addresses, routes, neighbours, sockets, conntrack, queueing disciplines with
 * their statistics; and the rulesets with their counters. Asked of the machine's tools in
 * the host's network namespace; of one that is not installed, it is said. Both texts are
 * malloc'd, the caller's; "" if there are no rules.
 *
 * Return: 0; -ENOENT: there are no more hosts than `index`; -errno. */
int nst_host_state(struct nst_lab *lab, size_t index, char **ret_name, char **ret_state,
		   char **ret_rules);

#endif
