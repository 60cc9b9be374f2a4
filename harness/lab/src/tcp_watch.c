/* SPDX-License-Identifier: MIT */
/* Congestion windows over time: only the kernel knows them, so a thread asks it by and by. Its
 * socket belongs to the host's network namespace, the thread itself to none in particular. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <base/fail.h>
#include <base/scope.h>

#include "captures.h"
#include "state.h"
#include "tcp_sockets.h"
#include "tcp_watch.h"

enum { LEAST_EVERY_US = 1000, READINGS_MOST = 200000 };

struct reading {
	uint64_t time_ns; /* CLOCK_REALTIME, as captures have it */
	uint16_t local_port, remote_port;
	uint32_t segments, slow_start_segments, rtt_us;
};

/* One host. The thread adds, and whoever measures reads: under the lock. */
struct watch {
	struct watch *next;
	size_t node;
	int fd;
	unsigned int every_us;
	pthread_mutex_t lock;
	struct reading *readings;
	size_t count, room;
};

static struct watch *watches; /* of the one lab of this process; never freed */

/* ---- The thread ---- */

static void keep(struct watch *watch, const struct nst_tcp_socket *socket,
		 uint64_t time_ns)
{
	if (watch->count == watch->room) {
		size_t room = watch->room ? 2 * watch->room : 256;
		struct reading *longer =
			room > 2 * READINGS_MOST
				? NULL
				: reallocarray(watch->readings, room, sizeof(*longer));

		if (!longer)
			return;
		watch->readings = longer;
		watch->room = room;
	}
	watch->readings[watch->count++] = (struct reading){
		.time_ns = time_ns,
		.local_port = socket->local_port,
		.remote_port = socket->remote_port,
		.segments = socket->window_segments,
		.slow_start_segments = socket->slow_start_segments,
		.rtt_us = socket->rtt_us,
	};
}

static void read_once(struct watch *watch, struct tcp_found *found)
{
	const struct nst_tcp_match connections = {
		.states = 1U << NST_TCP_ESTABLISHED | 1U << NST_TCP_FIN_WAIT_1 |
			  1U << NST_TCP_CLOSE_WAIT | 1U << NST_TCP_CLOSING |
			  1U << NST_TCP_LAST_ACK,
	};
	uint64_t now_ns = nst_now_ns();

	if (tcp_sockets_look(watch->fd, &connections, found) < 0)
		return;
	pthread_mutex_lock(&watch->lock);
	for (size_t i = 0; i < found->count; i++)
		keep(watch, &found->list[i], now_ns);
	pthread_mutex_unlock(&watch->lock);
}

static void *watch_for_ever(void *arg)
{
	struct watch *watch = arg;
	struct tcp_found found = { 0 };
	struct timespec next;

	clock_gettime(CLOCK_MONOTONIC, &next);
	for (;;) {
		read_once(watch, &found);
		next.tv_nsec += (long)watch->every_us * 1000;
		next.tv_sec += next.tv_nsec / 1000000000;
		next.tv_nsec %= 1000000000;
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
	}
	return NULL;
}

static struct watch *find(size_t node)
{
	struct watch *watch = watches;

	while (watch && watch->node != node)
		watch = watch->next;
	return watch;
}

/* It takes no signals: they are the main thread's. */
static int begin(struct watch *watch)
{
	sigset_t every, before;
	pthread_t thread;
	int r;

	sigfillset(&every);
	pthread_sigmask(SIG_SETMASK, &every, &before);
	r = pthread_create(&thread, NULL, watch_for_ever, watch);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (r)
		return nst_fail(-r, "starting the thread that reads windows: %s",
				strerror(r));
	pthread_detach(thread);
	return 0;
}

int tcp_watch_inside(struct nst_inside *inside, struct nst_message *request,
		     struct nst_message *reply)
{
	const struct watch_request *asked = request->data;
	struct tcp_found found AUTO(tcp_found_free) = { 0 };
	struct watch *watch AUTO_FREE = calloc(1, sizeof(*watch));
	int fd AUTO_CLOSE = -1;
	int r;

	(void)reply;
	if (!watch)
		return nst_fail_memory();
	if (find(asked->node))
		return nst_fail(-EALREADY, "its windows are read already");
	fd = tcp_sockets_open(inside, asked->node);
	r = fd < 0 ? fd : tcp_sockets_look(fd, NULL, &found);
	if (r < 0)
		return r;
	watch->node = asked->node;
	watch->fd = fd;
	watch->every_us =
		asked->every_us < LEAST_EVERY_US ? LEAST_EVERY_US : asked->every_us;
	pthread_mutex_init(&watch->lock, NULL);
	r = begin(watch);
	if (r < 0)
		return r;
	watch->next = watches;
	watches = steal(watch);
	steal_fd(&fd);
	return 0;
}

/* ---- What TCP achieved ---- */

static bool is_of(const struct reading *reading, const struct nst_measure_what *what,
		  unsigned long long began_ns)
{
	return reading->time_ns >= began_ns &&
	       (!what->local_port || what->local_port == reading->local_port) &&
	       (!what->remote_port || what->remote_port == reading->remote_port);
}

static int add_windows(struct watch *watch, const struct nst_measure_what *what,
		       struct nst_measure *measure)
{
	struct nst_measure_window *windows;

	windows = malloc((watch->count + 1) * sizeof(*windows));
	if (!windows)
		return nst_fail_memory();
	for (size_t i = 0; i < watch->count; i++) {
		const struct reading *reading = &watch->readings[i];

		if (is_of(reading, what, measure->began_ns))
			windows[measure->window_count++] = (struct nst_measure_window){
				(reading->time_ns - measure->began_ns) / 1000,
				reading->segments,
				reading->slow_start_segments,
				reading->rtt_us,
			};
	}
	measure->windows = windows;
	return 0;
}

static int reply_with(const struct nst_measure *measure, struct nst_message *reply)
{
	size_t points = measure->point_count * sizeof(*measure->points);
	size_t windows = measure->window_count * sizeof(*measure->windows);
	char *bytes = malloc(sizeof(*measure) + points + windows);

	if (!bytes)
		return nst_fail_memory();
	memcpy(bytes, measure, sizeof(*measure));
	if (points)
		memcpy(bytes + sizeof(*measure), measure->points, points);
	if (windows)
		memcpy(bytes + sizeof(*measure) + points, measure->windows, windows);
	reply->data = bytes;
	reply->size = sizeof(*measure) + points + windows;
	return 0;
}

int tcp_measure_inside(struct nst_inside *inside, struct nst_message *request,
		       struct nst_message *reply)
{
	const struct measure_request *asked = request->data;
	struct nst_measure measure AUTO(nst_measure_free) = { 0 };
	struct watch *watch = find(asked->node);
	int r = captures_need(inside);

	if (r == 0)
		r = nst_capture_measure(inside->capture,
					inside->plan->nodes[asked->node].name,
					&asked->what, &measure);
	if (r == 0 && watch) {
		pthread_mutex_lock(&watch->lock);
		r = add_windows(watch, &asked->what, &measure);
		pthread_mutex_unlock(&watch->lock);
	}
	return r < 0 ? r : reply_with(&measure, reply);
}
