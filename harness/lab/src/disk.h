/* SPDX-License-Identifier: MIT */
/* Disks of hosts: functions that nst_in_host() runs there.
 *
 *	disk.c		what is full or read-only now, in the caller
 *	disk_full.c	a tmpfs is full
 *	disk_protect.c	mounts are read-only
 */
#ifndef LAB_DISK_H
#define LAB_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include <nstest/lab.h>

struct filling {
	const char *path;
	dev_t machines;          /* the device of that path outside; 0: there is none */
	bool root_is_tmpfs;      /* the host's own */
	unsigned long long size; /* to go back to */
};

nst_function
	disk_fill; /* a struct filling; gives its size (unsigned long long) as it was */
nst_function disk_empty;

/* Paths of mounts, each with its NUL, and an empty one. */
enum { MOUNTS_SIZE = 32768 };
struct mount_list {
	size_t size;
	char paths[MOUNTS_SIZE];
};

nst_function disk_protect; /* a path; gives what became read-only (struct mount_list) */
nst_function disk_unprotect; /* a struct mount_list */

#endif
