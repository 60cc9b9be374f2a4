/* SPDX-License-Identifier: MIT */
/* Where a guest kernel runs: it can read the machine and write nothing but JOB. */
#ifndef CAGE_H
#define CAGE_H

/* A tmpfs in the cage. Every machine has this folder, and nobody needs what is in it. */
#define JOB "/mnt"

/* Puts the calling process into namespaces of its own: all mounts are read-only, JOB is empty
 * and writable, there is no network, children are born into a new PID namespace. root
 * becomes nobody. Return: 0; -1 with a sentence on standard error. */
int cage_enter(void);

#endif
