/* SPDX-License-Identifier: MIT */
/* What real hosts make of frames that faults have changed or forged. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "relay.h"

static void send_all(int fd, const char *bytes, size_t size)
{
	expect(send(fd, bytes, size, MSG_NOSIGNAL) == (ssize_t)size);
}

/* The state of a TCP socket: TCP_ESTABLISHED, … */
static int state_of(int fd)
{
	struct tcp_info info;
	socklen_t size = sizeof(info);

	expect(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0);
	return info.tcpi_state;
}

static bool receives(struct relay *relay, int fd, const char *text)
{
	char bytes[256] = "";

	relay_until(relay, fd, POLLIN);
	expect(recv(fd, bytes, sizeof(bytes) - 1, 0) >= 0);
	return strcmp(bytes, text) == 0;
}

/* ---- RST ---- */

static void reset_second_segment(struct world *world, bool ipv6,
				 enum nst_fault_ends ends)
{
	struct relay relay;
	struct relay_connection both;

	relay_open(&relay, world);
	relay_add(&relay.sender, &(struct nst_fault){ .match = "data",
						      .nth = 2,
						      .action = NST_FAULT_RST,
						      .ends = ends });
	both = relay_connect(&relay, ipv6);

	send_all(both.client, "one", 3);
	expect(receives(&relay, both.server, "one"));
	send_all(both.client, "two", 3);

	if (ends != NST_END_RECEIVER)
		expect(relay_error(&relay, both.client) == ECONNRESET);
	if (ends != NST_END_SENDER)
		expect(relay_error(&relay, both.server) == ECONNRESET);
	if (ends == NST_END_SENDER)
		expect(state_of(both.server) == TCP_ESTABLISHED);
	if (ends == NST_END_RECEIVER)
		expect(state_of(both.client) == TCP_ESTABLISHED);
}

static void reset_both(struct world *world)
{
	reset_second_segment(world, false, NST_END_BOTH);
}

static void reset_both_six(struct world *world)
{
	reset_second_segment(world, true, NST_END_BOTH);
}

static void reset_sender(struct world *world)
{
	reset_second_segment(world, false, NST_END_SENDER);
}

static void reset_receiver(struct world *world)
{
	reset_second_segment(world, true, NST_END_RECEIVER);
}

Test(fault_real, a_forged_rst_ends_a_connection_at_both_ends)
{
	in_world(reset_both);
	in_world(reset_both_six);
}

Test(fault_real, a_forged_rst_can_be_for_one_end_alone)
{
	in_world(reset_sender);
	in_world(reset_receiver);
}

static void refuse(struct world *world)
{
	struct relay relay;

	relay_open(&relay, world);
	relay_add(&relay.sender,
		  &(struct nst_fault){ .match = "syn", .action = NST_FAULT_RST });
	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		int listener = relay_listen(&relay, ipv6);
		int client = relay_client(&relay, ipv6, SOCK_STREAM, 80);

		expect(relay_error(&relay, client) == ECONNREFUSED);
		close(listener);
	}
}

Test(fault_real, a_forged_rst_for_a_syn_refuses_the_connection)
{
	in_world(refuse);
}

/* How many connections of the receiver have answered a SYN and wait. */
static int half_open(void)
{
	const char *lines =
		output_of("cat /proc/thread-self/net/tcp /proc/thread-self/net/tcp6");
	int count = 0;

	for (; (lines = strstr(lines, " 03 ")); lines++)
		count++;
	return count;
}

static void refuse_late(struct world *world)
{
	static const struct nst_fault to_both = { .match = "syn-ack",
						  .to = 2,
						  .action = NST_FAULT_RST };
	static const struct nst_fault to_client = { .match = "syn-ack",
						    .nth = 3,
						    .action = NST_FAULT_RST,
						    .ends = NST_END_RECEIVER };
	struct relay relay;

	relay_open(&relay, world);
	relay_add(&relay.receiver, &to_both);
	relay_add(&relay.receiver, &to_client);
	for (int n = 0; n < 3; n++) {
		bool ipv6 = n == 1;
		int listener = relay_listen(&relay, ipv6);
		int client = relay_client(&relay, ipv6, SOCK_STREAM, 80);

		expect(relay_error(&relay, client) == ECONNREFUSED);
		expect(half_open() == (n == 2)); /* the server has heard nothing */
		close(listener);
	}
}

Test(fault_real, a_forged_rst_for_a_syn_ack_ends_both_halves)
{
	in_world(refuse_late);
}

