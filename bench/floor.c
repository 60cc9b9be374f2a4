/* SPDX-License-Identifier: MIT */
/* The floor: one case with bare system calls, without the library. See floor.h. */
#include "floor.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <linux/sched.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Ends the lab process: whatever fails here makes the figures worthless. */
#define MUST(call)                                                                  \
	({                                                                          \
		__auto_type must_value = (call);                                    \
		if (must_value < 0) {                                               \
			fprintf(stderr, "floor: %s: %s\n", #call, strerror(errno)); \
			_exit(1);                                                   \
		}                                                                   \
		must_value;                                                         \
	})

enum { PORT = 8080, LO = 1, ETH0 = 2 };

struct host {
	int net, mnt, uts, ipc, netlink;
};

/* ---- Netlink messages, appended to one buffer and sent at once ---- */

struct batch {
	char bytes[4096];
	size_t size;
	unsigned int count;
};

static struct nlmsghdr *begin(struct batch *b, int type, int flags, const void *body,
			      size_t size)
{
	struct nlmsghdr *h = (void *)(b->bytes + b->size);

	*h = (struct nlmsghdr){
		.nlmsg_type = type,
		.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags,
		.nlmsg_len = NLMSG_LENGTH(size),
	};
	memcpy(NLMSG_DATA(h), body, size);
	b->size += NLMSG_ALIGN(h->nlmsg_len);
	b->count++;
	return h;
}

static struct rtattr *put(struct batch *b, struct nlmsghdr *h, int type,
			  const void *data, size_t size)
{
	struct rtattr *a = (void *)((char *)h + NLMSG_ALIGN(h->nlmsg_len));

	*a = (struct rtattr){ .rta_type = type, .rta_len = RTA_LENGTH(size) };
	if (size)
		memcpy(RTA_DATA(a), data, size);
	h->nlmsg_len = NLMSG_ALIGN(h->nlmsg_len) + RTA_ALIGN(a->rta_len);
	b->size = (char *)h - b->bytes + h->nlmsg_len;
	return a;
}

static void end_nest(struct nlmsghdr *h, struct rtattr *nest)
{
	nest->rta_len = (char *)h + h->nlmsg_len - (char *)nest;
}

/* Sends the batch and reads an acknowledgement for each message. */
static void send_batch(int fd, struct batch *b)
{
	char answer[8192];

	MUST(send(fd, b->bytes, b->size, 0));
	while (b->count) {
		size_t got = MUST(recv(fd, answer, sizeof(answer), 0));

		for (size_t at = 0; at < got; b->count--) {
			struct nlmsghdr *h = (void *)(answer + at);

			errno = -((struct nlmsgerr *)NLMSG_DATA(h))->error;
			MUST(errno ? -1 : 0);
			at += NLMSG_ALIGN(h->nlmsg_len);
		}
	}
	b->size = 0;
}

static void put_address(struct batch *b, int family, const void *address, size_t size,
			int prefix)
{
	struct ifaddrmsg m = {
		.ifa_family = family,
		.ifa_prefixlen = prefix,
		.ifa_flags = IFA_F_NODAD,
		.ifa_index = ETH0,
	};
	struct nlmsghdr *h =
		begin(b, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &m, sizeof(m));

	put(b, h, IFA_LOCAL, address, size);
	put(b, h, IFA_ADDRESS, address, size);
}

static void put_up(struct batch *b, int index)
{
	struct ifinfomsg m = { .ifi_index = index,
			       .ifi_flags = IFF_UP,
			       .ifi_change = IFF_UP };
	struct nlmsghdr *h = begin(b, RTM_NEWLINK, 0, &m, sizeof(m));

	if (index == ETH0) { /* no link-local address by itself */
		uint8_t none = 1;
		struct rtattr *spec = put(b, h, IFLA_AF_SPEC, NULL, 0);
		struct rtattr *inet6 = put(b, h, AF_INET6, NULL, 0);

		put(b, h, IFLA_INET6_ADDR_GEN_MODE, &none, sizeof(none));
		end_nest(h, inet6);
		end_nest(h, spec);
	}
}

/* eth0 in the namespace of the netlink socket, its peer eth0 in `peer`: made in place.
 */
static void put_veth(struct batch *b, int peer)
{
	struct ifinfomsg near = { .ifi_index = ETH0 }, far = { .ifi_index = ETH0 };
	struct nlmsghdr *h =
		begin(b, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &near, sizeof(near));

	put(b, h, IFLA_IFNAME, "eth0", 5);
	struct rtattr *info = put(b, h, IFLA_LINKINFO, NULL, 0);

	put(b, h, IFLA_INFO_KIND, "veth", 5);
	struct rtattr *data = put(b, h, IFLA_INFO_DATA, NULL, 0);
	struct rtattr *other = put(b, h, VETH_INFO_PEER, &far, sizeof(far));

	put(b, h, IFLA_IFNAME, "eth0", 5);
	put(b, h, IFLA_NET_NS_FD, &peer, sizeof(peer));
	end_nest(h, other);
	end_nest(h, data);
	end_nest(h, info);
}

static struct in6_addr address_v6(unsigned int pair, unsigned int side)
{
	return (struct in6_addr){
		.s6_addr = { 0xfd, [12] = pair >> 8, pair, [15] = side + 1 },
	};
}

static void put_host(struct batch *b, unsigned int pair, unsigned int side)
{
	uint32_t v4 = htonl(0x0a000000 + pair * 4 + side + 1);
	struct in6_addr v6 = { .s6_addr = { 0xfd, [12] = pair >> 8,
					    pair, [15] = side + 1 } };

	put_up(b, LO);
	put_address(b, AF_INET, &v4, sizeof(v4), 30);
	put_address(b, AF_INET6, &v6, sizeof(v6), 112);
	put_up(b, ETH0);
}

/* Whether eth0 says IF_OPER_UP: before, first packets get lost. */
static bool carries_packets(int fd)
{
	struct batch b = { .size = 0 };
	struct ifinfomsg m = { .ifi_index = ETH0 };
	static char answer[16384];

	const uint32_t mask = RTEXT_FILTER_SKIP_STATS;
	struct nlmsghdr *h = begin(&b, RTM_GETLINK, 0, &m, sizeof(m));

	h->nlmsg_flags = NLM_F_REQUEST;
	put(&b, h, IFLA_EXT_MASK, &mask, sizeof(mask));
	MUST(send(fd, b.bytes, b.size, 0));
	MUST(recv(fd, answer, sizeof(answer), 0));
	h = (void *)answer;
	int left = IFLA_PAYLOAD(h);

	for (struct rtattr *a = IFLA_RTA(NLMSG_DATA(h)); RTA_OK(a, left);
	     a = RTA_NEXT(a, left))
		if (a->rta_type == IFLA_OPERSTATE)
			return *(uint8_t *)RTA_DATA(a) ==
			       6; /* IF_OPER_UP, linux/if.h */
	return false;
}

/* Whether the IPv6 address has its local route: before, nothing can be sent to it. */
static bool has_local_route(int fd, unsigned int pair, unsigned int side)
{
	struct batch b = { .size = 0 };
	struct rtmsg m = { .rtm_family = AF_INET6, .rtm_dst_len = 128 };
	struct in6_addr v6 = address_v6(pair, side);
	char answer[4096];
	struct nlmsghdr *h = begin(&b, RTM_GETROUTE, 0, &m, sizeof(m));

	h->nlmsg_flags = NLM_F_REQUEST;
	put(&b, h, RTA_DST, &v6, sizeof(v6));
	MUST(send(fd, b.bytes, b.size, 0));
	MUST(recv(fd, answer, sizeof(answer), 0));
	h = (void *)answer;
	return h->nlmsg_type == RTM_NEWROUTE &&
	       ((struct rtmsg *)NLMSG_DATA(h))->rtm_type == RTN_LOCAL;
}

/* ---- Hosts ---- */

static void write_file(const char *path, const char *text)
{
	int fd = MUST(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644));

	MUST(write(fd, text, strlen(text)));
	close(fd);
}

