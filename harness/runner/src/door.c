/* SPDX-License-Identifier: MIT */
/* The door of a lab, from inside: who may come in gets the namespaces of a host. */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>

#include "door.h"

/* In the order in which they are entered: the first gives the right to the others. */
static const char *const namespaces[] = { "user", "pid", "net", "uts", "ipc", "mnt" };
_Static_assert(ARRAY_SIZE(namespaces) == DOOR_NAMESPACES, "one descriptor each");

/* Sends the answer, with descriptors unless `fds` is NULL. */
static int send_answer(int socket, const struct door_answer *answer, const int *fds)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int) * DOOR_NAMESPACES)];
		struct cmsghdr align;
	} control = { 0 };
	struct iovec part = { (void *)answer, sizeof(*answer) };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

	if (fds) {
		struct cmsghdr *head;

		message.msg_control = control.bytes;
		message.msg_controllen = sizeof(control.bytes);
		head = CMSG_FIRSTHDR(&message);
		head->cmsg_level = SOL_SOCKET;
		head->cmsg_type = SCM_RIGHTS;
		head->cmsg_len = CMSG_LEN(sizeof(int) * DOOR_NAMESPACES);
		memcpy(CMSG_DATA(head), fds, sizeof(int) * DOOR_NAMESPACES);
	}
	return sendmsg(socket, &message, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* Runs in the host. */
static int hand_over(void *arg, void *result)
{
	const struct door_answer fine = { 0 };
	int fds[DOOR_NAMESPACES];

	(void)result;
	for (size_t i = 0; i < DOOR_NAMESPACES; i++) {
		char path[64];

		snprintf(path, sizeof(path), "/proc/self/ns/%s", namespaces[i]);
		fds[i] = open(path, O_RDONLY | O_CLOEXEC);
		if (fds[i] < 0)
			return nst_fail_errno("opening %s", path);
	}
	return send_answer(*(int *)arg, &fine, fds);
}

static int take_answer(int socket, int *ret_fds)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int) * DOOR_NAMESPACES)];
		struct cmsghdr align;
	} control;
	struct door_answer answer;
	struct iovec part = { &answer, sizeof(answer) };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = control.bytes,
				  .msg_controllen = sizeof(control.bytes) };
	ssize_t got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
	struct cmsghdr *head;

	if (got < 0)
		return nst_fail_errno("waiting for the lab's answer");
	if (got != sizeof(answer))
		return nst_fail(-EPIPE, "the lab went away");
	answer.sentence[sizeof(answer.sentence) - 1] = '\0';
	if (answer.code < 0)
		return nst_fail(answer.code, "%s", answer.sentence);
	head = CMSG_FIRSTHDR(&message);
	if (!head || head->cmsg_len != CMSG_LEN(sizeof(int) * DOOR_NAMESPACES))
		return nst_fail(-EPROTO, "the lab sent no namespaces");
	memcpy(ret_fds, CMSG_DATA(head), sizeof(int) * DOOR_NAMESPACES);
	return 0;
}

/* ---- In the process that holds the lab ---- */

static socklen_t door_address(struct sockaddr_un *address, uid_t owner,
			      const char *name)
{
	int length;

	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	length = snprintf(address->sun_path + 1, sizeof(address->sun_path) - 1,
			  "nstest/%u/%d/%.*s", owner, getpid(), DOOR_NAME, name);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length);
}

int door_open(uid_t owner, const char *name)
{
	AUTO_CLOSE int fd =
		socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un address;
	socklen_t size = door_address(&address, owner, name);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) < 0 ||
	    listen(fd, 16) < 0)
		return nst_fail_errno("opening the lab to other terminals");
	return steal_fd(&fd);
}

/* The same user: root of the same user namespace, as the kernel translates it. */
static bool may_enter(int visitor)
{
	struct ucred who;
	socklen_t size = sizeof(who);

	return !getsockopt(visitor, SOL_SOCKET, SO_PEERCRED, &who, &size) &&
	       who.uid == geteuid();
}

static void refuse(int visitor, int code)
{
	struct door_answer answer = { .code = code };

	snprintf(answer.sentence, sizeof(answer.sentence), "%s", nst_error());
	send_answer(visitor, &answer, NULL);
}

