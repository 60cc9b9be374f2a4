/* SPDX-License-Identifier: MIT */
/* Traffic between two namespaces, by processes that stand in them. */
#include "traffic.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "library.h"

enum {
	PORT = 7,
	PAYLOAD = 22, /* 64 bytes with all headers */
	BATCH = 64,
	HOGS_MOST = 64,
	US_PER_S = 1000000,
};

/* ---- Paths ---- */

static void need(bool holds, const char *what)
{
	if (holds)
		return;
	perror(what);
	exit(1);
}

__attribute__((format(printf, 1, 2))) static void shell(const char *format, ...)
{
	char line[512];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	need(system(line) == 0, line);
}

static int new_netns(void)
{
	need(unshare(CLONE_NEWNET) == 0, "unshare");
	shell("sysctl -qw net.ipv6.conf.default.disable_ipv6=1");
	return open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
}

static void enter(int netns)
{
	need(setns(netns, CLONE_NEWNET) == 0, "setns");
}

static void prepare(int netns, const char *interface, const char *address)
{
	enter(netns);
	must("offloads", nst_wire_prepare_interface((int)if_nametoindex(interface)));
	if (address)
		shell("ip addr add %s/24 dev %s", address, interface);
}

static void up(int netns, const char *interface)
{
	enter(netns);
	shell("ip link set %s up", interface);
}

static void make_wire(struct path *path, const struct nst_wire_options *options)
{
	struct nst_wire_link link;

	path->middle = new_netns();
	shell("ip link add wl type veth peer name left netns /proc/%d/fd/%d", getpid(),
	      path->left);
	shell("ip link add wr type veth peer name right netns /proc/%d/fd/%d", getpid(),
	      path->right);
	link = (struct nst_wire_link){ (int)if_nametoindex("wl"),
				       (int)if_nametoindex("wr") };
	must("starting an engine", nst_wire_start(&link, 1, options, &path->wire));
	up(path->middle, "wl");
	up(path->middle, "wr");
}

/* Until the kernel has noticed that the other end is up, too. */
static void await_up(int netns, const char *interface)
{
	enter(netns);
	shell("until ip link show %s | grep -q 'state UP'; do :; done", interface);
}

struct path path_make(const struct nst_wire_options *options)
{
	struct path path = { -1, -1, -1, NULL };

	path.left = new_netns();
	path.right = new_netns();
	if (options)
		make_wire(&path, options);
	else
		shell("ip link add right type veth peer name left netns /proc/%d/fd/%d",
		      getpid(), path.left);
	prepare(path.left, "left", "10.0.0.1");
	prepare(path.right, "right", "10.0.0.2");
	up(path.left, "left");
	up(path.right, "right");
	await_up(path.left, "left");
	await_up(path.right, "right");
	if (options) {
		await_up(path.middle, "wl");
		await_up(path.middle, "wr");
	}
	return path;
}

void path_drop(struct path *path)
{
	nst_wire_stop(path->wire);
	close(path->left);
	close(path->right);
	if (path->middle >= 0)
		close(path->middle);
}

/* ---- Processes at the ends ---- */

/* What they tell each other and us. */
struct told {
	volatile bool ready;
	volatile double count, start_us, end_us;
	double lateness_us[SERIES_MAX];
};

