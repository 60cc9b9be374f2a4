/* SPDX-License-Identifier: MIT */
/* Addresses and MTUs that change under connections that live. */
#include <arpa/inet.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "program_lab.h"

static int change(struct nst_lab *lab, enum nst_address_act act, const char *address,
		  unsigned int preferred_s, unsigned int valid_s)
{
	return nst_address_change(
		lab, &(struct nst_address_change){ .host = "client",
						   .act = act,
						   .address = address,
						   .preferred_s = preferred_s,
						   .valid_s = valid_s });
}

/* A datagram to the server that may not be cut into fragments. Return: errno. */
static int send_from(struct nst_lab *lab, const char *address, size_t size)
{
	struct sockaddr_in6 from = { .sin6_family = AF_INET6 };
	struct sockaddr_in6 to = { .sin6_family = AF_INET6, .sin6_port = htons(9) };
	int fd = nst_socket(lab, "client", AF_INET6, SOCK_DGRAM, 0), r;
	const int never_cut = IPV6_PMTUDISC_DO;
	char bytes[2000] = "";

	inet_pton(AF_INET6, address, &from.sin6_addr);
	inet_pton(AF_INET6, "fd00::2", &to.sin6_addr);
	setsockopt(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, &never_cut, sizeof(never_cut));
	r = bind(fd, (struct sockaddr *)&from, sizeof(from)) < 0 ||
			    sendto(fd, bytes, size, 0, (struct sockaddr *)&to,
				   sizeof(to)) < 0
		    ? errno
		    : 0;
	close(fd);
	return r;
}

/* RFC 4192: the new address comes, the old one is deprecated, then it goes. */
Test(address, a_network_is_renumbered)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);
	const char *source = "ip -6 route get fd00::2 | grep -o 'src [^ ]*'";

	cr_expect_str_eq(says(lab, "client", source), "src fd00::1");
	must(change(lab, NST_ADDRESS_ADD, "fd00::7/64", 0, 0));
	must(change(lab, NST_ADDRESS_DEPRECATE, "fd00::1/64", 0, 0));
	cr_expect_str_eq(says(lab, "client", source), "src fd00::7");
	cr_expect_eq(send_from(lab, "fd00::1", 100), 0);
	must(change(lab, NST_ADDRESS_REMOVE, "fd00::1/64", 0, 0));
	cr_expect_eq(send_from(lab, "fd00::1", 100), EADDRNOTAVAIL);
	cr_expect_eq(send_from(lab, "::", 100), 0);
}

Test(address, has_its_lifetimes)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);

	must(change(lab, NST_ADDRESS_ADD, "fd00::7/64", 100, 5000));
	cr_expect_str_eq(says(lab, "client",
			      "ip address show to fd00::7 | grep -o '[^ ]*_lft [^ ]*'"),
			 "valid_lft 5000sec\npreferred_lft 100sec");
	must(change(lab, NST_ADDRESS_DEPRECATE, "fd00::7/64", 0, 400));
	cr_expect_str_eq(says(lab, "client",
			      "ip address show to fd00::7 | grep -o '[^ ]*_lft [^ ]*'"),
			 "valid_lft 400sec\npreferred_lft 0sec");
}

/* The kernel takes it away by itself, and tells. */
Test(address, goes_when_it_is_valid_no_longer)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);
	const struct sockaddr_nl group = { .nl_family = AF_NETLINK,
					   .nl_groups = RTMGRP_IPV4_IFADDR };
	struct pollfd news = { .events = POLLIN };
	_Alignas(struct nlmsghdr) char message[8192];
	const struct nlmsghdr *header = (const struct nlmsghdr *)message;

	news.fd = nst_socket(lab, "client", AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	cr_assert_eq(bind(news.fd, (const struct sockaddr *)&group, sizeof(group)), 0);
	must(change(lab, NST_ADDRESS_ADD, "10.0.0.7/24", 0, 1));
	do {
		cr_assert_eq(poll(&news, 1, PATIENCE_MS), 1);
		cr_assert_gt(recv(news.fd, message, sizeof(message), 0), 0);
	} while (header->nlmsg_type != RTM_DELADDR);
	cr_expect_str_eq(says(lab, "client", "ip address show to 10.0.0.7"), "");
	close(news.fd);
}

Test(address, mistakes_are_told)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);

	must_fail(change(lab, NST_ADDRESS_ADD, "10.0.0.1/24", 0, 0), -EEXIST,
		  "eth0 of \"client\" has the address 10.0.0.1/24 already");
	must_fail(change(lab, NST_ADDRESS_REMOVE, "10.0.0.9/24", 0, 0), -EADDRNOTAVAIL,
		  "eth0 of \"client\" has no address 10.0.0.9/24");
	must_fail(change(lab, NST_ADDRESS_DEPRECATE, "fd00::9/64", 0, 0),
		  -EADDRNOTAVAIL, "has no address fd00::9/64");
	must_fail(change(lab, NST_ADDRESS_DEPRECATE, "10.0.0.9/24", 0, 0),
		  -EADDRNOTAVAIL, "has no address 10.0.0.9/24");
	must_fail(change(lab, NST_ADDRESS_ADD, "10.0.0.9", 0, 0), -EINVAL,
		  "\"10.0.0.9\" is no address with its prefix");
	must_fail(change(lab, NST_ADDRESS_ADD, "10.0.0.9/33", 0, 0), -EINVAL,
		  "is no address");
	must_fail(
		nst_address_change(
			lab, &(struct nst_address_change){ .host = "client",
							   .interface = "eth9",
							   .address = "10.0.0.9/24" }),
		-ENOENT, "eth9");
}

static void expect_mtu(const struct nst_topology *topology)
{
	struct nst_lab *lab nst_autodown = must_be_up(topology);

	cr_expect_eq(send_from(lab, "::", 1300), 0);
	must(nst_link_mtu(lab, "client", "server", 1300));
	cr_expect_eq(send_from(lab, "::", 1300), EMSGSIZE);
	cr_expect_str_eq(says(lab, "server", "cat /sys/class/net/eth0/mtu"), "1300");
	cr_expect_geq(talk(lab, "client", "server", "fd00::2"), 0);
	must(nst_link_mtu(lab, "server", "client", 1500));
	cr_expect_eq(send_from(lab, "::", 1300), 0);
}

Test(mtu, drops_and_comes_back)
{
	expect_mtu(&three_hosts);
}

static const struct nst_topology impairable = {
	.links =
		(struct nst_link[]){
			{
				.a = { "client", "10.0.0.1/24, fd00::1/64" },
				.b = { "server", "10.0.0.2/24, fd00::2/64" },
				.impairable = true,
			},
			{} },
};

Test(mtu, of_an_impairable_link)
{
	expect_mtu(&impairable);
}

Test(mtu, mistakes_are_told)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);

	must_fail(nst_link_mtu(lab, "client", "server", 1279), -EINVAL,
		  "an MTU of 1279 bytes: it is 1280 to 65535 with IPv6");
	must_fail(nst_link_mtu(lab, "client", "server", 65536), -EINVAL, "65535");
	must_fail(nst_link_mtu(lab, "client", "alone", 1300), -ENOENT,
		  "no link joins \"client\" and \"alone\"");
}
