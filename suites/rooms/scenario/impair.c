/* SPDX-License-Identifier: MIT */
/* What impairments, faults and timelines of a scenario become. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "right.h"

#define TWO                                                                   \
	"hosts:\n"                                                            \
	"  a: {address: 10.0.0.1/24}\n"                                       \
	"  b: {address: 10.0.0.2/24, run: {command: sleep 9, name: fault}}\n" \
	"links: [a -- b]\n"

static const struct nst_link *link_of(const struct nst_scenario *scenario,
				      size_t number)
{
	return &scenario->cases[number].setup->topology.links[0];
}

/* ---- Links ---- */

Test(scenario_impair, a_link_is_impaired_by_direction)
{
	struct nst_scenario *scenario = right("links:\n"
					      "  - link: a -- b\n"
					      "    engine: wire\n"
					      "    impair: {b -> a: {delay: 20ms ±5ms "
					      "normal, loss: 1%}, a -> b: rate 1mbit}\n"
					      "steps: []\n");
	const struct nst_link *link = link_of(scenario, 0);

	cr_expect_eq(link->engine, NST_ENGINE_WIRE);
	cr_expect_eq(link->a_to_b.rate_bps, 1000000);
	cr_expect_eq(link->a_to_b.delay_us, 0);
	cr_expect_eq(link->b_to_a.delay_us, 20000);
	cr_expect_eq(link->b_to_a.jitter_us, 5000);
	cr_expect_eq(link->b_to_a.distribution, NST_NORMAL);
	cr_expect_eq(link->b_to_a.loss_ppm, 10000);
	cr_expect_not(link->impairable);
	nst_scenario_free(scenario);
}

Test(scenario_impair, without_directions_a_link_is_impaired_both_ways)
{
	struct nst_scenario *scenario = right(
		"links: [{link: a -- b, impairable: true, impair: {delay: 3ms}}]\n"
		"steps: []\n");
	const struct nst_link *link = link_of(scenario, 0);

	cr_expect_eq(link->a_to_b.delay_us, 3000);
	cr_expect_eq(link->b_to_a.delay_us, 3000);
	cr_expect(link->impairable);
	nst_scenario_free(scenario);
}

/* The first named is the user, in whichever order the link has them. */
Test(scenario_impair, each_direction_gets_its_half_of_a_preset)
{
	struct nst_scenario *one =
		right("links: [{link: user -- net, impair: preset dsl}]\nsteps: []\n");
	struct nst_scenario *other = right(
		"links: [{link: net -- user, impair: {user -- net: {preset: dsl}}}]\n"
		"steps: []\n");
	struct nst_impairment up, down;
	char *store;

	cr_assert_eq(nst_impairment_parse("preset dsl up", &up, &store, NULL), 0);
	cr_assert_eq(nst_impairment_parse("preset dsl down", &down, &store, NULL), 0);

	cr_expect_neq(up.rate_bps, down.rate_bps);
	cr_expect_eq(link_of(one, 0)->a_to_b.rate_bps, up.rate_bps);
	cr_expect_eq(link_of(one, 0)->b_to_a.rate_bps, down.rate_bps);
	cr_expect_eq(link_of(other, 0)->a_to_b.rate_bps, down.rate_bps);
	cr_expect_eq(link_of(other, 0)->b_to_a.rate_bps, up.rate_bps);
	nst_scenario_free(one);
	nst_scenario_free(other);
}

Test(scenario_impair, only_links_that_a_case_impairs_are_impairable_in_it)
{
	struct nst_scenario *scenario =
		right("links: [a -- b, b -- c]\n"
		      "cases:\n"
		      "  plain: [down: a -- b]\n"
		      "  first: [impair: a -> b delay 1ms]\n"
		      "  second: [fault: {on: c -> b, drop: true}]\n"
		      "  by a timeline:\n"
		      "    - timeline: [{at: 1s, do: {ramp: {on: b -> a, from: none, "
		      "to: loss 9%, "
		      "over: 1s}}}]\n");
	static const bool impairable[][2] = {
		{ false, false }, { true, false }, { false, true }, { true, false }
	};

	for (size_t i = 0; i < 4; i++)
		for (size_t j = 0; j < 2; j++)
			cr_expect_eq(
				scenario->cases[i].setup->topology.links[j].impairable,
				impairable[i][j], "case %zu, link %zu", i, j);
	nst_scenario_free(scenario);
}

