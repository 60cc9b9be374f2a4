/* SPDX-License-Identifier: MIT */
/* Which ports a host listens on.
 *
 * How it works. sock_diag(7) tells within some microseconds. Where the kernel has no
 * inet_diag or udp_diag, /proc/net is read: it lists every connection too, so it is the
 * second choice.
 */
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>

#include "program_ports.h"

int ports_open(struct nst_inside *inside, size_t node, struct ports **ret_ports)
{
	struct ports *ports = calloc(1, sizeof(*ports));
	int r;

	if (!ports)
		return nst_fail_memory();
	ports->inside = inside;
	ports->node = node;
	r = nst_inside_net(inside, node);
	if (r < 0) {
		free(ports);
		return r;
	}
	/* Without sock_diag altogether there is no such socket: /proc will do. */
	ports->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	*ret_ports = ports;
	return 0;
}

void ports_close(struct ports *ports)
{
	if (!ports)
		return;
	if (ports->fd >= 0)
		close(ports->fd);
	free(ports);
}

static void see(struct ports *ports, unsigned int port)
{
	ports->seen[port / 8] |= (uint8_t)(1U << port % 8);
}

static bool is_seen(const struct ports *ports, unsigned int port)
{
	return ports->seen[port / 8] >> port % 8 & 1;
}

/* ---- By sock_diag ---- */

static int ask(int fd, int family, int protocol)
{
	struct {
		struct nlmsghdr header;
		struct inet_diag_req_v2 body;
	} request = {
		.header = {
			.nlmsg_len = sizeof(request),
			.nlmsg_type = SOCK_DIAG_BY_FAMILY,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
		},
		.body = {
			.sdiag_family = (uint8_t)family,
			.sdiag_protocol = (uint8_t)protocol,
			/* A bound UDP socket may also be connected: any state. */
			.idiag_states = protocol == IPPROTO_TCP ? 1U << TCP_LISTEN : ~0U,
		},
	};

	return send(fd, &request, sizeof(request), 0) < 0 ? -errno : 0;
}

/* One datagram of the answer. Return: 1 at the end, 0 if more comes, -errno. */
static int take(struct ports *ports, const void *data, size_t size)
{
	const struct nlmsghdr *header = data;

	for (; NLMSG_OK(header, size); header = NLMSG_NEXT(header, size)) {
		if (header->nlmsg_type == NLMSG_ERROR)
			return ((const struct nlmsgerr *)NLMSG_DATA(header))->error;
		if (header->nlmsg_type == NLMSG_DONE) {
			int code = *(const int *)NLMSG_DATA(header);

			return code < 0 ? code : 1;
		}
		const struct inet_diag_msg *socket = NLMSG_DATA(header);

		see(ports, ntohs(socket->id.idiag_sport));
	}
	return 0;
}

static int look_by_diag(struct ports *ports, int family, int protocol)
{
	_Alignas(struct nlmsghdr) char buffer[32768];
	ssize_t n;
	int r = ports->fd < 0 ? -ENOENT : ask(ports->fd, family, protocol);

	while (r == 0) {
		n = recv(ports->fd, buffer, sizeof(buffer), 0);
		if (n < 0 && errno == EINTR)
			continue;
		r = n < 0 ? -errno : take(ports, buffer, (size_t)n);
	}
	return r < 0 ? r : 0;
}

/* ---- By /proc ---- */

static int look_by_proc(struct ports *ports, int family, int protocol)
{
	char path[64], line[512];
	unsigned int port, state;
	FILE *file AUTO_FCLOSE = NULL;
	int r = nst_inside_net(ports->inside, ports->node);

	if (r < 0)
		return r;
	snprintf(path, sizeof(path), "/proc/thread-self/net/%s%s",
		 protocol == IPPROTO_TCP ? "tcp" : "udp",
		 family == AF_INET6 ? "6" : "");
	file = fopen(path, "re");
	if (!file)
		return family == AF_INET6 && errno == ENOENT ? 0 : -errno;
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, " %*d: %*[0-9A-F]:%x %*[0-9A-F]:%*x %x", &port,
			   &state) == 2 &&
		    (protocol == IPPROTO_UDP || state == TCP_LISTEN))
			see(ports, port & 0xffff);
	return 0;
}

/* ---- Both ---- */

static int look(struct ports *ports, int protocol)
{
	static const int families[] = { AF_INET, AF_INET6 };
	int r = 0;

	memset(ports->seen, 0, sizeof(ports->seen));
	for (size_t i = 0; i < ARRAY_SIZE(families) && r == 0; i++) {
		r = look_by_diag(ports, families[i], protocol);
		if (r == -ENOENT || r == -EINVAL || r == -EOPNOTSUPP)
			r = look_by_proc(ports, families[i], protocol);
	}
	if (r < 0)
		return nst_fail(r, "reading which ports are listened on: %s",
				strerror(-r));
	return 0;
}

int ports_have(struct ports *ports, int protocol, unsigned short port)
{
	int r = look(ports, protocol);

	return r < 0 ? r : is_seen(ports, port);
}

char *ports_print(const struct ports *ports, int protocol, char *text, size_t size)
{
	static const char more[] = ", …";
	const char *name = protocol == IPPROTO_TCP ? "tcp" : "udp";
	size_t used = (size_t)snprintf(text, size, "it listens on ");
	bool any = false;

	for (unsigned int port = 1; port < 65536; port++) {
		if (!is_seen(ports, port))
			continue;
		if (used + sizeof(", tcp/65535") + sizeof(more) > size) {
			memcpy(text + used, more, sizeof(more));
			return text;
		}
		used += (size_t)sprintf(text + used, "%s%s/%u", any ? ", " : "", name,
					port);
		any = true;
	}
	if (!any)
		snprintf(text, size, "it listens on no %s port", name);
	return text;
}
