/* SPDX-License-Identifier: MIT */
/* Workers: how they are born, what they do, how they end.
 *
 * How it works. The runner makes a worker with clone3(CLONE_NEWPID): it is PID 1 of its
 * namespace, and when it ends the kernel kills everything below, labs included. It is a
 * session of its own, so that Ctrl-C reaches only the runner, which then decides. If
 * the runner dies, PR_SET_PDEATHSIG kills the worker; a runner that died before that
 * was armed shows as end of file on the socket pair.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>

#include "case.h"
#include "clock.h"
#include "guest_job.h"
#include "guest_plan.h"
#include "hold.h"
#include "suite.h"
#include "worker.h"

/* A worker looks at the clock by itself and keeps evidence when time is up. This much
 * later the runner ends it by force: something does not look at the clock. */
#define MOST_PROCESSES "8192" /* and threads, of the case that a worker runs */
enum { GRACE_MS = 5000, PLAIN_SUITE_FACTOR = 10 };

int job_timeout_ms(const struct job *job, const struct nst_run_options *options)
{
	if (options->gdb || (job->kind == JOB_CASE && options->step))
		return HOLD_MS;
	/* Any of its tests may wait for people, and each has a time of its own. */
	if (job->kind == JOB_SUITE && job->marked && options->pause_on_failure)
		return HOLD_MS;
	if (job->kind == JOB_CASE && job->item && job->item->timeout_ms)
		return job->item->timeout_ms;
	/* A plain Criterion binary says nothing before its end: it gets the time of
	 * ten. */
	if (job->kind == JOB_SUITE && !job->marked)
		return options->timeout_ms * PLAIN_SUITE_FACTOR;
	return options->timeout_ms;
}

void describe_end(int status, char *text, size_t size)
{
	if (WIFSIGNALED(status)) {
		const char *name = sigabbrev_np(WTERMSIG(status));

		snprintf(text, size, "was killed by SIG%s", name ? name : "?");
	} else {
		snprintf(text, size, "exited with status %d", WEXITSTATUS(status));
	}
}

void describe_lost(const struct job *job, const struct note *note, const char *what,
		   struct nst_result *result)
{
	struct note last = *note;
	const char *suite = job->kind == JOB_SUITE ? job->title : NULL, *name = NULL;
	const char *slash = strstr(job->title, " / ");

	last.title[sizeof(last.title) - 1] = last.step[sizeof(last.step) - 1] = '\0';
	if (suite)
		name = *last.title ? last.title : "(the suite)";
	if (suite)
		nst_text_set(&result->suite, "%s", suite);
	else
		nst_text_set(&result->suite, "%.*s", (int)(slash - job->title),
			     job->title);
	nst_text_set(&result->name, "%s", name ? name : slash + strlen(" / "));
	nst_text_set(&result->message, "%s", what);
	if (*last.step)
		nst_text_add(&result->message, "it was %s", last.step);
}

/* ---- In the worker ---- */

static bool runner_is_gone(int fd)
{
	struct pollfd end = { .fd = fd, .events = POLLRDHUP };

	return poll(&end, 1, 0) > 0 && (end.revents & (POLLRDHUP | POLLHUP));
}

/* Orphans of a suite are ours now: PID 1 inherits them. */
static void end_strays(void)
{
	kill(-1, SIGKILL);
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		;
}

static int run_job(const struct run_context *context, const struct job *job, int fd,
		   struct note *note)
{
	struct nst_result result = { 0 };
	int r;

	if (job->kind == JOB_SUITE) {
		r = suite_run(context, job, fd, note);
		end_strays();
		return r;
	}
	r = case_run(context, job, note, &result) ? 0
						  : message_send_result(fd, &result);
	nst_result_free(&result);
	return r;
}

char *order_out(const char *out, const struct order *order)
{
	char *path = NULL;

	nst_text_set(&path, "%s", out);
	if (order->round)
		nst_text_set(&path, "%s/round-%u", path, order->round + 1);
	if (order->attempt)
		nst_text_set(&path, "%s/attempt-%u", path, order->attempt + 1);
	return path;
}

/* In a guest kernel scenarios are read when they are needed. */
static int load_job(const struct run_context *context, size_t job)
{
	return context->in_guest ? guest_plan_load(context->in_guest,
						   &context->in_guest->list[job])
				 : 0;
}

static int send_unloaded(const struct job *job, int fd, const struct note *note)
{
	struct nst_result result = { .outcome = NST_OUTCOME_ERROR };
	int r;

	describe_lost(job, note, nst_error(), &result);
	r = message_send_result(fd, &result);
	nst_result_free(&result);
	return r;
}

static int take_order(const struct run_context *all, const struct order *order,
		      char *filter, int fd, struct note *note)
{
	AUTO_FREE char *out = order_out(all->options.out, order);
	struct run_context context = *all;
	struct job job;
	int r = load_job(all, order->job);

	if (!out)
		return nst_fail_memory();
	job = all->jobs->list[order->job];
	if (r < 0)
		return send_unloaded(&job, fd, note);
	context.options.out = out;
	context.options.seed += order->round;
	context.runner_fd = fd;
	if (filter)
		job.filter = filter;
	return run_job(&context, &job, fd, note);
}

static bool receive(int fd, void *bytes, size_t size)
{
	return recv(fd, bytes, size, MSG_WAITALL) == (ssize_t)size;
}

