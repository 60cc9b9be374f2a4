/* SPDX-License-Identifier: MIT */
/* Partitions between real hosts.
 *
 * Silence is proved, not waited for: what the cut sender sends is followed on the same
 * cable by something from another address. Once that has come, the first would have. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/if_ether.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include <nstest/error.h>
#include <nstest/partition.h>

#include "world.h"

static const struct nst_sender ipv4_1 = { AF_INET, { 10, 0, 0, 1 } };
static const struct nst_sender ipv4_3 = { AF_INET, { 10, 0, 0, 3 } };
static const struct nst_sender ipv6_1 = { AF_INET6, { 0xfd, [15] = 1 } };
static const struct nst_sender ipv6_3 = { AF_INET6, { 0xfd, [15] = 3 } };
static const struct nst_sender mac = { AF_PACKET, { 2, 0, 0, 0, 0, 1 } };

/* Sends from `one`, then from `other`; what the receiver hears, in order: "one other".
 */
static const char *heard(struct world *world, const char *one, const char *other)
{
	static char text[64];
	bool ipv6 = strchr(one, ':') != NULL;
	int at = udp_socket(world->receiver, ipv6 ? "fd00::2" : "10.0.0.2", 7);
	int from_one = udp_socket(world->sender, one, 0);
	int from_other = udp_socket(world->sender, other, 0);

	send_text(from_one, "one", 7);
	send_text(from_other, "other", 7);
	strcpy(text, receive_text(at));
	if (strcmp(text, "other") != 0)
		sprintf(text + strlen(text), " %s", receive_text(at));
	close(at);
	close(from_one);
	close(from_other);
	return text;
}

static bool hears_all(struct world *world)
{
	return strcmp(heard(world, "10.0.0.1", "10.0.0.3"), "one other") == 0 &&
	       strcmp(heard(world, "fd00::1", "fd00::3"), "one other") == 0;
}

static void set(struct nst_partition *cut, const struct nst_sender *senders,
		size_t count)
{
	expect_that(nst_partition_set(cut, senders, count) == 0, "nst_partition_set", 0,
		    nst_error());
}

/* ---- */

static void cut_and_mend(struct world *world)
{
	struct nst_partition cut = { .ifindex = world->ifindex };
	const struct nst_sender both[] = { ipv4_1, ipv6_1 };

	expect(hears_all(world));

	set(&cut, both, 2);
	expect(strcmp(heard(world, "10.0.0.1", "10.0.0.3"), "other") == 0);
	expect(strcmp(heard(world, "fd00::1", "fd00::3"), "other") == 0);

	set(&cut, NULL, 0);
	expect(hears_all(world));
}

Test(partition, silences_its_senders_and_no_others_until_it_is_mended)
{
	in_world(cut_and_mend);
}

static void replace(struct world *world)
{
	struct nst_partition cut = { .ifindex = world->ifindex };

	set(&cut, &ipv4_1, 1);
	set(&cut, &ipv4_3, 1);
	expect(strcmp(heard(world, "10.0.0.3", "10.0.0.1"), "other") == 0);
	expect(strcmp(heard(world, "fd00::1", "fd00::3"), "one other") == 0);

	set(&cut, &ipv6_3, 1);
	expect(strcmp(heard(world, "10.0.0.3", "10.0.0.1"), "one other") == 0);
	expect(strcmp(heard(world, "fd00::3", "fd00::1"), "other") == 0);
}

Test(partition, has_the_senders_of_the_last_call_only)
{
	in_world(replace);
}

/* ---- No sign of it ---- */

/* Waits for ECONNREFUSED of an earlier datagram. */
static bool is_refused(int socket)
{
	struct pollfd ready = { .fd = socket };
	int error = 0;
	socklen_t size = sizeof(error);

	return poll(&ready, 1, 5000) == 1 &&
	       getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) == 0 &&
	       error == ECONNREFUSED;
}

