/* SPDX-License-Identifier: MIT */
/* Routes, and the paths that packets take by them. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "planned.h"

#define EXPECT_ROUTES(plan, host, routes) \
	cr_expect(eq(str, (char *)routes_of(plan, host), routes), "%s", host)
#define EXPECT_PATH(plan, from, to, path) \
	cr_expect(eq(str, (char *)path_of(plan, from, to), path))

Test(route, is_not_needed_on_one_segment)
{
	struct nst_plan *plan = plan_of(
		NULL, (const struct nst_link[]){
			      { { "a", "10.0.0.1/24" }, { "b", "10.0.0.2/24" } }, {} });

	EXPECT_ROUTES(plan, "a", "");
	EXPECT_PATH(plan, "a", "10.0.0.2", "a:eth0 > b:eth0");
	EXPECT_PATH(plan, "a", "10.0.0.1", "");
	EXPECT_PATH(plan, "a", "127.0.0.9", "");
	EXPECT_PATH(plan, "a", "::1", "");
	EXPECT_PATH(plan, "a", "10.0.0.3",
		    "nobody answers for 10.0.0.3 on the link of a:eth0");
	EXPECT_PATH(plan, "a", "10.1.0.1", "host \"a\" has no route to 10.1.0.1");
	nst_plan_free(plan);
}

/* a - r - q - b, in both families. */
static const struct nst_host chain_hosts[] = { { "r", NST_ROUTER },
					       { "q", NST_ROUTER },
					       {} };
static const struct nst_link chain[] = {
	{ { "a", "10.0.0.2/24, fd00::2/64" }, { "r", "10.0.0.1/24, fd00::1/64" } },
	{ { "r", "10.1.0.1/24, fd01::1/64" }, { "q", "10.1.0.2/24, fd01::2/64" } },
	{ { "q", "10.2.0.1/24, fd02::1/64" }, { "b", "10.2.0.2/24, fd02::2/64" } },
	{},
};

Test(route, leads_across_a_chain_of_routers_in_both_families)
{
	struct nst_plan *plan = plan_of(chain_hosts, chain);

	EXPECT_ROUTES(plan, "a", "default via 10.0.0.1 eth0, default via fd00::1 eth0");
	EXPECT_ROUTES(plan, "b", "default via 10.2.0.1 eth0, default via fd02::1 eth0");
	EXPECT_ROUTES(plan, "r",
		      "10.2.0.0/24 via 10.1.0.2 eth1, fd02::/64 via fd01::2 eth1");
	EXPECT_ROUTES(plan, "q",
		      "10.0.0.0/24 via 10.1.0.1 eth0, fd00::/64 via fd01::1 eth0");
	EXPECT_PATH(plan, "a", "10.2.0.2",
		    "a:eth0 > r:eth0, r:eth1 > q:eth0, q:eth1 > b:eth0");
	EXPECT_PATH(plan, "b", "fd00::2",
		    "b:eth0 > q:eth1, q:eth0 > r:eth1, r:eth0 > a:eth0");
	EXPECT_PATH(plan, "a", "10.1.0.1", "a:eth0 > r:eth0");
	EXPECT_PATH(plan, "a", "10.9.0.1",
		    "a:eth0 > r:eth0, host \"r\" has no route to 10.9.0.1");
	nst_plan_free(plan);
}

Test(route, is_kept_out_of_families_that_are_not_there)
{
	struct nst_plan *plan = plan_of(
		chain_hosts, (const struct nst_link[]){
				     { { "a", "10.0.0.2/24" }, { "r", "10.0.0.1/24" } },
				     { { "r", "fd01::1/64" }, { "b", "fd01::2/64" } },
				     {} });

	EXPECT_ROUTES(plan, "a", "default via 10.0.0.1 eth0");
	EXPECT_ROUTES(plan, "b", "default via fd01::1 eth0");
	EXPECT_ROUTES(plan, "r", "");
	nst_plan_free(plan);
}

