/* SPDX-License-Identifier: MIT */
/* See tcp_sockets.h. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>

#include "programs.h"
#include "tcp_sockets.h"

enum {
	INFINITE_SLOW_START = 0x7fffffff
}; /* TCP_INFINITE_SSTHRESH, include/net/tcp.h */

void tcp_found_free(struct tcp_found *found)
{
	free(found->list);
}

/* ---- One socket ---- */

static void read_info(struct nst_tcp_socket *socket, const struct tcp_info *info)
{
	socket->rtt_us = info->tcpi_rtt;
	socket->rtt_variance_us = info->tcpi_rttvar;
	socket->least_rtt_us = info->tcpi_min_rtt;
	socket->mss = info->tcpi_snd_mss;
	socket->window_segments = info->tcpi_snd_cwnd;
	socket->slow_start_segments = info->tcpi_snd_ssthresh == INFINITE_SLOW_START
					      ? UINT32_MAX
					      : info->tcpi_snd_ssthresh;
	socket->timeouts = info->tcpi_retransmits;
	socket->retransmitted = info->tcpi_total_retrans;
	socket->lost = info->tcpi_lost;
	socket->peer_window = info->tcpi_snd_wnd;
	socket->acked = info->tcpi_bytes_acked;
	socket->received = info->tcpi_bytes_received;
	socket->delivery_rate = info->tcpi_delivery_rate;
}

static void read_socket(const struct nlmsghdr *header, struct nst_tcp_socket *ret)
{
	const struct inet_diag_msg *message = NLMSG_DATA(header);
	const struct rtattr *attribute = (const struct rtattr *)(message + 1);
	size_t left = header->nlmsg_len - NLMSG_LENGTH(sizeof(*message));
	struct tcp_info info = { 0 };

	*ret = (struct nst_tcp_socket){
		.state = message->idiag_state,
		.local_port = ntohs(message->id.idiag_sport),
		.remote_port = ntohs(message->id.idiag_dport),
		.unread = message->idiag_rqueue,
		.unacked = message->idiag_wqueue,
	};
	inet_ntop(message->idiag_family, message->id.idiag_src, ret->local,
		  sizeof(ret->local));
	inet_ntop(message->idiag_family, message->id.idiag_dst, ret->remote,
		  sizeof(ret->remote));
	for (; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left)) {
		size_t size = RTA_PAYLOAD(attribute);

		if (attribute->rta_type != INET_DIAG_INFO)
			continue;
		memcpy(&info, RTA_DATA(attribute),
		       size < sizeof(info) ? size : sizeof(info));
		read_info(ret, &info);
	}
}

static bool matches(const struct nst_tcp_match *match,
		    const struct nst_tcp_socket *socket)
{
	unsigned int states = match->states ? match->states : ~(1U << NST_TCP_LISTEN);

	return (states >> socket->state & 1) &&
	       (!match->local_port || match->local_port == socket->local_port) &&
	       (!match->remote_port || match->remote_port == socket->remote_port) &&
	       (!match->port || match->port == socket->local_port ||
		match->port == socket->remote_port) &&
	       socket->unread >= match->least_unread &&
	       socket->unacked >= match->least_unacked &&
	       socket->timeouts >= match->least_timeouts;
}

/* ---- All of them ---- */