static void own_etc_file(const char *name, const char *text)
{
	char from[64], to[64];

	snprintf(from, sizeof(from), "/run/nstest/%s", name);
	snprintf(to, sizeof(to), "/etc/%s", name);
	write_file(from, text);
	if (access(to, F_OK) == 0)
		MUST(mount(from, to, NULL, MS_BIND, NULL));
}

/* What hosts would inherit from the machine (net/ipv4/devinet.c): looked at once. */
static void look_at_machine(int proc_sys)
{
	static const char *const inherited[] = {
		"net/ipv4/conf/all/forwarding", "net/ipv4/conf/default/forwarding",
		"net/ipv4/conf/all/rp_filter",  "net/ipv4/conf/default/rp_filter",
		"net/core/rps_default_mask",    NULL,
	};
	char value[64];

	for (size_t i = 0; inherited[i]; i++) {
		int fd = openat(proc_sys, inherited[i], O_RDONLY | O_CLOEXEC);

		if (fd >= 0) { /* an older kernel may not have it */
			MUST(read(fd, value, sizeof(value)));
			close(fd);
		}
	}
}

static void settle_sysctls(int proc_sys)
{
	static const char *const zeroed[] = {
		"net/ipv4/icmp_ratemask",
		"net/ipv6/icmp/ratelimit",
		"net/ipv6/conf/default/accept_dad",
		"net/ipv6/conf/default/accept_ra",
		NULL,
	};

	for (size_t i = 0; zeroed[i]; i++) {
		int fd = MUST(openat(proc_sys, zeroed[i], O_WRONLY | O_CLOEXEC));

		MUST(write(fd, "0", 1));
		close(fd);
	}
}

