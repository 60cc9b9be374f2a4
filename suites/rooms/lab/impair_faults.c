/* SPDX-License-Identifier: MIT */
/* Faults on the links of a lab: they fire, they are counted and awaited, and what did not
 * happen is said. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <base/scope.h>
#include <nstest/error.h>
#include <nstest/impair.h>
#include <nstest/units.h>

#include "say.h"

#define MUST(call) cr_assert_eq(call, 0, "%s: %s", #call, nst_error())
#define SAYS(text) cr_expect(eq(str, (char *)nst_error(), text))

static const struct nst_topology impairable = {
	.links =
		(struct nst_link[]){
			{
				.a = { "client", "10.0.0.1/24, fd00::1/64" },
				.b = { "server", "10.0.0.2/24, fd00::2/64" },
				.impairable = true,
			},
			{} },
};

static const struct nst_fault first_syn_ack = { .match = "syn-ack",
						.nth = 1,
						.action = NST_FAULT_DROP };

Test(impair_faults, the_first_syn_ack_is_lost_and_the_client_survives)
{
	struct nst_lab *lab nst_autodown = must_be_up(&impairable);
	struct nst_fault_counters counters;
	uint32_t id;

	MUST(nst_fault(lab, "server", "client", &first_syn_ack, &id));
	cr_expect_geq(talk(lab, "client", "server", "10.0.0.2"), 0,
		      "SYN or SYN-ACK was sent again");
	MUST(nst_await_fault(lab, id, 1, 0));
	MUST(nst_fault_counters(lab, id, &counters));
	cr_expect_eq(counters.fired, 1);
	cr_expect_geq(counters.matched, 2);
	cr_expect_eq(nst_faults_fired(lab, "server", "client"), 1);
	cr_expect_eq(nst_faults_fired(lab, "client", "server"), 0);
	MUST(nst_lab_faults_check(lab));
}

Test(impair_faults, one_that_was_removed_does_nothing_and_keeps_its_counts)
{
	struct nst_lab *lab nst_autodown = must_be_up(&impairable);
	struct nst_fault every = { .match = "syn", .name = "all SYNs" };
	struct nst_fault_counters counters;
	uint32_t id;

	MUST(nst_fault(lab, "client", "server", &every, &id));
	cr_expect_eq(talk(lab, "client", "server", "10.0.0.2"), 0);
	MUST(nst_fault_remove(lab, id));
	cr_expect_eq(talk(lab, "client", "server", "10.0.0.2"), 0);
	MUST(nst_fault_counters(lab, id, &counters));
	cr_expect_eq(counters.fired, 1);
	cr_expect_eq(nst_fault_remove(lab, id), -ENOENT);
	SAYS("fault #1 (all SYNs) was removed before");
	cr_expect_eq(nst_fault_remove(lab, 77), -ENOENT);
	SAYS("no fault has the number 77");
}

Test(impair_faults, waiting_for_one_that_does_not_fire_ends_with_its_counts)
{
	struct nst_lab *lab nst_autodown = must_be_up(&impairable);
	struct nst_fault second = { .match = "syn", .nth = 2, .name = "2nd SYN" };
	uint32_t id;

	MUST(nst_fault(lab, "client", "server", &second, &id));
	cr_expect_eq(talk(lab, "client", "server", "10.0.0.2"), 0);
	cr_expect_eq(nst_await_fault(lab, id, 1, 20), -ETIMEDOUT);
	SAYS("fault #1 (2nd SYN): after 20 ms it has fired 0 of 1 times; 1 packet "
	     "matched");
}

Test(impair_faults, one_that_makes_no_sense_is_refused)
{
	struct nst_lab *lab nst_autodown = must_be_up(&impairable);
	const struct nst_fault bad = { .match = "tcp port nowhere" };

	cr_expect_eq(nst_fault(lab, "client", "server", &bad, NULL), -EINVAL);
	cr_expect_eq(strncmp(nst_error(), "client -> server: ", 18), 0, "%s",
		     nst_error());
}

/* ---- The self-check ---- */

Test(impair_faults, one_that_never_fired_is_said)
{
	struct nst_lab *lab nst_autodown = must_be_up(&impairable);
	struct nst_fault third = { .match = "syn", .nth = 3, .name = "3rd SYN" };
	struct nst_fault never = { .match = "udp", .name = "UDP" };

	MUST(nst_fault(lab, "client", "server", &third, NULL));
	MUST(nst_fault(lab, "server", "client", &never, NULL));
	cr_expect_eq(talk(lab, "client", "server", "10.0.0.2"), 0);

	cr_expect_eq(nst_lab_faults_check(lab), -ENOMSG);
	SAYS("fault #1 of client -> server (3rd SYN) never fired: 1 packet matched, "
	     "and "
	     "none was chosen; fault #2 of server -> client (UDP) never fired: no "
	     "packet "
	     "matched");
}