Test(scenario_impair, files_are_relative_to_the_scenario, .fini = remove_test_folder)
{
	struct nst_scenario *scenario = NULL;
	char path[128], trace[128];

	write_file("lte.trace", "1\n2\n");
	write_file("t.yaml", "links: [{link: a -- b, impair: trace lte.trace}]\n");
	snprintf(path, sizeof(path), "%s/t.yaml", test_folder());
	snprintf(trace, sizeof(trace), "%s/lte.trace", test_folder());

	cr_assert_eq(nst_scenario_load(path, NULL, &scenario, NULL), 0);

	cr_expect_str_eq(scenario->setups[0].topology.links[0].a_to_b.trace_file,
			 trace);
	nst_scenario_free(scenario);
}

/* ---- Steps ---- */

Test(scenario_impair, a_text_is_one_direction_or_both)
{
	struct nst_scenario *scenario =
		right(TWO "steps:\n"
			  "  - impair: b -> a delay 20ms, loss 1%\n"
			  "  - impair: [a -- b none]\n");
	const struct nst_impair_step *one = &step_of(scenario, 0)->impair;
	const struct nst_impair_step *both = &step_of(scenario, 1)->impair;

	cr_assert_eq(one->count, 1);
	cr_expect_str_eq(one->directions[0].from, "b");
	cr_expect_str_eq(one->directions[0].to, "a");
	cr_expect_eq(one->directions[0].impairment.delay_us, 20000);
	cr_expect_eq(one->directions[0].impairment.loss_ppm, 10000);
	cr_assert_eq(both->count, 2);
	cr_expect_str_eq(both->directions[1].from, "b");
	cr_expect(nst_impairment_is_none(&both->directions[0].impairment));
	cr_expect(nst_impairment_is_none(&both->directions[1].impairment));
	nst_scenario_free(scenario);
}

Test(scenario_impair, keys_and_words_mean_the_same)
{
	struct nst_scenario *scenario = right(
		TWO
		"steps:\n"
		"  - impair: {a -> b: {delay: 20ms ±5ms 25% normal, loss: 1%, ecn: "
		"true, "
		"reorder: 25% 50% gap 5, rate: 10mbit overhead 20, limit: 100, seed: "
		"3}}\n"
		"  - impair: a -> b delay 20ms ±5ms 25% normal, loss 1%, ecn, reorder "
		"25% 50% gap 5, rate 10mbit overhead 20, limit 100, seed 3\n");
	const struct nst_impair_direction *keys =
		step_of(scenario, 0)->impair.directions;
	const struct nst_impair_direction *words =
		step_of(scenario, 1)->impair.directions;

	cr_expect_arr_eq(&keys->impairment, &words->impairment,
			 sizeof(keys->impairment));
	cr_expect_eq(keys->impairment.reorder_gap, 5);
	cr_expect(keys->impairment.ecn);
	nst_scenario_free(scenario);
}

Test(scenario_impair, variables_go_into_impairments)
{
	struct nst_scenario *scenario =
		right("matrix: {loss: [1%, 5%]}\n" TWO
		      "cases: {one: [impair: 'a -> b loss ${loss}']}\n");

	cr_assert_eq(scenario->case_count, 2);
	cr_expect_eq(
		scenario->cases[1].steps[0].impair.directions[0].impairment.loss_ppm,
		50000);
	nst_scenario_free(scenario);
}

Test(scenario_impair, a_ramp_has_two_ends_and_its_times)
{
	struct nst_scenario *scenario = right(
		TWO "steps:\n"
		    "  - ramp: {on: a -- b, from: none, to: {loss: 30%}, over: 10s}\n");
	const struct nst_ramp_step *ramp = &step_of(scenario, 0)->ramp;

	cr_assert_eq(ramp->count, 2);
	cr_expect_eq(ramp->begin[0].impairment.loss_ppm, 0);
	cr_expect_eq(ramp->end[1].impairment.loss_ppm, 300000);
	cr_expect_str_eq(ramp->end[1].from, "b");
	cr_expect_eq(ramp->over_us, 10000000);
	cr_expect_eq(ramp->every_us, 100000);
	nst_scenario_free(scenario);
}

/* ---- Faults ---- */

