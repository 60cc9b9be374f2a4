/* SPDX-License-Identifier: MIT */
/* Core dumps of programs in hosts. The kernel writes them only where the limit allows it
 * (ulimit -c), into the directory of the program, unless core_pattern names another place or
 * a program. */
#ifndef EVIDENCE_CORES_H
#define EVIDENCE_CORES_H

#include <nstest/lab.h>

/* Moves those that are newer than `since_ns` (CLOCK_REALTIME) from the current directory, as
 * hosts see it, into `folder` (a descriptor) as HOST.core, HOST-2.core. Adds their names to
 * *names, and what could not be kept to *lost, a line each (malloc'd, may be NULL). */
void nst_cores_keep(struct nst_lab *lab, unsigned long long since_ns, int folder,
		    char **names, char **lost);

#endif
