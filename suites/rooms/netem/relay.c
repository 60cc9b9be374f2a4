/* SPDX-License-Identifier: MIT */
/* A second cable between the hosts of a world, which a test holds in its hands. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <nstest/error.h>

#include "relay.h"

enum { WAIT_MS = 5000, FRAME_MOST = 65600 };

/* Otherwise checksums are left to a network card that there is not. In the namespace of
 * the calling thread. */
static void no_offloads(const char *name)
{
	static const unsigned int commands[] = { ETHTOOL_STXCSUM, ETHTOOL_STSO,
						 ETHTOOL_SGSO, ETHTOOL_SGRO };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		struct ethtool_value value = { .cmd = commands[i] };
		struct ifreq request = { .ifr_data = (void *)&value };

		strcpy(request.ifr_name, name);
		expect(ioctl(fd, SIOCETHTOOL, &request) == 0);
	}
	close(fd);
}

/* In the namespace of the calling thread. */
static int packet_socket(const char *name)
{
	struct sockaddr_ll address = { .sll_family = AF_PACKET,
				       .sll_protocol = htons(ETH_P_ALL),
				       .sll_ifindex = (int)if_nametoindex(name) };
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1;

	expect(fd >= 0);
	expect(setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on)) ==
	       0);
	expect(bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
	return fd;
}

/* The host's end of the cable; its other end, m0 or m1, is in the middle. */
static void add_host(int netns, int middle, const char *name, const char *other, int n)
{
	char line[1024];

	enter(netns);
	snprintf(line, sizeof(line),
		 "ip link add %s address 02:00:00:00:01:0%d type veth peer name %s "
		 "netns /proc/%d/fd/%d && "
		 "ip addr add 10.1.0.%d/24 dev %s && "
		 "ip addr add fd01::%d/64 dev %s nodad && "
		 "ip neigh add 10.1.0.%d lladdr 02:00:00:00:01:0%d dev %s && "
		 "ip neigh add fd01::%d lladdr 02:00:00:00:01:0%d dev %s",
		 name, n, other, getpid(), middle, n, name, n, name, 3 - n, 3 - n, name,
		 3 - n, 3 - n, name);
	shell(line);
	no_offloads(name);
	snprintf(line, sizeof(line), "ip link set %s up", name);
	shell(line);
}

static void open_end(struct relay_end *end, unsigned int direction, const char *name)
{
	struct nst_fault_rules_place place = { .seed = 7, .direction = direction };

	no_offloads(name);
	end->fd = packet_socket(name);
	expect(nst_fault_rules_new(&place, &end->rules) == 0);
}

void relay_open(struct relay *relay, struct world *world)
{
	int middle;

	*relay = (struct relay){ .world = world };
	expect(unshare(CLONE_NEWNET) == 0);
	middle = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	shell("sysctl -qw net.ipv6.conf.default.disable_ipv6=1");
	add_host(world->sender, middle, "s1", "m0", 1);
	add_host(world->receiver, middle, "r1", "m1", 2);
	enter(middle);
	shell("ip link set m0 up && ip link set m1 up");
	open_end(&relay->sender, 0, "m0");
	open_end(&relay->receiver, 1, "m1");
	await_running("m0");
	await_running("m1");
	close(middle);
	enter(world->sender);
	await_running("s1");
	await_address("fd01::1");
	enter(world->receiver);
	await_running("r1");
	await_address("fd01::2");
}

void relay_add(struct relay_end *end, const struct nst_fault *fault)
{
	static uint32_t id;

	expect_that(nst_fault_rules_add(end->rules, ++id, fault) == 0, "relay_add", 0,
		    nst_error());
}

/* ---- Frames ---- */

static void pass(struct relay_end *from, struct relay_end *to, const uint8_t *frame,
		 size_t size)
{
	from->passed++;
	if (size > from->biggest)
		from->biggest = size;
	expect(send(to->fd, frame, size, 0) == (ssize_t)size);
}

