/* SPDX-License-Identifier: MIT */
/* The asker's sockets. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <base/fail.h>

#include "ask.h"
#include "diag.h"
#include "filter.h"

int ask_socket(struct ask *ask, size_t node, int type, int protocol)
{
	int fd, r = nst_inside_net(ask->inside, node);

	if (r < 0)
		return r;
	fd = socket(ask->family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
	return fd < 0 ? nst_fail_errno("opening a socket in host \"%s\"",
				       ask->plan->nodes[node].name)
		      : fd;
}

unsigned int ask_sockaddr(const struct nst_address *address, uint16_t port,
			  struct sockaddr_storage *ret)
{
	struct sockaddr_in *four = (struct sockaddr_in *)ret;
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)ret;

	memset(ret, 0, sizeof(*ret));
	ret->ss_family = (sa_family_t)address->family;
	if (address->family == AF_INET) {
		four->sin_port = htons(port);
		memcpy(&four->sin_addr, address->bytes, sizeof(four->sin_addr));
		return sizeof(*four);
	}
	six->sin6_port = htons(port);
	memcpy(&six->sin6_addr, address->bytes, sizeof(six->sin6_addr));
	return sizeof(*six);
}

int ask_bind_port(struct ask *ask)
{
	const struct nst_address any = { .family = ask->family };
	struct sockaddr_storage here;

	for (int tries = PROBE_PORT_FIRST; tries <= PROBE_PORT_LAST; tries++) {
		unsigned int size = ask_sockaddr(&any, ask->tracked.port, &here);

		if (ask->tracked.port != ask->request.port &&
		    bind(ask->client, (struct sockaddr *)&here, size) == 0)
			return 0;
		if (ask->tracked.port != ask->request.port && errno != EADDRINUSE)
			return nst_fail_errno("binding port %u in host \"%s\"",
					      ask->tracked.port, ask->request.from);
		ask->tracked.port = room_next_port(ask->room);
	}
	return nst_fail(-EADDRINUSE, "host \"%s\" has no free port between %d and %d",
			ask->request.from, PROBE_PORT_FIRST, PROBE_PORT_LAST);
}

void ask_want_errors(struct ask *ask)
{
	int on = 1;

	if (ask->family == AF_INET)
		setsockopt(ask->client, IPPROTO_IP, IP_RECVERR, &on, sizeof(on));
	else
		setsockopt(ask->client, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof(on));
}

static void note_error(struct ask *ask, const struct sock_extended_err *error)
{
	if (error->ee_origin != SO_EE_ORIGIN_ICMP &&
	    error->ee_origin != SO_EE_ORIGIN_ICMP6)
		return;
	ask->icmp_heard = true;
	ask->icmp_type = error->ee_type;
	ask->icmp_code = error->ee_code;
	ask_fail(ask, (int)error->ee_errno);
}

/* A raw socket hears of all echo requests to that host: of other programs, and of a
 * probe before. What is quoted begins with the ICMP header. */
static bool is_about_us(const struct ask *ask, const uint8_t *quoted, ssize_t size)
{
	uint16_t id;

	if (ask->request.protocol != NST_ICMP)
		return true;
	if (size < 8)
		return false;
	memcpy(&id, quoted + 4, sizeof(id));
	return ntohs(id) == ask->tracked.port;
}

void ask_read_errors(struct ask *ask)
{
	union {
		struct cmsghdr header;
		char space[512];
	} control;
	uint8_t quoted[64];
	struct iovec place = { quoted, sizeof(quoted) };
	struct msghdr message = { .msg_control = &control,
				  .msg_controllen = sizeof(control),
				  .msg_iov = &place,
				  .msg_iovlen = 1 };
	ssize_t size;

	while ((size = recvmsg(ask->client, &message, MSG_ERRQUEUE)) >= 0) {
		if (!is_about_us(ask, quoted, size))
			message.msg_controllen = 0;
		for (struct cmsghdr *cmsg = CMSG_FIRSTHDR(&message); cmsg;
		     cmsg = CMSG_NXTHDR(&message, cmsg))
			if ((cmsg->cmsg_level == IPPROTO_IP &&
			     cmsg->cmsg_type == IP_RECVERR) ||
			    (cmsg->cmsg_level == IPPROTO_IPV6 &&
			     cmsg->cmsg_type == IPV6_RECVERR))
				note_error(ask, (const void *)CMSG_DATA(cmsg));
		message.msg_controllen = sizeof(control);
	}
}

void ask_fail(struct ask *ask, int error)
{
	ask->stage = STAGE_FAILED;
	ask->error = error;
}

static void close_one(int *fd, bool reset)
{
	const struct linger at_once = { 1, 0 };

	if (*fd < 0)
		return;
	if (reset)
		setsockopt(*fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	close(*fd);
	*fd = -1;
}

void ask_close(struct ask *ask)
{
	/* To a program's server the probe is a client that has second thoughts: it ends
	 * its side in order. Nobody misses the probe's own connections. */
	close_one(&ask->client, ask->listening != LISTENING_PROGRAM);
	close_one(&ask->accepted, true);
	close_one(&ask->listener, false);
}
