/* SPDX-License-Identifier: MIT */
/* Questions to the kernel over netlink. */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "talk.h"

enum { ANSWER_SIZE = 32768, ANSWER_DEADLINE_MS = 2000 };

/* The kernel answers within send(); only a dump's later parts have to be fetched. */
static ssize_t receive(int fd, void *buffer, size_t size)
{
	struct pollfd wait = { fd, POLLIN, 0 };

	for (;;) {
		ssize_t got = recv(fd, buffer, size, 0);

		if (got >= 0)
			return got;
		if (errno != EAGAIN && errno != EINTR)
			return -errno;
		if (poll(&wait, 1, ANSWER_DEADLINE_MS) == 0)
			return -ETIME;
	}
}

struct hearing {
	uint32_t number;
	bool dump;
	talk_listener *listener;
	void *context;
	int result;
	bool over;
};

static void hear(struct hearing *hearing, const struct nlmsghdr *message)
{
	const struct nlmsgerr *error = NLMSG_DATA(message);
	int r;

	if (message->nlmsg_seq != hearing->number || hearing->over)
		return;
	if (message->nlmsg_type == NLMSG_ERROR) {
		hearing->result = error->error;
		hearing->over = true;
		return;
	}
	if (message->nlmsg_type == NLMSG_DONE) {
		hearing->over = true;
		return;
	}
	r = hearing->listener(message, hearing->context);
	if (r != 0)
		hearing->result = r;
	hearing->over = !hearing->dump;
}

int talk(struct probe_room *room, size_t node, enum tool tool, struct nlmsghdr *request,
	 talk_listener *listener, void *context)
{
	static _Alignas(8) char buffer[ANSWER_SIZE];
	static uint32_t number;
	struct hearing hearing = {
		.number = ++number,
		.dump = request->nlmsg_flags & NLM_F_DUMP,
		.listener = listener,
		.context = context,
	};
	int fd = room_tool(room, node, tool);

	if (fd < 0)
		return fd;
	request->nlmsg_flags |= NLM_F_REQUEST;
	request->nlmsg_seq = number;
	if (send(fd, request, request->nlmsg_len, 0) < 0)
		return -errno;
	while (!hearing.over) {
		ssize_t size = receive(fd, buffer, sizeof(buffer));
		unsigned int left = (unsigned int)size;

		if (size < 0)
			return (int)size;
		for (const struct nlmsghdr *message = (const void *)buffer;
		     NLMSG_OK(message, left); message = NLMSG_NEXT(message, left))
			hear(&hearing, message);
	}
	return hearing.result;
}

const void *talk_attribute(const struct nlmsghdr *message, size_t header_size, int type,
			   size_t size)
{
	const struct rtattr *attribute =
		(const void *)((const char *)NLMSG_DATA(message) +
			       NLMSG_ALIGN(header_size));
	int left = (int)(message->nlmsg_len - NLMSG_SPACE(header_size));

	for (; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left))
		if ((attribute->rta_type & NLA_TYPE_MASK) == type)
			return RTA_PAYLOAD(attribute) >= size ? RTA_DATA(attribute)
							      : NULL;
	return NULL;
}
