/* SPDX-License-Identifier: MIT */
/* How it works. What asks over a connection that is open already is the payload alone, so
 * the probe begins where a new connection comes to after its handshake. Packets are known
 * by their sequence numbers as ever: those of the SYN and SYN-ACK move on by what was
 * sent since.
 *
 * What an earlier question lost stands before the payload in the stream: until TCP has
 * repeated it, nothing that came behind it reaches a program, and silence proves
 * nothing. */
#include "held.h"

#include <errno.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <base/fail.h>

#include "watch.h"

struct held {
	struct held *next;
	struct probe_request request;
	int client, listener, accepted;
	enum listening listening;
	struct tracked tracked;
	uint64_t sent; /* bytes, by the asker */
	struct lost {
		uint32_t bytes;   /* not acknowledged, when it was last asked over */
		bool in_flight;   /* some of them have been sent */
		uint32_t repeats; /* of segments, until then */
	} there, back;
};

static struct held *find(const struct probe_room *room, const char *name)
{
	struct held *held = room->held;

	while (held && strcmp(held->request.keep, name) != 0)
		held = held->next;
	return held;
}

int held_find(struct ask *ask)
{
	const struct probe_request *request = &ask->request;
	int settle_ms = request->settle_ms;

	if (*request->keep && find(ask->room, request->keep))
		return nst_fail(-EEXIST, "there is a connection \"%s\" already",
				request->keep);
	if (!*request->over)
		return 0;
	ask->held = find(ask->room, request->over);
	if (!ask->held)
		return nst_fail(-ENOENT, "there is no connection \"%s\"",
				request->over);
	ask->request = ask->held->request;
	ask->request.settle_ms = settle_ms;
	return 0;
}

static void note_sent(struct held *held, size_t size)
{
	held->sent += size;
	held->tracked.sequence += (uint32_t)size;
}

static int queued(int fd, unsigned long what)
{
	int bytes = 0;

	return fd >= 0 && ioctl(fd, what, &bytes) == 0 ? bytes : 0;
}

static uint32_t repeats_of(int fd)
{
	struct tcp_info info = { 0 };
	socklen_t size = sizeof(info);

	if (fd >= 0)
		getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size);
	return info.tcpi_total_retrans;
}

static struct lost lost_by(int fd)
{
	int bytes = queued(fd, SIOCOUTQ);

	return (struct lost){ (uint32_t)bytes, bytes > queued(fd, SIOCOUTQNSD),
			      repeats_of(fd) };
}

/* What came late of earlier questions. False: the other side has ended the connection. */
static bool forget_received(int fd)
{
	uint8_t bytes[256];
	ssize_t size;

	do {
		size = recv(fd, bytes, sizeof(bytes), 0);
	} while (size > 0);
	return size < 0;
}

int held_resume(struct ask *ask)
{
	struct held *held = ask->held;
	uint32_t nonce = ask->tracked.nonce;
	ssize_t sent;

	ask->client = held->client;
	ask->listener = held->listener;
	ask->accepted = held->accepted;
	ask->listening = held->listening;
	/* What was lost before is repeated first, and asks just as well. */
	held->there = lost_by(held->client);
	held->back = lost_by(held->accepted);
	ask->tracked = held->tracked;
	ask->tracked.sequence -= held->there.bytes;
	ask->tracked.answer -= held->back.bytes;
	ask->taken_before = held->sent - held->there.bytes;
	ask->tracked.nonce = nonce;
	ask->stage = STAGE_SENT;
	watch_clear(ask->room);
	ask_want_errors(ask);
	ask->sent_ns = room_now_ns();
	if (ask->accepted >= 0)
		forget_received(ask->accepted);
	if (!forget_received(ask->client)) {
		ask_fail(ask, EPIPE);
		return 0;
	}
	sent = tcp_send_payload(ask);
	if (sent < 0)
		ask_fail(ask, errno);
	else
		note_sent(held, (size_t)sent);
	return 0;
}

/* Until what is in flight has been repeated; what is not is sent with the payload. */
static bool is_to_be_repeated(int fd, const struct lost *lost)
{
	return lost->in_flight && queued(fd, SIOCOUTQ) > 0 &&
	       repeats_of(fd) == lost->repeats;
}

bool held_waits(const struct ask *ask)
{
	const struct held *held = ask->held;

	return held && (is_to_be_repeated(ask->client, &held->there) ||
			is_to_be_repeated(ask->accepted, &held->back));
}

static void put_back(struct ask *ask)
{
	struct held *held = ask->held;

	if (ask->stage == STAGE_DONE || ask->stage == STAGE_ANSWERED)
		held->tracked.answer += PAYLOAD_SIZE;
	held->accepted = ask->accepted;
	ask->client = ask->listener = ask->accepted = -1;
}

/* What is lost is repeated every 200 ms for a while, not ever more seldom, and nothing
 * waits for it. */
static void be_quick(int fd)
{
	int on = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_THIN_LINEAR_TIMEOUTS, &on, sizeof(on));
}

bool held_keep(struct ask *ask)
{
	struct held *held;

	if (ask->held) {
		put_back(ask);
		return true;
	}
	if (!*ask->request.keep || ask->stage != STAGE_DONE)
		return false;
	held = calloc(1, sizeof(*held));
	if (!held)
		return false;
	be_quick(ask->client);
	be_quick(ask->accepted);
	/* The port is free for the next who asks. */
	if (ask->accepted >= 0 && ask->listener >= 0) {
		close(ask->listener);
		ask->listener = -1;
	}
	*held = (struct held){
		.next = ask->room->held,
		.request = ask->request,
		.client = ask->client,
		.listener = ask->listener,
		.accepted = ask->accepted,
		.listening = ask->listening,
		.tracked = ask->tracked,
	};
	note_sent(held, tcp_payload_size(ask));
	held->tracked.answer += (uint32_t)ask->answer_size;
	ask->room->held = held;
	ask->client = ask->listener = ask->accepted = -1;
	return true;
}