static void treat(struct relay_end *from, struct relay_end *to, uint8_t *frame,
		  size_t size)
{
	struct nst_forged forged[NST_FORGED_MOST];
	struct nst_take take;
	size_t count;

	if (!nst_fault_rules_take(from->rules, frame, size, &take)) {
		pass(from, to, frame, size);
		return;
	}
	if (take.fault->action == NST_FAULT_DROP)
		return;
	count = nst_fault_forge(take.fault, frame, size, forged);
	for (size_t i = 0; i < count; i++)
		expect(send(forged[i].back ? from->fd : to->fd, forged[i].frame,
			    forged[i].size, 0) == (ssize_t)forged[i].size);
	if (count > 0)
		return;
	size = nst_fault_edit(take.fault, frame, size);
	pass(from, to, frame, size);
}

static void carry(struct relay_end *from, struct relay_end *to)
{
	static uint8_t frame[FRAME_MOST];
	ssize_t size;

	while ((size = recv(from->fd, frame, sizeof(frame), 0)) > 0)
		treat(from, to, frame, (size_t)size);
}

void relay_until(struct relay *relay, int fd, short events)
{
	struct pollfd ready[] = {
		{ .fd = relay->sender.fd, .events = POLLIN },
		{ .fd = relay->receiver.fd, .events = POLLIN },
		{ .fd = fd, .events = events },
	};

	do {
		expect_that(poll(ready, 3, WAIT_MS) > 0, "relay_until", events,
			    "nothing happened for five seconds");
		carry(&relay->sender, &relay->receiver);
		carry(&relay->receiver, &relay->sender);
	} while (!ready[2].revents);
}

/* ---- Sockets ---- */

static socklen_t address_of(struct sockaddr_storage *storage, bool ipv6, int host,
			    unsigned short port)
{
	struct sockaddr_in *four = (struct sockaddr_in *)storage;
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)storage;
	char text[16];

	memset(storage, 0, sizeof(*storage));
	if (ipv6) {
		*six = (struct sockaddr_in6){ .sin6_family = AF_INET6,
					      .sin6_port = htons(port) };
		snprintf(text, sizeof(text), "fd01::%d", host);
		expect(inet_pton(AF_INET6, text, &six->sin6_addr) == 1);
		return sizeof(*six);
	}
	*four = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(port) };
	snprintf(text, sizeof(text), "10.1.0.%d", host);
	expect(inet_pton(AF_INET, text, &four->sin_addr) == 1);
	return sizeof(*four);
}

static int socket_in(int netns, int home, bool ipv6, int type)
{
	int fd;

	enter(netns);
	fd = socket(ipv6 ? AF_INET6 : AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	expect(fd >= 0);
	enter(home);
	return fd;
}

int relay_listen(struct relay *relay, bool ipv6)
{
	struct sockaddr_storage address;
	socklen_t size = address_of(&address, ipv6, 2, 80);
	int fd = socket_in(relay->world->receiver, relay->world->receiver, ipv6,
			   SOCK_STREAM);

	expect(bind(fd, (struct sockaddr *)&address, size) == 0 && listen(fd, 8) == 0);
	return fd;
}

int relay_client(struct relay *relay, bool ipv6, int type, unsigned short port)
{
	struct sockaddr_storage address;
	socklen_t size = address_of(&address, ipv6, 2, port);
	int fd = socket_in(relay->world->sender, relay->world->receiver, ipv6, type);

	expect(connect(fd, (struct sockaddr *)&address, size) == 0 ||
	       errno == EINPROGRESS);
	return fd;
}

struct relay_connection relay_connect(struct relay *relay, bool ipv6)
{
	int listener = relay_listen(relay, ipv6);
	struct relay_connection both = {
		.client = relay_client(relay, ipv6, SOCK_STREAM, 80),
	};

	relay_until(relay, listener, POLLIN);
	both.server = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	expect(both.server >= 0);
	close(listener);
	return both;
}

int relay_error(struct relay *relay, int fd)
{
	int error = 0;
	socklen_t size = sizeof(error);

	relay_until(relay, fd, POLLERR);
	expect(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0);
	return error;
}
