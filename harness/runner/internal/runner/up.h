/* SPDX-License-Identifier: MIT */
/* Labs to work in by hand: held by one process, entered from other terminals. */
#ifndef RUNNER_UP_H
#define RUNNER_UP_H

#include <stdbool.h>
#include <stdint.h>
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

struct nst_with_options {
	const char *only; /* take the steps of the first case with this in its name
			     before the command begins; NULL: no steps */
	const char *on;   /* a host; NULL: here, with NSTEST_LAB set */
	const char *out;  /* folder for what is kept if it fails; NULL: nstest-out */
	bool keep_all;    /* if it does not fail, too */
	uint64_t seed;    /* of all chance on links; 0: another one */
};

/* Builds the lab of a scenario file, runs a command (NULL-terminated) in it, and takes
 * it down. What the case left to do on timelines is done meanwhile. To be called
 * *before* nst_become_root(), by a process without threads: without a host, the command
 * stays the user that it is.
 * Return: the command's exit status, 128 + signal; 1 if it passed but a program of the
 * lab had died or a fault had never fired, which is told on stderr; -errno with a
 * sentence. */
int nst_with(const char *path, char *const *command,
	     const struct nst_with_options *options);

/* Asks the process that holds a lab to take it down; as nst_enter() finds it. */
int nst_down(const char *lab);

/* A line for each lab of this user that is up. Return: how many; -errno. */
int nst_ps(FILE *out);

/* Runs `command` (NULL-terminated; empty: the user's shell) in a host of a lab that
 * another process holds. `lab` is its PID or a part of its name; NULL: that of the
 * environment (NSTEST_LAB), or the only one.
 * Return: the exit status, 128 + signal; -ENOENT if there is no such lab or host, and
 * the sentence names those that are; -errno. */
int nst_enter(const char *lab, const char *host, char *const *command);

#endif
