/* SPDX-License-Identifier: MIT */
/* The caller's end of a program's stdin. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>

#include "program_stdin.h"

enum { WRITE_TIMEOUT_MS = 30000 };

void stdin_none(struct stdin_end *end)
{
	*end = (struct stdin_end){ .fd = -1 };
}

void stdin_close(struct stdin_end *end)
{
	nst_scope_close(&end->fd);
	end->fd = -1;
}

/* Of the two ends only ours does not block. */
static int open_pipe(int *ret_ours, int *ret_theirs)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return nst_fail_errno("making a pipe for stdin");
	*ret_theirs = fds[0];
	*ret_ours = fds[1];
	if (fcntl(fds[1], F_SETFL, O_NONBLOCK) < 0)
		return nst_fail_errno("making a pipe for stdin");
	return 0;
}

/* Text that fits into a pipe goes through one, as from a shell; more is a file. */
static int open_file(const char *text, size_t size, int *ret_theirs)
{
	int fd AUTO_CLOSE = memfd_create("stdin", MFD_CLOEXEC);

	if (fd < 0)
		return nst_fail_errno("making a file for stdin");
	while (size) {
		ssize_t n = write(fd, text, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return nst_fail_errno("writing a file for stdin");
		text += n;
		size -= (size_t)n;
	}
	if (lseek(fd, 0, SEEK_SET) < 0)
		return nst_fail_errno("making a file for stdin");
	*ret_theirs = steal_fd(&fd);
	return 0;
}

static int open_text(const char *text, int *ret_theirs)
{
	int ours AUTO_CLOSE = -1, theirs AUTO_CLOSE = -1;
	size_t size = strlen(text);
	int r = open_pipe(&ours, &theirs);

	if (r < 0)
		return r;
	if (write(ours, text, size) != (ssize_t)size)
		return open_file(text, size, ret_theirs);
	*ret_theirs = steal_fd(&theirs);
	return 0;
}

int stdin_open(struct stdin_end *end, const struct nst_start *start, int *ret_theirs)
{
	stdin_none(end);
	*ret_theirs = -1;
	if (start->input)
		return open_text(start->input, ret_theirs);
	if (!start->keep_stdin_open)
		return 0;
	end->was_open = true;
	return open_pipe(&end->fd, ret_theirs);
}

/* write(2) without the SIGPIPE: blocked, and if it came through us, taken back. */
static ssize_t write_quietly(int fd, const void *data, size_t size)
{
	static const struct timespec at_once;
	sigset_t pipe, before, pending;
	ssize_t n;
	int code;

	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	sigpending(&pending);
	pthread_sigmask(SIG_BLOCK, &pipe, &before);
	n = write(fd, data, size);
	code = errno;
	if (n < 0 && code == EPIPE && !sigismember(&pending, SIGPIPE))
		sigtimedwait(&pipe, NULL, &at_once);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	errno = code;
	return n;
}

static int await_room(int fd)
{
	struct pollfd room = { .fd = fd, .events = POLLOUT };
	int n;

	do
		n = poll(&room, 1, WRITE_TIMEOUT_MS);
	while (n < 0 && errno == EINTR);
	if (n == 0)
		return nst_fail(-ETIMEDOUT, "it has not read its stdin for %d s",
				WRITE_TIMEOUT_MS / 1000);
	return n < 0 ? nst_fail_errno("poll") : 0;
}

int stdin_write(struct stdin_end *end, const void *data, size_t size)
{
	int r = 0;

	if (end->fd < 0)
		return end->was_open ? nst_fail(-EPIPE, "its stdin is closed")
				     : nst_fail(-EBADF, "its stdin is no pipe");
	while (size && r == 0) {
		ssize_t n = write_quietly(end->fd, data, size);

		if (n >= 0) {
			data = (const char *)data + n;
			size -= (size_t)n;
		} else if (errno == EAGAIN) {
			r = await_room(end->fd);
		} else if (errno != EINTR) {
			return nst_fail_errno("its stdin");
		}
	}
	return r;
}
