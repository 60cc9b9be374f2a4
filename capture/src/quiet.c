/* SPDX-License-Identifier: MIT */
/* write() without SIGPIPE: blocked for the call, and taken back if it came of it. */
#include <errno.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "quiet.h"

ssize_t nst_write_quietly(int fd, const void *data, size_t size)
{
	sigset_t pipe_only, before, pending;
	ssize_t n;
	int error;

	sigemptyset(&pipe_only);
	sigaddset(&pipe_only, SIGPIPE);
	sigpending(&pending);
	pthread_sigmask(SIG_BLOCK, &pipe_only, &before);
	n = write(fd, data, size);
	error = errno;
	if (n < 0 && error == EPIPE && !sigismember(&pending, SIGPIPE))
		sigtimedwait(&pipe_only, NULL, &(struct timespec){});
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	errno = error;
	return n;
}
