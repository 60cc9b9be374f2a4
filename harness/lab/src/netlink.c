/* SPDX-License-Identifier: MIT */
/* rtnetlink requests, many in one sendmsg(2). */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>

#include "netlink.h"

#ifndef NETLINK_EXT_ACK
#define NETLINK_EXT_ACK 11
#endif

/* One send takes at most so many messages, so that their replies (1.3 KiB each for an
 * interface) fit the default receive buffer. */
enum { SEND_MESSAGES = 64, RECEIVE_SIZE = 64 * 1024 };

int netlink_open(void)
{
	AUTO_CLOSE int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	int on = 1;

	if (fd < 0)
		return nst_fail_errno("opening a netlink socket");
	setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
	return steal_fd(&fd);
}

void netlink_batch_free(struct netlink_batch *batch)
{
	free(batch->data);
	free(batch->purposes);
	*batch = (struct netlink_batch){ 0 };
}

/* Room for `size` more bytes, zeroed, rounded up to alignment; NULL without memory. */
static void *extend(struct netlink_batch *batch, size_t size)
{
	size_t wanted = batch->size + NLMSG_ALIGN(size);
	void *place;

	if (wanted > batch->room) {
		size_t room = wanted < 4096 ? 4096 : wanted * 2;
		uint8_t *data = batch->failed ? NULL : realloc(batch->data, room);

		if (!data) {
			batch->failed = -ENOMEM;
			return NULL;
		}
		batch->data = data;
		batch->room = room;
	}
	place = batch->data + batch->size;
	memset(place, 0, NLMSG_ALIGN(size));
	batch->size = wanted;
	return place;
}

static struct nlmsghdr *header_at(const struct netlink_batch *batch, size_t at)
{
	return (struct nlmsghdr *)(batch->data + at);
}

static void update_length(struct netlink_batch *batch)
{
	if (!batch->failed)
		header_at(batch, batch->message)->nlmsg_len =
			(uint32_t)(batch->size - batch->message);
}

static void note_purpose(struct netlink_batch *batch, struct netlink_purpose purpose)
{
	if (batch->count == batch->purposes_room) {
		size_t room = batch->purposes_room ? batch->purposes_room * 2 : 32;
		void *grown = reallocarray(batch->purposes, room, sizeof(purpose));

		if (!grown) {
			batch->failed = -ENOMEM;
			return;
		}
		batch->purposes = grown;
		batch->purposes_room = room;
	}
	batch->purposes[batch->count++] = purpose;
}

void netlink_begin(struct netlink_batch *batch, struct netlink_purpose purpose,
		   uint16_t type, uint16_t flags, const void *body, size_t size)
{
	size_t at = batch->size;
	struct nlmsghdr *header = extend(batch, NLMSG_HDRLEN + size);

	if (!header)
		return;
	batch->message = at;
	header->nlmsg_type = type;
	header->nlmsg_flags = NLM_F_REQUEST | flags;
	header->nlmsg_seq = (uint32_t)batch->count;
	memcpy(NLMSG_DATA(header), body, size);
	note_purpose(batch, purpose);
	update_length(batch);
}

void netlink_put(struct netlink_batch *batch, uint16_t type, const void *data,
		 size_t size)
{
	struct nlattr *attribute = extend(batch, NLA_HDRLEN + size);

	if (!attribute)
		return;
	attribute->nla_type = type;
	attribute->nla_len = (uint16_t)(NLA_HDRLEN + size);
	if (size)
		memcpy((uint8_t *)attribute + NLA_HDRLEN, data, size);
	update_length(batch);
}

void netlink_put_u32(struct netlink_batch *batch, uint16_t type, uint32_t value)
{
	netlink_put(batch, type, &value, sizeof(value));
}

void netlink_put_text(struct netlink_batch *batch, uint16_t type, const char *text)
{
	netlink_put(batch, type, text, strlen(text) + 1);
}

size_t netlink_nest(struct netlink_batch *batch, uint16_t type, const void *body,
		    size_t size)
{
	size_t nest = batch->size;

	netlink_put(batch, type | NLA_F_NESTED, body, size);
	return nest;
}

void netlink_nest_end(struct netlink_batch *batch, size_t nest)
{
	struct nlattr *attribute;

	if (batch->failed)
		return;
	attribute = (struct nlattr *)(batch->data + nest);
	attribute->nla_len = (uint16_t)(batch->size - nest);
}

/* The extended ack's text behind an error, or NULL. With NETLINK_CAP_ACK the request's
 * payload is not repeated (Documentation/userspace-api/netlink/intro.rst). */
