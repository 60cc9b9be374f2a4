/* SPDX-License-Identifier: MIT */
/* Somebody else's suite, with the installed headers. */
#include <nstest/criterion.h>

static const struct nst_topology two_hosts = {
	.links =
		(struct nst_link[]){
			{
				.a = { .host = "client", .addresses = "10.0.0.1/24" },
				.b = { .host = "server", .addresses = "10.0.0.2/24" },
			},
			{ .mtu = 0 } },
};

NST_TEST(outside, is_reachable, .topology = &two_hosts)
{
	nst_expect_open(lab, "client", "server", "tcp/80");
}
