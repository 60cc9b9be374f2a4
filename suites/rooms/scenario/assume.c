/* SPDX-License-Identifier: MIT */
/* When a program is ready, if nobody said. */
#include <criterion/criterion.h>

#include "right.h"

#define HOSTS(program)                                    \
	"hosts:\n"                                        \
	"  a: {address: 10.0.0.1/24, run: " program "}\n" \
	"  b: {address: 10.0.0.2/24}\n"                   \
	"links: [a -- b]\n"

static struct nst_scenario_program first_program(const char *yaml)
{
	struct nst_scenario *scenario = right(yaml);
	struct nst_scenario_program program = scenario->setups[0].programs[0];

	nst_scenario_free(scenario);
	return program;
}

Test(scenario_ready, is_the_port_that_command_and_expectation_share)
{
	struct nst_scenario_program program = first_program(
		HOSTS("python3 -m http.server 8080") "cases:\n"
						     "  one:\n"
						     "    - expect: b -> a "
						     "icmp open\n"
						     "    - expect: b -> a "
						     "tcp/8080 open\n");

	cr_expect_eq(program.start.ready.port, 8080);
	cr_expect(program.ready_assumed);
	cr_expect_eq(program.ready_position.line, 8);
	cr_expect_eq(program.ready_position.column, 7);
}

Test(scenario_ready, is_found_by_address_and_by_url)
{
	cr_expect_eq(
		first_program(HOSTS("serve --listen=0.0.0.0:80") "steps:\n"
								 "  - expect: b -> "
								 "10.0.0.1 tcp/80 "
								 "dropped\n")
			.start.ready.port,
		80);
	cr_expect_eq(
		first_program(HOSTS("{command: [serve, \"8080\"]}") "steps:\n"
								    "  - run: {on: b, "
								    "command: [get, "
								    "\"http://"
								    "a:8080/\"]}\n")
			.start.ready.port,
		8080);
}

Test(scenario_ready, is_a_udp_port_where_udp_is_asked)
{
	struct nst_scenario_program program =
		first_program(HOSTS("dns 53") "steps: [expect: b -> a udp/53 open]\n");

	cr_expect_eq(program.start.ready.udp_port, 53);
	cr_expect_eq(program.start.ready.port, 0);
}

Test(scenario_ready, is_nothing_where_both_sides_do_not_agree)
{
	static const char *const yamls[] = {
		HOSTS("serve 8080") "steps: [expect: b -> a tcp/80 open]\n",
		HOSTS("serve v8080") "steps: [expect: b -> a tcp/8080 open]\n",
		HOSTS("serve 10.0.8.80") "steps: [expect: b -> a tcp/80 open]\n",
		HOSTS("serve 8080") "steps: [expect: a -> b tcp/8080 open]\n",
		HOSTS("serve 8080") "steps: [expect: b -> a tcp/8080 refused]\n",
		HOSTS("serve 80") "steps: [run: {on: b, command: get "
				  "http://a:8080/}]\n",
		HOSTS("{command: serve 80, ready: none}") "steps: [expect: b -> a "
							  "tcp/80 "
							  "open]\n",
	};

	for (size_t i = 0; i < sizeof(yamls) / sizeof(yamls[0]); i++) {
		struct nst_scenario_program program = first_program(yamls[i]);

		cr_expect(program.start.ready.port == 0 && !program.ready_assumed,
			  "%zu: tcp/%u", i, program.start.ready.port);
	}
}

Test(scenario_ready, is_what_was_written_before_what_could_be_assumed)
{
	struct nst_scenario_program program = first_program(HOSTS(
		"{command: serve 80, ready: tcp/443}") "steps: [expect: b -> a tcp/80 "
						       "open]\n");

	cr_expect_eq(program.start.ready.port, 443);
	cr_expect_not(program.ready_assumed);
}

Test(scenario_ready, holds_for_starting_it_again)
{
	struct nst_scenario *scenario = right(HOSTS("serve 8080") "steps:\n"
								  "  - kill: serve\n"
								  "  - start: serve\n"
								  "  - expect: b -> a "
								  "tcp/8080 open\n");

	cr_expect_eq(step_of(scenario, 1)->start.start.ready.port, 8080);
	nst_scenario_free(scenario);
}
