/* SPDX-License-Identifier: MIT */
/* What the programs of a case take of the machine, memory and processes: looked at now and
 * then, and ended when it is too much. */
#ifndef LAB_USAGE_H
#define LAB_USAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* A lab of 1,000 hosts may have some programs on each. */
enum { USAGE_LOOK_MS = 100, USAGE_MOST_PROCESSES = 4096 };

struct usage;

/* What was found to be too much. */
struct usage_report {
	char name
		[32]; /* of a process of the group that was killed: the biggest, or the newest */
	pid_t group;
	size_t processes;
	uint64_t bytes; /* of that process */
	uint64_t all_bytes, most_bytes;
};

/* `most_bytes` 0: half of the machine's memory. It lives as long as the process. */
int usage_open(uint64_t most_bytes, struct usage **ret_usage);

/* Looks, and kills a group if it is too much. For one thread. */
void usage_look(struct usage *usage);

/* Whether it ever was too much; then what it was the first time. For any thread. */
bool usage_exceeded(struct usage *usage, struct usage_report *ret_report);

#endif
