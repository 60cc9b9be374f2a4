/* SPDX-License-Identifier: MIT */
/* Requests to the engine process as bytes. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <base/scope.h>

#include "wire_request.h"

/* ---- As bytes ---- */

int wire_request_pack(const struct wire_request *request, const char *const *texts,
		      const size_t *links, size_t link_count,
		      struct wire_request **ret_packed, size_t *ret_size)
{
	size_t at = link_count * sizeof(uint32_t), size = sizeof(*request) + at;
	struct wire_request *packed;

	for (size_t i = 0; i < WIRE_TEXTS && texts; i++)
		size += texts[i] ? strlen(texts[i]) + 1 : 0;
	packed = calloc(1, size);
	if (!packed)
		return nst_fail_memory();
	memcpy(packed, request, sizeof(*request));
	packed->link_count = (uint32_t)link_count;
	for (size_t i = 0; i < link_count; i++) {
		uint32_t link = (uint32_t)links[i];

		memcpy(packed->tail + i * sizeof(link), &link, sizeof(link));
	}
	for (size_t i = 0; i < WIRE_TEXTS && texts; i++) {
		if (!texts[i])
			continue;
		packed->texts[i] = (uint32_t)at + 1;
		strcpy(packed->tail + at, texts[i]);
		at += strlen(texts[i]) + 1;
	}
	*ret_packed = packed;
	*ret_size = size;
	return 0;
}

/* NULL for none; *ret_wrong if it is not in the message. */
static const char *text_of(const struct wire_request *packed, size_t tail, size_t i,
			   bool *ret_wrong)
{
	size_t at = packed->texts[i];

	if (at == 0)
		return NULL;
	if (at > tail || !memchr(packed->tail + at - 1, '\0', tail - at + 1)) {
		*ret_wrong = true;
		return NULL;
	}
	return packed->tail + at - 1;
}

int wire_request_unpack(struct wire_request *packed, size_t size)
{
	bool wrong = size < sizeof(*packed);
	const char *texts[WIRE_TEXTS];
	size_t tail;

	if (wrong)
		return nst_fail(-EPROTO, "a request of %zu bytes", size);
	tail = size - sizeof(*packed);
	for (size_t i = 0; i < WIRE_TEXTS; i++)
		texts[i] = text_of(packed, tail, i, &wrong);
	if (wrong || packed->verb >= WIRE_VERBS ||
	    packed->link_count > tail / sizeof(uint32_t))
		return nst_fail(-EPROTO, "a request that makes no sense");
	if (packed->verb == WIRE_IMPAIR) {
		packed->impairment.distribution_file = texts[0];
		packed->impairment.trace_file = texts[1];
		packed->impairment.slot_distribution_file = texts[2];
	} else if (packed->verb == WIRE_FAULT) {
		packed->fault.match = texts[0];
		packed->fault.name = texts[1];
	}
	return 0;
}

/* ---- As messages ---- */

/* A descriptor beside the bytes. */
union beside {
	char bytes[CMSG_SPACE(sizeof(int))];
	struct cmsghdr align;
};

int wire_message_send(int socket, const void *data, size_t size, int fd)
{
	struct iovec part = { (void *)data, size };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	union beside beside = { { 0 } };
	struct cmsghdr *header;
	ssize_t n;

	if (fd >= 0) {
		message.msg_control = &beside;
		message.msg_controllen = sizeof(beside);
		header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(sizeof(fd));
		memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	}
	do
		n = sendmsg(socket, &message, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return nst_fail_errno("sending %zu bytes", size);
	return 0;
}

static void take_descriptor(struct msghdr *message, int *ret_fd)
{
	struct cmsghdr *header = CMSG_FIRSTHDR(message);

	if (header && header->cmsg_type == SCM_RIGHTS)
		memcpy(ret_fd, CMSG_DATA(header), sizeof(*ret_fd));
}

/* Waits, whatever the socket is set to. 0 is the end of the file. */
static ssize_t size_of_next(int socket)
{
	ssize_t size;

	do
		size = recv(socket, NULL, 0, MSG_PEEK | MSG_TRUNC);
	while (size < 0 && errno == EINTR);
	return size;
}

int wire_message_receive(int socket, void **ret_data, size_t *ret_size, int *ret_fd)
{
	ssize_t size = size_of_next(socket);
	void *data AUTO_FREE = size > 0 ? malloc((size_t)size) : NULL;
	struct iovec part = { data, size > 0 ? (size_t)size : 0 };
	union beside beside;
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = &beside,
				  .msg_controllen = sizeof(beside) };

	if (size < 0)
		return nst_fail_errno("receiving");
	if (size == 0)
		return nst_fail(-EPIPE, "the other side is gone");
	if (!data)
		return nst_fail_memory();
	size = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
	if (size <= 0)
		return size < 0 ? nst_fail_errno("receiving")
				: nst_fail(-EPIPE, "the other side is gone");
	*ret_fd = -1;
	take_descriptor(&message, ret_fd);
	*ret_data = steal(data);
	*ret_size = (size_t)size;
	return 0;
}
