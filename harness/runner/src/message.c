/* SPDX-License-Identifier: MIT */
/* Messages between a worker and the runner. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <base/fail.h>
#include <base/scope.h>

#include "message.h"

enum { LARGEST = 64 << 20, READ_SIZE = 65536 };

void note_set(char *place, size_t size, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(place, size, format, args);
	va_end(args);
}

static int send_all(int fd, const char *bytes, size_t size)
{
	while (size) {
		ssize_t sent = send(fd, bytes, size, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			return -errno;
		bytes += sent;
		size -= (size_t)sent;
	}
	return 0;
}

int message_send(int fd, enum message_kind kind, const void *bytes, size_t size)
{
	const struct message_head head = { .kind = kind, .size = (uint32_t)size };
	int r = send_all(fd, (const char *)&head, sizeof(head));

	return r < 0 ? r : send_all(fd, bytes, size);
}

int message_send_result(int fd, const struct nst_result *result)
{
	AUTO_FREE void *bytes = NULL;
	size_t size;
	int r = nst_result_pack(result, &bytes, &size);

	return r < 0 ? r : message_send(fd, MESSAGE_RESULT, bytes, size);
}

int inbox_fill(struct inbox *inbox, int fd)
{
	ssize_t got;

	if (inbox->room - inbox->used < READ_SIZE) {
		size_t room = inbox->used + 2 * READ_SIZE;
		char *longer = realloc(inbox->bytes, room);

		if (!longer)
			return nst_fail_memory();
		inbox->bytes = longer;
		inbox->room = room;
	}
	got = recv(fd, inbox->bytes + inbox->used, inbox->room - inbox->used,
		   MSG_DONTWAIT);
	if (got < 0)
		return errno == EINTR ? -EAGAIN : -errno;
	inbox->used += (size_t)got;
	return got > 0;
}

int inbox_peek(const struct inbox *inbox, struct message_head *ret_head,
	       const void **ret_bytes)
{
	struct message_head head;
	size_t whole;

	if (inbox->used < sizeof(head))
		return 0;
	memcpy(&head, inbox->bytes, sizeof(head));
	if (head.kind > MESSAGE_DONE || head.size > LARGEST)
		return nst_fail(-EPROTO, "a worker sent nonsense");
	whole = sizeof(head) + head.size;
	if (inbox->used < whole)
		return 0;
	*ret_head = head;
	*ret_bytes = inbox->bytes + sizeof(head);
	return 1;
}

void inbox_drop(struct inbox *inbox, const struct message_head *head)
{
	size_t whole = sizeof(*head) + head->size;

	inbox->used -= whole;
	memmove(inbox->bytes, inbox->bytes + whole, inbox->used);
}

void inbox_free(struct inbox *inbox)
{
	free(inbox->bytes);
	*inbox = (struct inbox){ 0 };
}