void door_answer(int door, struct nst_lab *lab)
{
	AUTO_CLOSE int visitor = accept4(door, NULL, NULL, SOCK_CLOEXEC);
	const struct timeval patience = { .tv_sec = 1 };
	struct door_request request;
	int r;

	if (visitor < 0)
		return;
	if (!may_enter(visitor)) {
		refuse(visitor, nst_fail(-EPERM, "this lab is another user's"));
		return;
	}
	setsockopt(visitor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (recv(visitor, &request, sizeof(request), 0) != sizeof(request))
		return;
	request.host[sizeof(request.host) - 1] = '\0';
	r = nst_in_host(lab, request.host, hand_over, &visitor, NULL, 0, 0);
	if (r < 0)
		refuse(visitor, r);
}

int door_inside(struct nst_lab *lab, const char *host, int *ret_fds)
{
	int pair[2], r;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return nst_fail_errno("a socket pair");
	r = nst_in_host(lab, host, hand_over, &pair[1], NULL, 0, 0);
	if (r >= 0)
		r = take_answer(pair[0], ret_fds);
	close(pair[0]);
	close(pair[1]);
	return r;
}

/* ---- In the visitor ---- */

/* The lab that is meant, among those of this user that /proc/net/unix shows. */
struct search {
	const char *wanted; /* name or PID; NULL: the only one */
	char found[sizeof(((struct sockaddr_un *)0)->sun_path)]; /* without the '@' */
	char all[512];                                           /* for the sentence */
	size_t matches, count;
};

/* "nstest/UID/PID/NAME" */
static void consider(struct search *search, const char *path)
{
	const char *name = NULL;
	unsigned int uid;
	int pid, at = 0;
	size_t used = strlen(search->all);
	char number[16];

	if (sscanf(path, "nstest/%u/%d/%n", &uid, &pid, &at) < 2 || !at ||
	    uid != getuid())
		return;
	name = path + at;
	search->count++;
	snprintf(search->all + used, sizeof(search->all) - used, "%s%s (%d)",
		 used ? ", " : "", name, pid);
	snprintf(number, sizeof(number), "%d", pid);
	if (search->wanted && strcmp(search->wanted, name) &&
	    strcmp(search->wanted, number))
		return;
	search->matches++;
	snprintf(search->found, sizeof(search->found), "%s", path);
}

static int find_lab(struct search *search)
{
	AUTO_FCLOSE FILE *table = fopen("/proc/net/unix", "re");
	char line[512];

	if (!table)
		return nst_fail_errno("/proc/net/unix");
	while (fgets(line, sizeof(line), table)) {
		char *path = strchr(line, '@');

		/* Only listening sockets (flag __SO_ACCEPTCON): those of visitors bear
		 * the same name. */
		if (!path || !strstr(line, " 00010000 "))
			continue;
		path[strcspn(path, "\n")] = '\0';
		consider(search, path + 1);
	}
	if (!search->count)
		return nst_fail(-ENOENT, "no lab is up: nstest up FILE builds one");
	if (!search->matches)
		return nst_fail(-ENOENT, "no lab \"%s\" is up (there are %s)",
				search->wanted, search->all);
	if (search->matches > 1)
		return nst_fail(-ENOENT, "several labs are up: say which by --lab (%s)",
				search->all);
	return 0;
}

int door_ask(const char *lab, const char *host, int *ret_fds)
{
	AUTO_CLOSE int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct search search = { .wanted = lab };
	struct door_request request = { 0 };
	socklen_t size;
	int r = find_lab(&search);

	if (r < 0)
		return r;
	if (fd < 0)
		return nst_fail_errno("a socket");
	memcpy(address.sun_path + 1, search.found, sizeof(address.sun_path) - 1);
	size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
			   strlen(search.found));
	if (connect(fd, (struct sockaddr *)&address, size) < 0)
		return nst_fail_errno("connecting to the lab %s", search.found);
	snprintf(request.host, sizeof(request.host), "%s", host);
	if (send(fd, &request, sizeof(request), MSG_NOSIGNAL) < 0)
		return nst_fail_errno("asking the lab for %s", host);
	return take_answer(fd, ret_fds);
}
