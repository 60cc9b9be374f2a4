/* SPDX-License-Identifier: MIT */
/* Numbered frames, sent at A, and what became of each. */
#include "train.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <base/fail.h>
#include <base/scope.h>

#include "frame.h"

enum { BATCH = 64, ROOM = 2048, GIVE_UP_S = 20, LOOK_MS = 5 };

static int64_t nanoseconds(const struct timespec *time)
{
	return time->tv_sec * 1000000000LL + time->tv_nsec;
}

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return nanoseconds(&now);
}

/* ---- Sending ---- */

static int send_burst(const struct train *train, int fd, uint32_t first, uint32_t count)
{
	static uint8_t frames[BATCH][ROOM];
	struct mmsghdr messages[BATCH] = { 0 };
	struct iovec parts[BATCH];
	uint32_t sent = 0;

	for (uint32_t i = 0; i < count; i++) {
		frame_make(first + i, train->ect, frames[i], train->size);
		parts[i] = (struct iovec){ frames[i], train->size };
		messages[i].msg_hdr =
			(struct msghdr){ .msg_iov = &parts[i], .msg_iovlen = 1 };
	}
	while (sent < count) {
		int n = sendmmsg(fd, messages + sent, count - sent, 0);
		struct pollfd room = { .fd = fd, .events = POLLOUT };

		if (n > 0)
			sent += (uint32_t)n;
		else if (errno ==
			 ENOBUFS) /* no qdisc at A, so this is our own buffer */
			poll(&room, 1, LOOK_MS);
		else if (errno == EAGAIN)
			poll(&room, 1, -1);
		else if (errno != EINTR)
			return nst_fail_errno("sending frame %u", first + sent);
	}
	return 0;
}

/* At its pace; late, it does not catch up. */
static void pause_until(int64_t *due_ns, uint32_t pause_us)
{
	struct timespec due;
	int64_t now = now_ns();

	*due_ns += pause_us * 1000LL;
	if (*due_ns < now) {
		*due_ns = now;
		return;
	}
	due = (struct timespec){ *due_ns / 1000000000, *due_ns % 1000000000 };
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL);
}

static int send_all(const struct train *train, struct cable *cable, uint32_t turn,
		    const struct nst_impairment *impairment)
{
	int64_t due_ns = now_ns();
	int r = 0;

	for (uint32_t n = 0, count; r == 0 && n < train->count; n += count) {
		count = train->burst < BATCH ? train->burst : BATCH;
		if (count > train->count - n)
			count = train->count - n;
		if (turn && n < turn && n + count > turn)
			count = turn - n;
		if (turn && n == turn)
			r = cable_impair(cable, impairment);
		if (r == 0)
			r = send_burst(train, cable->send_fd, n, count);
		if ((n + count) % train->burst == 0 || count < BATCH)
			pause_until(&due_ns, train->pause_us);
	}
	return r;
}

/* ---- Receiving ---- */

struct reader {
	const struct train *train;
	struct seen *seen;
	int64_t *came_ns; /* per frame; 0: not yet */
	uint32_t came;
};

typedef void on_frame(struct reader *reader, const struct frame *frame, int64_t at_ns);

static int64_t time_of(struct msghdr *message)
{
	struct timespec time = { 0 };

	for (struct cmsghdr *about = CMSG_FIRSTHDR(message); about;
	     about = CMSG_NXTHDR(message, about))
		if (about->cmsg_level == SOL_SOCKET &&
		    about->cmsg_type == SCM_TIMESTAMPNS)
			memcpy(&time, CMSG_DATA(about), sizeof(time));
	return nanoseconds(&time);
}