static int connected(struct world *world, const char *address)
{
	int fd = udp_socket(world->sender, address, 0);
	struct sockaddr_in to = { AF_INET, htons(9), { htonl(0x0a000002) } };

	expect(connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0);
	return fd;
}

static void no_icmp(struct world *world)
{
	struct nst_partition cut = { .ifindex = world->ifindex };
	int one = connected(world, "10.0.0.1"), other = connected(world, "10.0.0.3");
	int error = 0;
	socklen_t size = sizeof(error);

	set(&cut, &ipv4_1, 1);
	expect(send(one, "x", 1, 0) == 1); /* nobody listens on port 9 */
	expect(send(other, "x", 1, 0) == 1);
	expect(is_refused(other));
	expect(getsockopt(one, SOL_SOCKET, SO_ERROR, &error, &size) == 0);
	expect(error == 0);

	set(&cut, NULL, 0);
	expect(send(one, "x", 1, 0) == 1);
	expect(is_refused(one));
}

Test(partition, sends_no_icmp_error)
{
	in_world(no_icmp);
}

static void firewall(struct world *world)
{
	struct nst_partition cut = { .ifindex = world->ifindex };

	shell("nft 'add table netdev t' && "
	      "nft 'add chain netdev t c { type filter hook ingress device r0 "
	      "priority -500; }' && "
	      "nft 'add rule netdev t c ip saddr 10.0.0.1 counter'");
	set(&cut, &ipv4_1, 1);
	heard(world, "10.0.0.1", "10.0.0.3");
	expect(strstr(output_of("nft list ruleset"), "packets 0") != NULL);

	shell("nft flush ruleset");
	expect(strcmp(heard(world, "10.0.0.1", "10.0.0.3"), "other") == 0);
	expect(strcmp(output_of("nft list ruleset"), "") == 0);
}

Test(partition, is_below_the_firewall_and_not_in_its_rules)
{
	in_world(firewall);
}

static int packet_socket(int netns, const char *interface, int protocol)
{
	struct sockaddr_ll local = { .sll_family = AF_PACKET,
				     .sll_protocol = htons((uint16_t)protocol) };
	int fd;

	enter(netns);
	local.sll_ifindex = (int)if_nametoindex(interface);
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	expect(bind(fd, (struct sockaddr *)&local, sizeof(local)) == 0);
	return fd;
}

static void captured(struct world *world)
{
	struct nst_partition cut = { .ifindex = world->ifindex };
	int capture = packet_socket(world->receiver, "r0", ETH_P_ALL);
	unsigned char frame[256];
	int seen = 0;

	set(&cut, &ipv4_1, 1);
	heard(world, "10.0.0.1", "10.0.0.3");
	while (recv(capture, frame, sizeof(frame), MSG_DONTWAIT) > 0)
		seen += frame[12] == 8 && frame[13] == 0 && frame[29] == 1;
	expect(seen == 1);
}

Test(partition, lets_captures_see_what_came)
{
	in_world(captured);
}

/* ---- ARP ---- */

/* "Who has 10.0.0.2? Tell 10.0.0.`sender`." */
static void ask(int arp, unsigned char sender)
{
	const unsigned char frame[] = {
		0xff, 0xff, 0xff, 0xff,   0xff, 0xff, 2,
		0,    0,    0,    0,      1,    8,    6, /* Ethernet */
		0,    1,    8,    0,      6,    4,    0,
		1,    2,    0,    0,      0,    0,    1, /* request */
		10,   0,    0,    sender, 0,    0,    0,
		0,    0,    0,    10,     0,    0,    2,
	};

	expect(send(arp, frame, sizeof(frame), 0) == sizeof(frame));
}

/* Whom the next ARP reply within five seconds is for: the last byte of the address. */
static int answered(int arp)
{
	struct pollfd ready = { .fd = arp, .events = POLLIN };
	unsigned char frame[64];

	while (poll(&ready, 1, 5000) == 1 && recv(arp, frame, sizeof(frame), 0) >= 42)
		if (frame[21] == 2 && frame[0] == 2)
			return frame[41];
	return -1;
}

