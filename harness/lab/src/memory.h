/* SPDX-License-Identifier: MIT */
/* What the programs of a case take of the machine's memory: looked at now and then, and ended when it is
 * too much. */
#ifndef LAB_MEMORY_H
#define LAB_MEMORY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { MEMORY_LOOK_MS = 100 };

struct memory;

/* What was found to be too much. */
struct memory_report {
	char name[32]; /* of the process that took most */
	pid_t group;   /* its process group, which was killed */
	uint64_t bytes, all_bytes, most_bytes;
};

/* `most_bytes` 0: half of what the machine has. It lives as long as the process. */
int memory_open(uint64_t most_bytes, struct memory **ret_memory);

/* Looks, and kills the group of the biggest if it is too much. For one thread. */
void memory_look(struct memory *memory);

/* Whether it ever was too much; then what it was the first time. For any thread. */
bool memory_exceeded(struct memory *memory, struct memory_report *ret_report);

#endif
