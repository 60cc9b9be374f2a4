/* SPDX-License-Identifier: MIT */
/* Zones found in rules, and the first scenario that is made of them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include <base/scope.h>
#include <nstest/error.h>
#include <nstest/scenario.h>
#include <runner/init.h>

#include "../scratch.h"

/* "lan0 lan 10.1.0.20/24; wan0 wan 172.31.2.192/24" */
static char *found(const char *rules, enum nst_ruleset_kind kind)
{
	AUTO_FREE struct nst_zones *zones = calloc(1, sizeof(*zones));
	char *text = NULL, address[64];
	size_t size;
	FILE *to = open_memstream(&text, &size);

	nst_zones_find(rules, kind, zones);
	for (size_t i = 0; i < zones->count; i++) {
		const struct nst_zone *zone = &zones->items[i];

		fprintf(to, "%s%s:", i ? "; " : "", zone->interface);
		for (size_t j = 0; j < zone->host_count; j++)
			fprintf(to, " %s %s", zone->hosts[j].name,
				nst_net_print(&zone->hosts[j].address, address));
	}
	fputs(zones->routes ? " (router)" : " (host)", to);
	fclose(to);
	return text;
}

Test(init, finds_the_zones_that_rules_name)
{
	static const struct {
		const char *rules, *found;
	} rows[] = {
		{ "-A FORWARD -i lan0 -o wan0 -j ACCEPT\n",
		  "lan0: lan 172.31.1.192/24; wan0: wan 172.31.2.192/24 (router)" },
		{ "-A FORWARD -i br-lan -s 10.1.2.0/24 -o eth0 -j ACCEPT\n",
		  "br-lan: lan 10.1.2.192/24; eth0: at-eth0 172.31.2.192/24 (router)" },
		/* A chain is about what it is jumped to for. */
		{ "-A FORWARD -i lan0 -o dmz0 -j LD\n-A LD -d 10.2.0.9/32 -j ACCEPT\n",
		  "lan0: lan 172.31.1.192/24; dmz0: dmz 10.2.0.9/24 (router)" },
		{ "chain f {\n type filter hook forward priority 0\n"
		  " iifname . oifname vmap { \"lan0\" . \"dmz0\" : jump ld }\n}\n"
		  "chain ld {\n ip daddr 10.2.0.9 accept\n}\n",
		  "lan0: lan 172.31.1.192/24; dmz0: dmz 10.2.0.9/24 (router)" },
		/* The firewall's own address is nobody else's. */
		{ "-A PREROUTING -d 192.0.2.5/32 -i wan0 -p tcp -j DNAT "
		  "--to-destination 10.0.0.7:80\n-A FORWARD -o lan0 -j ACCEPT\n",
		  "wan0: wan 192.0.2.192/24; lan0: lan 10.0.0.7/24 (router)" },
		{ "define LAN = \"lan0\"\niifname $LAN accept\ntype filter hook "
		  "forward\n"
		  "oifname { \"wan0\", \"wan1\" } accept\n",
		  "lan0: lan 172.31.1.192/24; wan0: wan 172.31.2.192/24; "
		  "wan1: at-wan1 172.31.3.192/24 (router)" },
		{ "-A INPUT -s 10.9.0.0/16 -p tcp --dport 22 -j ACCEPT\n",
		  "eth1: outside-2 10.9.0.192/24 outside 172.31.1.192/24 (host)" },
		{ "-A INPUT -i lo -s 127.0.0.1 -d 224.0.0.0/4 -j ACCEPT\n",
		  "eth1: outside 172.31.1.192/24 (host)" },
		{ "", "eth1: outside 172.31.1.192/24 (host)" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		AUTO_FREE char *text = found(rows[i].rules, NST_RULESET_IPTABLES);

		cr_expect_str_eq(text, rows[i].found, "%s\n  %s\n  not %s",
				 rows[i].rules, text, rows[i].found);
	}
}

/* Whatever is in a text, it is read to its end. */
Test(init, survives_any_text)
{
	static const char pieces[][24] = {
		"-i ",   "-s ",      "{",      "}",  "\"",
		"eth0",  "10.0.0.1", "/",      "99", "\n",
		"$x ",   "define x", "saddr ", ",",  "iifname ",
		"chain", "jump ",    "fd00::", ":",  "-A FORWARD "
	};
	unsigned int seed = 5;

	for (int round = 0; round < 2000; round++) {
		AUTO_FREE struct nst_zones *zones = calloc(1, sizeof(*zones));
		char text[1024] = "";

		for (int i = 0; i < 40; i++)
			strcat(text, pieces[rand_r(&seed) % ARRAY_SIZE(pieces)]);
		nst_zones_find(text, NST_RULESET_NFT, zones);
		cr_assert_leq(zones->count, NST_ZONES_MAX);
	}
}

Test(init, writes_a_scenario_and_never_over_one)
{
	char folder[32];
	struct nst_scenario *scenario = NULL;
	AUTO_FREE char *path = NULL, *again = NULL;
	FILE *rules;

	cr_assert(scratch_folder(folder, sizeof(folder)));
	cr_assert_eq(chdir(folder), 0);
	rules = fopen("gate.rules", "we");
	fputs("*filter\n:FORWARD DROP [0:0]\n"
	      "-A FORWARD -m conntrack --ctstate ESTABLISHED -j ACCEPT\n"
	      "-A FORWARD -i lan0 -o wan0 -p tcp --dport 80 -j ACCEPT\nCOMMIT\n",
	      rules);
	fclose(rules);
	cr_assert_eq(nst_init("gate.rules", NULL, &path), 0, "%s", nst_error());
	cr_expect_str_eq(path, "gate.yaml");
	cr_assert_eq(nst_scenario_load(path, NULL, &scenario, NULL), 0, "%s",
		     nst_error());
	/* Six pairs of lan, wan and the firewall by tcp/9, tcp/80 and icmp. */
	cr_expect_eq(scenario->cases[0].step_count, 18);
	for (size_t i = 0; i < scenario->cases[0].step_count; i++)
		if (!strcmp(scenario->cases[0].steps[i].text, "lan -> wan tcp/80"))
			cr_expect_str_eq(
				scenario->cases[0].steps[i].expect.verdict_text,
				"open");
		else if (!strncmp(scenario->cases[0].steps[i].text, "lan -> wan", 10))
			cr_expect_str_eq(
				scenario->cases[0].steps[i].expect.verdict_text,
				"dropped");
	nst_scenario_free(scenario);
	cr_expect_eq(nst_init("gate.rules", NULL, &again), -EEXIST);
	cr_expect(strstr(nst_error(), "gate.yaml is there already"));
}