static void arp_too(struct world *world)
{
	struct nst_partition cut = { .ifindex = world->ifindex };
	int arp = packet_socket(world->sender, "s0", ETH_P_ARP);

	enter(world->receiver);
	ask(arp, 1);
	expect(answered(arp) == 1);

	set(&cut, &ipv4_1, 1);
	ask(arp, 1);
	ask(arp, 3);
	expect(answered(arp) == 3);

	set(&cut, &mac, 1);
	ask(arp, 3);
	set(&cut, NULL, 0);
	ask(arp, 1);
	expect(answered(arp) == 1);
}

Test(partition, keeps_arp_out_too)
{
	in_world(arp_too);
}

static void arp_spared(struct world *world)
{
	struct nst_partition cut = { .ifindex = world->ifindex,
				     .spare_discovery = true };
	const struct nst_sender both[] = { ipv4_1, mac };
	int arp = packet_socket(world->sender, "s0", ETH_P_ARP);

	enter(world->receiver);
	set(&cut, &ipv4_1, 1);
	expect(strcmp(heard(world, "10.0.0.1", "10.0.0.3"), "other") == 0);
	ask(arp, 1);
	expect(answered(arp) == 1);

	set(&cut, both, 2);
	ask(arp, 1);
	expect(answered(arp) == 1);
}

Test(partition, spares_arp_when_told_to)
{
	in_world(arp_spared);
}

/* Waits for a UDP datagram over IPv6 to come by. */
static bool udp_comes(int capture)
{
	struct pollfd ready = { .fd = capture, .events = POLLIN };
	unsigned char frame[256];

	while (poll(&ready, 1, 5000) == 1)
		if (recv(capture, frame, sizeof(frame), 0) > 54 &&
		    frame[20] == IPPROTO_UDP)
			return true;
	return false;
}

/* It comes (and is thrown away) once the sender has learnt the receiver's MAC. */
static void discovery_spared(struct world *world)
{
	struct nst_partition cut = { .ifindex = world->ifindex,
				     .spare_discovery = true };
	const struct nst_sender both[] = { ipv6_1, mac };
	int capture = packet_socket(world->receiver, "r0", ETH_P_ALL);

	set(&cut, both, 2);
	enter(world->sender);
	shell("ip neigh del fd00::2 lladdr 02:00:00:00:00:02 dev s0");
	send_text(udp_socket(world->sender, "fd00::1", 0), "x", 7);
	expect(udp_comes(capture));
}

Test(partition, spares_neighbour_discovery_when_told_to)
{
	in_world(discovery_spared);
}

/* ---- By MAC ---- */