static struct told *new_told(void)
{
	void *memory = mmap(NULL, sizeof(struct told), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	need(memory != MAP_FAILED, "mmap");
	return memory;
}

static bool becomes_child(int netns, pid_t *ret_pid)
{
	*ret_pid = fork();
	need(*ret_pid >= 0, "fork");
	if (*ret_pid > 0)
		return false;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	enter(netns);
	return true;
}

static void await(const struct told *told)
{
	while (!told->ready)
		sched_yield();
}

static int open_socket(int type, const char *bound, const char *connected)
{
	struct sockaddr_in address = { AF_INET, htons(PORT), { 0 } };
	int fd = socket(AF_INET, type, 0), size = 64 * 1024 * 1024;

	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	inet_pton(AF_INET, bound ? bound : connected, &address.sin_addr);
	if (bound)
		need(bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0,
		     "bind");
	else
		need(connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0,
		     "connect");
	return fd;
}

/* ---- TCP ---- */

static void tcp_sink(struct told *told)
{
	int listening = open_socket(SOCK_STREAM, "10.0.0.2", NULL), fd;
	static char buffer[1024 * 1024];
	ssize_t n;

	need(listen(listening, 1) == 0, "listen");
	told->ready = true;
	fd = accept(listening, NULL, NULL);
	told->start_us = now_us();
	while ((n = read(fd, buffer, sizeof(buffer))) > 0)
		told->count += (double)n;
	told->end_us = now_us();
	_exit(0);
}

static void tcp_source(double seconds)
{
	int fd = open_socket(SOCK_STREAM, NULL, "10.0.0.2");
	static char buffer[128 * 1024];
	double end_us = now_us() + seconds * US_PER_S;

	while (now_us() < end_us)
		need(write(fd, buffer, sizeof(buffer)) > 0, "write");
	_exit(0);
}

double tcp_gbit(const struct path *path, double seconds)
{
	struct told *told = new_told();
	pid_t sink, source;
	double gbit;

	if (becomes_child(path->right, &sink))
		tcp_sink(told);
	await(told);
	if (becomes_child(path->left, &source))
		tcp_source(seconds);
	waitpid(source, NULL, 0);
	waitpid(sink, NULL, 0);
	gbit = told->count * 8 / (told->end_us - told->start_us) / 1000;
	munmap(told, sizeof(*told));
	return gbit;
}

/* ---- UDP ---- */

/* Ends when nothing has come for a while after something came. */
static void udp_sink(struct told *told)
{
	static char buffers[BATCH][2048];
	const struct timeval silence = { .tv_usec = 300000 };
	int fd = open_socket(SOCK_DGRAM, "10.0.0.2", NULL), n;
	struct mmsghdr messages[BATCH] = { 0 };
	struct iovec parts[BATCH];

	for (int i = 0; i < BATCH; i++) {
		parts[i] = (struct iovec){ buffers[i], sizeof(buffers[i]) };
		messages[i].msg_hdr.msg_iov = &parts[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &silence, sizeof(silence));
	told->ready = true;
	for (;;) {
		n = recvmmsg(fd, messages, BATCH, MSG_WAITFORONE, NULL);
		if (n <= 0 && told->count > 0)
			break;
		if (n <= 0)
			continue;
		if (told->count == 0)
			told->start_us = now_us();
		told->count += n;
		told->end_us = now_us();
	}
	_exit(0);
}

static void udp_source(struct told *told, double seconds, unsigned long pps)
{
	int fd = open_socket(SOCK_DGRAM, NULL, "10.0.0.2");
	double start_us = now_us(), end_us = start_us + seconds * US_PER_S;
	const char payload[PAYLOAD] = { 0 };

	while (now_us() < end_us) {
		for (int i = 0; i < 32; i++)
			told->count += send(fd, payload, sizeof(payload), 0) > 0;
		while (pps &&
		       told->count > (now_us() - start_us) / US_PER_S * (double)pps)
			sched_yield();
	}
	_exit(0);
}

double udp_kpps(const struct path *path, double seconds, unsigned long pps,
		double *ret_sent_kpps)
{
	struct told *received = new_told(), *sent = new_told();
	pid_t sink, source;
	double kpps;

	if (becomes_child(path->right, &sink))
		udp_sink(received);
	await(received);
	if (becomes_child(path->left, &source))
		udp_source(sent, seconds, pps);
	waitpid(source, NULL, 0);
	waitpid(sink, NULL, 0);
	kpps = received->count / (received->end_us - received->start_us) * 1000;
	*ret_sent_kpps = sent->count / seconds / 1000;
	munmap(received, sizeof(*received));
	munmap(sent, sizeof(*sent));
	return kpps;
}

/* ---- Times ---- */

static void echo(struct told *told)
{
	int fd = open_socket(SOCK_DGRAM, "10.0.0.2", NULL);
	struct sockaddr_in from;
	char buffer[64];

	told->ready = true;
	for (;;) {
		socklen_t size = sizeof(from);
		ssize_t n = recvfrom(fd, buffer, sizeof(buffer), 0,
				     (struct sockaddr *)&from, &size);

		need(n > 0 && sendto(fd, buffer, (size_t)n, 0, (struct sockaddr *)&from,
				     size) == n,
		     "echo");
	}
}

void ping(const struct path *path, unsigned int count, struct series *ret)
{
	struct told *told = new_told();
	char buffer[PAYLOAD] = { 0 };
	pid_t pid;
	int fd;

	if (becomes_child(path->right, &pid))
		echo(told);
	await(told);
	enter(path->left);
	fd = open_socket(SOCK_DGRAM, NULL, "10.0.0.2");
	for (unsigned int i = 0; i < count; i++) {
		double start_us = now_us();

		need(send(fd, buffer, sizeof(buffer), 0) > 0, "send");
		need(recv(fd, buffer, sizeof(buffer), 0) > 0, "recv");
		series_add(ret, now_us() - start_us);
	}
	close(fd);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	munmap(told, sizeof(*told));
}

static double real_us(const struct timespec *time)
{
	return (double)time->tv_sec * US_PER_S + (double)time->tv_nsec / 1000;
}

/* The time of sending is in the datagram, that of receiving beside it. */
static void stamp_sink(struct told *told, unsigned int count, double delay_us)
{
	int fd = open_socket(SOCK_DGRAM, "10.0.0.2", NULL), yes = 1;

	setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &yes, sizeof(yes));
	told->ready = true;
	for (unsigned int i = 0; i < count; i++) {
		char control[CMSG_SPACE(sizeof(struct timespec))];
		struct timespec sent, received = { 0 };
		struct iovec part = { &sent, sizeof(sent) };
		struct msghdr message = { .msg_iov = &part,
					  .msg_iovlen = 1,
					  .msg_control = control,
					  .msg_controllen = sizeof(control) };

		need(recvmsg(fd, &message, 0) > 0, "recvmsg");
		memcpy(&received, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(received));
		told->lateness_us[i] = real_us(&received) - real_us(&sent) - delay_us;
	}
	_exit(0);
}

void lateness(const struct path *path, unsigned int count, double delay_us,
	      struct series *ret)
{
	struct told *told = new_told();
	const struct timespec pause = { .tv_nsec = 1000000 };
	struct timespec now;
	pid_t pid;
	int fd;

	if (becomes_child(path->right, &pid))
		stamp_sink(told, count, delay_us);
	await(told);
	enter(path->left);
	fd = open_socket(SOCK_DGRAM, NULL, "10.0.0.2");
	for (unsigned int i = 0; i < count; i++) {
		clock_gettime(CLOCK_REALTIME, &now);
		need(send(fd, &now, sizeof(now), 0) > 0, "send");
		nanosleep(&pause, NULL);
	}
	close(fd);
	waitpid(pid, NULL, 0);
	for (unsigned int i = 0; i < count; i++)
		series_add(ret, told->lateness_us[i]);
	munmap(told, sizeof(*told));
}

/* ---- Load ---- */

static pid_t hogs[HOGS_MOST];
static unsigned int hog_count;

void hogs_begin(unsigned int count)
{
	for (hog_count = 0; hog_count < count && hog_count < HOGS_MOST; hog_count++) {
		hogs[hog_count] = fork();
		need(hogs[hog_count] >= 0, "fork");
		if (hogs[hog_count] > 0)
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			;
	}
}

void hogs_end(void)
{
	while (hog_count > 0) {
		kill(hogs[--hog_count], SIGKILL);
		waitpid(hogs[hog_count], NULL, 0);
	}
}
