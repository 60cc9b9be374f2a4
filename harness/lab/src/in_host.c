/* SPDX-License-Identifier: MIT */
/* Code of the caller in a host: functions and sockets.
 *
 * How it works. A function runs in a grandchild of the caller. The child between them
 * enters the host's namespaces; a PID namespace is only entered by its next child,
 * which therefore runs the function. The one in between stays, with the deadline: so
 * the caller's threads, namespaces and signals are left alone, the grandchild always
 * has somebody who buries it, and whoever of the three dies takes those below along.
 *
 * What happened comes back in memory that all three share.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>

#include "state.h"
#include "tls_keys.h"
#include "wire.h"

enum { DEFAULT_TIMEOUT_MS = 30000, GRACE_MS = 10000 };

/* How far it came. */
enum stage {
	STAGE_BEGUN,  /* the child died before it could say anything */
	STAGE_FAILED, /* before the function ran: `code` and the sentence */
	STAGE_RUNNING,
	STAGE_RETURNED, /* `code`, and for a failure the sentence if there is one */
	STAGE_ENDED,    /* without returning: `status` as of waitpid(2) */
	STAGE_TIMED_OUT,
};

struct outcome {
	enum stage stage;
	int code, status;
	char sentence[NST_ERROR_SIZE];
	_Alignas(max_align_t) char result[];
};

struct call {
	nst_function *function;
	void *arg;
	int timeout_ms;
	const char *directory; /* the caller's */
	struct outcome *outcome;
};

/* ---- What the lab process hands out ---- */

/* A host's namespaces, in the order in which they are entered: the first gives the
 * right to enter the others. */
enum { PLACE_USER, PLACE_PIDS, PLACE_NET, PLACE_UTS, PLACE_IPC, PLACE_MOUNT, PLACES };

static const struct {
	int type;
	const char *name;
} places[PLACES] = {
	[PLACE_USER] = { CLONE_NEWUSER, "user" },
	[PLACE_PIDS] = { CLONE_NEWPID, "PID" },
	[PLACE_NET] = { CLONE_NEWNET, "network" },
	[PLACE_UTS] = { CLONE_NEWUTS, "UTS" },
	[PLACE_IPC] = { CLONE_NEWIPC, "IPC" },
	[PLACE_MOUNT] = { CLONE_NEWNS, "mount" },
};

static int duplicate(int fd)
{
	return fcntl(fd, F_DUPFD_CLOEXEC, 3);
}

static int places_inside(struct nst_inside *inside, struct nst_message *request,
			 struct nst_message *reply)
{
	const struct node_namespaces *host = &inside->nodes[*(size_t *)request->data];
	const int fds[PLACES] = {
		[PLACE_USER] = open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC),
		[PLACE_PIDS] = host->pids >= 0 ? duplicate(host->pids)
					       : open("/proc/self/ns/pid",
						      O_RDONLY | O_CLOEXEC),
		[PLACE_NET] = duplicate(host->net),
		[PLACE_UTS] = duplicate(host->uts),
		[PLACE_IPC] = duplicate(host->ipc),
		[PLACE_MOUNT] = duplicate(host->mount),
	};
	int r = 0;

	static_assert((int)PLACES <= (int)NST_MESSAGE_FDS,
		      "they travel in one message");
	memcpy(reply->fds, fds, sizeof(fds));
	reply->fd_count = PLACES;
	for (size_t i = 0; i < PLACES; i++)
		if (fds[i] < 0)
			r = nst_fail(-EMFILE, "opening the %s namespace",
				     places[i].name);
	if (r < 0)
		wire_message_drop(reply);
	return r;
}

/* ---- In the child ---- */

/* To be killed when the parent dies, which `parent` (a pidfd) tells had not happened
 * before. */
static bool follow_to_death(int parent)
{
	struct pollfd dead = { .fd = parent, .events = POLLIN };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	return poll(&dead, 1, 0) == 0;
}

static bool is_own_user_namespace(int fd)
{
	struct stat own, other;

	return stat("/proc/self/ns/user", &own) == 0 && fstat(fd, &other) == 0 &&
	       own.st_ino == other.st_ino && own.st_dev == other.st_dev;
}

