/* SPDX-License-Identifier: MIT */
/* How far a packet came, from sightings in any order. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include <trail.h>

#include "world.h"

static struct nst_plan *plan_of(const struct nst_topology *topology)
{
	struct nst_plan *plan = NULL;

	cr_assert_eq(nst_plan_make(topology, &plan), 0);
	return plan;
}

static size_t node(const struct nst_plan *plan, const char *name)
{
	size_t found = SIZE_MAX;

	cr_assert_eq(nst_plan_node(plan, name, &found), 0);
	return found;
}

/* "a:eth0>" leaves, ">b:eth0" arrives, "~c:eth0" is flooded past. */
static struct sighting seen(const struct nst_plan *plan, enum leg leg, const char *text)
{
	struct sighting sighting = { .leg = leg };
	char where[32];
	size_t interface, length;

	sighting.passing = *text == '>'   ? PASSING_IN
			   : *text == '~' ? PASSING_ASIDE
					  : PASSING_OUT;
	snprintf(where, sizeof(where), "%s", text + (sighting.passing != PASSING_OUT));
	length = strlen(where);
	if (where[length - 1] == '>')
		where[length - 1] = '\0';
	if (strstr(where, ":lo")) {
		*strchr(where, ':') = '\0';
		sighting.node = node(plan, where);
		sighting.ifindex = LOOPBACK_IFINDEX;
		return sighting;
	}
	if (strstr(where, ":tun")) {
		*strchr(where, ':') = '\0';
		sighting.node = node(plan, where);
		sighting.ifindex = 99;
		return sighting;
	}
	cr_assert_eq(nst_plan_interface(plan, where, &interface), 0, "%s", where);
	sighting.node = plan->interfaces[interface].node;
	sighting.ifindex = plan->interfaces[interface].ifindex;
	return sighting;
}

enum { STEPS = 12 };

struct walk_case {
	const char *steps[STEPS];
	const char
		*end; /* "-": never left; "x": inside x; "x>": behind x on the link */
	bool outside, gap;
};

/* s: eth0 to a, eth1 to c, eth2 to r; r: eth0 to s, eth1 to b */
static const struct walk_case cases[] = {
	{ { NULL }, "-", false, false },
	{ { "a:eth0>" }, "a>", false, false },
	{ { "a:eth0>", ">s:eth0" }, "s", false, false },
	{ { "a:eth0>", ">s:eth0", "s:eth2>" }, "s>", false, false },
	{ { "a:eth0>", ">s:eth0", "s:eth2>", ">r:eth0" }, "r", false, false },
	{ { "a:eth0>", ">s:eth0", "s:eth2>", ">r:eth0", "r:eth1>", ">b:eth0" },
	  "b",
	  false,
	  false },
	/* in the order in which sockets happened to be read */
	{ { ">b:eth0", ">r:eth0", "r:eth1>", "s:eth2>", ">s:eth0", "a:eth0>" },
	  "b",
	  false,
	  false },
	/* flooded: c's copy leads nowhere */
	{ { "a:eth0>", ">s:eth0", "s:eth1>", "s:eth2>", "~c:eth0", ">r:eth0" },
	  "r",
	  false,
	  false },
	{ { "a:eth0>", ">s:eth0", "s:eth1>", "~c:eth0" }, "s", false, false },
	/* sent twice: the copy that came further counts */
	{ { "a:eth0>", ">s:eth0", "a:eth0>", ">s:eth0", "s:eth2>", ">r:eth0" },
	  "r",
	  false,
	  false },
	{ { "a:lo>", ">a:lo" }, "a", false, false },
	{ { "a:tun>" }, "a>", true, false },
	/* seen at b, and how it came there was not */
	{ { "a:eth0>", ">s:eth0", ">b:eth0" }, "s", false, true },
};

Test(trail, ends_where_the_next_sighting_is_missing)
{
	struct nst_plan *plan = plan_of(&routed);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct walk_case *walk = &cases[i];
		struct sighting list[STEPS];
		struct sightings all = { .list = list };
		struct trail_end end;
		char got[80];

		for (; walk->steps[all.count]; all.count++)
			list[all.count] = seen(plan, LEG_SYN, walk->steps[all.count]);
		end = trail_follow(plan, &all, LEG_SYN, node(plan, "a"));
		snprintf(got, sizeof(got), "%s%s",
			 end.any ? plan->nodes[end.node].name : "-",
			 end.leaving ? ">" : "");
		cr_expect_str_eq(got, walk->end, "case %zu: %s", i, got);
		cr_expect_eq(end.outside, walk->outside, "case %zu", i);
		cr_expect_eq(end.gap, walk->gap, "case %zu", i);
	}
	nst_plan_free(plan);
}

Test(trail, of_another_leg_does_not_count)
{
	struct nst_plan *plan = plan_of(&direct);
	struct sighting list[] = { seen(plan, LEG_SYN, "a:eth0>"),
				   seen(plan, LEG_SYN_ACK, ">b:eth0") };
	const struct sightings all = { .list = list, .count = 2 };

	cr_expect(trail_follow(plan, &all, LEG_SYN, node(plan, "a")).leaving);
	nst_plan_free(plan);
}

Test(trail, begins_where_it_left_without_having_come_in)
{
	struct nst_plan *plan = plan_of(&routed);
	struct sighting list[] = { seen(plan, LEG_ERROR_BACK, ">a:eth0"),
				   seen(plan, LEG_ERROR_BACK, "s:eth0>"),
				   seen(plan, LEG_ERROR_BACK, ">s:eth2"),
				   seen(plan, LEG_ERROR_BACK, "r:eth0>") };
	const struct sightings all = { .list = list, .count = 4 };

	cr_expect_eq(trail_source(&all, LEG_ERROR_BACK)->node, node(plan, "r"));
	cr_expect_null(trail_source(&all, LEG_SYN));
	nst_plan_free(plan);
}

Test(trail, is_told_in_the_order_of_the_way)
{
	struct nst_plan *plan = plan_of(&direct);
	struct sighting list[] = { seen(plan, LEG_SYN_ACK, ">a:eth0"),
				   seen(plan, LEG_SYN, ">b:eth0"),
				   seen(plan, LEG_SYN_ACK, "b:eth0>"),
				   seen(plan, LEG_SYN, "a:eth0>") };
	const struct sightings all = { .list = list, .count = 4 };
	static const uint16_t wanted[] = { 3, 1, 2, 0 };
	uint16_t order[SIGHTINGS_MAX];

	cr_assert_eq(trail_order(plan, &all, order), 4U);
	cr_expect_arr_eq(order, wanted, sizeof(wanted));
	nst_plan_free(plan);
}
