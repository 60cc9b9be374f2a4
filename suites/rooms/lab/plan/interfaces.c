/* SPDX-License-Identifier: MIT */
/* Hosts and interfaces of a plan: order, names, indices, MAC, MTU, outside. */
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <base/scope.h>

#include "planned.h"

#define HOSTS (const struct nst_host[])
#define LINKS (const struct nst_link[])

Test(plan, has_declared_hosts_first_then_those_that_links_name)
{
	struct nst_plan *plan =
		plan_of(HOSTS{ { "z", NST_ROUTER }, { "alone" }, {} },
			LINKS{ { { "b" }, { "z" } }, { { "a" }, { "b" } }, {} });

	cr_expect(eq(sz, plan->node_count, 4));
	cr_expect(eq(str, plan->nodes[0].name, "z"));
	cr_expect(eq(str, plan->nodes[1].name, "alone"));
	cr_expect(eq(str, plan->nodes[2].name, "b"));
	cr_expect(eq(str, plan->nodes[3].name, "a"));
	cr_expect(eq(int, plan->nodes[0].kind, NST_ROUTER));
	cr_expect(eq(int, plan->nodes[2].kind, NST_HOST));
	nst_plan_free(plan);
}

Test(plan, of_nothing_is_empty)
{
	struct nst_plan *plan = plan_of(NULL, NULL);

	cr_expect(eq(sz, plan->node_count, 0));
	cr_expect(eq(sz, plan->interface_count, 0));
	nst_plan_free(plan);
	nst_plan_free(NULL);
}

Test(plan, copies_all_that_a_host_says)
{
	char sysctl[] = "net.ipv4.tcp_syn_retries=1", bind[] = "/bin/busybox";
	char nameservers[] = "10.0.0.53, fd00::53", path[] = "/srv/root";
	struct nst_plan *plan =
		plan_of(HOSTS{ { .name = "h",
				 .root = NST_ROOT_BIND,
				 .root_path = path,
				 .own_pids = true,
				 .nameservers = nameservers,
				 .binds = (const char *const[]){ bind, NULL },
				 .sysctls = (const char *const[]){ sysctl, NULL } },
			       {} },
			NULL);
	const struct nst_node *node = &plan->nodes[0];

	memset(sysctl, 'x', sizeof(sysctl) - 1);
	memset(bind, 'x', sizeof(bind) - 1);
	memset(nameservers, 'x', sizeof(nameservers) - 1);
	memset(path, 'x', sizeof(path) - 1);

	cr_expect(eq(int, node->root, NST_ROOT_BIND));
	cr_expect(eq(str, node->root_path, "/srv/root"));
	cr_expect(node->own_pids);
	cr_expect(eq(str, node->nameservers, "10.0.0.53, fd00::53"));
	cr_expect(eq(str, node->binds[0], "/bin/busybox"));
	cr_expect(node->binds[1] == NULL);
	cr_expect(eq(str, node->sysctls[0], "net.ipv4.tcp_syn_retries=1"));
	cr_expect(node->sysctls[1] == NULL);
	nst_plan_free(plan);
}

Test(plan, joins_the_two_interfaces_of_a_link)
{
	struct nst_plan *plan =
		plan_of(NULL, LINKS{ { { "a" }, { "b" } }, { { "b" }, { "c" } }, {} });

	for (size_t i = 0; i < plan->interface_count; i++) {
		cr_expect(eq(sz, plan->interfaces[i].link, i / 2));
		cr_expect(eq(sz, plan->interfaces[plan->interfaces[i].peer].peer, i));
		cr_expect(ne(sz, plan->interfaces[i].peer, i));
	}
	cr_expect(eq(sz, plan->interfaces[0].node, node_of(plan, "a")));
	cr_expect(eq(sz, plan->interfaces[3].node, node_of(plan, "c")));
	nst_plan_free(plan);
}

Test(plan, names_interfaces_in_the_order_of_links_around_given_names)
{
	struct nst_plan *plan = plan_of(NULL, LINKS{ { { "r" }, { "a" } },
						     { { "b" }, { "r", NULL, "wan" } },
						     { { "r" }, { "c" } },
						     { { "r", NULL, "eth1" }, { "d" } },
						     {} });
	const struct nst_node *r = &plan->nodes[node_of(plan, "r")];
	static const char *const names[] = { "eth0", "wan", "eth2", "eth1" };

	cr_assert(eq(sz, r->interface_count, 4));
	for (size_t i = 0; i < 4; i++) {
		const struct nst_interface *interface =
			&plan->interfaces[r->interfaces[i]];

		cr_expect(eq(str, (char *)interface->name, (char *)names[i]));
		cr_expect(eq(int, interface->ifindex, 2 + (int)i));
	}
	cr_expect(eq(str, (char *)interface_of(plan, "d:eth0")->name, "eth0"));
	nst_plan_free(plan);
}

