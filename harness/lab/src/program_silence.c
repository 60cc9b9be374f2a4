/* SPDX-License-Identifier: MIT */
/* Connections whose end nobody hears of, as when their host loses power.
 *
 * How it works. A TCP socket in repair mode, which CRIU needs, is closed without a FIN or an
 * RST (net/ipv4/tcp.c, __tcp_close() and tcp_disconnect()). The lab process gets a copy of each
 * descriptor (pidfd_getfd(2)) and sets that mode. Who waits to be accepted is accepted for
 * it: the end of a listener would reset them.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>

#include "programs.h"

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

static bool has_option(int fd, int option, int wanted)
{
	int value = -1;
	socklen_t size = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, option, &value, &size) == 0 &&
	       value == wanted;
}

static int silence(int fd)
{
	const int on = 1;

	return setsockopt(fd, IPPROTO_TCP, TCP_REPAIR, &on, sizeof(on)) < 0
		       ? nst_fail_errno("TCP_REPAIR")
		       : 0;
}

static int silence_waiting(int listener)
{
	int flags = fcntl(listener, F_GETFL), r = 0;

	fcntl(listener, F_SETFL, flags | O_NONBLOCK);
	while (r == 0) {
		AUTO_CLOSE int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

		if (fd < 0)
			break;
		r = silence(fd);
	}
	return r;
}

/* One descriptor of a process; what is no TCP socket is left alone. */
static int silence_descriptor(int pidfd, int number)
{
	AUTO_CLOSE int fd = (int)syscall(SYS_pidfd_getfd, pidfd, number, 0);

	if (fd < 0)
		return errno == EBADF ? 0 : nst_fail_errno("pidfd_getfd");
	/* Who listens by MPTCP, as programs in Go do, accepts plain TCP too. */
	if (!has_option(fd, SO_PROTOCOL, IPPROTO_TCP) &&
	    !has_option(fd, SO_PROTOCOL, IPPROTO_MPTCP))
		return 0;
	return has_option(fd, SO_ACCEPTCONN, 1) ? silence_waiting(fd) : silence(fd);
}

static bool is_socket(int directory, const char *name)
{
	char text[16] = "";

	return isdigit((unsigned char)name[0]) &&
	       readlinkat(directory, name, text, sizeof(text) - 1) > 0 &&
	       strncmp(text, "socket:", strlen("socket:")) == 0;
}

static bool silence_process(const char *process, void *context)
{
	AUTO_CLOSE int pidfd = (int)syscall(SYS_pidfd_open, atoi(process), 0);
	int *result = context;
	struct dirent *entry;
	char path[300];
	DIR *directory;

	snprintf(path, sizeof(path), "/proc/%s/fd", process);
	directory = opendir(path);
	while (pidfd >= 0 && directory && *result == 0 && (entry = readdir(directory)))
		if (is_socket(dirfd(directory), entry->d_name))
			*result = silence_descriptor(pidfd, atoi(entry->d_name));
	if (directory)
		closedir(directory);
	return *result == 0;
}

int group_silence(pid_t group)
{
	int result = 0;

	group_every(group, silence_process, &result);
	return result;
}