Test(route, takes_the_fewest_routers)
{
	/* A triangle of r, q, p; each has a host. */
	static const struct nst_host hosts[] = {
		{ "r", NST_ROUTER }, { "q", NST_ROUTER }, { "p", NST_ROUTER }, {}
	};
	struct nst_plan *plan = plan_of(
		hosts, (const struct nst_link[]){
			       { { "r", "10.1.0.1/30" }, { "q", "10.1.0.2/30" } },
			       { { "q", "10.2.0.1/30" }, { "p", "10.2.0.2/30" } },
			       { { "p", "10.3.0.1/30" }, { "r", "10.3.0.2/30" } },
			       { { "a", "10.4.0.2/24" }, { "r", "10.4.0.1/24" } },
			       { { "b", "10.5.0.2/24" }, { "p", "10.5.0.1/24" } },
			       {} });

	EXPECT_ROUTES(plan, "r",
		      "10.2.0.0/30 via 10.1.0.2 eth0, 10.5.0.0/24 via 10.3.0.1 eth1");
	EXPECT_PATH(plan, "a", "10.5.0.2",
		    "a:eth0 > r:eth2, r:eth1 > p:eth1, p:eth2 > b:eth0");
	EXPECT_PATH(plan, "b", "10.4.0.2",
		    "b:eth0 > p:eth2, p:eth1 > r:eth1, r:eth2 > a:eth0");
	nst_plan_free(plan);
}

Test(route, of_a_host_with_two_routers_differs_from_the_default_only_where_it_must)
{
	static const struct nst_host hosts[] = {
		{ "s", NST_SWITCH }, { "r", NST_ROUTER }, { "q", NST_ROUTER }, {}
	};
	struct nst_plan *plan = plan_of(
		hosts, (const struct nst_link[]){
			       { { "a", "10.0.0.9/24" }, { "s" } },
			       { { "r", "10.0.0.1/24" }, { "s" } },
			       { { "q", "10.0.0.2/24" }, { "s" } },
			       { { "r", "10.1.0.1/24" }, { "b", "10.1.0.2/24" } },
			       { { "q", "10.2.0.1/24" }, { "c", "10.2.0.2/24" } },
			       /* both lead here equally well */
			       { { "r", "10.3.0.1/24" }, { "q", "10.3.0.2/24" } },
			       {} });

	EXPECT_ROUTES(plan, "a",
		      "default via 10.0.0.1 eth0, 10.2.0.0/24 via 10.0.0.2 eth0");
	EXPECT_PATH(plan, "a", "10.2.0.2", "a:eth0 > q:eth0, q:eth1 > c:eth0");
	EXPECT_PATH(plan, "a", "10.3.0.2", "a:eth0 > r:eth0, r:eth2 > q:eth2");
	nst_plan_free(plan);
}

Test(route, of_a_host_with_two_links_leads_out_by_the_right_one)
{
	struct nst_plan *plan = plan_of(
		chain_hosts, (const struct nst_link[]){
				     { { "a", "10.0.0.2/24" }, { "r", "10.0.0.1/24" } },
				     { { "a", "10.1.0.2/24" }, { "q", "10.1.0.1/24" } },
				     { { "r", "10.2.0.1/24" }, { "b", "10.2.0.2/24" } },
				     { { "q", "10.3.0.1/24" }, { "c", "10.3.0.2/24" } },
				     {} });

	EXPECT_ROUTES(plan, "a",
		      "default via 10.0.0.1 eth0, 10.3.0.0/24 via 10.1.0.1 eth1");
	EXPECT_PATH(plan, "a", "10.3.0.2", "a:eth1 > q:eth0, q:eth1 > c:eth0");
	/* a has two links, but it is no router */
	EXPECT_PATH(plan, "b", "10.3.0.2",
		    "b:eth0 > r:eth1, host \"r\" has no route to 10.3.0.2");
	nst_plan_free(plan);
}

Test(route, to_a_part_of_a_larger_subnet_is_written_out)
{
	/* a's own subnet holds c's: without a route of its own, a would ask its link
	 * for c. */
	static const struct nst_host hosts[] = { { "r", NST_ROUTER }, {} };
	struct nst_plan *plan = plan_of(
		hosts, (const struct nst_link[]){
			       { { "a", "10.0.0.2/16" }, { "r", "10.0.0.1/16" } },
			       { { "r", "10.0.7.1/24" }, { "c", "10.0.7.2/24" } },
			       {} });

	EXPECT_ROUTES(plan, "a",
		      "default via 10.0.0.1 eth0, 10.0.7.0/24 via 10.0.0.1 eth0");
	EXPECT_PATH(plan, "a", "10.0.7.2", "a:eth0 > r:eth0, r:eth1 > c:eth0");
	nst_plan_free(plan);
}

