/* SPDX-License-Identifier: MIT */
/* Where a guest kernel runs: it can read the machine and write nothing but NST_JOB. */
#ifndef KERNEL_CAGE_H
#define KERNEL_CAGE_H

#include <sys/types.h>

/* Whose the files are that a guest writes: nobody, but where there is only one user (a user
 * namespace), that one. */
uid_t cage_user(void);

/* A tmpfs for NST_JOB, mounted nowhere yet. Return: a descriptor; -errno. */
int cage_make_job(void);

/* For a process that has a mount namespace of its own: all mounts become read-only, `job`
 * stands at NST_JOB and, unless it is NULL, `here` at NST_JOB_HERE, and the process loses what rights it has on the machine, but for the
 * right to read. Return: 0; -errno with a sentence. */
int cage_enter(int job, const char *here);

#endif
