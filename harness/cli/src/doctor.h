/* SPDX-License-Identifier: MIT */
/* What a machine can do, each thing really tried. */
#ifndef CLI_DOCTOR_H
#define CLI_DOCTOR_H

#include <stdbool.h>
#include <stddef.h>

struct ability;

/* Tries it, in a child process of its own that may change namespaces and mounts at
 * will. Return: 0; 1 and a sentence: a remark; -errno and a sentence: it cannot. */
typedef int try_function(const struct ability *ability);

struct ability {
	const char *name;
	const char *lost; /* what does not work without it */
	const char *cure; /* package or setting; NULL: the sentence of the failure says
			     it */
	bool essential;   /* without it no case runs */
	try_function *try_it;
	int number;       /* for try_it */
	const char *text; /* for try_it */
};

/* What all others need. */
extern const struct ability first_ability;

/* Ends with name NULL. */
extern const struct ability abilities[];

/* A command of root's that brings an ability. Ends with ability NULL. */
struct fix {
	const char *ability;
	const char *family; /* "debian", "fedora"; "": anywhere */
	const char *command;
};
extern const struct fix fixes[];

try_function try_root, try_user_namespace, try_namespace, try_proc, try_link, try_netem,
	try_nft, try_xtables, try_capture, try_large_buffers, try_overlay,
	try_id_ranges, try_partition, try_rps, try_program;

/* ---- For the functions that try ---- */

/* Makes the calling child root, with fresh network and mount namespaces. */
int stand_alone(void);

/* One rtnetlink request. Return: 0, or -errno with `doing` and the kernel's words. */
int ask_for_link(const char *kind);

#endif
