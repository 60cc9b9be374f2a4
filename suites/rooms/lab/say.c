/* SPDX-License-Identifier: MIT */
/* What the tests of the lab share. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <base/scope.h>
#include <nstest/error.h>
#include <nstest/program.h>

#include "say.h"

enum { PORT = 8080, PATIENCE_MS = 2000 };

struct nst_lab *must_be_up(const struct nst_topology *topology)
{
	struct nst_lab *lab;

	cr_assert_eq(nst_lab_up(topology, NULL, &lab), 0, "%s", nst_error());
	return lab;
}

const char *says(struct nst_lab *lab, const char *host, const char *line)
{
	static char text[16384];
	struct nst_ran ran;
	int r = nst_run(lab, &(struct nst_start){ .host = host, .command = line },
			10000, &ran);

	cr_assert_eq(r, 0, "%s: %s", line, nst_error());
	snprintf(text, sizeof(text), "%s%s", ran.out, ran.err);
	if (text[0] && text[strlen(text) - 1] == '\n')
		text[strlen(text) - 1] = '\0';
	nst_ran_free(&ran);
	return text;
}

static socklen_t fill(const char *address, struct sockaddr_storage *storage)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)storage;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)storage;

	memset(storage, 0, sizeof(*storage));
	if (inet_pton(AF_INET, address, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(PORT);
		return sizeof(*v4);
	}
	inet_pton(AF_INET6, address, &v6->sin6_addr);
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons(PORT);
	return sizeof(*v6);
}

static int wait_for(int fd, short events)
{
	struct pollfd event = { .fd = fd, .events = events };

	return poll(&event, 1, PATIENCE_MS) == 1 ? 0 : -ETIMEDOUT;
}

static int connect_by(int fd, const struct sockaddr *to, socklen_t size)
{
	socklen_t error_size = sizeof(int);
	int error = 0;

	if (connect(fd, to, size) == 0)
		return 0;
	if (errno != EINPROGRESS)
		return -errno;
	if (wait_for(fd, POLLOUT) < 0)
		return -ETIMEDOUT;
	getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &error_size);
	return -error;
}

int talk(struct nst_lab *lab, const char *client, const char *server,
	 const char *address)
{
	struct sockaddr_storage to;
	socklen_t size = fill(address, &to), info_size = sizeof(struct tcp_info);
	AUTO_CLOSE int listener = nst_socket(lab, server, to.ss_family, SOCK_STREAM, 0);
	AUTO_CLOSE int caller = nst_socket(lab, client, to.ss_family, SOCK_STREAM, 0);
	AUTO_CLOSE int accepted = -1;
	struct tcp_info info = { 0 };
	char byte = 'x';
	int r;

	if (listener < 0 || caller < 0)
		return listener < 0 ? listener : caller;
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int));
	fcntl(caller, F_SETFL, O_NONBLOCK);
	if (bind(listener, (struct sockaddr *)&to, size) < 0 || listen(listener, 1) < 0)
		return -errno;
	r = connect_by(caller, (struct sockaddr *)&to, size);
	if (r < 0)
		return r;
	accepted = accept(listener, NULL, NULL);
	if (send(caller, &byte, 1, MSG_NOSIGNAL) != 1 ||
	    recv(accepted, &byte, 1, 0) != 1 ||
	    send(accepted, &byte, 1, MSG_NOSIGNAL) != 1 || wait_for(caller, POLLIN) < 0)
		return -EIO;
	getsockopt(caller, IPPROTO_TCP, TCP_INFO, &info, &info_size);
	return (int)info.tcpi_total_retrans;
}
