/* SPDX-License-Identifier: MIT */
/* The lab process: PID 1 of the case.
 *
 * It ends when its caller does: by PR_SET_PDEATHSIG, and, for a caller that dies before
 * that is armed, by end of file on the socket pair, which it looks at before it begins
 * and whenever it waits for a request. Its own end takes everything with it: the kernel
 * kills what runs in its PID namespace, and nothing else holds the other namespaces.
 */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>
#include <base/signals.h>

#include "captures.h"
#include "impairments.h"
#include "links.h"
#include "makers.h"
#include "namespaces.h"
#include "process.h"
#include "userns.h"
#include "wire.h"

#include <lab/masquerade.h>

static void set_signals(void)
{
	sigset_t children;

	nst_signals_reset();
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&children);
	sigaddset(&children, SIGCHLD);
	sigprocmask(SIG_SETMASK, &children, NULL);
}

/* Descriptors of the caller would keep alive what it closes. */
static void close_inherited(int keep_one, int keep_other)
{
	int low = keep_one < keep_other ? keep_one : keep_other;
	int high = keep_one < keep_other ? keep_other : keep_one;
	unsigned int from = STDERR_FILENO + 1;

	if (low >= (int)from) {
		if (low > (int)from)
			syscall(SYS_close_range, from, (unsigned int)low - 1, 0);
		from = (unsigned int)low + 1;
	}
	if (high >= (int)from) {
		if (high > (int)from)
			syscall(SYS_close_range, from, (unsigned int)high - 1, 0);
		from = (unsigned int)high + 1;
	}
	syscall(SYS_close_range, from, ~0U, 0);
}

/* A lab of 1,000 hosts takes 5,000 descriptors. */
static rlim_t raise_descriptor_limit(void)
{
	struct rlimit limit;
	rlim_t before;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return 1024;
	before = limit.rlim_cur;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	return before;
}

static int prepare(struct nst_inside *inside, const struct process_task *task)
{
	sigset_t children;

	set_signals();
	setsid();
	prctl(PR_SET_NAME, "nstest-lab");
	close_inherited(task->request_fd, task->options.live_fd);
	mallopt(M_ARENA_MAX, 1); /* its threads are short-lived or rarely allocate */
	inside->plan = task->plan;
	inside->request_fd = task->request_fd;
	inside->descriptor_limit = raise_descriptor_limit();
	inside->caller_directory = getcwd(NULL, 0);
	sigemptyset(&children);
	sigaddset(&children, SIGCHLD);
	inside->child_fd = signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK);
	if (inside->child_fd < 0)
		return nst_fail_errno("making a signalfd");
	inside->hosts_file = nst_plan_hosts_file(task->plan);
	inside->nodes = calloc(task->plan->node_count + 1, sizeof(*inside->nodes));
	inside->link_down = calloc(task->plan->interface_count / 2 + 1, sizeof(bool));
	inside->link_memory = calloc(task->plan->interface_count / 2 + 1,
				     sizeof(*inside->link_memory));
	if (!inside->hosts_file || !inside->nodes || !inside->link_down ||
	    !inside->link_memory)
		return nst_fail_memory();
	for (size_t n = 0; n < task->plan->node_count; n++)
		inside->nodes[n] =
			(struct node_namespaces){ -1, -1, -1, -1, -1, 0, -1 };
	return 0;
}

static int set_up_nat(struct nst_inside *inside)
{
	for (size_t n = 0; n < inside->plan->node_count; n++) {
		int r = 0;

		if (inside->plan->nodes[n].kind == NST_NAT_ROUTER)
			r = masquerade_setup(inside, n);
		if (r < 0)
			return r;
	}
	return 0;
}

static int build(struct nst_inside *inside, const struct process_task *task)
{
	struct makers *makers;
	int r = prepare(inside, task);

	inside->memory_bytes = task->options.memory_bytes;
	if (r == 0)
		r = namespaces_make_base(inside);
	if (r == 0)
		r = makers_start(inside, &makers);
	if (r == 0)
		r = impairments_make_namespace(inside);
	if (r == 0)
		r = links_create(inside);
	/* Before the engine, which is a fork, and before the ears. */
	if (r == 0)
		r = makers_finish(makers);
	/* Before the captures: the engine is a fork that must not keep their sockets. */
	if (r == 0)
		r = impairments_start(inside, task->options.engine, task->options.seed);
	if (r == 0 && task->options.capture != NST_CAPTURE_NONE)
		r = captures_open(inside, task->options.live_fd);
	if (r == 0)
		r = set_up_nat(inside);
	if (r == 0)
		r = links_up(inside);
	return r < 0 ? r : links_await_ready(inside);
}