Test(impair_faults, one_before_another_may_be_why_that_never_fired)
{
	struct nst_lab *lab nst_autodown = must_be_up(&impairable);
	const struct nst_fault all = { .match = "syn", .action = NST_FAULT_DUPLICATE };
	const struct nst_fault first = { .match = "syn",
					 .nth = 1,
					 .action = NST_FAULT_DUPLICATE,
					 .name = "1st SYN" };

	MUST(nst_fault(lab, "client", "server", &all, NULL));
	MUST(nst_fault(lab, "client", "server", &first, NULL));
	cr_expect_eq(talk(lab, "client", "server", "10.0.0.2"), 0);

	cr_expect_eq(nst_lab_faults_check(lab), -ENOMSG);
	SAYS("fault #2 of client -> server (1st SYN) never fired: 1 packet matched, "
	     "and "
	     "none was chosen, or a fault before it took it");
}

Test(impair_faults, one_that_may_miss_is_not_wrong)
{
	struct nst_lab *lab nst_autodown = must_be_up(&impairable);
	struct nst_fault never = { .match = "udp", .may_miss = true };

	MUST(nst_fault(lab, "server", "client", &never, NULL));
	MUST(nst_lab_faults_check(lab));
}

Test(impair_faults, reports_hold_what_was_asked_against_what_was_done)
{
	const struct nst_impairment slow = { .delay_us = NST_MS(3) };
	struct nst_lab *lab nst_autodown = must_be_up(&impairable);
	struct nst_link_report *links AUTO_FREE = NULL;
	struct nst_fault_report *faults AUTO_FREE = NULL;
	size_t link_count, fault_count;
	char text[512];

	MUST(nst_impair(lab, "client", "server", &slow));
	MUST(nst_fault(lab, "server", "client", &first_syn_ack, NULL));
	cr_assert_geq(talk(lab, "client", "server", "10.0.0.2"), 0);
	MUST(nst_link_reports(lab, &links, &link_count, &faults, &fault_count));

	cr_assert_eq(link_count, 2);
	cr_expect(eq(str, links[0].from, "client"));
	cr_expect(eq(str, links[0].to, "server"));
	cr_expect(links[0].changed);
	cr_expect_gt(links[0].delayed, 0);
	cr_expect_eq(links[0].delay_median_us, 3000);
	cr_expect_geq(links[0].delay_max_us, links[0].delay_p99_us);
	cr_expect_eq(links[0].loss_ppm, 0);
	cr_expect(eq(str, links[1].planned, "none"));
	cr_expect_eq(links[1].delayed, 0);
	cr_expect_gt(links[1].loss_ppm, 0);
	cr_assert_eq(fault_count, 1);
	cr_expect(eq(str, faults[0].from, "server"));
	cr_expect_eq(faults[0].counters.fired, 1);
	cr_expect_gt(nst_link_report_print(&links[1], text, sizeof(text)), 0);
	cr_expect_eq(strncmp(text, "server -> client: none; ", 24), 0, "%s", text);
	cr_expect_not_null(strstr(text, "1 touched by faults"), "%s", text);
}

Test(impair_faults, delays_are_told_by_the_captures_of_both_ends)
{
	const struct nst_impairment slow = { .delay_us = NST_MS(3) };
	const struct nst_lab_options options = { .capture = NST_CAPTURE_ALL };
	struct nst_lab *lab nst_autodown = NULL;
	struct nst_link_report *links AUTO_FREE = NULL;
	size_t count;

	MUST(nst_lab_up(&impairable, &options, &lab));
	MUST(nst_impair(lab, "client", "server", &slow));
	cr_assert_geq(talk(lab, "client", "server", "10.0.0.2"), 0);
	MUST(nst_link_reports(lab, &links, &count, NULL, NULL));

	cr_assert_eq(count, 2);
	cr_expect_geq(links[0].delayed, 3, "SYN, ACK, data");
	cr_expect_gt(links[0].delay_min_us, 3000, "the engine's own time is in it");
	cr_expect_geq(links[1].delayed, 1, "SYN ACK");
	cr_expect_gt(links[1].delay_max_us, 0);
}

Test(impair_faults, a_lab_without_impaired_links_has_nothing_to_report)
{
	const struct nst_topology plain = {
		.links = (struct nst_link[]){ { .a = { "a", "10.0.0.1/24" },
						.b = { "b", "10.0.0.2/24" } },
					      {} },
	};
	struct nst_lab *lab nst_autodown = must_be_up(&plain);
	struct nst_link_report *links AUTO_FREE = NULL;
	size_t count = 1;

	MUST(nst_lab_faults_check(lab));
	MUST(nst_link_reports(lab, &links, &count, NULL, NULL));
	cr_expect_eq(count, 0);
	cr_expect(eq(str, (char *)nst_lab_engine_scheduling(lab), ""));
}
