/* SPDX-License-Identifier: MIT */
/* Segments: what frames reach without a router. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "planned.h"

static const struct nst_host two_switches[] = { { "s", NST_SWITCH },
						{ "t", NST_SWITCH },
						{} };

Test(segment, is_a_link_or_what_switches_join)
{
	struct nst_plan *plan =
		plan_of(two_switches, (const struct nst_link[]){ { { "a" }, { "s" } },
								 { { "c" }, { "d" } },
								 { { "b" }, { "t" } },
								 { { "t" }, { "s" } },
								 { { "t" }, { "a" } },
								 {} });
	const struct nst_segment *joined =
		&plan->segments[interface_of(plan, "a")->segment];

	cr_expect(eq(sz, plan->segment_count, 2));
	cr_expect(eq(sz, interface_of(plan, "b")->segment,
		     interface_of(plan, "a")->segment));
	cr_expect(eq(sz, interface_of(plan, "s:eth1")->segment,
		     interface_of(plan, "a")->segment));
	cr_expect(ne(sz, interface_of(plan, "c")->segment,
		     interface_of(plan, "a")->segment));
	cr_assert(eq(sz, joined->interface_count, 3));
	cr_expect(eq(sz, joined->interfaces[0], 0));
	cr_expect(eq(sz, joined->interfaces[1], 4));
	cr_expect(eq(sz, joined->interfaces[2], 9));
	nst_plan_free(plan);
}

Test(segment, may_have_the_addresses_and_macs_of_another)
{
	struct nst_plan *plan = plan_of(
		two_switches,
		(const struct nst_link[]){
			{ { "a", "10.0.0.1/24", .mac = "02:00:00:00:00:01" }, { "s" } },
			{ { "b", "10.0.0.1/24", .mac = "02:00:00:00:00:01" }, { "t" } },
			{ { "c", "10.0.0.1/24", .mac = "02:00:00:00:00:01" }, { "d" } },
			{} });

	cr_expect(eq(sz, plan->segment_count, 3));
	nst_plan_free(plan);
}
