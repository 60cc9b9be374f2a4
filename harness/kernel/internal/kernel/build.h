/* SPDX-License-Identifier: MIT */
/* Building a kernel from the source package of the distribution. */
#ifndef KERNEL_BUILD_H
#define KERNEL_BUILD_H

#include <kernel/cache.h>

struct nst_kernel_progress {
	/* A step begins ("unpacking", "compiling"), or has come so far. */
	void (*report)(const char *step, unsigned int percent, void *context);
	void *context;
};

struct nst_kernel_build {
	const char
		*source; /* a tarball or an unpacked tree; NULL: the newest package */
	bool again;      /* although it is there */
	struct nst_kernel_progress progress; /* may be zero */
};

/* Builds one with all processors, in a folder beside the others that is renamed at the end: what
 * is interrupted (SIGINT, SIGTERM, SIGHUP), or fails, leaves nothing. Takes about 1.5 GB
 * of disk meanwhile.
 * Return: 1 if it was there already, 0 if it has been built; -ENOENT without a source or a
 * tool, -ENOSPC, -EBUSY if somebody else is building, -EINTR, -EIO if a step failed. The
 * sentence says what to do, or what the log's last lines were. */
int nst_kernel_build(const struct nst_kernel_build *options, struct nst_kernel *ret);

/* How many minutes that takes here, about. */
unsigned int nst_kernel_minutes(void);

#endif