/* Return: whether another one may follow. */
static bool serve(const struct run_context *context, int fd, struct note *note)
{
	AUTO_FREE char *filter = NULL;
	struct order order;

	if (!receive(fd, &order, sizeof(order)))
		return false;
	if (order.filter_size) {
		filter = calloc(1, (size_t)order.filter_size + 1);
		if (!filter || !receive(fd, filter, order.filter_size))
			return false;
	}
	if (take_order(context, &order, filter, fd, note) < 0)
		_exit(EXIT_FAILURE);
	note->title[0] = note->step[0] = '\0';
	return message_send(fd, MESSAGE_DONE, NULL, 0) >= 0;
}

/* A machine whose memory a case has eaten takes it back from that case, and neither from
 * the runner nor from anybody else. Inherited by labs and programs. */
static void offer_to_oom_killer(void)
{
	AUTO_CLOSE int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd >= 0)
		(void)!write(fd, "500", 3);
}

/* A case that forks without end meets a limit of its own PID namespace, and its time. The
 * kernel has such limits since 6.14; before, this file is the whole machine's. */
static void limit_processes(void)
{
	struct utsname kernel;
	int major, minor, fd;

	if (uname(&kernel) < 0 ||
	    sscanf(kernel.release, "%d.%d", &major, &minor) != 2 || major < 6 ||
	    (major == 6 && minor < 14))
		return;
	fd = open("/proc/sys/kernel/pid_max", O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	(void)!write(fd, MOST_PROCESSES, strlen(MOST_PROCESSES));
	close(fd);
}

_Noreturn static void worker_main(const struct run_context *context, int fd,
				  struct note *note)
{
	setsid();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	offer_to_oom_killer();
	limit_processes();
	if (runner_is_gone(fd))
		_exit(EXIT_SUCCESS);
	sigprocmask(SIG_SETMASK, &context->mask, NULL);
	if (context->in_guest)
		note_mirror(note, open(NST_JOB "/note", O_WRONLY | O_CLOEXEC));
	if (context->options.kernel && !context->in_guest)
		guest_serve(context, fd, note);
	else
		while (serve(context, fd, note))
			;
	_exit(EXIT_SUCCESS);
}

/* Only what a worker needs stays open: the sockets of other workers would keep their
 * end of file away. */
static void close_others(int keep, int live)
{
	int low = keep < live ? keep : live, high = keep < live ? live : keep;

	if (low > STDERR_FILENO)
		close_range(STDERR_FILENO + 1, (unsigned int)low - 1, 0);
	else
		low = STDERR_FILENO;
	if (high > low + 1)
		close_range((unsigned int)low + 1, (unsigned int)high - 1, 0);
	close_range((unsigned int)high + 1, ~0U, 0);
}

/* ---- In the runner ---- */

static pid_t clone_worker(int *ret_pidfd)
{
	struct clone_args args = {
		.flags = CLONE_NEWPID | CLONE_PIDFD,
		.pidfd = (uint64_t)(uintptr_t)ret_pidfd,
		.exit_signal = SIGCHLD,
	};

	return (pid_t)syscall(SYS_clone3, &args, sizeof(args));
}

int worker_spawn(struct worker *worker, const struct run_context *context)
{
	int pair[2], pidfd = -1;
	pid_t pid;

	if (!worker->note) {
		void *page = mmap(NULL, sizeof(*worker->note), PROT_READ | PROT_WRITE,
				  MAP_SHARED | MAP_ANONYMOUS, -1, 0);

		if (page == MAP_FAILED)
			return nst_fail_errno("a page to share with a worker");
		worker->note = page;
	}
	*worker->note = (struct note){ 0 };
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return nst_fail_errno("a socket pair for a worker");
	fflush(NULL); /* or the worker would print our buffers once more */
	pid = clone_worker(&pidfd);
	if (pid < 0) {
		int r = nst_fail_errno("making a worker process in a PID namespace");

		close(pair[0]);
		close(pair[1]);
		return r;
	}
	if (!pid) {
		close_others(pair[1], context->options.live_fd);
		worker_main(context, pair[1], worker->note);
	}
	close(pair[1]);
	worker->pid = pid;
	worker->pidfd = pidfd;
	worker->fd = pair[0];
	worker->busy = worker->timed_out = false;
	return 0;
}

void worker_restart_clock(struct worker *worker, const struct run_context *context)
{
	int ms = job_timeout_ms(&context->jobs->list[worker->job], &context->options);

	worker->deadline_us = now_us() + (uint64_t)(ms + GRACE_MS) * 1000;
}

void worker_give(struct worker *worker, const struct run_context *context,
		 const struct order *order, const char *filter)
{
	struct order sent = *order;
	struct iovec parts[] = { { &sent, sizeof(sent) },
				 { (void *)filter, filter ? strlen(filter) : 0 } };
	const struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };

	sent.filter_size = (uint32_t)parts[1].iov_len;
	worker->busy = true;
	worker->job = order->job;
	worker->began_us = now_us();
	worker_restart_clock(worker, context);
	/* If it is gone, its pidfd tells. A worker that waits for this has read all that
	 * came before, so that there is room. */
	(void)!sendmsg(worker->fd, &message, MSG_NOSIGNAL);
}

void worker_kill(struct worker *worker)
{
	if (worker->pid)
		syscall(SYS_pidfd_send_signal, worker->pidfd, SIGKILL, NULL, 0);
}

void worker_reap(struct worker *worker, char *how)
{
	int status = 0;

	while (waitpid(worker->pid, &status, 0) < 0 && errno == EINTR)
		;
	describe_end(status, how, 80);
	close(worker->pidfd);
	close(worker->fd);
	inbox_free(&worker->inbox);
	worker->pid = 0;
	worker->pidfd = worker->fd = -1;
	worker->busy = false;
}
