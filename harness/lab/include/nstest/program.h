/* SPDX-License-Identifier: MIT */
/**
 * Programs that run in the hosts of a lab.
 *
 *	struct nst_program *server;
 *
 *	nst_start(lab, &(struct nst_start) {
 *		.host = "server",
 *		.command = "python3 -m http.server 8080",
 *		.ready = { .port = 8080 },
 *	}, &server);
 *	nst_wait_ready(server, 5000);
 *	...
 *	nst_stop(server, 2000);
 *
 * A program is a session and process group of its own, stdin is /dev/null unless asked
 * otherwise, stdout and stderr are kept: all of it, or the first and the last 32 MiB of a
 * stream that floods. It ends with the lab at the latest.
 *
 * One that ends by itself died *unasked*: nst_lab_check() tells, and the case fails. It was
 * asked if its end was waited for (nst_wait_exit(), nst_run()), if it was sent SIGTERM,
 * SIGINT, SIGQUIT, SIGABRT or SIGKILL, or if whatever signal it was sent ended it.
 *
 * Handles belong to the lab and are released by nst_lab_down().
 */
#ifndef NSTEST_PROGRAM_H
#define NSTEST_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include <nstest/lab.h>

#ifdef __cplusplus
extern "C" {
#endif

struct nst_program;

/** What must hold before a program counts as ready. Several may be given: all must hold. */
struct nst_ready {
	unsigned short port;     /**< a TCP socket of the host listens on it, */
	unsigned short udp_port; /**< or a UDP socket is bound to it */
	const char *
		line; /**< POSIX extended regex that a line of stdout or stderr matches */
	const char *file; /**< a path that exists, as the host sees it */
};

struct nst_start {
	const char *host;
	const char *name;        /**< in messages; default: the command's name */
	const char *command;     /**< a line for /bin/sh -c, */
	const char *const *argv; /**< or a NULL-terminated argv, found by PATH */
	const char *const *env; /**< "NAME=value", …: added to the caller's environment,
				       whose PATH gets the sbin folders too */
	const char
		*directory; /**< default: the caller's, if the host has it, else "/" */
	const char *input;  /**< text for stdin, then end of file */
	bool keep_stdin_open; /**< stdin is a pipe: nst_write(), nst_close_stdin() */
	bool may_exit; /**< ending by itself with status 0 is not a death unasked */
	/** Its CLOCK_MONOTONIC and CLOCK_BOOTTIME are so many seconds ahead of the machine's, as
	 *  after a long uptime; less than 0: behind, but not before 0. Time namespaces
	 *  have no other clock: the time of day is the machine's (time_namespaces(7),
	 *  Linux 5.6). */
	long long monotonic_ahead_s;
	struct nst_ready ready;
};

/** How a program ended. */
struct nst_exit {
	int status; /**< exit status, or -1 if a signal ended it */
	int signal; /**< the signal, or 0 */
};

/**
 * Starts a program. Returns once it has been exec'd: a command that cannot be run is an
 * error here and now.
 *
 * Return: 0; -ENOENT for an unknown host or command, -EACCES, …; -EOPNOTSUPP for
 * monotonic_ahead_s without time namespaces.
 */
int nst_start(struct nst_lab *lab, const struct nst_start *start,
	      struct nst_program **ret);

/**
 * Waits until `ready` holds; a program with nothing to wait for is ready at once.
 *
 * Return: 0; -ETIMEDOUT, and the sentence says what did not come; -ECHILD if it ended
 * before, with the end of its stderr.
 */
int nst_wait_ready(struct nst_program *program, int timeout_ms);

/**
 * Waits until a line of its output matches (as nst_ready.line), old output included.
 *
 * Return: 0; -ETIMEDOUT; -ECHILD if it ended without such a line; -EINVAL for a bad regex.
 */
int nst_wait_line(struct nst_program *program, const char *regex, int timeout_ms);

/** Waits for its end. Return: 0; -ETIMEDOUT. `ret_exit` may be NULL. */
int nst_wait_exit(struct nst_program *program, int timeout_ms,
		  struct nst_exit *ret_exit);

/**
 * Sends a signal to its whole process group, even when only children are left of it.
 *
 * Return: 0; -ESRCH if all have ended.
 */
int nst_signal(struct nst_program *program, int signal);

/**
 * SIGSTOP and SIGCONT to the whole group: a host that hangs, and recovers. Once
 * nst_freeze() has returned, no thread of it runs.
 */
int nst_freeze(struct nst_program *program);
int nst_thaw(struct nst_program *program);

/**
 * SIGTERM (a frozen program is thawed for it), and SIGKILL after `timeout_ms`; returns when
 * its whole group has ended. One that had ended before is no error.
 */
int nst_stop(struct nst_program *program, int timeout_ms);

/** SIGKILL; returns when its whole group has ended. */
int nst_kill(struct nst_program *program);

/**
 * Ends as when its host loses power: killed, and the peers of its TCP connections are told
 * nothing, no FIN and no RST, so that theirs are half-open (RFC 9293 §3.5.1), those that it had
 * not accepted too. Who sends something on one is answered with RST, as by a host that is up again;
 * by nothing, if nst_cut() or nst_link_down() came before. A connection that the program
 * had closed before is none of its any more, and ends as usual.
 *
 * Return: 0; -ESRCH if it has ended; -EPERM if its sockets cannot be reached (in a container
 * without CAP_SYS_PTRACE or CAP_NET_ADMIN).
 */
int nst_vanish(struct nst_program *program);

/**
 * nst_stop(), and the same again: command, environment, directory, input. The old handle keeps
 * what the old one wrote; `ret` (may be NULL) is the new one, which nst_program_find() finds,
 * too. Whether it is ready is for nst_wait_ready() to say.
 */
int nst_restart(struct nst_program *program, int timeout_ms, struct nst_program **ret);

/**
 * Writes all of it to its stdin (keep_stdin_open), in step with the program's reading.
 *
 * Return: 0; -EPIPE if it reads no more; -EBADF if it has no such pipe; -ETIMEDOUT if it
 * has not read for 30 s.
 */
int nst_write(struct nst_program *program, const void *data, size_t size);
int nst_close_stdin(struct nst_program *program);

/** What strace(1) has written of it so far (nst_lab_options.strace): NUL-terminated, malloc'd, the
 *  caller's. Return: 0; -ENODATA if it does not run under strace. */
int nst_program_trace(struct nst_program *program, char **ret_text);

/** Which stream of a program. */
enum nst_stream { NST_STDOUT, NST_STDERR };

/**
 * All it has written so far to one stream: NUL-terminated, `ret_size` (may be NULL)
 * without the NUL. After nst_wait_exit() it is complete. The caller frees `ret_text`.
 */
int nst_output(struct nst_program *program, enum nst_stream stream, char **ret_text,
	       size_t *ret_size);

/**
 * The same line by line, each with when its first byte came: "NANOSECONDS\tTEXT\n", on the
 * clock of captures (nst_now_ns()). Of more than `most` bytes, the last ones. Malloc'd,
 * the caller's. Return: 0; -errno.
 */
int nst_output_lines(struct nst_program *program, enum nst_stream stream, size_t most,
		     char **ret_text);

/** The process, as the caller's PID namespace numbers it; 0 when it has ended. */
pid_t nst_program_pid(struct nst_program *program);
const char *nst_program_name(const struct nst_program *program);

/** The newest program of that name (NULL: any) in `host` (NULL: any host); NULL if none,
 * which all functions for programs refuse with -EINVAL. */
struct nst_program *nst_program_find(struct nst_lab *lab, const char *host,
				     const char *name);

/** The lab's programs in the order they were started: i = 0, 1, … until NULL. */
struct nst_program *nst_program_at(struct nst_lab *lab, size_t i);
const char *nst_program_host(const struct nst_program *program);

/** What a command gave, whole. Released by nst_ran_free(). */
struct nst_ran {
	struct nst_exit exit;
	char *out, *err; /**< NUL-terminated */
	size_t out_size, err_size;
};

/**
 * Starts, waits for the end, collects. After `timeout_ms` it is killed.
 *
 * Return: 0 whatever the exit status was; -ETIMEDOUT (what it wrote so far is in `ret`);
 * else as nst_start().
 */
int nst_run(struct nst_lab *lab, const struct nst_start *start, int timeout_ms,
	    struct nst_ran *ret);
void nst_ran_free(struct nst_ran *ran);

#ifdef __cplusplus
}
#endif
#endif
