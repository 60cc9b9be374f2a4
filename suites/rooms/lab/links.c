/* SPDX-License-Identifier: MIT */
/* Links carry packets from the first one on, the way the plan says. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nstest/error.h>

#include "say.h"

static const struct nst_topology pair = {
	.links =
		(struct nst_link[]){
			{
				.a = { "client", "10.0.0.1/24, fd00::1/64" },
				.b = { "server", "10.0.0.2/24, fd00::2/64" },
			},
			{} },
};

/* One lost SYN costs a second: over 100 fresh labs none may be lost. */
Test(links, carry_the_very_first_packet)
{
	for (int i = 0; i < 100; i++) {
		struct nst_lab *lab nst_autodown = must_be_up(&pair);

		cr_assert_eq(talk(lab, "client", "server", "10.0.0.2"), 0);
		cr_assert_eq(talk(lab, "server", "client", "fd00::1"), 0);
	}
}

static const struct nst_topology routed = {
	.hosts = (struct nst_host[]){ { "r1", NST_ROUTER }, { "r2", NST_ROUTER }, {} },
	.links = (struct nst_link[]){ { .a = { "a", "10.1.0.2/24, fd01::2/64" },
					.b = { "r1", "10.1.0.1/24, fd01::1/64" } },
				      { .a = { "r1", "10.2.0.1/24, fd02::1/64" },
					.b = { "r2", "10.2.0.2/24, fd02::2/64" } },
				      { .a = { "r2", "10.3.0.1/24, fd03::1/64" },
					.b = { "b", "10.3.0.2/24, fd03::2/64" } },
				      {} },
};

Test(links, cross_two_routers)
{
	struct nst_lab *lab nst_autodown = must_be_up(&routed);

	cr_assert_eq(talk(lab, "a", "b", "10.3.0.2"), 0);
	cr_assert_eq(talk(lab, "b", "a", "fd01::2"), 0);
	cr_assert_eq(talk(lab, "a", "r2", "10.2.0.2"), 0);
}

static const struct nst_topology switched = {
	.hosts = (struct nst_host[]){ { "s1", NST_SWITCH }, { "s2", NST_SWITCH }, {} },
	.links =
		(struct nst_link[]){
			{ .a = { "a", "10.0.0.1/24, fd00::1/64" }, .b = { "s1" } },
			{ .a = { "b", "10.0.0.2/24, fd00::2/64" }, .b = { "s1" } },
			{ .a = { "s1" }, .b = { "s2" } },
			{ .a = { "c", "10.0.0.3/24, fd00::3/64" }, .b = { "s2" } },
			{} },
};

Test(links, cross_two_switches)
{
	struct nst_lab *lab nst_autodown = must_be_up(&switched);

	cr_assert_eq(talk(lab, "a", "b", "10.0.0.2"), 0);
	cr_assert_eq(talk(lab, "a", "c", "10.0.0.3"), 0);
	cr_assert_eq(talk(lab, "c", "b", "fd00::2"), 0);
}

static const struct nst_topology translated = {
	.hosts = (struct nst_host[]){ { "gate", NST_NAT_ROUTER }, {} },
	.links = (struct nst_link[]){ { .a = { "inside", "192.168.1.2/24, fd01::2/64" },
					.b = { "gate", "192.168.1.1/24, fd01::1/64" } },
				      { .a = { "gate", "203.0.113.1/24, fd02::1/64" },
					.b = { "outside",
					       "203.0.113.2/24, fd02::2/64" } },
				      {} },
};

Test(links, leave_a_nat_router_and_do_not_enter_it)
{
	struct nst_lab *lab nst_autodown = must_be_up(&translated);

	cr_assert_eq(talk(lab, "inside", "outside", "203.0.113.2"), 0);
	cr_assert_eq(talk(lab, "inside", "outside", "fd02::2"), 0);
	cr_assert_eq(talk(lab, "outside", "inside", "192.168.1.2"), -ENETUNREACH);
}

Test(links, have_the_mac_the_mtu_and_the_name_asked_for)
{
	const struct nst_topology topology = {
		.links = (struct nst_link[]){ {
						      .a = { "a", "10.0.0.1/24", "wan0",
							     "02:00:00:00:be:ef" },
						      .b = { "b", "10.0.0.2/24" },
						      .mtu = 9000,
					      },
					      {} },
	};
	struct nst_lab *lab nst_autodown = must_be_up(&topology);

	cr_expect(eq(str, (char *)says(lab, "a", "cat /sys/class/net/wan0/address"),
		     "02:00:00:00:be:ef"));
	cr_expect(
		eq(str, (char *)says(lab, "a", "cat /sys/class/net/wan0/mtu"), "9000"));
	cr_expect(
		eq(str, (char *)says(lab, "b", "cat /sys/class/net/eth0/mtu"), "9000"));
}

/* What a host knows of its network: all that a link that was down must give back. */
static char *knowledge(struct nst_lab *lab, const char *host)
{
	return strdup(says(lab, host,
			   "ip -o addr show scope global | cut -d'\\' -f1; ip route; "
			   "ip -6 route | grep -v fe80"));
}

Test(links, are_taken_down_and_up_again)
{
	struct nst_lab *lab nst_autodown = must_be_up(&routed);
	char *before = knowledge(lab, "r1"), *after;

	cr_assert_eq(nst_link_down(lab, "r2", "r1"), 0, "%s", nst_error());
	cr_expect_lt(talk(lab, "a", "b", "10.3.0.2"), 0);
	cr_assert_eq(nst_link_up(lab, "r1", "r2"), 0, "%s", nst_error());

	after = knowledge(lab, "r1");
	cr_expect(eq(str, after, before));
	cr_expect_eq(talk(lab, "a", "b", "10.3.0.2"), 0);
	cr_expect_eq(talk(lab, "b", "a", "fd01::2"), 0);
	free(before);
	free(after);
}

Test(links, take_a_second_down_or_up_as_nothing)
{
	struct nst_lab *lab nst_autodown = must_be_up(&pair);

	cr_expect_eq(nst_link_up(lab, "client", "server"), 0);
	cr_expect_eq(nst_link_down(lab, "client", "server"), 0);
	cr_expect_eq(nst_link_down(lab, "client", "server"), 0);
	cr_expect_eq(nst_link_up(lab, "client", "server"), 0);
	cr_expect_eq(talk(lab, "client", "server", "10.0.0.2"), 0);
}

Test(links, that_are_not_there_cannot_be_taken_down)
{
	struct nst_lab *lab nst_autodown = must_be_up(&routed);

	cr_expect_eq(nst_link_down(lab, "a", "b"), -ENOENT);
	cr_expect(eq(str, (char *)nst_error(), "no link joins \"a\" and \"b\""));
	cr_expect_eq(nst_link_down(lab, "a", "bb"), -ENOENT);
	cr_expect(eq(str, (char *)nst_error(),
		     "no host \"bb\" (there are b, r1, r2, a)"));
}