Test(route, goes_by_a_router_with_which_a_subnet_is_shared)
{
	static const struct nst_host hosts[] = {
		{ "s", NST_SWITCH }, { "r", NST_ROUTER }, { "q", NST_ROUTER }, {}
	};
	struct nst_plan *plan = plan_of(
		hosts, (const struct nst_link[]){ { { "r", "10.0.0.1/24" }, { "s" } },
						  { { "q", "10.1.0.1/24" }, { "s" } },
						  { { "a", "10.1.0.2/24" }, { "s" } },
						  { { "silent" }, { "s" } },
						  {} });

	EXPECT_ROUTES(plan, "a", "default via 10.1.0.1 eth0");
	EXPECT_ROUTES(plan, "silent", "");
	EXPECT_ROUTES(plan, "r", "");
	nst_plan_free(plan);
}

Test(route, takes_no_link_local_address_for_a_subnet)
{
	static const struct nst_host hosts[] = { { "r", NST_ROUTER }, {} };
	struct nst_plan *plan = plan_of(
		hosts, (const struct nst_link[]){ { { "a", "fe80::2/64" },
						    { "r", "fe80::1/64, fd00::1/64" } },
						  { { "b", "fe80::2/64, fd01::2/64" },
						    { "r", "fe80::1/64, fd01::1/64" } },
						  {} });

	EXPECT_ROUTES(plan, "a", "");
	EXPECT_ROUTES(plan, "b", "default via fd01::1 eth0");
	EXPECT_PATH(plan, "a", "fe80::1", "a:eth0 > r:eth0");
	nst_plan_free(plan);
}

/* Two homes with the same private subnet, behind NAT routers, on a street with a
 * router to the server. */
static const struct nst_host street_hosts[] = {
	{ "street", NST_SWITCH },    { "home1", NST_NAT_ROUTER },
	{ "home2", NST_NAT_ROUTER }, { "isp", NST_ROUTER },
	{ "attic", NST_ROUTER },     {}
};
static const struct nst_link street[] = {
	{ { "a", "192.168.0.2/24" }, { "home1", "192.168.0.1/24" } },
	{ { "b", "192.168.0.2/24" }, { "home2", "192.168.0.1/24" } },
	{ { "home1", "10.7.0.1/24" }, { "attic", "10.7.0.2/24" } },
	{ { "attic", "10.8.0.1/24" }, { "d", "10.8.0.2/24" } },
	{ { "home1", "203.0.113.1/24" }, { "street" } },
	{ { "home2", "203.0.113.2/24" }, { "street" } },
	{ { "isp", "203.0.113.254/24" }, { "street" } },
	{ { "c", "203.0.113.3/24" }, { "street" } },
	{ { "isp", "198.51.100.1/24" }, { "server", "198.51.100.2/24" } },
	{},
};

Test(route, does_not_lead_behind_a_nat_router)
{
	struct nst_plan *plan = plan_of(street_hosts, street);

	EXPECT_ROUTES(plan, "isp", "");
	EXPECT_ROUTES(plan, "server", "default via 198.51.100.1 eth0");
	EXPECT_ROUTES(plan, "c", "default via 203.0.113.254 eth0");
	EXPECT_ROUTES(plan, "home2", "198.51.100.0/24 via 203.0.113.254 eth1");
	EXPECT_PATH(plan, "server", "192.168.0.2",
		    "server:eth0 > isp:eth1, host \"isp\" has no route to 192.168.0.2");
	nst_plan_free(plan);
}

Test(route, leads_out_of_a_nat_router)
{
	struct nst_plan *plan = plan_of(street_hosts, street);

	EXPECT_ROUTES(plan, "a", "default via 192.168.0.1 eth0");
	EXPECT_ROUTES(plan, "b", "default via 192.168.0.1 eth0");
	EXPECT_ROUTES(
		plan, "attic",
		"192.168.0.0/24 via 10.7.0.1 eth0, 198.51.100.0/24 via 10.7.0.1 eth0, "
		"203.0.113.0/24 via 10.7.0.1 eth0");
	EXPECT_ROUTES(plan, "home1",
		      "10.8.0.0/24 via 10.7.0.2 eth1, "
		      "198.51.100.0/24 via 203.0.113.254 eth2");
	EXPECT_PATH(
		plan, "b", "198.51.100.2",
		"b:eth0 > home2:eth0, home2:eth1 > isp:eth0, isp:eth1 > server:eth0");
	EXPECT_PATH(
		plan, "a", "10.8.0.2",
		"a:eth0 > home1:eth0, home1:eth1 > attic:eth0, attic:eth1 > d:eth0");
	EXPECT_PATH(plan, "d", "203.0.113.2",
		    "d:eth0 > attic:eth1, attic:eth0 > home1:eth1, home1:eth2 > "
		    "home2:eth1");
	nst_plan_free(plan);
}