static int enter(const int *fds)
{
	/* Who shares the current directory with another thread, as ThreadSanitizer's is in
	 * every process, may not enter a mount namespace. */
	if (unshare(CLONE_FS) < 0)
		return nst_fail_errno("leaving the shared current directory");
	for (size_t i = 0; i < PLACES; i++) {
		if (i == PLACE_USER && is_own_user_namespace(fds[i]))
			continue;
		if (setns(fds[i], places[i].type) < 0)
			return nst_fail_errno("entering the %s namespace",
					      places[i].name);
	}
	return 0;
}

__attribute__((noreturn)) static void give_up(struct outcome *outcome, int code)
{
	outcome->code = code;
	memcpy(outcome->sentence, nst_error(), NST_ERROR_SIZE);
	outcome->stage = STAGE_FAILED;
	_exit(1);
}

/* The grandchild. */
__attribute__((noreturn)) static void run(const struct call *call, int parent)
{
	struct outcome *outcome = call->outcome;

	if (!follow_to_death(parent))
		_exit(1);
	close(parent);
	if (call->directory && chdir(call->directory) < 0 && chdir("/") < 0)
		_exit(1);
	setenv("SSLKEYLOGFILE", TLS_KEYS_FILE, 1);
	nst_error_clear();
	outcome->stage = STAGE_RUNNING;
	outcome->code = call->function(call->arg, outcome->result);
	memcpy(outcome->sentence, nst_error(), NST_ERROR_SIZE);
	fflush(stdout);
	outcome->stage = STAGE_RETURNED;
	_exit(0);
}

/* Until it ends or its time is up. */
static void watch(pid_t pid, int pidfd, const struct call *call)
{
	struct pollfd ended = { .fd = pidfd, .events = POLLIN };
	struct outcome *outcome = call->outcome;
	int status = 0, n = poll(&ended, 1, call->timeout_ms);

	if (n == 0)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (outcome->stage == STAGE_RETURNED)
		return;
	outcome->status = status;
	outcome->stage = n == 0 ? STAGE_TIMED_OUT : STAGE_ENDED;
}

static int own_pidfd(void)
{
	return (int)syscall(SYS_pidfd_open, getpid(), 0);
}

/* The child in between. Signals are not for it: it would miss its duty. */
__attribute__((noreturn)) static void supervise(const struct call *call, const int *fds,
						int caller)
{
	struct sigaction by_default = { .sa_handler = SIG_DFL }, callers;
	int own = own_pidfd(), r, pidfd;
	sigset_t all, before;
	pid_t pid;

	if (!follow_to_death(caller))
		_exit(1);
	r = enter(fds);
	if (r < 0)
		give_up(call->outcome, r);
	/* A change of credentials has cleared it. */
	if (!follow_to_death(caller))
		_exit(1);
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	sigaction(SIGCHLD, &by_default,
		  &callers); /* ignored, it would hide the status */
	pid = fork();
	if (pid < 0)
		give_up(call->outcome, nst_fail_errno("fork in the host"));
	if (pid == 0) {
		sigaction(SIGCHLD, &callers, NULL);
		sigprocmask(SIG_SETMASK, &before, NULL);
		run(call, own);
	}
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (pidfd < 0) {
		kill(pid, SIGKILL);
		give_up(call->outcome, nst_fail_errno("opening a pidfd"));
	}
	watch(pid, pidfd, call);
	_exit(0);
}

/* ---- In the caller ---- */

/* The deadline is the child's; this one is for a child that cannot keep it. Somebody
 * else's handler may reap it: the pidfd tells all the same. */
static int await_child(pid_t pid, int timeout_ms)
{
	struct pollfd ended = { .fd = (int)syscall(SYS_pidfd_open, pid, 0),
				.events = POLLIN };
	int n = 1;

	if (ended.fd >= 0) {
		do
			n = poll(&ended, 1, timeout_ms + GRACE_MS);
		while (n < 0 && errno == EINTR);
		close(ended.fd);
	}
	if (n == 0)
		kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return n == 0 ? -ETIMEDOUT : 0;
}

static int explain_end(int status)
{
	if (WIFSIGNALED(status))
		return nst_fail(-ECHILD, "the function was killed by signal %d (%s)",
				WTERMSIG(status), strsignal(WTERMSIG(status)));
	return nst_fail(-ECHILD,
			"the function ended its process with exit status %d instead of "
			"returning",
			WEXITSTATUS(status));
}

