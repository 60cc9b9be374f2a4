/* SPDX-License-Identifier: MIT */
/* Accept queues that are full: connections of the host with itself wait in them. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>

#include "programs.h"
#include "shortage.h"
#include "tcp_sockets.h"

/* So many more than its backlog says are tried: what was there already may be accepted
 * meanwhile. */
enum { MARGIN = 8, PATIENCE_MS = 2000 };

struct listeners {
	struct nst_tcp_socket *list;
	size_t count;
};

static int look(struct nst_inside *inside, const struct shortage *shortage,
		struct listeners *ret)
{
	struct tcp_request asked = {
		.node = shortage->what.node,
		.match = { .local_port = shortage->what.port,
			   .states = 1U << NST_TCP_LISTEN },
		.goal = TCP_NOW,
	};
	struct nst_message request = { .data = &asked, .size = sizeof(asked) };
	struct nst_message reply = { 0 };
	int r = tcp_sockets_inside(inside, &request, &reply);

	free(ret->list);
	ret->list = reply.data;
	ret->count = reply.size / sizeof(*ret->list);
	return r;
}

static void listeners_free(struct listeners *listeners)
{
	free(listeners->list);
}

/* The kernel takes one more than the backlog (include/net/sock.h, sk_acceptq_is_full()). */
static bool is_full(const struct nst_tcp_socket *listener)
{
	return listener->unread > listener->unacked;
}

static bool all_full(const struct listeners *listeners)
{
	for (size_t i = 0; i < listeners->count; i++)
		if (!is_full(&listeners->list[i]))
			return false;
	return true;
}

/* Who listens on any address listens on that of loopback. */
static void address_of(const struct nst_tcp_socket *listener, struct sockaddr_in6 *ret)
{
	char text[64];
	const char *local = listener->local;

	*ret = (struct sockaddr_in6){ .sin6_family = AF_INET6,
				      .sin6_port = htons(listener->local_port) };
	if (strcmp(local, "0.0.0.0") == 0)
		local = "127.0.0.1";
	else if (strcmp(local, "::") == 0)
		local = "::1";
	snprintf(text, sizeof(text), "%s%s",
		 strchr(local, ':') ? "" : "::ffff:", local);
	inet_pton(AF_INET6, text, &ret->sin6_addr);
}

/* IPv4 by an IPv4 socket: there may be no IPv6. */
static int open_socket(const struct sockaddr_in6 *to)
{
	const int type = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
	struct sockaddr_in to4 = { .sin_family = AF_INET, .sin_port = to->sin6_port };
	bool is4 = IN6_IS_ADDR_V4MAPPED(&to->sin6_addr);
	AUTO_CLOSE int fd = socket(is4 ? AF_INET : AF_INET6, type, 0);

	memcpy(&to4.sin_addr, &to->sin6_addr.s6_addr[12], sizeof(to4.sin_addr));
	if (fd < 0)
		return nst_fail_errno("opening a socket");
	if (connect(fd, is4 ? (const void *)&to4 : (const void *)to,
		    is4 ? sizeof(to4) : sizeof(*to)) < 0 &&
	    errno != EINPROGRESS)
		return nst_fail_errno("connecting to the port");
	return steal_fd(&fd);
}

static int fill_one(struct shortage *shortage, const struct nst_tcp_socket *listener)
{
	struct sockaddr_in6 to;

	address_of(listener, &to);
	for (uint32_t n = listener->unread; n < listener->unacked + 1 + MARGIN; n++) {
		int fd = open_socket(&to), r;

		r = fd < 0 ? fd : shortage_hold(shortage, fd);
		if (r < 0)
			return r;
	}
	return 0;
}

int queue_fill(struct nst_inside *inside, struct shortage *shortage)
{
	struct listeners listeners AUTO(listeners_free) = { 0 };
	struct wait wait AUTO_WAIT = wait_begin(inside, PATIENCE_MS, true);
	int r = look(inside, shortage, &listeners);

	if (r == 0 && !listeners.count)
		return nst_fail(-ENOENT, "nothing listens there");
	for (size_t i = 0; r == 0 && i < listeners.count; i++)
		if (!is_full(&listeners.list[i]))
			r = fill_one(shortage, &listeners.list[i]);
	while (r == 0 && (r = look(inside, shortage, &listeners)) == 0 &&
	       !all_full(&listeners))
		r = wait_for_news(&wait);
	if (r == -ETIMEDOUT)
		return nst_fail(
			-EBUSY,
			"after %zu connections it is not full: its program "
			"accepts them (freeze it before), or rules drop what goes "
			"by loopback",
			shortage->fd_count);
	return r;
}