void inside_reap(struct nst_inside *inside)
{
	struct signalfd_siginfo ignored;
	int status;
	pid_t pid;

	while (read(inside->child_fd, &ignored, sizeof(ignored)) > 0)
		;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		impairments_reaped(inside, pid, status);
		programs_reaped(inside, pid, status);
	}
}

static int serve_one(struct nst_inside *inside)
{
	struct nst_message request, reply = { 0 };
	nst_inside_fn *function;
	int result, r;

	r = wire_receive_request(inside->request_fd, &function, &request);
	if (r < 0)
		return r;
	nst_error_clear();
	result = function(inside, &request, &reply);
	r = wire_send_reply(inside->request_fd, result, &reply);
	wire_message_drop(&request);
	wire_message_drop(&reply);
	return r;
}

static void serve(struct nst_inside *inside)
{
	for (;;) {
		struct pollfd events[] = {
			{ .fd = inside->request_fd, .events = POLLIN },
			{ .fd = inside->child_fd, .events = POLLIN }
		};

		if (poll(events, ARRAY_SIZE(events), -1) < 0 && errno != EINTR)
			return;
		if (events[1].revents)
			inside_reap(inside);
		if (events[0].revents && serve_one(inside) < 0)
			return;
	}
}

/* Whether the caller is still there, now that its death would be told. */
static bool caller_lives(int request_fd)
{
	struct pollfd event = { .fd = request_fd, .events = 0 };

	return poll(&event, 1, 0) >= 0 && !(event.revents & POLLHUP);
}

__attribute__((noreturn)) static void run(const struct process_task *task)
{
	struct nst_inside inside = { 0 };
	int r;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!caller_lives(task->request_fd))
		_exit(1);
	r = build(&inside, task);
	if (r == -EPERM || r == -ENOSPC) {
		char sentence[NST_ERROR_SIZE];

		memcpy(sentence, nst_error(), sizeof(sentence));
		userns_fail_forbidden(r);
		nst_fail_in(r, "%s", sentence);
	}
	if (wire_send_reply(task->request_fd, r, NULL) == 0 && r == 0)
		serve(&inside);
	captures_close(&inside);
	_exit(r < 0);
}

/* fork(2) into a new PID namespace. A thread that did unshare(2) returns to `own`, so
 * that its own children go on being born where they were; the stand-by has no other
 * children.
 */
static pid_t fork_init(int own)
{
	pid_t pid;

	if (unshare(CLONE_NEWPID) < 0)
		return nst_fail_errno("making a PID namespace");
	pid = fork();
	if (pid < 0)
		pid = nst_fail_errno("forking the lab process");
	if (pid != 0 && own >= 0 && setns(own, CLONE_NEWPID) < 0 && pid > 0) {
		kill(pid, SIGKILL);
		return nst_fail_errno("returning to the caller's PID namespace");
	}
	return pid;
}

/* The parent of a lab process whose caller may not make namespaces, or could not return
 * from a new PID namespace because its own belongs to another user. */
__attribute__((noreturn)) static void stand_by(const struct process_task *task)
{
	pid_t pid;
	int r;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!caller_lives(task->request_fd))
		_exit(1);
	set_signals();
	/* The caller's ends of socket pairs, this lab's and others': a lab ends when the last is
	 * closed. */
	close_inherited(task->request_fd, task->options.live_fd);
	r = nst_become_root();
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* a change of credentials clears it */
	pid = r < 0 ? r : fork_init(-1);
	if (pid == 0)
		run(task);
	if (pid < 0)
		wire_send_reply(task->request_fd, pid, NULL);
	close(task->request_fd);
	while (pid > 0 && waitpid(pid, &r, 0) < 0 && errno == EINTR)
		;
	_exit(1);
}

pid_t process_fork(const struct process_task *task)
{
	/* Names the caller's PID namespace, without a /proc that may be another's. */
	AUTO_CLOSE int own = (int)syscall(SYS_pidfd_open, getpid(), 0);
	pid_t pid;

	if (userns_may_build() && own >= 0 && setns(own, CLONE_NEWPID) == 0) {
		pid = fork_init(own);
		if (pid == 0)
			run(task);
		return pid;
	}
	pid = fork();
	if (pid == 0)
		stand_by(task);
	return pid < 0 ? nst_fail_errno("forking") : pid;
}