static void reset_after_bytes(struct world *world)
{
	struct relay relay;
	struct relay_connection both;
	char bytes[1000] = "";
	size_t passed = 0;

	relay_open(&relay, world);
	relay_add(&relay.sender, &(struct nst_fault){ .match = "data",
						      .after_bytes = 5000,
						      .nth = 1,
						      .action = NST_FAULT_RST });
	both = relay_connect(&relay, false);

	for (int i = 0; i < 5; i++) {
		send_all(both.client, bytes, sizeof(bytes));
		relay_until(&relay, both.server, POLLIN);
		for (ssize_t n; (n = recv(both.server, bytes, sizeof(bytes), 0)) > 0;)
			passed += (size_t)n;
	}
	expect(passed == 5000);
	send_all(both.client, bytes, sizeof(bytes));
	expect(relay_error(&relay, both.server) == ECONNRESET);
	expect(relay_error(&relay, both.client) == ECONNRESET);
}

Test(fault_real, a_connection_can_be_reset_after_so_many_bytes)
{
	in_world(reset_after_bytes);
}

/* ---- ICMP ---- */

static int path_mtu(int fd, bool ipv6)
{
	int mtu = 0;
	socklen_t size = sizeof(mtu);

	expect(getsockopt(fd, ipv6 ? IPPROTO_IPV6 : IPPROTO_IP,
			  ipv6 ? IPV6_MTU : IP_MTU, &mtu, &size) == 0);
	return mtu;
}

/* A narrow link: everything bigger than 1,300 is answered, the rest passes. */
static void narrow(struct world *world)
{
	static const struct nst_fault narrow_link = { .action = NST_FAULT_ICMP,
						      .icmp = NST_ICMP_FRAG_NEEDED,
						      .value = 1300 };
	struct relay relay;

	relay_open(&relay, world);
	relay_add(&relay.sender, &narrow_link);
	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		struct relay_connection both = relay_connect(&relay, ipv6);
		static char bytes[9000];
		size_t received = 0;

		expect(path_mtu(both.client, ipv6) == 1500);
		send_all(both.client, bytes, sizeof(bytes));
		while (received < sizeof(bytes)) {
			ssize_t n;

			relay_until(&relay, both.server, POLLIN);
			n = recv(both.server, bytes, sizeof(bytes), 0);
			expect(n > 0);
			received += (size_t)n;
		}
		expect(received == sizeof(bytes));
		expect(path_mtu(both.client, ipv6) == 1300);
		expect(relay.sender.biggest == 14 + 1300);
	}
}

Test(fault_real, a_forged_frag_needed_lowers_the_senders_path_mtu)
{
	in_world(narrow);
}

static const struct {
	enum nst_fault_icmp icmp;
	int error, error_six;
} told[] = {
	{ NST_ICMP_NET_UNREACHABLE, ENETUNREACH, ENETUNREACH },
	{ NST_ICMP_HOST_UNREACHABLE, EHOSTUNREACH, EHOSTUNREACH },
	{ NST_ICMP_PORT_UNREACHABLE, ECONNREFUSED, ECONNREFUSED },
	{ NST_ICMP_ADMIN_PROHIBITED, EHOSTUNREACH, EACCES },
	{ NST_ICMP_TIME_EXCEEDED, EHOSTUNREACH, EHOSTUNREACH },
};

/* UDP that wants to know of every error. */
static void tell(struct world *world)
{
	struct relay relay;

	relay_open(&relay, world);
	for (size_t i = 0; i < sizeof(told) / sizeof(*told); i++) {
		struct nst_fault fault = { .match = "udp",
					   .from = 1,
					   .to = 2,
					   .action = NST_FAULT_ICMP,
					   .icmp = told[i].icmp };
		int on = 1;
		int four = relay_client(&relay, false, SOCK_DGRAM, 9);
		int six = relay_client(&relay, true, SOCK_DGRAM, 9);

		relay_add(&relay.sender, &fault);
		expect(setsockopt(four, IPPROTO_IP, IP_RECVERR, &on, sizeof(on)) == 0);
		expect(setsockopt(six, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof(on)) ==
		       0);
		send_all(four, "x", 1);
		expect(relay_error(&relay, four) == told[i].error);
		send_all(six, "x", 1);
		expect(relay_error(&relay, six) == told[i].error_six);
		close(four);
		close(six);
	}
}

Test(fault_real, each_forged_icmp_error_reaches_the_socket_that_sent)
{
	in_world(tell);
}

static void prohibit(struct world *world)
{
	static const struct nst_fault fault = { .match = "syn",
						.action = NST_FAULT_ICMP,
						.icmp = NST_ICMP_ADMIN_PROHIBITED };
	struct relay relay;

	relay_open(&relay, world);
	relay_add(&relay.sender, &fault);
	expect(relay_error(&relay, relay_client(&relay, false, SOCK_STREAM, 80)) ==
	       EHOSTUNREACH);
	expect(relay_error(&relay, relay_client(&relay, true, SOCK_STREAM, 80)) ==
	       EACCES);
}

Test(fault_real, a_connection_attempt_believes_a_forged_icmp_error)
{
	in_world(prohibit);
}

