/* SPDX-License-Identifier: MIT */
/* The thread that reads while packets come.
 *
 * How it works. Asleep, it waits for any socket. Once one has something, waking for
 * each packet would take processor time from what is measured; so it looks every tick,
 * and goes back to sleep when nothing came for a while.
 */
#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>

#include <base/fail.h>
#include <base/scope.h>

#include "state.h"

enum {
	MS = 1000 * 1000, /* in nanoseconds */
	IDLE_NS = 10 * MS,
	LOOK_AGAIN_NS =
		5 * MS, /* for what live keeps back until its window has passed */
	EVENTS = 64,
};

static uint64_t monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

/* Reads the sockets that have something, each once. Return: how many; -errno. */
static int read_ready(struct nst_capture *capture)
{
	struct epoll_event events[EVENTS];
	size_t total = 0;
	int n, r = 0;

	pthread_mutex_lock(&capture->lock);
	do {
		n = epoll_wait(capture->ready_fd, events, EVENTS, 0);
		for (int i = 0; i < n && r >= 0; i++)
			r = nst_capture_read(capture, events[i].data.u32);
		total += n > 0 ? (size_t)n : 0;
	} while (n == EVENTS && r >= 0 && total < capture->interface_count);
	pthread_mutex_unlock(&capture->lock);
	return r < 0 ? r : (int)total;
}

static long tick_of(struct nst_capture *capture)
{
	long tick_ns;

	pthread_mutex_lock(&capture->lock);
	tick_ns = (long)capture->tick_ns;
	pthread_mutex_unlock(&capture->lock);
	return tick_ns;
}

enum { STOP, WAKE, READER, READY, WAITED };

/* Sleeps until there is something to do. Return: whether to stop. */
static bool wait_for_work(struct nst_capture *capture, int stop_fd, bool busy,
			  enum nst_live_state live)
{
	struct pollfd fds[WAITED] = {
		[STOP] = { .fd = stop_fd, .events = POLLIN },
		[WAKE] = { .fd = capture->wake_fd, .events = POLLIN },
		[READER] = { .fd = nst_live_reader(capture),
			     .events = live == NST_LIVE_BLOCKED ? POLLOUT : 0 },
		/* While busy the sockets are looked at anyway. */
		[READY] = { .fd = busy ? -1 : capture->ready_fd, .events = POLLIN },
	};
	struct timespec timeout = {
		.tv_nsec = busy ? tick_of(capture) : LOOK_AGAIN_NS,
	};
	bool timed = busy || live == NST_LIVE_WAITING;
	eventfd_t count;

	if (ppoll(fds, WAITED, timed ? &timeout : NULL, NULL) <= 0)
		return false;
	if (fds[WAKE].revents)
		eventfd_read(capture->wake_fd, &count);
	if (fds[READER].revents & (POLLERR | POLLHUP | POLLNVAL))
		nst_live_drop(capture);
	return fds[STOP].revents != 0;
}

int nst_capture_run(struct nst_capture *capture, int stop_fd)
{
	uint64_t last_ns = monotonic_ns() - IDLE_NS;
	enum nst_live_state live = nst_live_pump(capture, false);
	bool busy = false;
	int n = 0;

	while (n >= 0 && !wait_for_work(capture, stop_fd, busy, live)) {
		n = read_ready(capture);
		if (n > 0)
			last_ns = monotonic_ns();
		busy = monotonic_ns() - last_ns < IDLE_NS;
		live = nst_live_pump(capture, false);
	}
	if (n >= 0)
		n = nst_capture_drain(capture);
	nst_live_finish(capture);
	return n < 0 ? n : 0;
}
