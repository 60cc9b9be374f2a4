/* SPDX-License-Identifier: MIT */
/* A lab as its owner sees it: up, down, asked. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>

#include "captures.h"
#include "impairments.h"
#include "process.h"
#include "program_findings.h"
#include "wire.h"

/* Lab processes that were told to end. The kernel takes a while over one that held
 * packet sockets (an RCU grace period each), and nobody should wait for it. */
enum { MOST_DYING = 64 };
static pthread_mutex_t dying_lock = PTHREAD_MUTEX_INITIALIZER;
static pid_t dying[MOST_DYING];
static size_t dying_count;

static void bury(pid_t pid)
{
	size_t left = 0;

	pthread_mutex_lock(&dying_lock);
	for (size_t i = 0; i < dying_count; i++)
		if (waitpid(dying[i], NULL, WNOHANG) == 0)
			dying[left++] = dying[i];
	dying_count = left;
	if (waitpid(pid, NULL, WNOHANG) == 0) {
		if (dying_count == MOST_DYING)
			waitpid(dying[--dying_count], NULL, 0);
		dying[dying_count++] = pid;
	}
	pthread_mutex_unlock(&dying_lock);
}

static void release(struct nst_lab *lab)
{
	if (lab->fd >= 0)
		close(lab->fd);
	if (lab->pidfd >= 0)
		close(lab->pidfd);
	nst_plan_free(lab->plan);
	program_tools_forget(lab);
	free(lab);
}

/* The socket pair broke: says how the lab process ended. */
static int fail_gone(const struct nst_lab *lab)
{
	siginfo_t how = { 0 };

	if (waitid(P_PID, (id_t)lab->pid, &how, WEXITED | WNOWAIT) < 0)
		return nst_fail(-EPIPE, "the lab process is gone");
	if (how.si_code == CLD_EXITED)
		return nst_fail(-EPIPE, "the lab process ended with exit status %d",
				how.si_status);
	return nst_fail(-EPIPE, "the lab process was killed by signal %d (%s)%s",
			how.si_status, strsignal(how.si_status),
			how.si_code == CLD_DUMPED ? ", core dumped" : "");
}

static int await_reply(struct nst_lab *lab, struct nst_message *reply)
{
	int result, r = wire_receive_reply(lab->fd, &result, reply);

	if (r == -EPIPE)
		return fail_gone(lab);
	return r < 0 ? nst_fail(r, "reading the lab process's answer: %s", strerror(-r))
		     : result;
}

/* Another one each time, where none is asked for. */
static uint64_t make_seed(void)
{
	uint64_t seed = 0;

	while (seed == 0)
		if (getrandom(&seed, sizeof(seed), 0) < 0 && errno != EINTR)
			return 1;
	return seed;
}

int nst_lab_up(const struct nst_topology *topology,
	       const struct nst_lab_options *options, struct nst_lab **ret_lab)
{
	struct nst_lab *lab = calloc(1, sizeof(*lab));
	struct process_task task = {
		.options = options ? *options : (struct nst_lab_options){ 0 }
	};
	struct nst_message nothing = { 0 };
	int pair[2], r;

	if (!lab)
		return nst_fail_memory();
	lab->fd = lab->pidfd = -1;
	if (!task.options.seed)
		task.options.seed = make_seed();
	lab->seed = task.options.seed;
	lab->allow_unplanned_loss = task.options.allow_unplanned_loss;
	r = program_tools_keep(lab, &task.options);
	if (r == 0)
		r = nst_plan_make(topology, &lab->plan);
	if (r == 0 && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		r = nst_fail_errno("making a socket pair");
	if (r < 0) {
		release(lab);
		return r;
	}
	lab->fd = pair[0];
	task.plan = lab->plan;
	task.request_fd = pair[1];
	lab->pid = process_fork(&task);
	close(pair[1]);
	if (lab->pid < 0) {
		r = lab->pid;
		release(lab);
		return r;
	}
	lab->pidfd = (int)syscall(SYS_pidfd_open, lab->pid, 0);
	lab->live = task.options.live_fd > 0;
	r = await_reply(lab, &nothing);
	if (r < 0) { /* the lab process has ended, or is about to */
		bury(lab->pid);
		release(lab);
		return r;
	}
	*ret_lab = lab;
	return 0;
}

/* Kills and reaps all that runs in the case, so that no program acts after the lab went
 * down, and writes the last packets to a live reader. */
static int end_inside(struct nst_inside *inside, struct nst_message *request,
		      struct nst_message *reply)
{
	(void)request;
	(void)reply;
	kill(-1, SIGKILL);
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		;
	captures_finish(inside);
	return 0;
}

static bool has_processes(const struct nst_lab *lab)
{
	for (size_t n = 0; n < lab->plan->node_count; n++)
		if (lab->plan->nodes[n].own_pids)
			return true;
	return lab->programs != NULL;
}

void nst_lab_down(struct nst_lab *lab)
{
	if (!lab)
		return;
	/* The lab process ends at the end of file, and is not waited for. */
	if ((has_processes(lab) || lab->live) &&
	    nst_lab_call(lab, end_inside, NULL, NULL) < 0 && lab->pidfd >= 0)
		syscall(SYS_pidfd_send_signal, lab->pidfd, SIGKILL, NULL, 0);
	nst_programs_free(lab);
	disks_free(lab);
	bury(lab->pid);
	release(lab);
}

pid_t nst_lab_pid(const struct nst_lab *lab)
{
	return lab->pid;
}

uint64_t nst_lab_seed(const struct nst_lab *lab)
{
	return lab->seed;
}

int nst_lab_call(struct nst_lab *lab, nst_inside_fn *function,
		 const struct nst_message *request, struct nst_message *reply)
{
	struct nst_message unwanted = { 0 };
	int r = wire_send_request(lab->fd, function, request);

	if (r == -EPIPE)
		return fail_gone(lab);
	if (r < 0)
		return nst_fail(r, "asking the lab process: %s", strerror(-r));
	r = await_reply(lab, reply ? reply : &unwanted);
	wire_message_drop(&unwanted);
	return r;
}

int nst_lab_ask(struct nst_lab *lab, nst_inside_fn *function, const void *request,
		size_t request_size, void *reply, size_t reply_size)
{
	struct nst_message question = { .data = (void *)request, .size = request_size };
	struct nst_message answer = { 0 };
	int r = nst_lab_call(lab, function, &question, &answer);

	if (r >= 0 && answer.size != reply_size)
		r = nst_fail(-EPROTO,
			     "the lab process answered %zu bytes instead of %zu",
			     answer.size, reply_size);
	if (r >= 0 && reply_size)
		memcpy(reply, answer.data, reply_size);
	wire_message_drop(&answer);
	return r;
}

static int check_inside(struct nst_inside *inside, struct nst_message *request,
			struct nst_message *reply)
{
	int r;

	(void)request;
	(void)reply;
	inside_reap(inside);
	r = impairments_check(inside);
	if (r == 0)
		r = programs_check_findings(inside);
	if (r == 0)
		r = programs_check_usage(inside);
	return r < 0 ? r : programs_check(inside);
}

int nst_lab_check(struct nst_lab *lab)
{
	return nst_lab_call(lab, check_inside, NULL, NULL);
}

const struct nst_plan *nst_inside_plan(const struct nst_inside *inside)
{
	return inside->plan;
}

void **nst_inside_slot(struct nst_inside *inside, enum nst_inside_slot slot)
{
	return &inside->slots[slot];
}