static int explain(const struct call *call)
{
	const struct outcome *outcome = call->outcome;

	switch (outcome->stage) {
	case STAGE_BEGUN:
	case STAGE_RUNNING:
		break;
	case STAGE_FAILED:
		return nst_fail(outcome->code, "%s", outcome->sentence);
	case STAGE_RETURNED:
		if (outcome->code >= 0)
			return outcome->code;
		if (outcome->sentence[0])
			return nst_fail(outcome->code, "%s", outcome->sentence);
		return nst_fail(outcome->code, "the function returned %d (%s)",
				outcome->code, strerror(-outcome->code));
	case STAGE_ENDED:
		return explain_end(outcome->status);
	case STAGE_TIMED_OUT:
		return nst_fail(-ETIMEDOUT, "the function has not returned after %d ms",
				call->timeout_ms);
	}
	return nst_fail(-ECHILD, "the child that was to run the function was killed");
}

static int run_call(struct call *call, const int *fds)
{
	int caller AUTO_CLOSE = own_pidfd();
	pid_t pid;
	int r;

	if (caller < 0)
		return nst_fail_errno("opening this process's pidfd");
	fflush(stdout); /* or both would write what is in its buffer */
	pid = fork();
	if (pid == 0)
		supervise(call, fds, caller);
	if (pid < 0)
		return nst_fail_errno("fork");
	r = await_child(pid, call->timeout_ms);
	if (r < 0)
		return nst_fail(r, "the function has not returned after %d ms",
				call->timeout_ms);
	return explain(call);
}

/* With the namespaces at hand. */
static int call_with(struct call *call, const int *fds, void *result,
		     size_t result_size)
{
	size_t size = sizeof(*call->outcome) + result_size;
	char *directory AUTO_FREE = getcwd(NULL, 0);
	int r;

	call->outcome = mmap(NULL, size, PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (call->outcome == MAP_FAILED)
		return nst_fail_errno("making shared memory");
	call->directory = directory;
	r = run_call(call, fds);
	if (r >= 0 && result)
		memcpy(result, call->outcome->result, result_size);
	munmap(call->outcome, size);
	return r;
}

int nst_in_host(struct nst_lab *lab, const char *host, nst_function *function,
		void *arg, void *result, size_t result_size, int timeout_ms)
{
	struct call call = {
		.function = function,
		.arg = arg,
		.timeout_ms = timeout_ms > 0 ? timeout_ms : DEFAULT_TIMEOUT_MS,
	};
	struct nst_message reply AUTO(wire_message_drop) = { 0 };
	size_t node;
	int r = nst_plan_node(lab->plan, host, &node);

	if (r < 0)
		return r;
	r = nst_lab_call(lab, places_inside,
			 &(struct nst_message){ .data = &node, .size = sizeof(node) },
			 &reply);
	if (r == 0)
		r = call_with(&call, reply.fds, result, result_size);
	return r < 0 ? nst_fail_in(r, "in host \"%s\"", host) : r;
}

/* ---- Sockets ---- */

struct socket_request {
	size_t node;
	int domain, type, protocol;
};

static int socket_inside(struct nst_inside *inside, struct nst_message *request,
			 struct nst_message *reply)
{
	const struct socket_request *asked = request->data;
	int fd, r = nst_inside_net(inside, asked->node);

	if (r < 0)
		return r;
	fd = socket(asked->domain, asked->type | SOCK_CLOEXEC, asked->protocol);
	if (fd < 0)
		return nst_fail_errno("socket(%d, %d, %d) in host \"%s\"",
				      asked->domain, asked->type, asked->protocol,
				      inside->plan->nodes[asked->node].name);
	reply->fds[reply->fd_count++] = fd;
	return 0;
}

int nst_socket(struct nst_lab *lab, const char *host, int domain, int type,
	       int protocol)
{
	struct socket_request asked = { .domain = domain,
					.type = type,
					.protocol = protocol };
	struct nst_message reply AUTO(wire_message_drop) = { 0 };
	int r = nst_plan_node(lab->plan, host, &asked.node);

	if (r < 0)
		return r;
	r = nst_lab_call(lab, socket_inside,
			 &(struct nst_message){ .data = &asked, .size = sizeof(asked) },
			 &reply);
	if (r < 0)
		return r;
	if (reply.fd_count != 1)
		return nst_fail(-EPROTO, "the lab process answered no socket");
	return steal_fd(&reply.fds[0]);
}
