/* SPDX-License-Identifier: MIT */
/* A long chain of routers: the way through is found. */
#include <stdio.h>
#include <stdlib.h>

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
