/* SPDX-License-Identifier: MIT */
/* The two sides of a lab: the handle in the caller, and the state of the lab process.
 */
#ifndef LAB_STATE_H
#define LAB_STATE_H

#include <stdbool.h>
#include <sys/resource.h>
#include <sys/types.h>

#include <lab/inside.h>
#include <nstest/capture.h>
#include <nstest/program.h>

/* ---- In the caller ---- */

struct nst_lab {
	int fd;    /* the socket pair's end */
	int pidfd; /* of the lab process */
	pid_t pid;
	bool live; /* somebody reads the capture as it happens, up to the end */
	uint64_t seed;
	bool allow_unplanned_loss;
	char *strace, *gdb, *terminal; /* as nst_lab_options; program_tool.c */
	char scheduling[128];          /* of the wire engine; "" until asked */
	struct nst_plan *plan;
	struct nst_program *programs; /* list of handles, newest first; program.c */
	struct disk *disks;           /* that are full or read-only; disk.c */
};

/* disk.c */
void disks_free(struct nst_lab *lab);

/* Its number in the lab process. Return: 0; -EINVAL for none. program.c */
int nst_program_number(const struct nst_program *program, size_t *ret_number);

/* Copies, and releases, what options say of tools; program_tool.c. */
int program_tools_keep(struct nst_lab *lab, const struct nst_lab_options *options);
void program_tools_forget(struct nst_lab *lab);

/* Releases the handles of programs (not the programs); program.c. */
void nst_programs_free(struct nst_lab *lab);

/* ---- In the lab process ---- */

/* The namespaces of one host, held open. */
struct node_namespaces {
	int net, mount, uts, ipc;
	int pids;         /* own PID namespace, or -1 */
	pid_t keeper;     /* its PID 1, or 0 */
	int route_socket; /* NETLINK_ROUTE in `net` */
	int tls_keys;     /* what SSLKEYLOGFILE of its programs names; 0: none */
};

struct programs; /* program_inside.c */
struct shortage; /* shortage.h */

struct nst_inside {
	struct nst_plan *plan;
	struct node_namespaces *nodes;    /* as plan->nodes */
	bool *link_down;                  /* by link */
	struct link_memory **link_memory; /* by link: what to restore; carrier.c */
	struct impairments *impairments;  /* NULL: no link is wired; impairments.h */
	struct cuts *cuts;                /* NULL: nothing was ever cut; cut.c */
	int backlog_fd;                   /* of nst_backlog_socket(); 0: not open yet */
	struct shortage *shortages;       /* resources that are exhausted, a list */
	struct nst_capture *capture;      /* NULL: nothing is captured */
	struct programs *programs;        /* NULL: none started yet */
	int request_fd;                   /* the socket pair's end */
	int child_fd;                     /* signalfd for SIGCHLD, non-blocking */
	int home_mount;                   /* the lab process's own mount namespace */
	int proc_sys;            /* /proc/sys, for sysctls of whichever netns */
	char *hosts_file;        /* text of /etc/hosts, the same for every host */
	char *caller_directory;  /* cwd of the caller of nst_lab_up() */
	uint64_t memory_bytes;   /* that programs may have; 0: as usage.h says */
	rlim_t descriptor_limit; /* RLIMIT_NOFILE (soft) as the caller had it */
	void *slots[NST_SLOT_COUNT];
};

/* Reaps every child that has ended, and tells programs_reaped() of each. init.c. Call
 * it when child_fd is readable (drain it first) while waiting inside a request. */
void inside_reap(struct nst_inside *inside);

/* A child has ended: `status` as of waitpid(2). Called by inside_reap(); pids that are
 * no program's are ignored. program_inside.c. */
void programs_reaped(struct nst_inside *inside, pid_t pid, int status);

/* Whether programs took too much of the machine: 0, or -ECHILD and the sentence. */
int programs_check_usage(struct nst_inside *inside);

/* What died unasked: 0, or -ECHILD and the sentence. program_inside.c. */
int programs_check(struct nst_inside *inside);

#endif
