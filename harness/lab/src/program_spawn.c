/* SPDX-License-Identifier: MIT */
/* From the lab process to a program in a host: fork, enter, exec.
 *
 * How it works. The lab process has threads, so the child does nothing but system
 * calls; all memory it needs was prepared before. What goes wrong before the exec comes
 * back as a record through a close-on-exec pipe; end of file means that the program
 * runs.
 *
 * In a host with PID namespace of its own the first child cannot be the program, since
 * setns(2) moves only later children. It makes one that is a child of the lab process
 * too (CLONE_PARENT), says which, and leaves.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>
#include <base/signals.h>

#include "programs.h"

enum { EXEC_TIMEOUT_MS = 30000 };

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif

/* What the child was doing. */
enum step {
	STEP_BORN, /* not a failure: `pid` is the program */
	STEP_ENTER,
	STEP_CLONE,
	STEP_SESSION,
	STEP_STREAMS,
	STEP_DIRECTORY,
	STEP_CLOCK,
	STEP_EXEC,
};

struct record {
	enum step step;
	int code;
	pid_t pid;
	char sentence[NST_ERROR_SIZE]; /* of nst_inside_enter() */
};

/* ---- In the child ---- */

static void report(int fd, const struct record *record)
{
	/* Less than PIPE_BUF: whole or not at all. */
	if (write(fd, record, sizeof(*record)) < 0)
		_exit(126);
}

__attribute__((noreturn)) static void give_up(int fd, enum step step, int code)
{
	struct record record = { .step = step, .code = code };

	if (step == STEP_ENTER)
		memcpy(record.sentence, nst_error(), sizeof(record.sentence));
	report(fd, &record);
	_exit(127);
}

static void restore_descriptor_limit(rlim_t soft)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && soft <= limit.rlim_max) {
		limit.rlim_cur = soft;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

/* Puts the three streams in place; everything else is close-on-exec. */
static int place_streams(const struct spawn *spawn)
{
	const int given[] = { spawn->fds[0], spawn->fds[1], spawn->fds[2],
			      spawn->tool_fd };
	int count = spawn->tool_fd < 0 ? 3 : 4;
	int fds[4];

	for (int i = 0; i < count; i++) {
		fds[i] = given[i] > 3 ? given[i] : fcntl(given[i], F_DUPFD_CLOEXEC, 4);
		if (fds[i] < 0)
			return -errno;
	}
	for (int i = 0; i < count; i++)
		if (dup2(fds[i], i) < 0)
			return -errno;
	/* Whatever the caller of the lab had left open is none of the program's. */
	syscall(SYS_close_range, (unsigned int)count, ~0U,
		1U << 2 /* CLOSE_RANGE_CLOEXEC */);
	return 0;
}

static int change_directory(const struct spawn *spawn)
{
	static char pwd_is_root[] = "PWD=/";

	if (chdir(spawn->directory) == 0)
		return 0;
	if (spawn->must_have_directory)
		return -errno;
	spawn->env[0] = pwd_is_root;
	return chdir("/") < 0 ? -errno : 0;
}

/* As execvp(3): the first file that can be run; a lack of permission outweighs absence.
 */
static int exec_first(const struct spawn *spawn)
{
	int code = ENOENT;

	for (char *const *path = spawn->paths; *path; path++) {
		execve(*path, spawn->argv, spawn->env);
		/* A folder of PATH that may not even be searched says nothing. */
		if (errno == EACCES)
			code = access(*path, F_OK) == 0 ? EACCES : code;
		else if (errno != ENOENT && errno != ENOTDIR)
			return -errno;
	}
	return -code;
}

/* Both clocks that a time namespace has (time_namespaces(7)). unshare(2) is for children
 * only; setns(2) takes the caller into it. */
static int shift_clocks(const char *clocks)
{
	AUTO_CLOSE int offsets = -1;
	AUTO_CLOSE int own = -1;

	if (unshare(CLONE_NEWTIME) < 0)
		return -errno;
	offsets = open("/proc/self/timens_offsets", O_WRONLY | O_CLOEXEC);
	if (offsets < 0 || write(offsets, clocks, strlen(clocks)) < 0)
		return -errno;
	own = open("/proc/self/ns/time_for_children", O_RDONLY | O_CLOEXEC);
	return own < 0 || setns(own, CLONE_NEWTIME) < 0 ? -errno : 0;
}

__attribute__((noreturn)) static void become(struct nst_inside *inside,
					     const struct spawn *spawn, int fd)
{
	int r;

	if (setsid() < 0)
		give_up(fd, STEP_SESSION, -errno);
	restore_descriptor_limit(inside->descriptor_limit);
	r = place_streams(spawn);
	if (r < 0)
		give_up(fd, STEP_STREAMS, r);
	r = change_directory(spawn);
	if (r < 0)
		give_up(fd, STEP_DIRECTORY, r);
	r = *spawn->clocks ? shift_clocks(spawn->clocks) : 0;
	if (r < 0)
		give_up(fd, STEP_CLOCK, r);
	nst_signals_default();
	give_up(fd, STEP_EXEC, exec_first(spawn));
}

/* The second child, if the host has PIDs of its own. */
static void pass_on(int fd)
{
	struct record born = { .step = STEP_BORN };
	pid_t pid = (pid_t)syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);

	if (pid < 0)
		give_up(fd, STEP_CLONE, -errno);
	if (pid == 0)
		return;
	born.pid = pid;
	report(fd, &born);
	_exit(0);
}

