/* SPDX-License-Identifier: MIT */
/* A worker: PID 1 of a PID namespace, so that whatever its cases leave dies with it. It
 * takes the number of a job from a socket, runs it, sends results, takes the next. */
#ifndef RUNNER_WORKER_H
#define RUNNER_WORKER_H

#include <signal.h>
#include <sys/types.h>

#include "jobs.h"
#include "message.h"

/* What all jobs of a run share; options have no zeroes left. */
struct run_context {
	const struct nst_jobs *jobs;
	struct nst_run_options options;
	sigset_t mask; /* of signals, as nstest was called */
	pid_t runner_pid;
	int runner_fd;             /* in a worker: to the runner */
	struct nst_jobs *in_guest; /* in a guest kernel: `jobs`, not loaded yet */
};

/* How the runner holds a worker. */
struct worker {
	pid_t pid; /* 0: there is none at the moment */
	int pidfd, fd;
	struct note *note; /* shared */
	struct inbox inbox;
	bool busy;
	size_t job, task;
	uint64_t began_us, deadline_us;
	bool timed_out; /* we killed it */
};

/* Return: 0; -errno, the slot stays empty. */
int worker_spawn(struct worker *worker, const struct run_context *context);

/* Hands over a job; `filter` is NULL but for a suite of which only some tests are tried
 * again. */
void worker_give(struct worker *worker, const struct run_context *context,
		 const struct order *order, const char *filter);

/* The clock of its job starts (again). */
void worker_restart_clock(struct worker *worker, const struct run_context *context);

void worker_kill(struct worker *worker);

/* Reaps it and empties the slot. `how` (a sentence: "was killed by SIGKILL") has room
 * for 80 bytes. */
void worker_reap(struct worker *worker, char *how);

/* How long a job may take, by its own word or the run's; milliseconds. */
int job_timeout_ms(const struct job *job, const struct nst_run_options *options);

/* The folder of what an order leaves: further rounds and attempts have their own.
 * Malloc'd; NULL: no memory. */
char *order_out(const char *out, const struct order *order);

/* Names the case that a worker was at when it said no more, and the step; `what` is a
 * sentence. */
void describe_lost(const struct job *job, const struct note *note, const char *what,
		   struct nst_result *result);

/* "was killed by SIGSEGV", "exited with status 3". */
void describe_end(int status, char *text, size_t size);

#endif
