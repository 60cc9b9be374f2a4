/* SPDX-License-Identifier: MIT */
/* The asker's sockets. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <base/fail.h>

#include "ask.h"
#include "diag.h"
#include "filter.h"
#include "held.h"

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

/* An address that is not the host's own needs permission, and routes for it. */
static void want_any_source(struct ask *ask)
{
	int on = 1;

	if (ask->family == AF_INET)
		setsockopt(ask->client, IPPROTO_IP, IP_TRANSPARENT, &on, sizeof(on));
	else
		setsockopt(ask->client, IPPROTO_IPV6, IPV6_TRANSPARENT, &on,
			   sizeof(on));
}

int ask_bind_source(struct ask *ask)
{
	struct sockaddr_storage here;
	unsigned int size = ask_sockaddr(&ask->source, 0, &here);

	if (!*ask->request.source)
		return 0;
	want_any_source(ask);
	return bind(ask->client, (struct sockaddr *)&here, size) < 0
		       ? nst_fail_errno("asking from %s in host \"%s\"",
					ask->request.source, ask->request.from)
		       : 0;
}

int ask_bind_port(struct ask *ask)
{
	const struct nst_address any = *ask->request.source
					       ? ask->source
					       : (struct nst_address){ ask->family };
	struct sockaddr_storage here;

	if (*ask->request.source)
		want_any_source(ask);

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

void ask_want_fragments(struct ask *ask)
{
	int never = IP_PMTUDISC_DONT;

	setsockopt(ask->client, IPPROTO_IP, IP_MTU_DISCOVER, &never, sizeof(never));
}

/* The shortest one there is: padding (RFC 8200 §4.2). */
static void want_extension(struct ask *ask)
{
	static const uint8_t padding[8] = { [2] = 1, [3] = 4 };

	if (ask->request.extension)
		setsockopt(ask->client, IPPROTO_IPV6,
			   ask->request.extension == NST_EXTENSION_HOP_BY_HOP
				   ? IPV6_HOPOPTS
				   : IPV6_DSTOPTS,
			   padding, sizeof(padding));
}

void ask_want_errors(struct ask *ask)
{
	int on = 1;

	want_extension(ask);

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

/* A raw socket hears of everybody's echoes, those of the last probe included. What the
 * error quotes has to be ours. */
static bool is_ours(const struct ask *ask, const uint8_t *quoted, size_t size)
{
	if (ask->request.protocol != NST_ICMP)
		return true;
	for (size_t at = 0; at < size; at += 4)
		if (track_is_payload(&ask->tracked, quoted + at, size - at))
			return true;
	return false;
}

static void read_error(struct ask *ask, struct msghdr *message)
{
	for (struct cmsghdr *cmsg = CMSG_FIRSTHDR(message); cmsg;
	     cmsg = CMSG_NXTHDR(message, cmsg))
		if ((cmsg->cmsg_level == IPPROTO_IP && cmsg->cmsg_type == IP_RECVERR) ||
		    (cmsg->cmsg_level == IPPROTO_IPV6 &&
		     cmsg->cmsg_type == IPV6_RECVERR))
			note_error(ask, (const void *)CMSG_DATA(cmsg));
}

void ask_read_errors(struct ask *ask)
{
	union {
		struct cmsghdr header;
		char space[512];
	} control;
	uint8_t quoted[256];
	struct iovec part = { quoted, sizeof(quoted) };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	ssize_t size;

	for (;;) {
		message.msg_control = &control;
		message.msg_controllen = sizeof(control);
		size = recvmsg(ask->client, &message, MSG_ERRQUEUE);
		if (size < 0)
			return;
		if (is_ours(ask, quoted, (size_t)size))
			read_error(ask, &message);
	}
}

ssize_t ask_receive_raw(struct ask *ask, uint8_t *packet, size_t room,
			ssize_t *ret_header)
{
	ssize_t size = recv(ask->client, packet, room, 0);

	if (size < 0 && errno != EAGAIN)
		ask_read_errors(ask);
	/* A raw IPv4 socket gives the header too. */
	*ret_header = ask->family == AF_INET && size > 0 ? (packet[0] & 0xf) * 4 : 0;
	return size;
}

bool ask_owns(const struct ask *ask, size_t node, const uint8_t *bytes)
{
	const struct nst_node *host = &ask->plan->nodes[node];
	size_t size = ask->family == AF_INET ? 4 : 16;

	for (size_t i = 0; i < host->interface_count; i++) {
		const struct nst_interface *interface =
			&ask->plan->interfaces[host->interfaces[i]];

		for (size_t j = 0; j < interface->address_count; j++)
			if (interface->addresses[j].family == ask->family &&
			    memcmp(interface->addresses[j].bytes, bytes, size) == 0)
				return true;
	}
	return false;
}

bool ask_doubt(struct ask *ask, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(ask->doubt, sizeof(ask->doubt), format, arguments);
	va_end(arguments);
	return true;
}

void ask_fail(struct ask *ask, int error)
{
	if (ask->stage != STAGE_FAILED)
		ask->failed_at = ask->stage;
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
	if (held_keep(ask))
		return;
	/* To a program's server the probe is a client that has second thoughts: it ends
	 * its side in order. Nobody misses the probe's own connections. */
	close_one(&ask->client,
		  ask->listening != LISTENING_PROGRAM && ask->stage != STAGE_ASKED);
	close_one(&ask->accepted, true);
	close_one(&ask->listener, false);
}