static const struct {
	const char *yaml;
	struct nst_fault fault;
} faults[] = {
	{ "match: syn-ack, nth: 2, drop: true",
	  { .match = "syn-ack", .nth = 2, .action = NST_FAULT_DROP } },
	{ "match: udp port 53, from: 3, to: 5, delay: 1.5ms, may miss: true",
	  { .match = "udp port 53",
	    .from = 3,
	    .to = 5,
	    .action = NST_FAULT_DELAY,
	    .delay_us = 1500,
	    .may_miss = true } },
	{ "every: 4, probability: 0.5%, after: 64KiB, duplicate: 2",
	  { .every = 4,
	    .probability_ppm = 5000,
	    .after_bytes = 65536,
	    .action = NST_FAULT_DUPLICATE,
	    .copies = 2 } },
	{ "corrupt: {byte: 80, of: payload, mask: 0x0f, fix checksums: true}",
	  { .action = NST_FAULT_CORRUPT,
	    .offset = 80,
	    .layer = NST_LAYER_PAYLOAD,
	    .mask = 15,
	    .fix_checksums = true } },
	{ "corrupt: 7", { .action = NST_FAULT_CORRUPT, .offset = 7 } },
	{ "truncate: {size: 40, of: ip}",
	  { .action = NST_FAULT_TRUNCATE, .size = 40, .layer = NST_LAYER_IP } },
	{ "hold: 3", { .action = NST_FAULT_HOLD, .hold = 3 } },
	{ "rst: sender", { .action = NST_FAULT_RST, .ends = NST_END_SENDER } },
	{ "icmp: frag-needed 1400",
	  { .action = NST_FAULT_ICMP, .icmp = NST_ICMP_FRAG_NEEDED, .value = 1400 } },
	{ "icmp: host-unreachable",
	  { .action = NST_FAULT_ICMP, .icmp = NST_ICMP_HOST_UNREACHABLE } },
	{ "ecn: ce", { .action = NST_FAULT_ECN_CE } },
	{ "dscp: 46", { .action = NST_FAULT_DSCP, .value = 46 } },
	{ "ttl: 1", { .action = NST_FAULT_TTL, .value = 1 } },
	{ "window: 0", { .action = NST_FAULT_WINDOW } },
	{ "log: true", { .action = NST_FAULT_LOG } },
};

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

Test(scenario_impair, each_fault_is_what_is_written)
{
	for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++) {
		struct nst_scenario *scenario;
		struct nst_fault got, wanted = faults[i].fault;
		char yaml[512];

		snprintf(yaml, sizeof(yaml), TWO "steps: [fault: {on: a -> b, %s}]\n",
			 faults[i].yaml);
		scenario = right(yaml);
		got = step_of(scenario, 0)->fault.fault;

		cr_expect(same_text(got.match, wanted.match), "%s", faults[i].yaml);
		got.match = wanted.match = NULL;
		cr_expect_arr_eq(&got, &wanted, sizeof(got), "%s", faults[i].yaml);
		nst_scenario_free(scenario);
	}
}

/* ---- What a link may become: by that its engine is chosen ---- */

static const struct nst_link *first_link(const struct nst_scenario *scenario)
{
	return &scenario->cases[0].setup->topology.links[0];
}

Test(scenario_impair, what_steps_make_of_a_link_is_known_before)
{
	struct nst_scenario *scenario = right(
		TWO "steps:\n"
		    "  - impair: a -- b none\n"
		    "  - ramp: {on: a -> b, from: delay 1ms, to: delay 2ms, over: 1s}\n"
		    "  - timeline: [{at: 1s, do: {impair: {b -> a: loss 3%}}}]\n");
	const struct nst_link *link = first_link(scenario);

	cr_expect(link->impairable);
	cr_assert_not_null(link->later);
	cr_expect_eq(link->later[0].delay_us, 1000);
	cr_expect_eq(link->later[1].delay_us, 2000);
	cr_expect_eq(link->later[2].loss_ppm, 30000);
	cr_expect(nst_impairment_is_none(&link->later[3]));
	nst_scenario_free(scenario);
}

Test(scenario_impair, a_link_that_gets_faults_may_become_anything)
{
	struct nst_scenario *scenario =
		right(TWO "steps:\n"
			  "  - impair: a -- b delay 1ms\n"
			  "  - fault: {on: a -> b, match: syn, drop: true}\n");

	cr_expect(first_link(scenario)->impairable);
	cr_expect_null(first_link(scenario)->later);
	nst_scenario_free(scenario);
}

/* ---- Waiting, and timelines ---- */

