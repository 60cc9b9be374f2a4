/* SPDX-License-Identifier: MIT */
/* The hosts of a topology: those that are declared, then those that only links name. */
#ifndef EVIDENCE_HOSTS_H
#define EVIDENCE_HOSTS_H

#include <nstest/topology.h>

/* Tells each once. Pure. */
void nst_each_host(const struct nst_topology *topology,
		   void (*tell)(void *self, const char *name, enum nst_host_kind kind),
		   void *self);

#endif
