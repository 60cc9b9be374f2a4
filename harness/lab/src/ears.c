/* SPDX-License-Identifier: MIT */
/* The thread that reads what programs write.
 *
 * How it works. Every pipe is in one epoll set. Whoever reads a pipe, this thread or
 * the main thread in stream_drain(), holds the stream's lock from read(2) until the
 * bytes are in the buffer: so "drained" means that everything written before is in.
 * Streams are never freed, so an event that comes late finds a stream whose fd is -1.
 */
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>
#include <base/virtual.h>

#include "ears.h"
#include "usage.h"

enum { EVENTS = 64 };

struct ears {
	int epoll_fd, wake_fd;
	atomic_bool attended;
	struct usage *usage;
};

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* Out of the set by hand: a child that has not exec'd yet may still hold a copy, and
 * with it close(2) alone would leave the pipe in. */
static void end_stream(struct stream *stream)
{
	epoll_ctl(stream->epoll_fd, EPOLL_CTL_DEL, stream->fd, NULL);
	close(steal_fd(&stream->fd));
}

/* One read; `limit` bytes at most. The stream is locked. Returns how many, 0 at the end
 * or when there is nothing. */
static size_t read_some(struct stream *stream, size_t limit)
{
	char nowhere[4096];
	size_t room = 0;
	char *to = output_room(&stream->output, &room);
	ssize_t n;

	if (!to)
		room = sizeof(nowhere);
	n = read(stream->fd, to ? to : nowhere, room < limit ? room : limit);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0) {
		end_stream(stream);
		return 0;
	}
	if (to)
		output_came(&stream->output, (size_t)n, now_ns());
	else
		output_lost(&stream->output, (size_t)n);
	return (size_t)n;
}

static void hear(struct stream *stream)
{
	pthread_mutex_lock(&stream->lock);
	if (stream->fd >= 0)
		read_some(stream, SIZE_MAX);
	pthread_mutex_unlock(&stream->lock);
}

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* On virtual time a second would cost ten looks, however empty it is, and what computes takes
 * memory without any time: there the guest kernel sees to its own. */
static bool looks_at_usage(void)
{
	return !getenv(NST_VIRTUAL_TIME);
}

/* How long until usage is looked at again, which is done if it is time. */
static int look_at_usage(struct ears *ears, uint64_t *due_ms)
{
	uint64_t now = now_ms();

	if (now >= *due_ms) {
		usage_look(ears->usage);
		*due_ms = now + USAGE_LOOK_MS;
	}
	return (int)(*due_ms - now);
}

static void *listen_for_ever(void *arg)
{
	struct ears *ears = arg;
	struct epoll_event events[EVENTS];
	uint64_t due_ms = now_ms() + USAGE_LOOK_MS;
	const bool looks = looks_at_usage();

	for (;;) {
		int n = epoll_wait(ears->epoll_fd, events, EVENTS,
				   looks ? look_at_usage(ears, &due_ms) : -1);

		for (int i = 0; i < n; i++)
			hear(events[i].data.ptr);
		if (n > 0 && atomic_load(&ears->attended))
			eventfd_write(ears->wake_fd, 1);
	}
	return NULL;
}

/* The thread takes no signals: they are the main thread's, through its signalfd. */
static int start_thread(struct ears *ears)
{
	sigset_t all, before;
	pthread_t thread;
	int r;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r = pthread_create(&thread, NULL, listen_for_ever, ears);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (r)
		return nst_fail(-r, "starting the thread that reads output: %s",
				strerror(r));
	pthread_detach(thread);
	return 0;
}

int ears_open(struct usage *usage, struct ears **ret_ears)
{
	struct ears *ears AUTO_FREE = calloc(1, sizeof(*ears));
	int epoll_fd AUTO_CLOSE = epoll_create1(EPOLL_CLOEXEC);
	int wake_fd AUTO_CLOSE = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	int r;

	if (!ears)
		return nst_fail_memory();
	if (epoll_fd < 0 || wake_fd < 0)
		return nst_fail_errno("preparing to read what programs write");
	ears->epoll_fd = epoll_fd;
	ears->wake_fd = wake_fd;
	ears->usage = usage;
	r = start_thread(ears);
	if (r < 0)
		return r;
	steal_fd(&epoll_fd);
	steal_fd(&wake_fd);
	*ret_ears = steal(ears);
	return 0;
}

int ears_add(struct ears *ears, struct stream *stream, int fd)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = stream };

	pthread_mutex_init(&stream->lock, NULL);
	stream->fd = fd;
	stream->epoll_fd = ears->epoll_fd;
	if (epoll_ctl(ears->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0)
		return nst_fail_errno("listening to a pipe");
	return 0;
}

void ears_attend(struct ears *ears, bool on)
{
	atomic_store(&ears->attended, on);
}

int ears_fd(const struct ears *ears)
{
	return ears->wake_fd;
}

/* Only what is there now: somebody may go on writing for ever. */
void stream_drain(struct stream *stream)
{
	int left = 0;
	size_t n;

	pthread_mutex_lock(&stream->lock);
	if (stream->fd >= 0 && ioctl(stream->fd, FIONREAD, &left) == 0) {
		/* With nothing left a read still tells end of file. */
		do {
			n = read_some(stream, left > 0 ? (size_t)left : 1);
			left -= (int)n;
		} while (n && left > 0 && stream->fd >= 0);
	}
	pthread_mutex_unlock(&stream->lock);
}

bool stream_ended(struct stream *stream)
{
	bool ended;

	pthread_mutex_lock(&stream->lock);
	ended = stream->fd < 0;
	pthread_mutex_unlock(&stream->lock);
	return ended;
}
