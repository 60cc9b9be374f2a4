// SPDX-License-Identifier: MIT
// A suite in C++.
#include <nstest/criterion.h>

static const struct nst_link links[] = {
	{ { "client", "10.0.0.1/24" }, { "server", "10.0.0.2/24" } },
	{},
};
static const struct nst_topology two_hosts = { nullptr, links };

NST_TEST(cplusplus, works, .topology = &two_hosts, .timeout_ms = 30000)
{
	must(nst_lab_check(lab));
	nst_expect_open(lab, "client", "server", "tcp/80");
	nst_expect_packets(lab, "server", "tcp port 80", >=, 3);
	nst_expect_eq(1 + 1, 2);
	nst_expect_text("two", "two");
}

static const struct nst_variant networks[] = {
	{ .name = "plain" },
	{ .name = "slow", .a_to_b = "delay 5ms" },
	{},
};

NST_TEST_EACH(cplusplus, works_in_each, networks, .topology = &two_hosts)
{
	nst_expect_open(lab, "client", "server", "tcp/80");
}