static void by_mac(struct world *world)
{
	struct nst_partition cut = { .ifindex = world->ifindex };
	int marks = packet_socket(world->sender, "s0", 0x88b5);
	int seen = packet_socket(world->receiver, "r0", 0x88b5);
	int at = udp_socket(world->receiver, "10.0.0.2", 7);
	int at6 = udp_socket(world->receiver, "fd00::2", 7);
	unsigned char mark[60] = { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x88, 0xb5 };
	struct pollfd ready = { .fd = seen, .events = POLLIN };

	set(&cut, &mac, 1);
	send_text(udp_socket(world->sender, "10.0.0.1", 0), "x", 7);
	send_text(udp_socket(world->sender, "fd00::3", 0), "x", 7);
	expect(send(marks, mark, sizeof(mark), 0) == sizeof(mark));
	expect(poll(&ready, 1, 5000) == 1);
	expect(recv(at, mark, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN);
	expect(recv(at6, mark, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN);

	set(&cut, NULL, 0);
	send_text(udp_socket(world->sender, "10.0.0.1", 0), "now", 7);
	expect(strcmp(receive_text(at), "now") == 0);
}

Test(partition, by_mac_cuts_what_is_ip_and_nothing_else)
{
	in_world(by_mac);
}

/* ---- Many, and what is left ---- */

static void many(struct world *world)
{
	enum { COUNT = 6000 };
	struct nst_partition cut = { .ifindex = world->ifindex };
	struct nst_sender *senders = calloc(COUNT, sizeof(*senders));

	for (size_t i = 0; i < COUNT; i++) {
		senders[i] = i % 4 ? ipv4_1 : ipv6_1;
		senders[i].bytes[i % 4 ? 1 : 13] = 9;
		senders[i].bytes[2] = (unsigned char)(i >> 8);
		senders[i].bytes[3] = (unsigned char)i;
	}
	senders[COUNT - 2] = ipv4_1;
	senders[COUNT - 1] = ipv6_1;

	set(&cut, senders, COUNT);
	expect(cut.filters > 1);
	expect(strcmp(heard(world, "10.0.0.1", "10.0.0.3"), "other") == 0);
	expect(strcmp(heard(world, "fd00::1", "fd00::3"), "other") == 0);

	set(&cut, senders, 1); /* 10.9... only: what is too much goes */
	expect(cut.filters == 1);
	expect(hears_all(world));
}

Test(partition, of_thousands_of_senders_cuts_the_last_as_well)
{
	in_world(many);
}

static void what_is_left(struct world *world)
{
	struct nst_partition cut = { .ifindex = world->ifindex };
	char before[4096];

	strcpy(before,
	       output_of("tc qdisc show dev r0; tc filter show dev r0 ingress"));
	set(&cut, NULL, 0);
	set(&cut, &ipv4_1, 1);
	expect(strcmp(output_of("tc qdisc show dev r0"), before) != 0);
	set(&cut, NULL, 0);
	expect(strcmp(output_of("tc qdisc show dev r0; tc filter show dev r0 ingress"),
		      before) == 0);
	expect(cut.filters == 0 && !cut.own_qdisc);
}

Test(partition, takes_away_all_that_it_added)
{
	in_world(what_is_left);
}

static const char add_filter[] = "tc filter add dev r0 ingress protocol ip u32 "
				 "match ip src 10.0.0.9/32 classid 1:1";

static void what_others_have(struct world *world)
{
	struct nst_partition cut = { .ifindex = world->ifindex };
	const char *list = "tc qdisc show dev r0; tc filter show dev r0 ingress";
	char before[4096];

	shell("tc qdisc add dev r0 clsact");
	shell(add_filter);
	strcpy(before, output_of(list));
	set(&cut, &ipv4_1, 1);
	expect(strcmp(heard(world, "10.0.0.1", "10.0.0.3"), "other") == 0);
	set(&cut, NULL, 0);
	expect(strcmp(output_of(list), before) == 0);
}

Test(partition, leaves_what_others_had_before)
{
	in_world(what_others_have);
}

static void what_others_add(struct world *world)
{
	struct nst_partition cut = { .ifindex = world->ifindex };

	set(&cut, &ipv4_1, 1);
	shell(add_filter);
	set(&cut, NULL, 0);
	expect(strstr(output_of("tc filter show dev r0 ingress"), "0a000009/ffffffff"));
	expect(!strstr(output_of("tc filter show dev r0 ingress"), "bpf"));
}

Test(partition, leaves_what_others_added_meanwhile)
{
	in_world(what_others_add);
}

/* ---- Mistakes ---- */

static void mistakes(struct world *world)
{
	struct nst_partition cut = { .ifindex = 77 };
	const struct nst_sender odd = { AF_UNIX, { 0 } };

	expect(nst_partition_set(&cut, &ipv4_1, 1) == -ENODEV);
	expect_that(strcmp(nst_error(),
			   "cutting 1 senders from interface 77: No such device") == 0,
		    __FILE__, __LINE__, nst_error());

	cut.ifindex = world->ifindex;
	expect(nst_partition_set(&cut, &odd, 1) == -EAFNOSUPPORT);
	expect(strcmp(nst_error(),
		      "a sender has an IPv4, IPv6 or MAC address, not one of "
		      "family 1") == 0);
	expect(hears_all(world));
}

Test(partition, of_nothing_known_is_refused_with_a_sentence)
{
	in_world(mistakes);
}
