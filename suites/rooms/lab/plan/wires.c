/* SPDX-License-Identifier: MIT */
/* Which links the plan lays through the wire namespace. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <nstest/error.h>
#include <nstest/units.h>

#include "planned.h"

static const struct nst_link links[] = { { .a = { "a", "10.0.0.1/24" },
					   .b = { "b", "10.0.0.2/24" } },
					 { .a = { "a", "10.1.0.1/24" },
					   .b = { "b", "10.1.0.2/24" },
					   .b_to_a = { .loss_ppm = NST_PERCENT(1) } },
					 { .a = { "b", "10.2.0.1/24" },
					   .b = { "c", "10.2.0.2/24" },
					   .impairable = true },
					 { .a = { "c", "10.3.0.1/24" },
					   .b = { "d", "10.3.0.2/24" },
					   .engine = NST_ENGINE_WIRE },
					 {} };

Test(wires, are_links_with_impairments_and_those_that_may_get_some)
{
	struct nst_plan *plan = plan_of(NULL, links);

	cr_expect_eq(plan->wire_count, 3);
	cr_expect_eq(nst_plan_wire(plan, 0), SIZE_MAX);
	cr_expect_eq(nst_plan_wire(plan, 1), 0);
	cr_expect_eq(nst_plan_wire(plan, 2), 1);
	cr_expect_eq(plan->wires[0].impairment[1].loss_ppm, 10000);
	cr_expect_eq(plan->wires[0].impairment[0].loss_ppm, 0);
	cr_expect_not(plan->wires[0].impairable);
	cr_expect(plan->wires[1].impairable);
	cr_expect_eq(plan->wires[2].engine, NST_ENGINE_WIRE);
	nst_plan_free(plan);
}

Test(wires, cost_nothing_where_there_are_none)
{
	const struct nst_link plain[] = {
		{ .a = { "a", "10.0.0.1/24" }, .b = { "b", "10.0.0.2/24" } }, {}
	};
	struct nst_plan *plan = plan_of(NULL, plain);

	cr_expect_null(plan->wires);
	cr_expect_null(plan->wire_of);
	cr_expect_eq(nst_plan_wire(plan, 0), SIZE_MAX);
	nst_plan_free(plan);
}

Test(wires, name_files_so_that_they_are_found_from_elsewhere)
{
	const struct nst_link traced[] = { { .a = { "a", "10.0.0.1/24" },
					     .b = { "b", "10.0.0.2/24" },
					     .a_to_b = { .trace_file =
								 "there.trace" } },
					   {} };
	char folder[] = "/tmp/nstest-wires-XXXXXX", path[64];
	struct nst_plan *plan;

	cr_assert_not_null(mkdtemp(folder));
	cr_assert_eq(chdir(folder), 0);
	fclose(fopen("there.trace", "w"));
	plan = plan_of(NULL, traced);
	snprintf(path, sizeof(path), "%s/there.trace", folder);
	cr_expect(eq(str, (char *)plan->wires[0].impairment[0].trace_file, path));
	nst_plan_free(plan);
	unlink("there.trace");
	rmdir(folder);
}

Test(wires, are_found_by_their_ends)
{
	struct nst_plan *plan = plan_of(NULL, links);
	size_t interface;

	cr_assert_eq(nst_plan_adjacent(plan, "c", "b", &interface), 0);
	cr_expect_eq(interface, 5);
	cr_assert_eq(nst_plan_adjacent(plan, "a:eth1", "b", &interface), 0);
	cr_expect_eq(interface, 2);
	cr_assert_eq(nst_plan_adjacent(plan, "b:eth1", "a", &interface), 0);
	cr_expect_eq(interface, 3);
	cr_expect_eq(nst_plan_adjacent(plan, "a", "b", &interface), -EINVAL);
	cr_expect_eq(nst_plan_adjacent(plan, "a", "c", &interface), -ENOENT);
	cr_expect_eq(nst_plan_adjacent(plan, "a:eth9", "b", &interface), -ENOENT);
	nst_plan_free(plan);
}

Test(wires, with_impossible_impairments_are_refused)
{
	const struct nst_link bad[] = { { .a = { "a", "10.0.0.1/24" },
					  .b = { "b", "10.0.0.2/24" },
					  .b_to_a = { .reorder_ppm = NST_PERCENT(5) } },
					{} };
	const char *complaint = complaint_of(NULL, bad);

	cr_expect_eq(strncmp(complaint, "link 1 (a -- b): b to a: ", 25), 0, "%s",
		     complaint);
}
