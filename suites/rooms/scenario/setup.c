/* SPDX-License-Identifier: MIT */
/* What hosts, links, rulesets and programs become. */
#include <criterion/criterion.h>
#include <string.h>

#include "right.h"

Test(scenario_setup, hosts_and_links_become_the_topology)
{
	struct nst_scenario *scenario = right(
		"hosts:\n"
		"  web: {address: [10.0.0.2/24, \"fd00::2/64\"], root: bind srv/www,\n"
		"        pids: own, nameservers: [10.0.0.1, 10.0.0.9],\n"
		"        sysctls: {net.ipv4.tcp_syn_retries: 1}}\n"
		"  gate:\n"
		"    kind: nat\n"
		"    outside: up\n"
		"    interfaces:\n"
		"      lan: {address: 10.0.0.1/24, mac: \"02:00:00:00:00:07\"}\n"
		"      up: {address: 192.0.2.1/24}\n"
		"  far: {address: 192.0.2.2/24, root: tmpfs,\n"
		"        binds: [/bin/busybox, /srv=site]}\n"
		"links:\n"
		"  - gate:up -- far\n"
		"  - {link: web -- gate, mtu: 1400}\n");
	const struct nst_topology *topology = &scenario->setups[0].topology;
	const struct nst_host *hosts = topology->hosts;
	const struct nst_link *links = topology->links;

	cr_expect_str_eq(hosts[0].name, "web");
	cr_expect_eq(hosts[0].kind, NST_HOST);
	cr_expect_eq(hosts[0].root, NST_ROOT_BIND);
	cr_expect_str_eq(hosts[0].root_path, "srv/www");
	cr_expect(hosts[0].own_pids);
	cr_expect_str_eq(hosts[0].nameservers, "10.0.0.1, 10.0.0.9");
	cr_expect_str_eq(hosts[0].sysctls[0], "net.ipv4.tcp_syn_retries=1");
	cr_expect_null(hosts[0].sysctls[1]);
	cr_expect_eq(hosts[1].kind, NST_NAT_ROUTER);
	cr_expect_str_eq(hosts[1].outside, "up");
	cr_expect_eq(hosts[2].root, NST_ROOT_TMPFS);
	cr_expect_str_eq(hosts[2].binds[0], "/bin/busybox");
	cr_expect_str_eq(hosts[2].binds[1], "/srv=site");
	cr_expect_null(hosts[2].binds[2]);
	cr_expect_null(hosts[3].name);

	cr_expect_str_eq(links[0].a.host, "gate");
	cr_expect_str_eq(links[0].a.interface, "up");
	cr_expect_str_eq(links[0].a.addresses, "192.0.2.1/24");
	cr_expect_str_eq(links[0].b.addresses, "192.0.2.2/24");
	cr_expect_null(links[0].b.interface);
	cr_expect_str_eq(links[1].a.addresses, "10.0.0.2/24, fd00::2/64");
	cr_expect_str_eq(links[1].b.interface, "lan");
	cr_expect_str_eq(links[1].b.mac, "02:00:00:00:00:07");
	cr_expect_eq(links[1].mtu, 1400);
	cr_expect_null(links[2].a.host);
	nst_scenario_free(scenario);
}

Test(scenario_setup, links_declare_hosts_where_nothing_else_does)
{
	struct nst_scenario *scenario = right("links: [a -- b, b -- c]\n");
	const struct nst_host *hosts = scenario->setups[0].topology.hosts;

	cr_expect_str_eq(hosts[0].name, "a");
	cr_expect_str_eq(hosts[1].name, "b");
	cr_expect_str_eq(hosts[2].name, "c");
	cr_expect_null(hosts[3].name);
	cr_expect_eq(scenario->case_count, 0);
	nst_scenario_free(scenario);
}