Test(path, stops_where_a_host_would_have_to_forward)
{
	/* By hand: no planned route leads over a plain host. */
	struct nst_plan *plan = plan_of(
		NULL, (const struct nst_link[]){
			      { { "a", "10.0.0.1/24" }, { "b", "10.0.0.2/24" } },
			      { { "b", "10.1.0.1/24" }, { "c", "10.1.0.2/24" } },
			      {} });
	struct nst_route by_b = { .family = plan->interfaces[0].addresses[0].family };
	struct nst_node *a = &plan->nodes[node_of(plan, "a")];

	nst_address_parse("0.0.0.0/0", &by_b.to);
	nst_address_parse("10.0.0.2", &by_b.via);
	a->routes = &by_b;
	a->route_count = 1;

	EXPECT_PATH(plan, "a", "10.1.0.2",
		    "a:eth0 > b:eth0, host \"b\" is no router and does not forward to "
		    "10.1.0.2");
	a->routes = NULL;
	a->route_count = 0;
	nst_plan_free(plan);
}

Test(path, notices_a_loop)
{
	static const struct nst_host hosts[] = { { "r", NST_ROUTER },
						 { "q", NST_ROUTER },
						 {} };
	struct nst_plan *plan =
		plan_of(hosts, (const struct nst_link[]){ { { "r", "10.0.0.1/24" },
							    { "q", "10.0.0.2/24" } },
							  {} });
	struct nst_route routes[2] = { { .interface = 0 }, { .interface = 1 } };

	for (size_t i = 0; i < 2; i++) { /* each points at the other */
		nst_address_parse("0.0.0.0/0", &routes[i].to);
		routes[i].family = routes[i].to.family;
		routes[i].via = plan->interfaces[1 - i].addresses[0];
		plan->nodes[i].routes = &routes[i];
		plan->nodes[i].route_count = 1;
	}

	EXPECT_PATH(plan, "r", "10.9.9.9",
		    "r:eth0 > q:eth0, q:eth0 > r:eth0, r:eth0 > q:eth0, the routes to "
		    "10.9.9.9 "
		    "form a loop");
	for (size_t i = 0; i < 2; i++) {
		plan->nodes[i].routes = NULL;
		plan->nodes[i].route_count = 0;
	}
	nst_plan_free(plan);
}

Test(route, planning_stands_subnets_within_subnets_to_any_depth)
{
	static const char *const addresses =
		"10.255.255.129/25,10.255.255.130/24,10.255.255.131/23,10.255.255.132/"
		"22,"
		"10.255.255.133/21,10.255.255.134/20,10.255.255.135/19,10.255.255.136/"
		"18,"
		"10.255.255.137/17,10.255.255.138/16,10.255.255.139/15,10.255.255.140/"
		"14,"
		"10.255.255.141/13,10.255.255.142/12,10.255.255.143/11,10.255.255.144/"
		"10,"
		"10.255.255.145/9,10.255.255.146/8,10.255.255.147/7,10.255.255.148/6";
	struct nst_plan *plan = plan_of(
		NULL, (const struct nst_link[]){ { { "a", addresses }, { "b" } }, {} });

	EXPECT_PATH(plan, "a", "10.255.255.148", "");
	nst_plan_free(plan);
}

Test(route, stays_with_the_default_when_another_is_no_shorter)
{
	struct nst_plan *plan = plan_of(
		chain_hosts, (const struct nst_link[]){
				     { { "a", "10.0.0.2/24" }, { "r", "10.0.0.1/24" } },
				     { { "a", "10.1.0.2/24" }, { "q", "10.1.0.1/24" } },
				     { { "r", "10.2.0.1/24" }, { "q", "10.2.0.2/24" } },
				     {} });

	EXPECT_ROUTES(plan, "a", "default via 10.0.0.1 eth0");
	EXPECT_PATH(plan, "a", "10.2.0.2", "a:eth0 > r:eth0, r:eth1 > q:eth1");
	nst_plan_free(plan);
}

Test(path, of_a_host_with_one_subnet_on_two_links_takes_the_first)
{
	struct nst_plan *plan = plan_of(
		NULL, (const struct nst_link[]){
			      { { "a", "10.0.0.1/24" }, { "b", "10.0.0.2/24" } },
			      { { "a", "10.0.0.1/24" }, { "c", "10.0.0.2/24" } },
			      {} });

	EXPECT_PATH(plan, "a", "10.0.0.2", "a:eth0 > b:eth0");
	nst_plan_free(plan);
}
