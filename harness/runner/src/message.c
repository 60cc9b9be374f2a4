/* SPDX-License-Identifier: MIT */
/* Messages between a worker and the runner. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>

#include "message.h"

enum { LARGEST = 64 << 20, READ_SIZE = 65536 };

static struct {
	const struct note *note;
	int fd;
} mirror = { .fd = -1 };

void note_mirror(const struct note *note, int fd)
{
	mirror.note = note;
	mirror.fd = fd;
}

void note_set(char *place, size_t size, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(place, size, format, args);
	va_end(args);
	if (mirror.fd >= 0)
		(void)!pwrite(mirror.fd, mirror.note, sizeof(*mirror.note), 0);
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

static int make_room(struct inbox *inbox)
{
	const size_t room = inbox->used + 2 * READ_SIZE;
	char *longer;

	if (inbox->room - inbox->used >= READ_SIZE)
		return 0;
	longer = realloc(inbox->bytes, room);
	if (!longer)
		return nst_fail_memory();
	inbox->bytes = longer;
	inbox->room = room;
	return 0;
}

static int keep(struct inbox *inbox, ssize_t got)
{
	if (got < 0)
		return errno == EINTR ? -EAGAIN : -errno;
	inbox->used += (size_t)got;
	return got > 0;
}

int inbox_fill(struct inbox *inbox, int fd)
{
	int r = make_room(inbox);

	return r < 0 ? r
		     : keep(inbox, recv(fd, inbox->bytes + inbox->used,
					inbox->room - inbox->used, MSG_DONTWAIT));
}

int inbox_read(struct inbox *inbox, int fd)
{
	int r = make_room(inbox);

	return r < 0 ? r
		     : keep(inbox, read(fd, inbox->bytes + inbox->used,
					inbox->room - inbox->used));
}

int inbox_peek(const struct inbox *inbox, struct message_head *ret_head,
	       const void **ret_bytes)
{
	struct message_head head;
	size_t whole;

	if (inbox->used < sizeof(head))
		return 0;
	memcpy(&head, inbox->bytes, sizeof(head));
	if (head.kind > MESSAGE_LOST || head.size > LARGEST)
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