static void make_mounts(void)
{
	const unsigned long flags = MS_NOSUID | MS_NODEV;

	MUST(mount("sys", "/sys", "sysfs", flags | MS_NOEXEC, NULL));
	MUST(mount("run", "/run", "tmpfs", flags, "mode=755"));
	MUST(mount("shm", "/dev/shm", "tmpfs", flags, "mode=1777"));
	if (access("/dev/mqueue", F_OK) == 0)
		MUST(mount("mqueue", "/dev/mqueue", "mqueue", flags, NULL));
	MUST(mount("tmp", "/tmp", "tmpfs", flags, "mode=1777"));
}

static void make_host(struct host *host, unsigned int number, int proc_sys)
{
	char name[32], line[64];

	MUST(unshare(CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC));
	settle_sysctls(proc_sys);
	make_mounts();
	snprintf(name, sizeof(name), "h%u", number);
	MUST(sethostname(name, strlen(name)));
	MUST(mkdir("/run/nstest", 0755));
	snprintf(line, sizeof(line), "127.0.0.1 localhost\n127.0.1.1 %s\n", name);
	own_etc_file("hosts", line);
	own_etc_file("hostname", name);
	own_etc_file("resolv.conf", "# no nameserver\n");
	host->net = MUST(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
	host->mnt = MUST(open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC));
	host->uts = MUST(open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC));
	host->ipc = MUST(open("/proc/self/ns/ipc", O_RDONLY | O_CLOEXEC));
	host->netlink =
		MUST(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
}

static void link_pair(struct host *a, struct host *b, unsigned int pair)
{
	struct batch batch = { .size = 0 };

	put_veth(&batch, b->net);
	put_host(&batch, pair, 0);
	send_batch(a->netlink, &batch);
	put_host(&batch, pair, 1);
	send_batch(b->netlink, &batch);
}

/* ---- The connection ---- */

static int socket_in(const struct host *host)
{
	MUST(setns(host->net, CLONE_NEWNET));
	return MUST(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

/* There and back; over veth every step is done when the call before it returns. */
static void connect_once(const struct host *a, const struct host *b)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons(PORT),
		.sin_addr.s_addr = htonl(0x0a000002),
	};
	char payload[16] = "are you there?", got[16] = "";
	int listener = socket_in(b), client = socket_in(a);

	MUST(bind(listener, (void *)&to, sizeof(to)));
	MUST(listen(listener, 1));
	MUST(connect(client, (void *)&to, sizeof(to)));
	MUST(write(client, payload, sizeof(payload)));
	int server = MUST(accept(listener, NULL, NULL));

	MUST(read(server, got, sizeof(got)));
	MUST(write(server, got, sizeof(got)));
	memset(got, 0, sizeof(got));
	MUST(read(client, got, sizeof(got)));
	MUST(memcmp(got, payload, sizeof(got)) ? -1 : 0);
	close(server);
	close(client);
	close(listener);
}

/* PID 1 of the case. */
static _Noreturn void lab_process(unsigned int pairs, bool with_connection, int caller)
{
	struct host *hosts = calloc(pairs, 2 * sizeof(*hosts));
	struct rlimit files;

	MUST(prctl(PR_SET_PDEATHSIG, SIGKILL));
	MUST(getrlimit(RLIMIT_NOFILE, &files));
	files.rlim_cur = files.rlim_max;
	MUST(setrlimit(RLIMIT_NOFILE, &files));
	MUST(unshare(CLONE_NEWNS));
	MUST(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	MUST(mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL));
	int base = MUST(open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC));
	int proc_sys = MUST(open("/proc/sys", O_RDONLY | O_CLOEXEC));

	look_at_machine(proc_sys);
	for (unsigned int i = 0; i < 2 * pairs; i++) {
		if (i)
			MUST(setns(base, CLONE_NEWNS));
		make_host(&hosts[i], i + 1, proc_sys);
	}
	for (unsigned int i = 0; i < pairs; i++)
		link_pair(&hosts[2 * i], &hosts[2 * i + 1], i);
	for (unsigned int i = 0; i < 2 * pairs; i++)
		while (!carries_packets(hosts[i].netlink) ||
		       !has_local_route(hosts[i].netlink, i / 2, i % 2))
			;
	if (with_connection)
		connect_once(&hosts[0], &hosts[1]);
	MUST(write(caller, "1", 1)); /* ready, with its verdict */
	for (;;)
		pause(); /* the caller ends it */
}

int floor_case(unsigned int pairs, bool with_connection)
{
	int ends[2], pidfd = -1;
	char ready = 0;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	struct clone_args args = {
		.flags = CLONE_NEWPID | CLONE_PIDFD,
		.exit_signal = SIGCHLD,
		.pidfd = (uintptr_t)&pidfd,
	};
	pid_t pid = syscall(SYS_clone3, &args, sizeof(args));

	if (pid < 0)
		return -errno;
	if (pid == 0) {
		close(ends[0]);
		lab_process(pairs, with_connection, ends[1]);
	}
	close(ends[1]);
	if (read(ends[0], &ready, 1) != 1)
		ready = 0;
	syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
	close(pidfd);
	close(ends[0]);
	while (waitpid(-1, NULL, WNOHANG) > 0)
		; /* those of earlier cases: the kernel takes its time, nobody waits for it */
	return ready == '1' ? 0 : -EIO;
}
