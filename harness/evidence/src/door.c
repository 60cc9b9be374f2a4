/* SPDX-License-Identifier: MIT */
/* The door of a lab, from inside: who may come in gets the namespaces of a host. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/markup.h>
#include <base/scope.h>
#include <evidence/door.h>
#include <evidence/hosts.h>

/* In the order in which they are entered: the first gives the right to the others. */
static const char *const namespaces[] = { "user", "pid", "net", "uts", "ipc", "mnt" };
_Static_assert(ARRAY_SIZE(namespaces) == DOOR_NAMESPACES, "one descriptor each");

/* Sends the answer, with descriptors unless `fds` is NULL. */
static int send_answer(int socket, const struct nst_door_answer *answer, const int *fds)
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
	const struct nst_door_answer fine = { 0 };
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
	struct nst_door_answer answer;
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

static socklen_t nst_door_address(struct sockaddr_un *address, uid_t owner, pid_t pid,
				  const char *name)
{
	int length;

	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	length = snprintf(address->sun_path + 1, sizeof(address->sun_path) - 1,
			  "nstest/%u/%d/%.*s", owner, pid, DOOR_NAME, name);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length);
}

int nst_door_open(struct nst_door *door, uid_t owner, pid_t pid, const char *name)
{
	AUTO_CLOSE int fd =
		socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un address;
	socklen_t size = nst_door_address(&address, owner, pid, name);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) < 0 ||
	    listen(fd, 16) < 0)
		return nst_fail_errno("opening the lab to other terminals");
	door->fd = steal_fd(&fd);
	return 0;
}

void nst_door_close(struct nst_door *door)
{
	if (door->fd >= 0)
		close(door->fd);
	door->fd = -1;
}

struct names {
	char *text;
	size_t size, used;
};

static void add_name(void *self, const char *name, enum nst_host_kind kind)
{
	struct names *names = self;

	if (kind != NST_SWITCH && names->used < names->size)
		names->used += (size_t)snprintf(names->text + names->used,
						names->size - names->used, "%s%s",
						names->used ? ", " : "", name);
}

void nst_door_hosts(const struct nst_topology *topology, char *text, size_t size)
{
	struct names names = { text, size, 0 };

	*text = '\0';
	nst_each_host(topology, add_name, &names);
}

void nst_door_invite(FILE *out, const struct nst_door *door, const char *name)
{
	int host = (int)strcspn(door->about, ",");

	fputs("paused: its lab stands as it was left; from another terminal:\n"
	      "  nstest shell '",
	      out);
	nst_quote_shell(out, name);
	fprintf(out, "' %.*s\n  nstest exec --lab '", host, door->about);
	nst_quote_shell(out, name);
	fprintf(out,
		"' %.*s -- tcpdump -U -i any -w - | wireshark -k -i -\n"
		"  nstest down '",
		host, door->about);
	nst_quote_shell(out, name);
	fputs("'      goes on with the run\n", out);
}

void nst_door_serve(struct nst_door *door, int gone)
{
	struct pollfd fds[] = { { door->fd, POLLIN, 0 }, { gone, POLLRDHUP, 0 } };

	while (poll(fds, ARRAY_SIZE(fds), -1) >= 0 || errno == EINTR) {
		if (fds[1].revents)
			return;
		if (fds[0].revents && nst_door_answer(door))
			return;
	}
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
	struct nst_door_answer answer = { .code = code };

	snprintf(answer.sentence, sizeof(answer.sentence), "%s", nst_error());
	send_answer(visitor, &answer, NULL);
}

/* Return: whether the lab is to be taken down. */
static bool grant(struct nst_door *door, int visitor, struct nst_door_request *request)
{
	struct nst_door_answer fine = { 0 };
	int r;

	switch ((enum nst_door_wish)request->wish) {
	case DOOR_ENTER:
		request->host[sizeof(request->host) - 1] = '\0';
		r = nst_in_host(door->lab, request->host, hand_over, &visitor, NULL, 0,
				0);
		if (r < 0)
			refuse(visitor, r);
		return false;
	case DOOR_TELL:
		memcpy(fine.sentence, door->about, sizeof(fine.sentence));
		send_answer(visitor, &fine, NULL);
		return false;
	case DOOR_DOWN:
		send_answer(visitor, &fine, NULL);
		return true;
	}
	return false;
}

bool nst_door_answer(struct nst_door *door)
{
	AUTO_CLOSE int visitor = accept4(door->fd, NULL, NULL, SOCK_CLOEXEC);
	const struct timeval patience = { .tv_sec = 1 };
	struct nst_door_request request;

	if (visitor < 0)
		return false;
	if (!may_enter(visitor)) {
		refuse(visitor, nst_fail(-EPERM, "this lab is another user's"));
		return false;
	}
	setsockopt(visitor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (recv(visitor, &request, sizeof(request), 0) != sizeof(request))
		return false;
	return grant(door, visitor, &request);
}

int nst_door_inside(struct nst_lab *lab, const char *host, int *ret_fds)
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

/* A lab of this user that /proc/net/unix shows. */
struct found {
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)]; /* without the '@' */
	char number[16];
	const char *name; /* in `path` */
};

