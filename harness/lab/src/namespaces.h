/* SPDX-License-Identifier: MIT */
/* The namespaces of the hosts: made, furnished, entered. Only this file, userns.c and
 * in_host.c move a process from one namespace to another. */
#ifndef LAB_NAMESPACES_H
#define LAB_NAMESPACES_H

#include "state.h"

/* The lab process's own view: private mounts, the case's /proc, and descriptors of
 * where it stands. */
int namespaces_make_base(struct nst_inside *inside);

/* Fresh namespaces for node `node`: file system, hostname, sysctls, netlink socket. The
 * calling thread stands in them afterwards. */
int namespaces_make_node(struct nst_inside *inside, size_t node);

/* Out of a host's mount namespace, back to the base. There is no way back to the
 * network namespace of the caller, which may be another user's: the lab process goes on
 * standing in that of some host. */
int namespaces_leave_mounts(struct nst_inside *inside);

#endif
