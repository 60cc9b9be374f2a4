/* SPDX-License-Identifier: MIT */
/* No port is left to choose from.
 *
 * How it works. The range that the kernel chooses from is made one port, and that one is bound by
 * sockets that share it with nobody: connect(2) passes over a port that was bound
 * (net/ipv4/inet_hashtables.c, __inet_hash_connect()). To bind all of a range would take 28,000
 * sockets and as many milliseconds.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>

#include "shortage.h"

static const char path[] = "net/ipv4/ip_local_port_range";

static int write_range(const struct nst_inside *inside, const char *range)
{
	AUTO_CLOSE int fd = openat(inside->proc_sys, path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, range, strlen(range)) < 0)
		return nst_fail_errno("setting %s to %s", path, range);
	return 0;
}

static int read_range(const struct nst_inside *inside, char *range, size_t size,
		      unsigned int *ret_low, unsigned int *ret_high)
{
	AUTO_CLOSE int fd = openat(inside->proc_sys, path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, range, size - 1);

	if (got < 0)
		return nst_fail_errno("reading %s", path);
	range[got] = '\0';
	if (sscanf(range, "%u %u", ret_low, ret_high) != 2)
		return nst_fail(-EPROTO, "%s is \"%s\"", path, range);
	return 0;
}

/* Of both families, where there are both. Return: the socket; -errno. */
static int bind_port(int type, unsigned int port)
{
	const struct sockaddr_in6 any6 = { .sin6_family = AF_INET6,
					   .sin6_port = htons((uint16_t)port) };
	const struct sockaddr_in any = { .sin_family = AF_INET,
					 .sin_port = htons((uint16_t)port) };
	AUTO_CLOSE int fd = socket(AF_INET6, type | SOCK_CLOEXEC, 0);
	bool has_ipv6 = fd >= 0;
	const int no = 0;

	if (!has_ipv6)
		fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (has_ipv6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof(no));
	if (bind(fd, has_ipv6 ? (const void *)&any6 : (const void *)&any,
		 has_ipv6 ? sizeof(any6) : sizeof(any)) < 0)
		return -errno;
	return steal_fd(&fd);
}

/* Return: 0; -EADDRINUSE if somebody has it. */
static int hold_port(struct shortage *shortage, unsigned int port)
{
	int tcp = bind_port(SOCK_STREAM, port), udp;

	if (tcp < 0)
		return tcp;
	udp = bind_port(SOCK_DGRAM, port);
	if (udp < 0) {
		close(tcp);
		return udp;
	}
	if (shortage_hold(shortage, tcp) < 0) {
		close(udp);
		return -ENOMEM;
	}
	return shortage_hold(shortage, udp);
}

int ports_take(struct nst_inside *inside, struct shortage *shortage)
{
	unsigned int low, high, port;
	char range[32];
	int r = nst_inside_net(inside, shortage->what.node);

	if (r == 0)
		r = read_range(inside, shortage->range, sizeof(shortage->range), &low,
			       &high);
	if (r < 0)
		return r;
	r = -EADDRINUSE;
	for (port = high; r == -EADDRINUSE && port >= low; port--)
		r = hold_port(shortage, port);
	if (r < 0)
		return nst_fail(r, "holding a port: %s", strerror(-r));
	port++;
	snprintf(range, sizeof(range), "%u %u", port, port);
	return write_range(inside, range);
}

int ports_give_back(struct nst_inside *inside, struct shortage *shortage)
{
	int r = nst_inside_net(inside, shortage->what.node);

	return r < 0 ? r : write_range(inside, shortage->range);
}
