/* SPDX-License-Identifier: MIT */
/* What steps about resources, addresses and counters become. */
#include <criterion/criterion.h>

#include "right.h"

#define TWO                                                                          \
	"hosts:\n"                                                                   \
	"  a: {address: 10.0.0.1/24, run: {command: x, name: web, monotonic ahead: " \
	"50d}}\n"                                                                    \
	"  b: {address: 10.0.0.2/24}\n"                                              \
	"links: [a -- b]\n"                                                          \
	"steps:\n"

Test(scenario_resources, each_has_its_sentence)
{
	struct nst_scenario *scenario =
		right(TWO "  - exhaust: ports on b\n"
			  "  - exhaust: accept queue tcp/80 on b\n"
			  "  - exhaust: descriptors of web on a\n"
			  "  - restore: disk /tmp on b\n"
			  "  - read-only: / on a\n"
			  "  - writable: / on a\n");
	const struct nst_resource_step *step = &step_of(scenario, 0)->resource;

	cr_expect_eq(step_of(scenario, 0)->kind, NST_STEP_EXHAUST);
	cr_expect_eq(step->kind, NST_PORTS);
	cr_expect_str_eq(step->host, "b");
	step = &step_of(scenario, 1)->resource;
	cr_expect_eq(step->kind, NST_ACCEPT_QUEUE);
	cr_expect_eq(step->port, 80);
	cr_expect_str_eq(step->host, "b");
	step = &step_of(scenario, 2)->resource;
	cr_expect_eq(step->kind, NST_DESCRIPTORS);
	cr_expect_str_eq(step->host, "a");
	cr_expect_str_eq(step->program, "web");
	step = &step_of(scenario, 3)->resource;
	cr_expect_eq(step_of(scenario, 3)->kind, NST_STEP_RESTORE);
	cr_expect_eq(step->kind, NST_DISK);
	cr_expect_str_eq(step->path, "/tmp");
	cr_expect_eq(step_of(scenario, 4)->kind, NST_STEP_READ_ONLY);
	cr_expect_str_eq(step_of(scenario, 4)->mount.path, "/");
	cr_expect_str_eq(step_of(scenario, 5)->mount.host, "a");
	nst_scenario_free(scenario);
}

Test(scenario_resources, programs_restart_and_vanish)
{
	struct nst_scenario *scenario = right(TWO "  - restart: web\n"
						  "  - vanish: [web, all on b]\n");

	cr_expect_eq(step_of(scenario, 0)->kind, NST_STEP_RESTART);
	cr_expect_str_eq(step_of(scenario, 0)->start.start.name, "web");
	cr_expect_eq(step_of(scenario, 0)->start.start.monotonic_ahead_s,
		     50 * 24 * 3600);
	cr_expect_str_eq(step_of(scenario, 1)->program.name, "web");
	cr_expect_str_eq(step_of(scenario, 2)->program.host, "b");
	cr_expect_null(step_of(scenario, 2)->program.name);
	nst_scenario_free(scenario);
}

Test(scenario_resources, addresses_have_lifetimes)
{
	struct nst_scenario *scenario =
		right(TWO "  - address: {host: b, add: 'fd00::1/64', preferred: 5s, "
			  "valid: 1min}\n"
			  "  - address: {host: b, deprecate: 'fd00::1/64', valid: 2s}\n"
			  "  - mtu: a -- b 1300\n");
	const struct nst_address_change *change = &step_of(scenario, 0)->address;

	cr_expect_eq(change->preferred_s, 5);
	cr_expect_eq(change->valid_s, 60);
	change = &step_of(scenario, 1)->address;
	cr_expect_eq(change->act, NST_ADDRESS_DEPRECATE);
	cr_expect_eq(change->valid_s, 2);
	cr_expect_eq(step_of(scenario, 2)->mtu.bytes, 1300);
	nst_scenario_free(scenario);
}

Test(scenario_resources, counters_and_states_are_waited_for)
{
	struct nst_scenario *scenario =
		right(TWO "  - wait until: b counts 3 inet guard pings within 2s\n"
			  "  - wait until: b counts 1 TcpExtListenOverflows\n"
			  "  - wait until: b has tcp/80 in FIN-WAIT-2 within 3s\n"
			  "  - timeline: [{when: b counts 2 eth0 rx_packets, do: "
			  "{kill: web}}]\n");
	const struct nst_wait_step *wait = &step_of(scenario, 0)->wait;

	cr_expect_eq(wait->kind, NST_WAIT_COUNTER);
	cr_expect_str_eq(wait->counter, "inet guard pings");
	cr_expect_eq(wait->times, 3);
	cr_expect_eq(wait->within_ms, 2000);
	cr_expect_str_eq(step_of(scenario, 1)->wait.counter, "TcpExtListenOverflows");
	wait = &step_of(scenario, 2)->wait;
	cr_expect_eq(wait->kind, NST_WAIT_TCP);
	cr_expect_eq(wait->port, 80);
	cr_expect_eq(wait->state, NST_TCP_FIN_WAIT_2);
	cr_expect_str_eq(step_of(scenario, 3)->timeline.entries[0].when.counter,
			 "eth0 rx_packets");
	nst_scenario_free(scenario);
}