/* ---- Changed frames ---- */

static void corrupt_hidden(struct world *world)
{
	static const struct nst_fault fault = { .match = "data",
						.nth = 1,
						.action = NST_FAULT_CORRUPT,
						.layer = NST_LAYER_PAYLOAD,
						.offset = 1,
						.mask = 0x20,
						.fix_checksums = true };
	struct relay relay;

	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		struct relay_connection both;

		if (!ipv6)
			relay_open(&relay, world);
		relay_add(&relay.sender, &fault);
		both = relay_connect(&relay, ipv6);
		send_all(both.client, "hello", 5);
		expect(receives(&relay, both.server, "hEllo"));
	}
}

Test(fault_real, a_hidden_corruption_reaches_the_program)
{
	in_world(corrupt_hidden);
}

/* What TCP of the receiver has refused: InCsumErrors, the last column. */
static int bad_checksums(void)
{
	return atoi(output_of("awk '/^Tcp:/ { n = $NF } END { print n }' "
			      "/proc/thread-self/net/snmp"));
}

static void corrupt_openly(struct world *world)
{
	static const struct nst_fault fault = { .match = "data",
						.nth = 1,
						.action = NST_FAULT_CORRUPT,
						.layer = NST_LAYER_PAYLOAD };
	struct relay relay;
	struct relay_connection both;

	relay_open(&relay, world);
	relay_add(&relay.sender, &fault);
	both = relay_connect(&relay, false);
	send_all(both.client, "hello", 5);

	expect(receives(&relay, both.server, "hello")); /* sent again */
	expect(bad_checksums() == 1);
}

Test(fault_real, an_open_corruption_is_repaired_by_tcp)
{
	in_world(corrupt_openly);
}

/* A datagram that comes, with its TTL and TOS byte. */
struct datagram {
	char text[64];
	int ttl, tos;
};

static struct datagram next_datagram(struct relay *relay, int fd)
{
	char control[256];
	struct datagram datagram = {};
	struct iovec bytes = { datagram.text, sizeof(datagram.text) - 1 };
	struct msghdr message = { .msg_iov = &bytes,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = sizeof(control) };

	relay_until(relay, fd, POLLIN);
	expect(recvmsg(fd, &message, 0) >= 0);
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c;
	     c = CMSG_NXTHDR(&message, c)) {
		int value = *CMSG_DATA(c); /* TOS is one byte, the others small ints */

		if (c->cmsg_type ==
		    (c->cmsg_level == IPPROTO_IP ? IP_TTL : IPV6_HOPLIMIT))
			datagram.ttl = value;
		else
			datagram.tos = value;
	}
	return datagram;
}

static void change_datagrams(struct world *world)
{
	static const struct nst_fault faults[] = {
		{ .match = "udp", .nth = 1, .action = NST_FAULT_TTL, .value = 7 },
		{ .match = "udp", .nth = 2, .action = NST_FAULT_DSCP, .value = 46 },
		{ .match = "udp", .nth = 3, .action = NST_FAULT_ECN_CE },
		{ .match = "udp",
		  .nth = 4,
		  .action = NST_FAULT_TRUNCATE,
		  .layer = NST_LAYER_PAYLOAD,
		  .size = 2,
		  .fix_checksums = true },
	};
	static const struct datagram wanted[] = {
		{ "whole", 7, 2 },
		{ "whole", 64, 46 << 2 | 2 },
		{ "whole", 64, 3 },
		{ "wh", 64, 2 },
	};
	struct relay relay;
	int on = 1, ect = 2;

	relay_open(&relay, world);
	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		int at = udp_socket(world->receiver, ipv6 ? "fd01::2" : "10.1.0.2", 7);
		int from = relay_client(&relay, ipv6, SOCK_DGRAM, 7);
		int level = ipv6 ? IPPROTO_IPV6 : IPPROTO_IP;

		setsockopt(at, level, ipv6 ? IPV6_RECVHOPLIMIT : IP_RECVTTL, &on,
			   sizeof(on));
		setsockopt(at, level, ipv6 ? IPV6_RECVTCLASS : IP_RECVTOS, &on,
			   sizeof(on));
		setsockopt(from, level, ipv6 ? IPV6_TCLASS : IP_TOS, &ect, sizeof(ect));
		for (size_t i = 0; i < 4; i++)
			relay_add(&relay.sender, &faults[i]);
		for (size_t i = 0; i < 4; i++) {
			struct datagram came;

			send_all(from, "whole", 5);
			came = next_datagram(&relay, at);
			expect(strcmp(came.text, wanted[i].text) == 0);
			expect(came.ttl == wanted[i].ttl && came.tos == wanted[i].tos);
		}
		close(at);
		close(from);
	}
}

Test(fault_real, changed_headers_and_lengths_are_believed)
{
	in_world(change_datagrams);
}