static int ask(int fd, int family)
{
	struct {
		struct nlmsghdr header;
		struct inet_diag_req_v2 body;
	} request = {
		.header = { .nlmsg_len = sizeof(request),
			    .nlmsg_type = SOCK_DIAG_BY_FAMILY,
			    .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		.body = { .sdiag_family = (uint8_t)family,
			  .sdiag_protocol = IPPROTO_TCP,
			  .idiag_ext = 1U << (INET_DIAG_INFO - 1),
			  .idiag_states = ~0U },
	};

	return send(fd, &request, sizeof(request), 0) < 0 ? -errno : 0;
}

static int keep(struct tcp_found *found, const struct nst_tcp_socket *socket)
{
	if (found->count == found->room) {
		size_t room = found->room ? 2 * found->room : 16;
		void *list = reallocarray(found->list, room, sizeof(*found->list));

		if (!list)
			return -ENOMEM;
		found->list = list;
		found->room = room;
	}
	found->list[found->count++] = *socket;
	return 0;
}

/* One datagram of the answer. Return: 1 at the end, 0 if more comes, -errno. */
static int take(struct tcp_found *found, const struct nst_tcp_match *match,
		const void *data, size_t size)
{
	const struct nlmsghdr *header = data;
	struct nst_tcp_socket socket;
	int r = 0;

	for (; NLMSG_OK(header, size) && r == 0; header = NLMSG_NEXT(header, size)) {
		if (header->nlmsg_type == NLMSG_ERROR)
			return ((const struct nlmsgerr *)NLMSG_DATA(header))->error;
		if (header->nlmsg_type == NLMSG_DONE) {
			int code = *(const int *)NLMSG_DATA(header);

			return code < 0 ? code : 1;
		}
		read_socket(header, &socket);
		if (!match || matches(match, &socket))
			r = keep(found, &socket);
	}
	return r;
}

static int look_at_family(int fd, int family, const struct nst_tcp_match *match,
			  struct tcp_found *found)
{
	_Alignas(struct nlmsghdr) char buffer[32768];
	int r = ask(fd, family);

	while (r == 0) {
		ssize_t n = recv(fd, buffer, sizeof(buffer), 0);

		if (n < 0 && errno == EINTR)
			continue;
		r = n < 0 ? -errno : take(found, match, buffer, (size_t)n);
	}
	return r < 0 ? r : 0;
}

int tcp_sockets_look(int fd, const struct nst_tcp_match *match, struct tcp_found *found)
{
	int r;

	found->count = 0;
	r = look_at_family(fd, AF_INET, match, found);
	if (r == 0)
		r = look_at_family(fd, AF_INET6, match, found);
	if (r == -ENOENT || r == -EINVAL)
		r = -EOPNOTSUPP;
	return r < 0 ? nst_fail(r, "reading TCP sockets: %s%s", strerror(-r),
				r == -EOPNOTSUPP ? " (is there a module tcp_diag?)"
						 : "")
		     : 0;
}

/* ---- Waiting ---- */

static bool is_reached(const struct tcp_request *asked, size_t count)
{
	if (asked->goal == TCP_AT_LEAST)
		return count >= asked->least;
	return asked->goal == TCP_NOW || count == 0;
}

static int await(struct nst_inside *inside, const struct tcp_request *asked, int fd,
		 struct tcp_found *found)
{
	struct wait wait AUTO_WAIT = wait_begin(inside, asked->timeout_ms, true);
	int r = tcp_sockets_look(fd, &asked->match, found);

	while (r == 0 && !is_reached(asked, found->count)) {
		r = wait_for_news(&wait);
		if (r == 0)
			r = tcp_sockets_look(fd, &asked->match, found);
	}
	return r;
}

int tcp_sockets_open(struct nst_inside *inside, size_t node)
{
	int r = nst_inside_net(inside, node);
	int fd = r < 0 ? r
		       : socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);

	return r < 0 || fd >= 0 ? fd : nst_fail_errno("opening a socket for sock_diag");
}

int tcp_sockets_inside(struct nst_inside *inside, struct nst_message *request,
		       struct nst_message *reply)
{
	const struct tcp_request *asked = request->data;
	struct tcp_found found AUTO(tcp_found_free) = { 0 };
	AUTO_CLOSE int fd = -1;
	int looked, r;

	fd = tcp_sockets_open(inside, asked->node);
	if (fd < 0)
		return fd;
	r = await(inside, asked, fd, &found);
	if (r != 0 && r != -ETIMEDOUT)
		return r;
	looked = r == -ETIMEDOUT ? tcp_sockets_look(fd, NULL, &found) : 0;
	if (looked == 0 && found.count)
		looked = nst_reply_value(reply, found.list,
					 found.count * sizeof(*found.list));
	return looked < 0 ? looked : r;
}
