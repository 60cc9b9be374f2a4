/* SPDX-License-Identifier: MIT */
/* Large plans cost what they should: nearly linear, and no surprise in odd shapes. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <base/scope.h>

#include "planned.h"

/* A topology that is grown by hand: names and addresses live as long as it does. */
struct grown {
	struct nst_host hosts[64];
	struct nst_link links[4096];
	size_t host_count, link_count;
	char text[65536][24];
	size_t text_count;
};

static const char *text(struct grown *grown, const char *format, size_t a, size_t b)
{
	char *made = grown->text[grown->text_count++];

	cr_assert(lt(sz, grown->text_count, 65536));
	snprintf(made, sizeof(grown->text[0]), format, a, b);
	return made;
}

static void add_link(struct grown *grown, struct nst_end a, struct nst_end b)
{
	grown->links[grown->link_count++] = (struct nst_link){ a, b };
}

static void add_host(struct grown *grown, const char *name, enum nst_host_kind kind)
{
	grown->hosts[grown->host_count++] = (struct nst_host){ name, kind };
}

static void grow_pairs(struct grown *grown, size_t hosts)
{
	for (size_t i = 0; i < hosts / 2; i++)
		add_link(grown,
			 (struct nst_end){ text(grown, "a%zu", i, 0),
					   "10.0.0.1/24, fd00::1/64" },
			 (struct nst_end){ text(grown, "b%zu", i, 0),
					   "10.0.0.2/24, fd00::2/64" });
}

/* Hosts on as many switches as are needed, all one segment, with a router. */
static void grow_star(struct grown *grown, size_t hosts)
{
	add_host(grown, "r", NST_ROUTER);
	for (size_t i = 0; i < hosts; i++) {
		const char *name = text(grown, "s%zu", i / 1000, 0);

		if (i % 1000 == 0)
			add_host(grown, name, NST_SWITCH);
		if (i % 1000 == 0 && i > 0)
			add_link(grown, (struct nst_end){ "s0" },
				 (struct nst_end){ name });
		add_link(grown,
			 (struct nst_end){
				 text(grown, "h%zu", i, 0),
				 text(grown, "10.0.%zu.%zu/16", i / 200, i % 200 + 2) },
			 (struct nst_end){ name });
	}
	add_link(grown, (struct nst_end){ "r", "10.0.0.1/16" },
		 (struct nst_end){ "s0" });
	add_link(grown, (struct nst_end){ "r", "10.1.0.1/16" },
		 (struct nst_end){ "far", "10.1.0.2/16" });
}

/* Each host on a link of its own to the one router. */
static void grow_hub(struct grown *grown, size_t hosts)
{
	add_host(grown, "r", NST_ROUTER);
	for (size_t i = 0; i < hosts; i++)
		add_link(grown,
			 (struct nst_end){
				 text(grown, "h%zu", i, 0),
				 text(grown, "10.%zu.%zu.2/24", i / 200, i % 200) },
			 (struct nst_end){ "r", text(grown, "10.%zu.%zu.1/24", i / 200,
						     i % 200) });
}

/* Routers in a row, hosts shared among them. */
static void grow_chain(struct grown *grown, size_t hosts)
{
	for (size_t i = 0; i < 30; i++)
		add_host(grown, text(grown, "r%zu", i, 0), NST_ROUTER);
	for (size_t i = 1; i < 30; i++)
		add_link(grown,
			 (struct nst_end){ grown->hosts[i - 1].name,
					   text(grown, "172.16.%zu.%zu/24", i, 1) },
			 (struct nst_end){ grown->hosts[i].name,
					   text(grown, "172.16.%zu.%zu/24", i, 2) });
	for (size_t i = 0; i < hosts; i++)
		add_link(grown,
			 (struct nst_end){
				 text(grown, "h%zu", i, 0),
				 text(grown, "10.%zu.%zu.2/24", i / 200, i % 200) },
			 (struct nst_end){
				 grown->hosts[i % 30].name,
				 text(grown, "10.%zu.%zu.1/24", i / 200, i % 200) });
}

typedef void grow_fn(struct grown *grown, size_t hosts);

static double cpu_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* The least of five, so that a busy machine does not matter. */
static double cost_ms(grow_fn *grow, size_t hosts)
{
	struct grown *grown AUTO_FREE = calloc(1, sizeof(*grown));
	double least = 1e9, before, took;

	grow(grown, hosts);
	for (int i = 0; i < 5; i++) {
		before = cpu_ms();
		nst_plan_free(plan_of(grown->hosts, grown->links));
		took = cpu_ms() - before;
		least = took < least ? took : least;
	}
	return least;
}

/* Ten times the hosts at most fifteen times the cost: sorting costs a little more than
 * its share, a quadratic step would make it a hundred times. */
static void expect_linear(const char *shape, grow_fn *grow, double most)
{
	double small = cost_ms(grow, 200), large = cost_ms(grow, 2000);

	cr_expect(lt(dbl, large / small, most),
		  "%s: 200 hosts %.3f ms, 2000 hosts %.3f ms", shape, small, large);
}

Test(plan, of_ten_times_the_hosts_costs_about_ten_times_as_much)
{
	expect_linear("pairs", grow_pairs, 20);
	expect_linear("star", grow_star, 20);
}

Test(plan, of_many_subnets_costs_what_its_routes_do)
{
	/* One router and n subnets: n searches that end at once. A route for each of 30
	 * routers to each subnet: 30 × n. */
	expect_linear("hub", grow_hub, 100);
	expect_linear("chain", grow_chain, 20);
}

Test(plan, of_a_chain_leads_from_end_to_end)
{
	struct grown *grown AUTO_FREE = calloc(1, sizeof(*grown));
	struct nst_address last;
	struct nst_hop *hops AUTO_FREE = NULL;
	struct nst_plan *plan;
	size_t count = 0;

	grow_chain(grown, 300);
	plan = plan_of(grown->hosts, grown->links);

	/* h29 is at r29, h0 at r0 */
	nst_address_parse("10.0.29.2", &last);
	cr_expect(eq(int,
		     nst_plan_path(plan, node_of(plan, "h0"), &last, &hops, &count),
		     31));
	cr_expect(eq(sz, plan->interfaces[hops[30].in].node, node_of(plan, "h29")));
	nst_plan_free(plan);
}