Test(scenario_impair, waits_for_faults_and_for_a_program_of_that_name)
{
	struct nst_scenario *scenario =
		right(TWO "steps:\n"
			  "  - fault: {on: a -> b, drop: true, name: the 2nd}\n"
			  "  - wait until: fault \"the 2nd\" fired 3 times within 2s\n"
			  "  - wait until: fault \"the 2nd\" fired\n"
			  "  - wait until: fault is ready\n"
			  "  - remove fault: '\"the 2nd\"'\n");
	const struct nst_wait_step *three = &step_of(scenario, 1)->wait;

	cr_expect_eq(three->kind, NST_WAIT_FAULT);
	cr_expect_str_eq(three->fault, "the 2nd");
	cr_expect_eq(three->times, 3);
	cr_expect_eq(three->within_ms, 2000);
	cr_expect_eq(step_of(scenario, 2)->wait.times, 1);
	cr_expect_eq(step_of(scenario, 3)->wait.kind, NST_WAIT_READY);
	cr_expect_str_eq(step_of(scenario, 4)->unfault, "the 2nd");
	nst_scenario_free(scenario);
}

Test(scenario_impair, a_timeline_has_entries_with_steps_of_their_own)
{
	struct nst_scenario *scenario =
		right(TWO "steps:\n"
			  "  - timeline:\n"
			  "      - {at: 1.5s, do: {down: a -- b}}\n"
			  "      - when: fault prints \"x\"\n"
			  "        do: [pause: 10ms, up: a -- b]\n"
			  "        may miss: true\n"
			  "  - wait until: timeline is done\n");
	const struct nst_timeline_step *timeline = &step_of(scenario, 0)->timeline;

	cr_assert_eq(scenario->cases[0].step_count, 2);
	cr_assert_eq(timeline->count, 2);
	cr_expect_eq(timeline->entries[0].at_us, 1500000);
	cr_expect_eq(timeline->entries[0].steps[0].kind, NST_STEP_DOWN);
	cr_expect_eq(timeline->entries[1].at_us, -1);
	cr_expect_eq(timeline->entries[1].when.kind, NST_WAIT_PRINTS);
	cr_expect(timeline->entries[1].may_miss);
	cr_assert_eq(timeline->entries[1].step_count, 2);
	cr_expect_eq(timeline->entries[1].steps[0].pause_us, 10000);
	cr_expect_eq(step_of(scenario, 1)->wait.kind, NST_WAIT_TIMELINE);
	nst_scenario_free(scenario);
}

Test(scenario_impair, hosts_are_frozen_flapped_and_given_addresses)
{
	struct nst_scenario *scenario = right(
		TWO "steps:\n"
		    "  - freeze: all on b\n"
		    "  - flap: {link: a -- b, down: 200ms, up: 1s, times: 5}\n"
		    "  - address: {host: b, add: 'fd00::1/64'}\n"
		    "  - address: {host: b, remove: 10.0.0.2/24, interface: eth0}\n");
	const struct nst_address_change *add = &step_of(scenario, 2)->address;

	cr_expect_str_eq(step_of(scenario, 0)->program.host, "b");
	cr_expect_null(step_of(scenario, 0)->program.name);
	cr_expect_eq(step_of(scenario, 1)->flap.down_us, 200000);
	cr_expect_eq(step_of(scenario, 1)->flap.times, 5);
	cr_expect_str_eq(add->address, "fd00::1/64");
	cr_expect_eq(add->act, NST_ADDRESS_ADD);
	cr_expect_str_eq(add->interface, "eth0");
	cr_expect_eq(step_of(scenario, 3)->address.act, NST_ADDRESS_REMOVE);
	nst_scenario_free(scenario);
}

Test(scenario_impair, unplanned_loss_is_allowed_by_case)
{
	struct nst_scenario *scenario =
		right(TWO "cases:\n"
			  "  no: []\n"
			  "  yes: {unplanned loss: allowed, steps: []}\n");

	cr_expect_not(scenario->cases[0].allow_unplanned_loss);
	cr_expect(scenario->cases[1].allow_unplanned_loss);
	nst_scenario_free(scenario);
}

/* ---- Warnings ---- */

Test(scenario_impair, what_surprises_is_a_warning_with_its_figure_and_no_error)
{
	struct nst_scenario *scenario =
		right(TWO "steps:\n"
			  "  - impair: a -> b delay 100ms, rate 1gbit, limit 100\n"
			  "  - impair: a -> b delay 1ms\n");

	cr_assert_eq(nst_diagnostics_count(scenario->warnings), 1);
	cr_expect_str_eq(
		nst_diagnostics_text(scenario->warnings),
		"t.yaml:6:13: warning: a limit of 100 packets is below the "
		"bandwidth-delay product: 8257 packets of 1514 bytes\n"
		"    6 |   - impair: a -> b delay 100ms, rate 1gbit, limit 100\n"
		"      |             ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~\n");
	nst_scenario_free(scenario);
}
