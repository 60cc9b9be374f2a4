/* SPDX-License-Identifier: MIT */
/* Asking by TCP: connect, a payload there and back.
 *
 * A program's server is sent CRLF, which nearly every protocol ignores; that its kernel
 * acknowledges it is proof enough that data passes there and back, and nothing is
 * expected of the program itself. */
#include <errno.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ask.h"

static const char nudge[] = { '\r', '\n' };

size_t tcp_payload_size(const struct ask *ask)
{
	return ask->listening == LISTENING_OWN ? PAYLOAD_SIZE : sizeof(nudge);
}

ssize_t tcp_send_payload(struct ask *ask)
{
	uint8_t payload[PAYLOAD_SIZE];

	track_payload(&ask->tracked, payload);
	return ask->listening == LISTENING_OWN
		       ? send(ask->client, payload, sizeof(payload), MSG_NOSIGNAL)
		       : send(ask->client, nudge, sizeof(nudge), MSG_NOSIGNAL);
}

static int start(struct ask *ask)
{
	struct sockaddr_storage there;
	unsigned int size = ask_sockaddr(&ask->target, ask->request.port, &there);
	int r;

	ask->client = ask_socket(ask, ask->from, SOCK_STREAM, IPPROTO_TCP);
	if (ask->client < 0)
		return ask->client;
	r = ask_bind_port(ask);
	if (r < 0)
		return r;
	ask_want_errors(ask);
	ask->sent_ns = room_now_ns();
	if (connect(ask->client, (struct sockaddr *)&there, size) < 0 &&
	    errno != EINPROGRESS) {
		ask_fail(ask, errno);
		ask->error_local = errno != ECONNREFUSED;
	}
	return 0;
}

static int socket_error(int fd)
{
	socklen_t size = sizeof(int);
	int error = 0;

	getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
	return error;
}

/* Connected or failed: sends the payload, or notes the error. */
static bool look_at_handshake(struct ask *ask)
{
	struct pollfd ready = { ask->client, POLLOUT, 0 };
	int error;

	if (poll(&ready, 1, 0) <= 0)
		return false;
	if (ready.revents & (POLLERR | POLLHUP)) {
		ask_read_errors(ask);
		error = socket_error(ask->client);
		if (error)
			ask_fail(ask, error);
		return ask_over(ask);
	}
	if (tcp_send_payload(ask) < 0)
		ask_fail(ask, errno);
	else
		ask->stage = STAGE_SENT;
	return true;
}

/* Reads the payload. Over a kept connection whatever has come since is one, also what was
 * asked before in vain. */
static ssize_t take_question(struct ask *ask, uint8_t bytes[PAYLOAD_SIZE])
{
	ssize_t size = recv(ask->accepted, bytes, PAYLOAD_SIZE, 0), more = size;

	if (!ask->held)
		return size > 0 && track_is_payload(&ask->tracked, bytes, (size_t)size)
			       ? size
			       : 0;
	while (more > 0)
		more = recv(ask->accepted, bytes, PAYLOAD_SIZE, 0);
	return size;
}

/* The own listener: takes the connection, reads the payload, sends it back. */
static bool answer(struct ask *ask)
{
	uint8_t bytes[PAYLOAD_SIZE];
	ssize_t size;

	if (ask->accepted < 0)
		ask->accepted = accept4(ask->listener, NULL, NULL,
					SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (ask->accepted < 0)
		return false;
	size = take_question(ask, bytes);
	if (size <= 0)
		return false;
	ask->stage = STAGE_ANSWERED;
	if (send(ask->accepted, bytes, (size_t)size, MSG_NOSIGNAL) < 0)
		ask->error_answer = errno;
	return true;
}

/* Whether all that was sent has been acknowledged. */
static bool is_acknowledged(int fd)
{
	int unacknowledged = 1;

	return ioctl(fd, SIOCOUTQ, &unacknowledged) == 0 && unacknowledged == 0;
}

static bool read_answer(struct ask *ask)
{
	uint8_t bytes[256];
	ssize_t size = recv(ask->client, bytes, sizeof(bytes), 0);

	if (size < 0 && errno == EAGAIN)
		return false;
	if (size < 0) {
		ask_read_errors(ask);
		ask_fail(ask, errno);
		return true;
	}
	/* Over a kept connection an answer to an earlier question may come late. */
	if (size > 0 && ask->held && ask->stage != STAGE_ANSWERED)
		return false;
	ask->answer_size = (size_t)size;
	ask->program_answered = ask->stage != STAGE_ANSWERED;
	/* End of file says as much: the server's FIN came behind our payload. */
	ask->stage = STAGE_DONE;
	return true;
}

static bool look_at_data(struct ask *ask)
{
	if (ask->stage == STAGE_SENT && ask->listening == LISTENING_OWN && answer(ask))
		return true;
	if (read_answer(ask))
		return true;
	/* With an own listener an acknowledgment alone says nothing: the payload has to
	 * come back. */
	if (ask->stage != STAGE_SENT || ask->listening == LISTENING_OWN ||
	    !is_acknowledged(ask->client))
		return false;
	ask->program_answered = true;
	ask->stage = STAGE_DONE;
	return true;
}

static bool advance(struct ask *ask)
{
	switch (ask->stage) {
	case STAGE_ASKED:
		return look_at_handshake(ask);
	case STAGE_SENT:
	case STAGE_ANSWERED:
		return look_at_data(ask);
	case STAGE_DONE:
	case STAGE_FAILED:
		break;
	}
	return false;
}

/* The payload was taken. If not by the own listener, which can have read it by now, the
 * connection was led to somebody else, by NAT or a transparent proxy. */
static bool conclude(struct ask *ask)
{
	if (ask->stage != STAGE_SENT || !is_acknowledged(ask->client))
		return false;
	if (ask->listening == LISTENING_OWN && answer(ask))
		return true;
	ask->listening = LISTENING_PROGRAM;
	ask->program_answered = true;
	ask->stage = STAGE_DONE;
	return true;
}

const struct protocol protocol_tcp = { start, advance, conclude };
