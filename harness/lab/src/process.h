/* SPDX-License-Identifier: MIT */
/* The lab process: PID 1 of the case, which holds the lab and serves requests. */
#ifndef LAB_PROCESS_H
#define LAB_PROCESS_H

#include "state.h"

/* What the lab process is to build. */
struct process_task {
	struct nst_plan *plan;
	struct nst_lab_options options;
	int request_fd;
};

/* Forks it. Return: the PID of the child that stands for the lab process (the lab
 * process itself, or a parent of it that stands by); -errno. */
pid_t process_fork(const struct process_task *task);

#endif
