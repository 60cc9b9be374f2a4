/* SPDX-License-Identifier: MIT */
/* Asking by ICMP or ICMPv6: an echo request, which the asked kernel answers itself. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <string.h>
#include <sys/socket.h>

#include "ask.h"

enum { ECHO_HEADER = 8, ECHO_SIZE = ECHO_HEADER + PAYLOAD_SIZE };
enum { ECHO_ROOM = ECHO_HEADER + FRAGMENTED_SIZE };

static size_t size_of(const struct ask *ask)
{
	return ask->request.fragments ? ECHO_ROOM : ECHO_SIZE;
}

/* RFC 1071; for ICMPv6 the kernel does it. */
static uint16_t checksum(const uint8_t *bytes, size_t size)
{
	uint32_t sum = 0;

	for (size_t i = 0; i + 1 < size; i += 2)
		sum += (uint32_t)(bytes[i] << 8 | bytes[i + 1]);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons((uint16_t)~sum);
}

/* Type, code, checksum, identifier, sequence number 1, payload. */
static void make_request(const struct ask *ask, uint8_t *echo)
{
	uint16_t id = htons(ask->tracked.port), one = htons(1), sum;

	memset(echo, 0, ECHO_ROOM);
	echo[0] = ask->family == AF_INET ? ICMP_ECHO : ICMPV6_ECHO_REQUEST;
	memcpy(echo + 4, &id, sizeof(id));
	memcpy(echo + 6, &one, sizeof(one));
	track_payload(&ask->tracked, echo + ECHO_HEADER);
	sum = checksum(echo, size_of(ask));
	if (ask->family == AF_INET)
		memcpy(echo + 2, &sum, sizeof(sum));
}

/* Only echo replies: the error queue has the rest. */
static void filter_replies(const struct ask *ask)
{
	struct icmp_filter four = { ~(1U << ICMP_ECHOREPLY) };
	uint32_t six[8];

	memset(six, 0xff, sizeof(six));
	six[ICMPV6_ECHO_REPLY >> 5] &= ~(1U << (ICMPV6_ECHO_REPLY & 31));
	if (ask->family == AF_INET)
		setsockopt(ask->client, SOL_RAW, ICMP_FILTER, &four, sizeof(four));
	else
		setsockopt(ask->client, IPPROTO_ICMPV6, ICMPV6_FILTER, six,
			   sizeof(six));
}

/* An error of somebody else's echo is told once, to whoever comes next. */
static bool send_request(struct ask *ask, const uint8_t *echo)
{
	socklen_t size = sizeof(int);
	int stale;

	getsockopt(ask->client, SOL_SOCKET, SO_ERROR, &stale, &size);
	return send(ask->client, echo, size_of(ask), MSG_NOSIGNAL) >= 0;
}

static int start(struct ask *ask)
{
	int protocol = ask->family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6;
	struct sockaddr_storage there;
	unsigned int size = ask_sockaddr(&ask->target, 0, &there);
	uint8_t echo[ECHO_ROOM];
	int r;

	ask->client = ask_socket(ask, ask->from, SOCK_RAW, protocol);
	if (ask->client < 0)
		return ask->client;
	r = ask_bind_source(ask);
	if (r < 0)
		return r;
	filter_replies(ask);
	ask_want_errors(ask);
	if (ask->request.fragments)
		ask_want_fragments(ask);
	make_request(ask, echo);
	ask->sent_ns = room_now_ns();
	if (connect(ask->client, (struct sockaddr *)&there, size) < 0 ||
	    !send_request(ask, echo)) {
		ask_fail(ask, errno);
		ask->error_local = true;
		ask_read_errors(ask);
	}
	return 0;
}

static bool advance(struct ask *ask)
{
	uint8_t packet[ECHO_ROOM + 60];
	ssize_t size, header;

	if (ask_over(ask))
		return false;
	size = ask_receive_raw(ask, packet, sizeof(packet), &header);
	if (size < 0)
		return ask_over(ask);
	header += ECHO_HEADER;
	if (size > header &&
	    track_is_payload(&ask->tracked, packet + header, (size_t)(size - header))) {
		ask->answer_size = (size_t)(size - header);
		ask->stage = STAGE_DONE;
	}
	return true;
}

const struct protocol protocol_echo = { start, advance, NULL };
