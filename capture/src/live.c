/* SPDX-License-Identifier: MIT */
/* Writes the capture to a pipe as it happens.
 *
 * How it works. Packets are in the store anyway, so there is no queue that a slow
 * reader could fill: live has an order of its own over the records, and a mark in it.
 * Records older than the window are encoded, a piece at a time under the lock, and
 * written outside of it. The descriptor is not ours and may be blocking; a pipe that
 * polls as writable takes PIPE_BUF bytes without blocking (pipe(7)), so that much is
 * written at once.
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/param.h>
#include <unistd.h>

#include <base/fail.h>

#include "live.h"
#include "quiet.h"
#include "state.h"

enum {
	WINDOW_NS = 20 * 1000 * 1000,
	PIECE = 64 * 1024,
	PATIENCE_MS = 2000,
	TEXTS = 16
};

/* Writes what is encoded. Return: 1 all is out, 0 the reader is slow, -1 it is gone. */
static int send_out(struct nst_live *live, int timeout_ms)
{
	while (live->sent < live->out.used) {
		struct pollfd reader = { .fd = live->fd, .events = POLLOUT };
		size_t size = MIN(live->out.used - live->sent, (size_t)PIPE_BUF);
		ssize_t n;

		if (poll(&reader, 1, timeout_ms) == 0)
			return 0;
		n = nst_write_quietly(live->fd, live->out.data + live->sent, size);
		if (n < 0 && errno == EAGAIN && timeout_ms == 0)
			return 0;
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return -1;
		live->sent += n > 0 ? (size_t)n : 0;
	}
	live->sent = live->out.used = 0;
	return 1;
}

static void stop(struct nst_live *live)
{
	free(live->out.data);
	nst_order_release(&live->order);
	*live = (struct nst_live){};
}

/* Interfaces that are new since the last time; the section header before the first. */
static void encode_interfaces(struct nst_capture *capture)
{
	struct nst_live *live = &capture->live;

	if (!live->begun)
		nst_capture_encode_section(capture, &live->out);
	live->begun = true;
	for (; live->announced < capture->interface_count; live->announced++)
		nst_pcapng_interface(&live->out,
				     capture->interfaces[live->announced].name);
}

static void encode_packet(struct nst_capture *capture, const struct nst_record *record)
{
	const char *texts[TEXTS];

	nst_notes_of(&capture->notes, record, texts, TEXTS);
	nst_pcapng_packet(&capture->live.out, record, texts);
}

/* Encodes the next piece. Return: whether packets are left that are not due yet. */
static bool encode(struct nst_capture *capture, bool everything)
{
	struct nst_live *live = &capture->live;
	uint64_t now_ns = nst_capture_now();
	uint64_t due_ns = everything ? UINT64_MAX : now_ns - WINDOW_NS;
	bool left = false;

	pthread_mutex_lock(&capture->lock);
	encode_interfaces(capture);
	/* Without memory for it: nothing now, another try the next time. */
	if (nst_order_update(&live->order, &capture->store) >= 0)
		nst_notes_update(&capture->notes, &capture->store, &capture->filters,
				 0);
	while (live->order.settled < live->order.count && live->out.used < PIECE) {
		uint32_t at = live->order.at[live->order.settled];

		left = capture->store.records[at].time_ns > due_ns;
		if (left)
			break;
		encode_packet(capture, &capture->store.records[at]);
		live->order.settled++;
	}
	pthread_mutex_unlock(&capture->lock);
	return left;
}

static enum nst_live_state pump(struct nst_capture *capture, bool everything,
				int timeout_ms)
{
	struct nst_live *live = &capture->live;
	bool left = false;
	int r;

	while (live->on) {
		r = send_out(live, timeout_ms);
		if (r == 0)
			return NST_LIVE_BLOCKED;
		if (r > 0)
			left = encode(capture, everything);
		if (r < 0 || live->out.failed)
			stop(live);
		else if (!live->out.used)
			return left ? NST_LIVE_WAITING : NST_LIVE_IDLE;
	}
	return NST_LIVE_IDLE;
}

enum nst_live_state nst_live_pump(struct nst_capture *capture, bool everything)
{
	enum nst_live_state state;

	pthread_mutex_lock(&capture->live_lock);
	state = pump(capture, everything, 0);
	pthread_mutex_unlock(&capture->live_lock);
	return state;
}

int nst_live_reader(struct nst_capture *capture)
{
	int fd;

	pthread_mutex_lock(&capture->live_lock);
	fd = capture->live.on ? capture->live.fd : -1;
	pthread_mutex_unlock(&capture->live_lock);
	return fd;
}

void nst_live_drop(struct nst_capture *capture)
{
	pthread_mutex_lock(&capture->live_lock);
	stop(&capture->live);
	pthread_mutex_unlock(&capture->live_lock);
}

int nst_capture_live(struct nst_capture *capture, int fd)
{
	if (fd < 0)
		return nst_fail(-EBADF, "watching a capture: %d is no descriptor", fd);
	pthread_mutex_lock(&capture->live_lock);
	stop(&capture->live);
	capture->live.fd = fd;
	capture->live.on = true;
	pthread_mutex_unlock(&capture->live_lock);
	eventfd_write(capture->wake_fd, 1);
	return 0;
}

void nst_live_finish(struct nst_capture *capture)
{
	pthread_mutex_lock(&capture->live_lock);
	pump(capture, true, PATIENCE_MS);
	if (capture->live.sent < capture->live.out.used)
		stop(&capture->live);
	pthread_mutex_unlock(&capture->live_lock);
}
