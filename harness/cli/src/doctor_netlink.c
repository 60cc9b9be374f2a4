/* SPDX-License-Identifier: MIT */
/* Asking the kernel for a link, to see whether it has the kind. */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>

#include "doctor.h"

enum { BUFFER_SIZE = 4096 };

struct request {
	struct nlmsghdr head;
	struct ifinfomsg link;
	char attributes[256];
};

static struct rtattr *put(struct request *request, unsigned short type,
			  const void *data, size_t size)
{
	struct rtattr *attribute =
		(void *)((char *)request + NLMSG_ALIGN(request->head.nlmsg_len));

	attribute->rta_type = type;
	attribute->rta_len = (unsigned short)RTA_LENGTH(size);
	if (size)
		memcpy(RTA_DATA(attribute), data, size);
	request->head.nlmsg_len = NLMSG_ALIGN(request->head.nlmsg_len) +
				  (unsigned int)RTA_ALIGN(RTA_LENGTH(size));
	return attribute;
}

static int send_request(struct request *request)
{
	AUTO_CLOSE int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	_Alignas(struct nlmsghdr) char buffer[BUFFER_SIZE];
	const struct nlmsghdr *answer = (const void *)buffer;
	const struct nlmsgerr *error = NLMSG_DATA(answer);
	ssize_t got;

	if (fd < 0 || send(fd, request, request->head.nlmsg_len, 0) < 0)
		return nst_fail_errno("asking the kernel");
	got = recv(fd, buffer, sizeof(buffer), 0);
	if (got < (ssize_t)NLMSG_LENGTH(sizeof(*error)) ||
	    answer->nlmsg_type != NLMSG_ERROR)
		return nst_fail(-EPROTO, "the kernel's answer makes no sense");
	if (!error->error)
		return 0;
	return nst_fail(error->error, "this kernel does not have it (%s)",
			strerror(-error->error));
}

int ask_for_link(const char *kind)
{
	struct request request = {
		.head = { .nlmsg_len = NLMSG_LENGTH(sizeof(struct ifinfomsg)),
			  .nlmsg_type = RTM_NEWLINK,
			  .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE |
					 NLM_F_EXCL },
	};
	struct rtattr *info;

	put(&request, IFLA_IFNAME, "try0", sizeof("try0"));
	info = put(&request, IFLA_LINKINFO, NULL, 0);
	put(&request, IFLA_INFO_KIND, kind, strlen(kind) + 1);
	info->rta_len = (unsigned short)((char *)&request + request.head.nlmsg_len -
					 (char *)info);
	return send_request(&request);
}
