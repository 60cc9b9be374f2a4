/* SPDX-License-Identifier: MIT */
/* Another kernel that runs a command: a User-Mode Linux, which is a program like others.
 *
 *	struct nst_guest guest;
 *
 *	nst_guest_kernel_find("uml", &kernel);
 *	nst_guest_begin();
 *	nst_guest_start(&(struct nst_guest_options){ .kernel = &kernel, .command = … }, &guest);
 *	…poll(guest.pidfd), read what grows in guest.job…
 *	nst_guest_end(&guest);
 *
 * The guest sees the machine's files, at their paths, and may change them: that stays in
 * its memory. It reaches no network. What it writes into the folder NST_JOB comes out, in
 * the folder `job`: a tmpfs that both sides see. Nothing it left there may be trusted.
 * Nothing stays behind, not even after kill -9 of any process.
 */
#ifndef KERNEL_GUEST_H
#define KERNEL_GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Every machine has this folder, and nobody needs what is in it. */
#define NST_JOB "/mnt"
/* In it: a folder of the machine under this name, wherever it is there. */
#define NST_JOB_HERE NST_JOB "/here"

/* What is in it:
 *	command, environment	what to run, strings that end with NUL
 *	out, err		what the command wrote
 *	status			two digits or three, once it has ended
 *	console			what the kernel says
 *	kept			empty, for what the command leaves
 *	init, memory, uml, overlay	the guest's own
 */

struct nst_guest_kernel {
	char *path;   /* of the program */
	bool has_virtual_time; /* and a seed: built by nstest kernel build */
};

/* "uml": our own build if it is there, else that of package user-mode-linux; any other
 * word is the path of one. Return: 0; -ENOENT, -ENOEXEC with a sentence. */
int nst_guest_kernel_find(const char *word, struct nst_guest_kernel *ret);
void nst_guest_kernel_free(struct nst_guest_kernel *kernel);

enum nst_guest_time {
	NST_TIME_REAL,
	NST_TIME_VIRTUAL, /* waiting costs nothing; every run the same */
	/* The same, but programs that compute take time: for those that wait by
	 * computing. Not the same from run to run. */
	NST_TIME_INEXACT,
};

/* What is alive. */
struct nst_guest {
	pid_t pid; /* PID 1 of the guest's processes; 0: there is none */
	int pidfd;
	int job;  /* the folder */
	int line; /* a socket, to /dev/ttyS0 in the guest */
};

struct nst_guest_options {
	const struct nst_guest_kernel *kernel;
	const char *memory; /* "512M"; NULL: that */
	const char *folder; /* in which the command begins */
	const char *here;   /* what is to be at NST_JOB_HERE; NULL: nothing */
	mode_t umask;
	char *const *command; /* end with NULL */
	char *const *environment;
	enum nst_guest_time time;
	uint64_t seed; /* of a virtual one's random numbers */
	/* Called before the guest begins, to put more into its job; may be NULL. */
	int (*prepare)(const struct nst_guest *guest, void *arg);
	void *arg;
};

/* Gives the process a mount namespace of its own, as all below wants it; once. The caller has
 * called nst_become_root(). Return: 0; -errno with a sentence. */
int nst_guest_begin(void);

/* Return: 0; -errno with a sentence. */
int nst_guest_start(const struct nst_guest_options *options, struct nst_guest *ret);

/* Creates or empties a file of the job that the guest may write. Return: a descriptor;
 * -errno. */
int nst_guest_file(const struct nst_guest *guest, const char *name);

/* The last lines that the kernel said. Malloc'd; NULL: none, or no memory. */
char *nst_guest_last_words(const struct nst_guest *guest);

/* Of the command: 128 + n if signal n killed it; -ENOENT: it has not ended. */
int nst_guest_status(const struct nst_guest *guest);

/* Ends it if it runs, and forgets its folder. */
void nst_guest_end(struct nst_guest *guest);

#endif
