/* SPDX-License-Identifier: MIT */
/* What makes a NAT router of a router. */
#ifndef LAB_MASQUERADE_H
#define LAB_MASQUERADE_H

#include <lab/inside.h>

/* For functions that run inside: from now on everything that leaves the NAT router by
 * its outside interface has the router's own address, over IPv4 and IPv6. Its rules are
 * the table `inet nstest_nat`; a second call makes them anew.
 *
 * Return: 0; -EOPNOTSUPP and which part of the kernel is missing; else what it
 * answered. */
int masquerade_setup(struct nst_inside *inside, size_t node);

#endif
