/* SPDX-License-Identifier: MIT */
/* The caller's end of a program's stdin. The pipe never passes through the lab
 * process's hands for longer than the start, so writing is the caller's own affair: it
 * may block on a slow reader without stalling the lab. */
#ifndef LAB_PROGRAM_STDIN_H
#define LAB_PROGRAM_STDIN_H

#include <stdbool.h>
#include <stddef.h>

#include <nstest/program.h>

struct stdin_end {
	int fd;        /* a pipe, non-blocking; or -1 */
	bool was_open; /* there was such a pipe */
};

void stdin_none(struct stdin_end *end);

/* What `start` asks for: *ret_theirs is what the program is to read, the caller's; -1
 * if that is /dev/null. */
int stdin_open(struct stdin_end *end, const struct nst_start *start, int *ret_theirs);

/* Writes all. Return: 0; -EPIPE; -EBADF; -ETIMEDOUT if nothing is read for 30 s. Each
 * has a sentence. No SIGPIPE. */
int stdin_write(struct stdin_end *end, const void *data, size_t size);

void stdin_close(struct stdin_end *end);

#endif
