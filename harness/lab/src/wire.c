/* SPDX-License-Identifier: MIT */
/* What travels between a handle and its lab process. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>

#include "wire.h"

/* Goes first, with the descriptors attached; then `size` bytes of data, and in a reply
 * `sentence_size` bytes of sentence. */
struct header {
	nst_inside_fn *function; /* of a request */
	int result;              /* of a reply */
	size_t size, sentence_size;
};

static int send_all(int fd, const void *data, size_t size)
{
	while (size) {
		ssize_t sent = send(fd, data, size, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			return errno == ECONNRESET ? -EPIPE : -errno;
		data = (const char *)data + sent;
		size -= (size_t)sent;
	}
	return 0;
}

static int receive_all(int fd, void *data, size_t size)
{
	while (size) {
		ssize_t got = recv(fd, data, size, MSG_WAITALL);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && errno != ECONNRESET)
			return -errno;
		if (got <= 0)
			return -EPIPE;
		data = (char *)data + got;
		size -= (size_t)got;
	}
	return 0;
}

/* Room for the descriptors of one message, aligned as sendmsg(2) wants it. */
union control {
	struct cmsghdr header;
	char space[CMSG_SPACE(sizeof(int) * NST_MESSAGE_FDS)];
};

/* Sends the header with the descriptors, and as much of what follows it as fits: one system
 * call and one wake-up for most messages. */
static int send_message(int fd, const struct header *header,
			const struct nst_message *message, const char *sentence)
{
	size_t size = message ? message->size : 0, sent;
	union control control = { 0 };
	struct iovec parts[] = { { (void *)header, sizeof(*header) },
				 { size ? message->data : NULL, size },
				 { (void *)sentence, header->sentence_size } };
	struct msghdr packet = { .msg_iov = parts, .msg_iovlen = ARRAY_SIZE(parts) };
	ssize_t got;

	if (message && message->fd_count) {
		struct cmsghdr *cmsg = &control.header;

		packet.msg_control = &control;
		packet.msg_controllen = CMSG_SPACE(sizeof(int) * message->fd_count);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(sizeof(int) * message->fd_count);
		memcpy(CMSG_DATA(cmsg), message->fds, sizeof(int) * message->fd_count);
	}
	do {
		got = sendmsg(fd, &packet, MSG_NOSIGNAL);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return errno == ECONNRESET ? -EPIPE : -errno;
	sent = (size_t)got;
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		size_t done = sent < parts[i].iov_len ? sent : parts[i].iov_len;
		size_t left =
			parts[i].iov_len - done; /* of nothing there is no address */
		int r = left ? send_all(fd, (char *)parts[i].iov_base + done, left) : 0;

		if (r < 0)
			return r;
		sent -= done;
	}
	return 0;
}

static int receive_header(int fd, struct header *header, struct nst_message *message)
{
	union control control = { 0 };
	struct iovec bytes = { header, sizeof(*header) };
	struct msghdr packet = { .msg_iov = &bytes,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof(control) };
	struct cmsghdr *cmsg;
	ssize_t got;

	do {
		got = recvmsg(fd, &packet, MSG_WAITALL | MSG_CMSG_CLOEXEC);
	} while (got < 0 && errno == EINTR);
	if (got < 0 && errno != ECONNRESET)
		return -errno;
	*message = (struct nst_message){ 0 };
	cmsg = CMSG_FIRSTHDR(&packet);
	if (got > 0 && cmsg && cmsg->cmsg_type == SCM_RIGHTS) {
		message->fd_count = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(message->fds, CMSG_DATA(cmsg), sizeof(int) * message->fd_count);
	}
	return got == sizeof(*header) ? 0 : -EPIPE;
}

static int receive_data(int fd, size_t size, struct nst_message *message)
{
	int r;

	message->size = size;
	message->data = size ? malloc(size) : NULL;
	if (size && !message->data)
		return nst_fail_memory();
	r = receive_all(fd, message->data, size);
	if (r < 0)
		wire_message_drop(message);
	return r;
}

int wire_send_request(int fd, nst_inside_fn *function,
		      const struct nst_message *request)
{
	struct header header = { .function = function,
				 .size = request ? request->size : 0 };

	return send_message(fd, &header, request, "");
}

int wire_receive_request(int fd, nst_inside_fn **ret_function, struct nst_message *ret)
{
	struct header header;
	int r = receive_header(fd, &header, ret);

	if (r < 0)
		return r;
	*ret_function = header.function;
	return receive_data(fd, header.size, ret);
}

int wire_send_reply(int fd, int result, const struct nst_message *reply)
{
	const char *sentence = result < 0 ? nst_error() : "";
	struct header header = { .result = result,
				 .size = reply ? reply->size : 0,
				 .sentence_size = strlen(sentence) };

	return send_message(fd, &header, reply, sentence);
}

int wire_receive_reply(int fd, int *ret_result, struct nst_message *ret)
{
	char sentence[NST_ERROR_SIZE];
	struct header header;
	int r = receive_header(fd, &header, ret);

	if (r == 0)
		r = receive_data(fd, header.size, ret);
	if (r < 0)
		return r;
	if (header.sentence_size >= sizeof(sentence))
		return -EPROTO;
	r = receive_all(fd, sentence, header.sentence_size);
	if (r < 0)
		return r;
	sentence[header.sentence_size] = '\0';
	if (header.result < 0)
		nst_fail(header.result, "%s", sentence);
	*ret_result = header.result;
	return 0;
}

void wire_message_drop(struct nst_message *message)
{
	free(message->data);
	for (size_t i = 0; i < message->fd_count; i++)
		if (message->fds[i] >= 0)
			close(message->fds[i]);
	*message = (struct nst_message){ 0 };
}

int nst_reply_value(struct nst_message *reply, const void *value, size_t size)
{
	reply->data = malloc(size ? size : 1);
	if (!reply->data)
		return nst_fail_memory();
	memcpy(reply->data, value, size);
	reply->size = size;
	return 0;
}
