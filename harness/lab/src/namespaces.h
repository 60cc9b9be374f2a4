/* SPDX-License-Identifier: MIT */
/* The namespaces of the hosts: made, furnished, entered. Only this file, userns.c and
 * in_host.c move a process from one namespace to another. */
#ifndef LAB_NAMESPACES_H
#define LAB_NAMESPACES_H

#include "state.h"

/* The lab process's own view: private mounts, the case's /proc, and descriptors of
 * where it stands. */
int namespaces_make_base(struct nst_inside *inside);

/* The node's network, UTS and IPC namespaces, with hostname, sysctls and a netlink socket.
 * The calling thread stands in them afterwards. */
int namespaces_make_net(struct nst_inside *inside, size_t node);

/* Its mount namespace and file system; the network namespace is there already. The calling
 * thread shares its root and current directory with no other (CLONE_FS), and stands in the
 * node's namespaces afterwards. */
int namespaces_make_mounts(struct nst_inside *inside, size_t node);

/* Its own PID namespace, if it has one; the mounts are there already. By the main thread:
 * PID 1 of the host ends with the thread that forked it (PR_SET_PDEATHSIG). */
int namespaces_make_pids(struct nst_inside *inside, size_t node);

/* Out of a host's mount namespace, back to the base. There is no way back to the
 * network namespace of the caller, which may be another user's: the lab process goes on
 * standing in that of some host. */
int namespaces_leave_mounts(struct nst_inside *inside);

#endif
