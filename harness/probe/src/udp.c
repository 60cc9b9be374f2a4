/* SPDX-License-Identifier: MIT */
/* Asking by UDP: a datagram there and back. */
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "ask.h"

static int start(struct ask *ask)
{
	struct sockaddr_storage there;
	unsigned int size = ask_sockaddr(&ask->target, ask->request.port, &there);
	uint8_t payload[FRAGMENTED_SIZE] = { 0 };
	int r;

	ask->client = ask_socket(ask, ask->from, SOCK_DGRAM, IPPROTO_UDP);
	if (ask->client < 0)
		return ask->client;
	r = ask_bind_port(ask);
	if (r < 0)
		return r;
	ask_want_errors(ask);
	track_payload(&ask->tracked, payload);
	if (ask->request.fragments)
		ask_want_fragments(ask);
	ask->sent_ns = room_now_ns();
	/* Connected, so that ICMP errors find the socket. */
	if (connect(ask->client, (struct sockaddr *)&there, size) < 0 ||
	    send(ask->client, payload,
		 ask->request.fragments ? FRAGMENTED_SIZE : PAYLOAD_SIZE,
		 MSG_NOSIGNAL) < 0) {
		ask_fail(ask, errno);
		ask->error_local = ask->error != ECONNREFUSED;
		ask_read_errors(ask);
	}
	return 0;
}

/* The own listener: reads the datagram, sends it back. */
static bool answer(struct ask *ask)
{
	struct sockaddr_storage from;
	socklen_t from_size = sizeof(from);
	uint8_t bytes[PAYLOAD_SIZE];
	ssize_t size;

	size = recvfrom(ask->listener, bytes, sizeof(bytes), 0,
			(struct sockaddr *)&from, &from_size);
	if (size < 0 || !track_is_payload(&ask->tracked, bytes, (size_t)size))
		return false;
	ask->stage = STAGE_ANSWERED;
	/* EPERM: the listener's own OUTPUT dropped it. */
	if (sendto(ask->listener, bytes, (size_t)size, 0, (struct sockaddr *)&from,
		   from_size) < 0)
		ask->error_answer = errno;
	return true;
}

static bool advance(struct ask *ask)
{
	uint8_t bytes[2048];
	ssize_t size;

	if (ask_over(ask))
		return false;
	if (ask->stage == STAGE_ASKED && ask->listener >= 0 && answer(ask))
		return true;
	size = recv(ask->client, bytes, sizeof(bytes), 0);
	if (size >= 0) {
		ask->program_answered = ask->stage != STAGE_ANSWERED;
		ask->answer_size = (size_t)size;
		ask->stage = STAGE_DONE;
		return true;
	}
	if (errno == EAGAIN)
		return false;
	ask_fail(ask, errno);
	ask_read_errors(ask);
	return true;
}

const struct protocol protocol_udp = { start, advance, NULL };