Test(plan, leaves_the_first_index_of_a_switch_to_its_bridge)
{
	struct nst_plan *plan =
		plan_of(HOSTS{ { "s", NST_SWITCH }, {} },
			LINKS{ { { "s" }, { "a" } }, { { "b" }, { "s" } }, {} });

	cr_expect(
		eq(int, interface_of(plan, "s:eth0")->ifindex, NST_BRIDGE_IFINDEX + 1));
	cr_expect(
		eq(int, interface_of(plan, "s:eth1")->ifindex, NST_BRIDGE_IFINDEX + 2));
	cr_expect(eq(int, interface_of(plan, "a:eth0")->ifindex, 2));
	nst_plan_free(plan);
}

static int compare_macs(const void *a, const void *b)
{
	return memcmp(a, b, 6);
}

Test(plan, gives_every_interface_a_local_unicast_mac_of_its_own)
{
	enum { COUNT = 2 * 700 };
	struct nst_link *links AUTO_FREE = calloc(COUNT / 2 + 1, sizeof(*links));
	uint8_t macs[COUNT][6];
	struct nst_plan *plan, *again;

	for (size_t i = 0; i < COUNT / 2; i++)
		links[i] = (struct nst_link){ { "a" }, { "b" } };
	plan = plan_of(NULL, links);
	again = plan_of(NULL, links);

	for (size_t i = 0; i < COUNT; i++) {
		memcpy(macs[i], plan->interfaces[i].mac, 6);
		cr_assert(eq(int, macs[i][0] & 3, 2));
		cr_assert(memcmp(macs[i], again->interfaces[i].mac, 6) == 0);
	}
	qsort(macs, COUNT, 6, compare_macs);
	for (size_t i = 1; i < COUNT; i++)
		cr_assert(memcmp(macs[i - 1], macs[i], 6) != 0);
	nst_plan_free(plan);
	nst_plan_free(again);
}

Test(plan, takes_mac_and_mtu_as_given)
{
	struct nst_plan *plan = plan_of(
		NULL, LINKS{ { { "a", .mac = "0A:00:27:00:fe:01" }, { "b" }, 9000 },
			     { { "a" }, { "b" } },
			     { { "a" }, { "b" }, 68 },
			     { { "a" }, { "b" }, 65535 },
			     {} });
	static const uint8_t mac[6] = { 0x0a, 0, 0x27, 0, 0xfe, 1 };

	cr_expect(memcmp(plan->interfaces[0].mac, mac, 6) == 0);
	cr_expect(eq(uint, plan->interfaces[0].mtu, 9000));
	cr_expect(eq(uint, plan->interfaces[1].mtu, 9000));
	cr_expect(eq(uint, plan->interfaces[2].mtu, 1500));
	cr_expect(eq(uint, plan->interfaces[4].mtu, 68));
	cr_expect(eq(uint, plan->interfaces[7].mtu, 65535));
	nst_plan_free(plan);
}

/* The outside of NAT router "n" (links to a, b, c) when the topology says `outside`. */
static const char *outside_when(const char *outside)
{
	static char name[16];
	struct nst_plan *plan =
		plan_of(HOSTS{ { "n", NST_NAT_ROUTER, .outside = outside }, {} },
			LINKS{ { { "n" }, { "a" } },
			       { { "n", NULL, "up" }, { "b" } },
			       { { "n" }, { "c" } },
			       {} });

	strcpy(name, plan->interfaces[plan->nodes[0].outside].name);
	cr_expect(eq(sz, plan->nodes[node_of(plan, "a")].outside, SIZE_MAX));
	nst_plan_free(plan);
	return name;
}

Test(plan, finds_the_outside_by_interface_by_neighbour_or_as_the_last)
{
	cr_expect(eq(str, (char *)outside_when("up"), "up"));
	cr_expect(eq(str, (char *)outside_when("eth0"), "eth0"));
	cr_expect(eq(str, (char *)outside_when("b"), "up"));
	cr_expect(eq(str, (char *)outside_when("a"), "eth0"));
	cr_expect(eq(str, (char *)outside_when(NULL), "eth1"));
}

Test(plan, is_asked_for_hosts_and_interfaces_by_name)
{
	struct nst_plan *plan =
		plan_of(NULL, LINKS{ { { "a" }, { "b" } }, { { "c" }, { "b" } }, {} });

	cr_expect(eq(sz, node_of(plan, "b"), 1));
	cr_expect(interface_of(plan, "b") == &plan->interfaces[1]);
	cr_expect(interface_of(plan, "b:eth1") == &plan->interfaces[3]);
	nst_plan_free(plan);
}

Test(plan, writes_one_hosts_file_for_all)
{
	struct nst_plan *plan =
		plan_of(NULL, LINKS{ { { "client", "10.0.0.1/24, fd00::1/64" },
				       { "server", "10.0.0.2/24" } },
				     { { "server", "10.1.0.1/24" }, { "silent" } },
				     {} });
	char *text AUTO_FREE = nst_plan_hosts_file(plan);

	cr_expect(eq(str, text,
		     "127.0.0.1\tlocalhost\n"
		     "::1\tlocalhost ip6-localhost ip6-loopback\n"
		     "10.0.0.1\tclient\n"
		     "fd00::1\tclient\n"
		     "10.0.0.2\tserver\n"
		     "10.1.0.1\tserver\n"));
	nst_plan_free(plan);
}