Test(scenario_setup, rules_in_the_scenario_know_their_line)
{
	struct nst_scenario *scenario =
		right("hosts:\n"
		      "  a:\n"
		      "    ruleset: |\n"
		      "      *filter\n"
		      "      COMMIT\n"
		      "  b:\n"
		      "    ruleset:\n"
		      "      - text: \"table ip t { }\"\n"
		      "      - {kind: ip6tables, xtables: legacy,\n"
		      "         text: \"*filter\\nCOMMIT\\n\"}\n");
	const struct nst_scenario_ruleset *rulesets = scenario->setups[0].rulesets;

	cr_assert_eq(scenario->setups[0].ruleset_count, 3);
	cr_expect_str_eq(rulesets[0].host, "a");
	cr_expect_eq(rulesets[0].rules.kind, NST_RULESET_IPTABLES);
	cr_expect_str_eq(rulesets[0].rules.text, "*filter\nCOMMIT\n");
	cr_expect_str_eq(rulesets[0].rules.path, "t.yaml");
	cr_expect_eq(rulesets[0].rules.first_line, 4);
	cr_expect_str_eq(rulesets[1].host, "b");
	cr_expect_eq(rulesets[1].rules.kind, NST_RULESET_NFT);
	cr_expect_eq(rulesets[1].rules.first_line, 8);
	cr_expect_eq(rulesets[2].rules.kind, NST_RULESET_IP6TABLES);
	cr_expect_eq(rulesets[2].rules.xtables, NST_XTABLES_LEGACY);
	nst_scenario_free(scenario);
}

/* A text that is all of a variable stands where that was written. */
Test(scenario_setup, rules_in_a_variable_know_its_line)
{
	struct nst_scenario *scenario = right("variables:\n"
					      "  rules: |\n"
					      "    *filter\n"
					      "    COMMIT\n"
					      "  table: \"*filter\"\n"
					      "hosts:\n"
					      "  a: {ruleset: {text: \"${rules}\"}}\n"
					      "  b:\n"
					      "    ruleset: |\n"
					      "      ${rules}\n"
					      "  c:\n"
					      "    ruleset: |\n"
					      "      ${table}\n"
					      "      COMMIT\n");
	const struct nst_scenario_ruleset *rulesets = scenario->setups[0].rulesets;

	cr_assert_eq(scenario->setups[0].ruleset_count, 3);
	cr_expect_eq(rulesets[0].rules.first_line, 3);
	cr_expect_eq(rulesets[1].rules.first_line, 3);
	cr_expect_eq(rulesets[2].rules.first_line, 13);
	nst_scenario_free(scenario);
}

Test(scenario_setup, programs_keep_all_that_is_said_of_them)
{
	struct nst_scenario *scenario =
		right("hosts:\n"
		      "  a:\n"
		      "    run:\n"
		      "      - A=1 exec /usr/sbin/nginx -g x\n"
		      "      - command: [/bin/dns, -p, 53]\n"
		      "        name: names\n"
		      "        ready: [udp/53, 'line \"up (now)?\"', file /run/x y]\n"
		      "        within: 1.5s\n"
		      "        env: {A: b, C: 1}\n"
		      "        directory: /srv\n"
		      "        input: |\n"
		      "          hello\n"
		      "        may exit: true\n");
	const struct nst_scenario_program *programs = scenario->setups[0].programs;
	const struct nst_start *start = &programs[1].start;

	cr_assert_eq(scenario->setups[0].program_count, 2);
	cr_expect_str_eq(programs[0].start.name, "nginx");
	cr_expect_str_eq(programs[0].start.command, "A=1 exec /usr/sbin/nginx -g x");
	cr_expect_eq(programs[0].within_ms, 10000);
	cr_expect_str_eq(start->host, "a");
	cr_expect_str_eq(start->name, "names");
	cr_expect_null(start->command);
	cr_expect_str_eq(start->argv[0], "/bin/dns");
	cr_expect_str_eq(start->argv[2], "53");
	cr_expect_null(start->argv[3]);
	cr_expect_eq(start->ready.udp_port, 53);
	cr_expect_eq(start->ready.port, 0);
	cr_expect_str_eq(start->ready.line, "up (now)?");
	cr_expect_str_eq(start->ready.file, "/run/x y");
	cr_expect_eq(programs[1].within_ms, 1500);
	cr_expect_str_eq(start->env[0], "A=b");
	cr_expect_str_eq(start->env[1], "C=1");
	cr_expect_null(start->env[2]);
	cr_expect_str_eq(start->directory, "/srv");
	cr_expect_str_eq(start->input, "hello\n");
	cr_expect(start->may_exit);
	cr_expect_eq(programs[1].position.line, 5);
	cr_expect_not(programs[1].ready_assumed);
	nst_scenario_free(scenario);
}