/* All that is there. Return: how many frames. */
static uint64_t receive(struct reader *reader, int fd, on_frame *on)
{
	static uint8_t frames[BATCH][ROOM], abouts[BATCH][64];
	struct mmsghdr messages[BATCH] = { 0 };
	struct iovec parts[BATCH];
	struct frame frame;
	uint64_t count = 0;
	int n;

	do {
		for (int i = 0; i < BATCH; i++) {
			parts[i] = (struct iovec){ frames[i], ROOM };
			messages[i].msg_hdr =
				(struct msghdr){ .msg_iov = &parts[i],
						 .msg_iovlen = 1,
						 .msg_control = abouts[i],
						 .msg_controllen = sizeof(abouts[i]) };
		}
		n = recvmmsg(fd, messages, BATCH, MSG_DONTWAIT, NULL);
		for (int i = 0; i < n; i++)
			if (frame_recognise(frames[i], messages[i].msg_len,
					    reader->train->count, reader->train->ect,
					    &frame))
				on(reader, &frame, time_of(&messages[i].msg_hdr));
		count += n > 0 ? (uint64_t)n : 0;
	} while (n > 0);
	return count;
}

static void on_entry(struct reader *reader, const struct frame *frame, int64_t at_ns)
{
	if (!reader->came_ns[frame->n])
		reader->came++;
	reader->came_ns[frame->n] = at_ns;
}

/* Twice is all that any engine makes of one. */
static void on_arrival(struct reader *reader, const struct frame *frame, int64_t at_ns)
{
	struct seen *seen = reader->seen;

	if (seen->arrived < 2 * seen->count)
		seen->arrivals[seen->arrived++] = (struct arrival){
			.n = frame->n,
			.flipped = frame->flipped,
			.flipped_at = frame->flipped_at,
			.ce = frame->ce,
			.at_ns = at_ns - reader->came_ns[0],
			.delay_ns = at_ns - reader->came_ns[frame->n],
		};
}

/* Until every frame has come to the engine, it holds none, and all that it has sent are here.
 * A delay of an arrival needs the time of its entry: entries are read first. */
static int wait_for_all(struct reader *reader, struct cable *cable)
{
	const int64_t end_ns = now_ns() + GIVE_UP_S * 1000000000LL;
	struct pollfd arrivals = { .fd = cable->receive_fd, .events = POLLIN };
	uint64_t held = 1, sent, arrived = 0;
	int r = 0;

	while (r == 0) {
		receive(reader, cable->tap_fd, on_entry);
		if (reader->came == reader->train->count)
			arrived += receive(reader, cable->receive_fd, on_arrival);
		r = cable_ask(cable, &held, &sent);
		if (r < 0 || (held == 0 && reader->came == reader->train->count &&
			      arrived == sent))
			break;
		if (now_ns() > end_ns)
			r = nst_fail(-ETIMEDOUT,
				     "after %d s, %u of %u frames have come to the "
				     "engine, it holds %" PRIu64 ", and %" PRIu64
				     " of %" PRIu64 " sent have arrived",
				     GIVE_UP_S, reader->came, reader->train->count,
				     held, arrived, sent);
		/* Nobody tells when a qdisc has lost its last packet. */
		poll(&arrivals, 1, LOOK_MS);
	}
	if (r == 0 && cable_missed(cable->tap_fd) + cable_missed(cable->receive_fd))
		r = nst_fail(-ENOBUFS, "the measuring sockets have lost frames");
	return r;
}

int train_run(const struct train *train, struct cable *cable, uint32_t turn,
	      const struct nst_impairment *impairment, struct seen *ret_seen)
{
	struct seen seen = { .count = train->count,
			     .size = train->size,
			     .past = train->count };
	struct reader reader = { .train = train, .seen = &seen };
	int r;

	seen.arrivals = calloc(2 * train->count, sizeof(*seen.arrivals));
	reader.came_ns = calloc(train->count, sizeof(*reader.came_ns));
	r = seen.arrivals && reader.came_ns ? 0 : nst_fail_memory();
	if (r == 0)
		r = send_all(train, cable, turn, impairment);
	if (r == 0)
		r = wait_for_all(&reader, cable);
	if (r == 0)
		r = cable_overflowed(cable, &seen.overflowed);
	free(reader.came_ns);
	if (r < 0)
		seen_free(&seen);
	else
		*ret_seen = seen;
	return r;
}
