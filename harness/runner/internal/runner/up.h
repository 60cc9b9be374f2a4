/* SPDX-License-Identifier: MIT */
/* Labs to work in by hand: held by one process, entered from other terminals. */
#ifndef RUNNER_UP_H
#define RUNNER_UP_H

#include <stdio.h>
#include <sys/types.h>

struct nst_up_options {
	const char
		*only; /* the lab of the first case with this in its name; NULL: any */
	const char *shell; /* open a shell in this host, and end with it; NULL: wait */
	uid_t owner;       /* who called nstest, before nst_become_root() */
	FILE *out;
};

/* Builds the lab of a scenario file, tells what is in it, and holds it until Ctrl-C,
 * SIGTERM, or the end of the shell. The caller has called nst_become_root().
 * Return: 0, or the shell's exit status; -errno with a sentence. */
int nst_up(const char *path, const struct nst_up_options *options);

/* Runs `command` (NULL-terminated; empty: the user's shell) in a host of a lab that
 * another process holds. `lab` is its name or PID; NULL if there is only one.
 * Return: the exit status, 128 + signal; -ENOENT if there is no such lab or host, and
 * the sentence names those that are; -errno. */
int nst_enter(const char *lab, const char *host, char *const *command);

#endif