static const char *extended_ack(const struct nlmsghdr *reply)
{
	const uint8_t *at =
		(const uint8_t *)NLMSG_DATA(reply) + sizeof(struct nlmsgerr);
	const uint8_t *end = (const uint8_t *)reply + reply->nlmsg_len;

	if (!(reply->nlmsg_flags & NLM_F_ACK_TLVS))
		return NULL;
	while (at + NLA_HDRLEN <= end) {
		const struct nlattr *attribute = (const struct nlattr *)at;

		if (attribute->nla_len < NLA_HDRLEN || at + attribute->nla_len > end)
			break;
		if ((attribute->nla_type & NLA_TYPE_MASK) == NLMSGERR_ATTR_MSG)
			return (const char *)at + NLA_HDRLEN;
		at += NLA_ALIGN(attribute->nla_len);
	}
	return NULL;
}

static int fail_for(const struct netlink_purpose *purpose, const struct nlmsghdr *reply)
{
	const struct nlmsgerr *error = NLMSG_DATA(reply);
	const char *kernel = extended_ack(reply);
	int code = error->error;

	return nst_fail(code, "host \"%s\"%s%s: %s: %s%s%s%s", purpose->host,
			purpose->interface ? ", interface " : "",
			purpose->interface ? purpose->interface : "", purpose->what,
			strerror(-code), kernel ? " (the kernel says: " : "",
			kernel ? kernel : "", kernel ? ")" : "");
}

/* Reads replies until that of message `last`. Returns the first error. */
static int receive(struct netlink_batch *batch, int fd, uint32_t last,
		   netlink_reply_fn *on_reply, void *context)
{
	AUTO_FREE uint8_t *buffer = malloc(RECEIVE_SIZE);
	int result = 0;

	if (!buffer)
		return nst_fail_memory();
	for (;;) {
		ssize_t got = recv(fd, buffer, RECEIVE_SIZE, 0);
		const struct nlmsghdr *reply = (const struct nlmsghdr *)buffer;
		size_t left = got < 0 ? 0 : (size_t)got;

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return nst_fail_errno("reading the kernel's netlink answer");
		for (; NLMSG_OK(reply, left); reply = NLMSG_NEXT(reply, left)) {
			const struct nlmsgerr *error = NLMSG_DATA(reply);

			if (reply->nlmsg_type != NLMSG_ERROR) {
				if (on_reply)
					on_reply(reply, context);
				continue;
			}
			if (error->error && !result)
				result = fail_for(&batch->purposes[reply->nlmsg_seq],
						  reply);
			if (reply->nlmsg_seq == last)
				return result;
		}
	}
}

/* Where the piece that begins at `from` ends. Gives the number of its last message,
 * which is asked to be acknowledged. */
static size_t piece_end(const struct netlink_batch *batch, size_t from,
			uint32_t *ret_last)
{
	size_t end = from;
	struct nlmsghdr *header = NULL;

	for (int i = 0; i < SEND_MESSAGES && end < batch->size; i++) {
		header = header_at(batch, end);
		end += NLMSG_ALIGN(header->nlmsg_len);
	}
	header->nlmsg_flags |= NLM_F_ACK;
	*ret_last = header->nlmsg_seq;
	return end;
}

int netlink_send(struct netlink_batch *batch, int fd, netlink_reply_fn *on_reply,
		 void *context)
{
	int result = batch->failed ? nst_fail_memory() : 0;
	size_t from = 0;

	while (!result && from < batch->size) {
		uint32_t last;
		size_t end = piece_end(batch, from, &last);

		if (send(fd, batch->data + from, end - from, 0) < 0)
			result = nst_fail_errno("sending %zu bytes of netlink requests",
						end - from);
		else
			result = receive(batch, fd, last, on_reply, context);
		from = end;
	}
	batch->size = batch->count = 0;
	batch->failed = 0;
	return result;
}

/* Hands on the messages of one datagram of a dump. True: it was the last. */
static bool take_dump(const uint8_t *buffer, size_t left, netlink_reply_fn *on_reply,
		      void *context)
{
	const struct nlmsghdr *reply = (const struct nlmsghdr *)buffer;

	for (; NLMSG_OK(reply, left); reply = NLMSG_NEXT(reply, left)) {
		if (reply->nlmsg_type == NLMSG_DONE || reply->nlmsg_type == NLMSG_ERROR)
			return true;
		on_reply(reply, context);
	}
	return false;
}

int netlink_dump(int fd, uint16_t type, const void *body, size_t size,
		 netlink_reply_fn *on_reply, void *context)
{
	struct netlink_batch batch AUTO(netlink_batch_free) = { 0 };
	AUTO_FREE uint8_t *buffer = malloc(RECEIVE_SIZE);
	ssize_t got;

	netlink_begin(&batch, (struct netlink_purpose){ 0 }, type, NLM_F_DUMP, body,
		      size);
	if (!buffer || batch.failed)
		return nst_fail_memory();
	if (send(fd, batch.data, batch.size, 0) < 0)
		return nst_fail_errno("sending a netlink request");
	do {
		got = recv(fd, buffer, RECEIVE_SIZE, 0);
		if (got < 0 && errno != EINTR)
			return nst_fail_errno("reading the kernel's netlink answer");
	} while (got < 0 || !take_dump(buffer, (size_t)got, on_reply, context));
	return 0;
}