/* "nstest/UID/PID/NAME" */
static bool is_lab(const char *path, struct found *ret)
{
	unsigned int uid;
	int pid, at = 0;

	if (sscanf(path, "nstest/%u/%d/%n", &uid, &pid, &at) < 2 || !at ||
	    uid != getuid())
		return false;
	snprintf(ret->path, sizeof(ret->path), "%s", path);
	snprintf(ret->number, sizeof(ret->number), "%d", pid);
	ret->name = ret->path + at;
	return true;
}

/* For each, in no order. Return: 0; what `use` returned, if that is not 0. */
static int each_lab(int (*use)(void *self, const struct found *found), void *self)
{
	AUTO_FCLOSE FILE *table = fopen("/proc/net/unix", "re");
	char line[512];
	int r = 0;

	if (!table)
		return nst_fail_errno("/proc/net/unix");
	while (!r && fgets(line, sizeof(line), table)) {
		char *path = strchr(line, '@');
		struct found found;

		/* Only listening sockets (flag __SO_ACCEPTCON): those of visitors bear
		 * the same name. */
		if (!path || !strstr(line, " 00010000 "))
			continue;
		path[strcspn(path, "\n")] = '\0';
		if (is_lab(path + 1, &found))
			r = use(self, &found);
	}
	return r;
}

struct search {
	const char *wanted; /* a part of the name, or PID; NULL: the only one */
	struct found found;
	char all[512]; /* for the sentence */
	size_t matches, count;
};

static int consider(void *self, const struct found *found)
{
	struct search *search = self;
	size_t used = strlen(search->all);

	search->count++;
	snprintf(search->all + used, sizeof(search->all) - used, "%s%s (%s)",
		 used ? ", " : "", found->name, found->number);
	if (search->wanted && strcmp(search->wanted, found->number) &&
	    !strstr(found->name, search->wanted))
		return 0;
	search->matches++;
	search->found = *found;
	return 0;
}

static int find_lab(struct search *search)
{
	const char *given = getenv("NSTEST_LAB");
	int r;

	if (!search->wanted && given && *given)
		search->wanted = given;
	r = each_lab(consider, search);
	if (r < 0)
		return r;
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

/* Return: a socket on which the answer comes; -errno. */
static int send_request(const struct found *found, enum nst_door_wish wish,
			const char *host)
{
	AUTO_CLOSE int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	const struct timeval patience = { .tv_sec = 10 };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct nst_door_request request = { .wish = wish };
	socklen_t size;

	if (fd < 0)
		return nst_fail_errno("a socket");
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	memcpy(address.sun_path + 1, found->path, sizeof(address.sun_path) - 1);
	size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
			   strlen(found->path));
	if (connect(fd, (struct sockaddr *)&address, size) < 0)
		return nst_fail_errno("connecting to the lab %s", found->name);
	snprintf(request.host, sizeof(request.host), "%s", host);
	if (send(fd, &request, sizeof(request), MSG_NOSIGNAL) < 0)
		return nst_fail_errno("asking the lab %s", found->name);
	return steal_fd(&fd);
}

int nst_door_ask(const char *lab, const char *host, int *ret_fds)
{
	struct search search = { .wanted = lab };
	AUTO_CLOSE int fd = -1;
	int r = find_lab(&search);

	if (r < 0)
		return r;
	fd = send_request(&search.found, DOOR_ENTER, host);
	return fd < 0 ? fd : take_answer(fd, ret_fds);
}

static int take_sentence(int fd, struct nst_door_answer *ret)
{
	if (recv(fd, ret, sizeof(*ret), 0) != sizeof(*ret))
		return nst_fail(-EPIPE, "the lab went away");
	ret->sentence[sizeof(ret->sentence) - 1] = '\0';
	return ret->code < 0 ? nst_fail(ret->code, "%s", ret->sentence) : 0;
}

int nst_door_down(const char *lab)
{
	struct search search = { .wanted = lab };
	struct nst_door_answer answer;
	AUTO_CLOSE int fd = -1;
	int r = find_lab(&search);

	if (r < 0)
		return r;
	fd = send_request(&search.found, DOOR_DOWN, "");
	return fd < 0 ? fd : take_sentence(fd, &answer);
}

struct listing {
	FILE *out;
	int count;
};

/* A lab that goes away meanwhile is none. */
static int list_one(void *self, const struct found *found)
{
	struct listing *listing = self;
	struct nst_door_answer answer = { 0 };
	AUTO_CLOSE int fd = send_request(found, DOOR_TELL, "");

	if (fd < 0 || take_sentence(fd, &answer) < 0)
		return 0;
	if (!listing->count++)
		fprintf(listing->out, "%-8s%-30s  %s\n", "PID", "LAB", "HOSTS");
	fprintf(listing->out, "%-8s%-30s  %s\n", found->number, found->name,
		answer.sentence);
	return 0;
}

int nst_door_list(FILE *out)
{
	struct listing listing = { .out = out };
	int r = each_lab(list_one, &listing);

	return r < 0 ? r : listing.count;
}