__attribute__((noreturn)) static void run_child(struct nst_inside *inside,
						const struct spawn *spawn, int fd)
{
	int r;

	if (fd < 4)
		fd = fcntl(fd, F_DUPFD_CLOEXEC, 4);
	r = nst_inside_enter(inside, spawn->node);
	if (r < 0)
		give_up(fd, STEP_ENTER, r);
	if (spawn->own_pids)
		pass_on(fd);
	become(inside, spawn, fd);
}

/* ---- In the lab process ---- */

/* A root of its own need not have one, and a command that is a line needs it. */
static bool is_missing_shell(const struct spawn *spawn, const struct record *record)
{
	return record->code == -ENOENT && strcmp(spawn->argv[0], "/bin/sh") == 0;
}

static int explain_clock(const struct spawn *spawn, int code)
{
	if (code == -EINVAL || code == -ENOENT)
		return nst_fail(-EOPNOTSUPP, "this kernel has no time namespaces "
					     "(CONFIG_TIME_NS, Linux 5.6)");
	if (code == -ERANGE)
		return nst_fail(code,
				"its clock would be before 0 or behind 146 years: the "
				"machine's, and %lld s",
				spawn->monotonic_ahead_s);
	return nst_fail(code, "a time namespace: %s", strerror(-code));
}

static int explain(const struct spawn *spawn, const struct record *record)
{
	const char *kernel = strerror(-record->code);

	switch (record->step) {
	case STEP_BORN:
		break;
	case STEP_ENTER:
		return nst_fail(record->code, "%s", record->sentence);
	case STEP_CLONE:
		return nst_fail(record->code, "fork in the host's PID namespace: %s",
				kernel);
	case STEP_SESSION:
		return nst_fail(record->code, "setsid: %s", kernel);
	case STEP_STREAMS:
		return nst_fail(record->code, "stdin, stdout and stderr: %s", kernel);
	case STEP_DIRECTORY:
		return nst_fail(record->code, "directory %s: %s", spawn->directory,
				kernel);
	case STEP_CLOCK:
		return explain_clock(spawn, record->code);
	case STEP_EXEC:
		return nst_fail(record->code, "exec %s: %s%s", spawn->argv[0], kernel,
				is_missing_shell(spawn, record)
					? " (a command that is a list needs no shell)"
					: "");
	}
	return nst_fail(-EPROTO, "the child answered nonsense");
}

/* The next record, or 0 at end of file. */
static int read_record(int fd, struct record *record)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	int n;

	do
		n = poll(&ready, 1, EXEC_TIMEOUT_MS);
	while (n < 0 && errno == EINTR);
	if (n == 0)
		return nst_fail(-ETIMEDOUT, "no exec after %d s",
				EXEC_TIMEOUT_MS / 1000);
	n = (int)read(fd, record, sizeof(*record));
	if (n == 0 || n == sizeof(*record))
		return n;
	return nst_fail(-EPROTO, "the child answered nonsense");
}

/* Reads records until the program runs (end of file) or has failed. */
static int follow(const struct spawn *spawn, int fd, pid_t *pid)
{
	struct record record;
	int n, failure = 0;

	while ((n = read_record(fd, &record)) > 0) {
		if (record.step == STEP_BORN)
			*pid = record.pid;
		else
			failure = explain(spawn, &record);
	}
	if (n < 0)
		return n;
	if (!failure && !*pid)
		return nst_fail(-ECHILD, "the child died before its exec");
	return failure;
}

static void bury(pid_t pid)
{
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

int program_spawn(struct nst_inside *inside, const struct spawn *spawn, pid_t *ret_pid)
{
	int fds[2], r;
	pid_t first, pid;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return nst_fail_errno("making a pipe");
	first = fork();
	if (first == 0)
		run_child(inside, spawn, fds[1]);
	close(fds[1]);
	if (first < 0) {
		r = nst_fail_errno("fork");
		close(fds[0]);
		return r;
	}
	pid = spawn->own_pids ? 0 : first;
	r = follow(spawn, fds[0], &pid);
	close(fds[0]);
	if (r < 0 && pid > 0)
		kill(pid, SIGKILL);
	if (spawn->own_pids || r < 0) {
		kill(first, SIGKILL); /* gone already, but for a child that hangs */
		bury(first);
	}
	if (r < 0 && pid > 0 && pid != first)
		bury(pid);
	if (r == 0)
		*ret_pid = pid;
	return r;
}
