/* SPDX-License-Identifier: MIT */
/* What the programs of a host see as file system. */
#ifndef LAB_MOUNTS_H
#define LAB_MOUNTS_H

#include <lab/plan.h>

/* In a fresh mount namespace: nothing that is mounted from now on reaches the machine, and
 * /proc shows the PID namespace of the caller. Hosts start from this view. */
int mounts_make_base(void);

/* In the host's own namespaces, copied from the base: gives it the root, the directories
 * and the files of its description. `hosts` is the text of /etc/hosts; `directory` is what relative paths of the
 * description start from. */
int mounts_make_host(const struct nst_node *node, const char *hosts,
		     const char *directory);

/* Mounts /proc of the caller's PID namespace over the one that is there. */
int mounts_make_proc(void);

#endif
