/* SPDX-License-Identifier: MIT */
/* Asking by one TCP segment that belongs to no connection: an ACK out of the blue, flags
 * that no stack sends. A kernel answers such a segment with RST if it gets it, so refused
 * means that it came through. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <string.h>
#include <sys/socket.h>

#include "ask.h"

enum { TCP_HEADER = 20, CHECKSUM_AT = 16, WINDOW = 1024 };

static uint32_t add_words(uint32_t sum, const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i + 1 < size; i += 2)
		sum += (uint32_t)(bytes[i] << 8 | bytes[i + 1]);
	return sum;
}

/* RFC 9293 §3.1, over the pseudo header; for IPv6 the kernel does it. */
static void put_checksum(uint8_t *segment, const struct sockaddr_storage *here,
			 const struct nst_address *there)
{
	const struct sockaddr_in *four = (const struct sockaddr_in *)here;
	uint32_t sum = IPPROTO_TCP + TCP_HEADER;

	sum = add_words(sum, (const uint8_t *)&four->sin_addr, 4);
	sum = add_words(sum, there->bytes, 4);
	sum = add_words(sum, segment, TCP_HEADER);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	sum = ~sum;
	segment[CHECKSUM_AT] = (uint8_t)(sum >> 8);
	segment[CHECKSUM_AT + 1] = (uint8_t)sum;
}

static void put32(uint8_t *at, uint32_t value)
{
	value = htonl(value);
	memcpy(at, &value, sizeof(value));
}

static void put16(uint8_t *at, uint16_t value)
{
	value = htons(value);
	memcpy(at, &value, sizeof(value));
}

static void make_segment(struct ask *ask, uint8_t *segment)
{
	struct tracked *tracked = &ask->tracked;

	tracked->alone = tracked->knows_sequence = tracked->knows_answer = true;
	tracked->sequence = tracked->nonce * 2654435761U;
	tracked->answer = ~tracked->sequence;
	memset(segment, 0, TCP_HEADER);
	put16(segment, tracked->port);
	put16(segment + 2, ask->request.port);
	put32(segment + 4, tracked->sequence);
	if (ask->request.flags & NST_ACK)
		put32(segment + 8, tracked->answer + 1);
	segment[12] = TCP_HEADER / 4 << 4;
	segment[13] = ask->request.flags;
	put16(segment + 14, WINDOW);
}

static bool send_segment(struct ask *ask)
{
	struct sockaddr_storage here = { 0 }, there;
	unsigned int size = ask_sockaddr(&ask->target, 0, &there);
	socklen_t here_size = sizeof(here);
	uint8_t segment[TCP_HEADER];

	if (connect(ask->client, (struct sockaddr *)&there, size) < 0 ||
	    getsockname(ask->client, (struct sockaddr *)&here, &here_size) < 0)
		return false;
	make_segment(ask, segment);
	if (ask->family == AF_INET)
		put_checksum(segment, &here, &ask->target);
	return send(ask->client, segment, sizeof(segment), MSG_NOSIGNAL) >= 0;
}

static int start(struct ask *ask)
{
	int at = CHECKSUM_AT, r;

	ask->client = ask_socket(ask, ask->from, SOCK_RAW, IPPROTO_TCP);
	if (ask->client < 0)
		return ask->client;
	r = ask_bind_source(ask);
	if (r < 0)
		return r;
	if (ask->family == AF_INET6)
		setsockopt(ask->client, IPPROTO_IPV6, IPV6_CHECKSUM, &at, sizeof(at));
	ask_want_errors(ask);
	ask->sent_ns = room_now_ns();
	if (!send_segment(ask)) {
		ask_fail(ask, errno);
		ask->error_local = true;
		ask_read_errors(ask);
	}
	return 0;
}

static bool is_reset(const struct ask *ask, const uint8_t *tcp, ssize_t size)
{
	return size >= TCP_HEADER && tcp[13] & NST_RST &&
	       (tcp[2] << 8 | tcp[3]) == ask->tracked.port;
}

static bool advance(struct ask *ask)
{
	uint8_t packet[256];
	ssize_t size, header;

	if (ask_over(ask))
		return false;
	size = ask_receive_raw(ask, packet, sizeof(packet), &header);
	if (size < 0)
		return ask_over(ask);
	if (size > header && is_reset(ask, packet + header, size - header))
		ask_fail(ask, ECONNREFUSED);
	return true;
}

const struct protocol protocol_segment = { start, advance, NULL };
