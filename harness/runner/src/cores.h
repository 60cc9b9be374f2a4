/* SPDX-License-Identifier: MIT */
/* Core dumps of programs in hosts. The kernel writes them only where the limit allows it
 * (ulimit -c), into the directory of the program, unless core_pattern names another place or
 * a program. */
#ifndef RUNNER_CORES_H
#define RUNNER_CORES_H

#include <stdbool.h>

#include <nstest/lab.h>

/* Moves the next core dump that is newer than `since_ns` (CLOCK_REALTIME) from the current
 * directory, as `host` sees it, into `fd`. Return: 1; 0 if there is none; -errno with a
 * sentence. */
int core_take(struct nst_lab *lab, const char *host, unsigned long long since_ns,
	      int fd);

/* Whether there may be any: it is allowed, and the kernel writes them into directories. */
bool cores_are_written(void);

#endif
