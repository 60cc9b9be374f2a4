/* SPDX-License-Identifier: MIT */
/* The rules in force, one by one. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <base/scope.h>
#include <nstest/error.h>
#include <nstest/program.h>
#include <nstest/rules.h>
#include <nstest/ruleset.h>

static struct nst_lab *up(void)
{
	const struct nst_topology two_hosts = {
		.links =
			(struct nst_link[]){
				{ .a = { "web", "10.0.0.1/24, fd00::1/64" },
				  .b = { "client", "10.0.0.2/24, fd00::2/64" } },
				{} },
	};
	struct nst_lab *lab = NULL;

	cr_assert(eq(int, nst_lab_up(&two_hosts, NULL, &lab), 0), "%s", nst_error());
	return lab;
}

static void load(struct nst_lab *lab, const struct nst_ruleset *ruleset)
{
	int r = nst_ruleset_load(lab, "web", ruleset);

	if (r == -EOPNOTSUPP)
		cr_skip_test("%s", nst_error());
	cr_assert(eq(int, r, 0), "%s", nst_error());
}

static void run(struct nst_lab *lab, const char *command)
{
	struct nst_ran ran = { 0 };

	cr_assert(eq(int,
		     nst_run(lab,
			     &(struct nst_start){ .host = "web", .command = command },
			     5000, &ran),
		     0),
		  "%s", nst_error());
	nst_ran_free(&ran);
}

/* One datagram to a port where nobody listens: with the answer, two packets come by lo. */
static void send_to_itself(struct nst_lab *lab)
{
	const struct sockaddr_in to = { .sin_family = AF_INET,
					.sin_port = htons(9),
					.sin_addr = { htonl(INADDR_LOOPBACK) } };
	int fd AUTO_CLOSE = nst_socket(lab, "web", AF_INET, SOCK_DGRAM, 0);

	cr_assert(ge(int, fd, 0), "%s", nst_error());
	cr_assert(
		eq(int,
		   (int)sendto(fd, "?", 1, 0, (const struct sockaddr *)&to, sizeof(to)),
		   1));
}

/* Every rule as "chain number file:line:column text", one a line; static. */
static const char *told(struct nst_lab *lab)
{
	static char text[8192];
	struct nst_rules *rules nst_rules_autofree = NULL;
	size_t used = 0;

	cr_assert(eq(int, nst_rules_of(lab, "web", &rules), 0), "%s", nst_error());
	text[0] = '\0';
	for (size_t i = 0; i < rules->count; i++) {
		const struct nst_rule *rule = &rules->rules[i];
		const struct nst_chain *chain = &rules->chains[rule->chain];

		used += (size_t)snprintf(text + used, sizeof(text) - used,
					 "%s %s %s %s %u %s:%u:%u %s\n",
					 nst_rule_backend_name(rule->backend),
					 chain->family, chain->table, chain->name,
					 rule->number, rule->file, rule->line,
					 rule->column, rule->text);
	}
	return text;
}

Test(rules, of_an_nft_script_stand_where_they_were_written)
{
	struct nst_lab *lab nst_autodown = up();

	load(lab,
	     &(struct nst_ruleset){
		     .path = "fw.nft",
		     .text = "flush ruleset\n"
			     "define LAN = { 10.0.0.0/24,\n"
			     "  10.0.2.0/24 }\n"
			     "table inet fw {\n"
			     "\tset bad { type ipv4_addr; elements = { 1.2.3.4 } }\n"
			     "\tchain input {\n"
			     "\t\ttype filter hook input priority filter; policy "
			     "drop;\n"
			     "\t\tct state vmap { established : accept,\n"
			     "\t\t\tinvalid : drop } # as ever\n"
			     "\t\tip saddr $LAN tcp dport { 22, 80 } \\\n"
			     "\t\t\tcounter accept comment \"a; b\"\n"
			     "\t\tiif lo accept; ip saddr @bad drop\n"
			     "\t\tjump other\n"
			     "\t}\n"
			     "\tchain other { limit rate 3/second accept; }\n"
			     "}\n"
			     "add rule inet fw other tcp dport 99 accept\n"
			     "insert rule inet fw other tcp dport 98 accept\n" });

	cr_expect(eq(
		str, (char *)told(lab),
		"nft inet fw input 1 fw.nft:8:3 ct state vmap { established : accept, "
		"invalid : drop }\n"
		"nft inet fw input 2 fw.nft:10:3 ip saddr $LAN tcp dport { 22, 80 } "
		"counter accept comment \"a; b\"\n"
		"nft inet fw input 3 fw.nft:12:3 iif lo accept\n"
		"nft inet fw input 4 fw.nft:12:18 ip saddr @bad drop\n"
		"nft inet fw input 5 fw.nft:13:3 jump other\n"
		"nft inet fw input 6 fw.nft:7:43 policy drop\n"
		"nft inet fw other 1 fw.nft:18:27 tcp dport 98 accept\n"
		"nft inet fw other 2 fw.nft:15:16 limit rate 3/second accept\n"
		"nft inet fw other 3 fw.nft:17:24 tcp dport 99 accept\n"));
}

/* Whatever nft has, in every family: no rule is without its line. */
static const char wide[] =
	"table inet filter { # the main one\n"
	"	counter web { }\n"
	"	limit lim { rate 400/minute; }\n"
	"	ct helper ftp-std { type \"ftp\" protocol tcp; }\n"
	"	set bad { type ipv4_addr; flags interval, timeout\n"
	"		elements = { 10.9.0.0/16 timeout 1h,\n"
	"			192.0.2.1 } }\n"
	"	map m { type inet_service : ipv4_addr; elements = { 80 : 10.0.0.2 } }\n"
	"	map vm { type inet_service : verdict\n"
	"		elements = { 25 : drop, 26 : jump other } }\n"
	"	chain other {\n"
	"		comment \"not the main; really\"\n"
	"		return\n"
	"	}\n"
	"	chain input {\n"
	"		type filter hook input priority filter; policy drop;\n"
	"		iif \"lo\" accept comment \"loop; back { here }\"\n"
	"		ip saddr @bad counter name web drop\n"
	"		tcp dport vmap @vm; tcp dport 81 ct state new \\\n"
	"			limit name \"lim\" \\\n"
	"			accept\n"
	"		ip6 nexthdr icmpv6 icmpv6 type {\n"
	"			nd-neighbor-solicit, # one\n"
	"			nd-router-advert\n"
	"		} accept\n"
	"		tcp dport 21 ct helper set \"ftp-std\"\n"
	"		log prefix \"dropped; \" level info\n"
	"		reject with icmpx type admin-prohibited\n"
	"	}\n"
	"	chain pre {\n"
	"		type nat hook prerouting priority dstnat\n"
	"		dnat ip to tcp dport map @m\n"
	"	}\n"
	"	chain post { type nat hook postrouting priority srcnat; oifname eth0 "
	"masquerade; }\n"
	"}\n"
	"table netdev ing { chain in {\n"
	"	type filter hook ingress device \"eth0\" priority 0; policy accept;\n"
	"	ip frag-off & 0x1fff != 0 counter drop\n"
	"}; }\n"
	"table bridge br { chain f { type filter hook forward priority 0; ether type "
	"arp "
	"accept; }; }\n"
	"table ip6 v6 { chain o { type filter hook output priority 0; counter; }; }\n"
	"table arp a { chain i { type filter hook input priority 0; counter accept; }; "
	"}\n"
	"add element inet filter bad { 192.0.2.7 }\n"
	"insert rule inet filter other index 0 ip protocol udp return\n";

Test(rules, of_all_that_nft_has_know_their_lines)
{
	struct nst_lab *lab nst_autodown = up();
	struct nst_rules *rules nst_rules_autofree = NULL;
	int r = nst_ruleset_load(
		lab, "web", &(struct nst_ruleset){ .path = "wide.nft", .text = wide });

	if (r == -EOPNOTSUPP)
		cr_skip_test("%s", nst_error());
	cr_assert(eq(int, r, 0), "%s", nst_error());
	cr_assert(eq(int, nst_rules_of(lab, "web", &rules), 0), "%s", nst_error());

	cr_expect(eq(sz, rules->count, 23));
	for (size_t i = 0; i < rules->count; i++)
		cr_expect(gt(int, (int)rules->rules[i].line, 0), "rule %zu of %s", i,
			  rules->chains[rules->rules[i].chain].name);
	cr_expect(eq(str, (char *)rules->rules[5].text,
		     "tcp dport 81 ct state new limit name \"lim\" accept"));
	cr_expect(eq(int, (int)rules->rules[5].line, 19));
	cr_expect(eq(int, (int)rules->rules[5].end_line, 21));
}

static const char saved[] =
	"*filter\n"
	":INPUT DROP [0:0]\n"
	":FORWARD ACCEPT [0:0]\n"
	":OUTPUT ACCEPT [0:0]\n"
	":mine - [0:0]\n"
	"-A INPUT -s 10.0.0.2 -j mine\n"
	"# a remark\n"
	"-A mine -p tcp -m tcp --dport 22 -j ACCEPT\n"
	"-I INPUT 1 -i lo -j ACCEPT\n"
	"[3:4] -A mine -m comment --comment \"no -A here\" -j DROP\n"
	"COMMIT\n";

static const char saved_told[] =
	"iptables-%s ip filter INPUT 1 web.rules:9:1 -I INPUT 1 -i lo -j ACCEPT\n"
	"iptables-%s ip filter INPUT 2 web.rules:6:1 -A INPUT -s 10.0.0.2 -j mine\n"
	"iptables-%s ip filter INPUT 3 web.rules:2:1 policy drop\n"
	"iptables-%s ip filter FORWARD 1 web.rules:3:1 policy accept\n"
	"iptables-%s ip filter OUTPUT 1 web.rules:4:1 policy accept\n"
	"iptables-%s ip filter mine 1 web.rules:8:1 -A mine -p tcp -m tcp --dport 22 "
	"-j "
	"ACCEPT\n"
	"iptables-%s ip filter mine 2 web.rules:10:7 -A mine -m comment --comment \"no "
	"-A "
	"here\" -j DROP\n";

static void check_saved(enum nst_xtables xtables, const char *name)
{
	struct nst_lab *lab nst_autodown = up();
	char wanted[2048];

	load(lab, &(struct nst_ruleset){
			  .path = "web.rules", .text = saved, .xtables = xtables });

	snprintf(wanted, sizeof(wanted), saved_told, name, name, name, name, name, name,
		 name);
	cr_expect(eq(str, (char *)told(lab), wanted));
}

Test(rules, of_iptables_save_stand_where_they_were_written)
{
	check_saved(NST_XTABLES_NFT, "nft");
}

Test(rules, of_legacy_iptables_stand_where_they_were_written)
{
	check_saved(NST_XTABLES_LEGACY, "legacy");
}

Test(rules, that_a_program_added_have_no_file)
{
	struct nst_lab *lab nst_autodown = up();

	load(lab, &(struct nst_ruleset){
			  .path = "fw.nft",
			  .text = "table ip t { chain c { tcp dport 1 accept; }; }" });
	run(lab, "nft add rule ip t c tcp dport 2 accept");
	run(lab, "nft insert rule ip t c tcp dport 3 accept");

	cr_expect(eq(str, (char *)told(lab),
		     "nft ip t c 1 :0:0 \n"
		     "nft ip t c 2 fw.nft:1:24 tcp dport 1 accept\n"
		     "nft ip t c 3 :0:0 \n"));
}

Test(rules, of_a_table_made_anew_are_those_of_the_new_script)
{
	struct nst_lab *lab nst_autodown = up();

	load(lab, &(struct nst_ruleset){
			  .path = "old.nft",
			  .text = "table ip t { chain c { tcp dport 1 accept; }; }" });
	load(lab, &(struct nst_ruleset){
			  .path = "new.nft",
			  .text = "flush ruleset\n"
				  "table ip t { chain c { tcp dport 2 accept; }; }" });
	cr_expect(eq(str, (char *)told(lab),
		     "nft ip t c 1 new.nft:2:24 tcp dport 2 accept\n"));

	run(lab,
	    "nft 'flush ruleset; table ip t { chain c { tcp dport 1 accept; }; }'");
	cr_expect(eq(str, (char *)told(lab), "nft ip t c 1 :0:0 \n"));
}

Test(rules, tell_what_the_kernel_counted)
{
	struct nst_lab *lab nst_autodown = up();
	struct nst_rules *rules nst_rules_autofree = NULL;
	const struct nst_chain *chain;

	load(lab, &(struct nst_ruleset){ .text = "table inet t { chain c {\n"
						 "type filter hook input priority 0\n"
						 "iif lo counter\n"
						 "iif lo\n}; }" });
	load(lab, &(struct nst_ruleset){ .text = "-A INPUT -i lo -j ACCEPT\n",
					 .xtables = NST_XTABLES_LEGACY });
	send_to_itself(lab);
	cr_assert(eq(int, nst_rules_of(lab, "web", &rules), 0), "%s", nst_error());

	chain = nst_rules_find_chain(rules, false, "inet", "t", "c");
	cr_assert(chain != NULL);
	cr_expect(nst_rules_find_number(rules, chain, 1)->is_counted);
	cr_expect(eq(int, (int)nst_rules_find_number(rules, chain, 1)->packets, 2));
	cr_expect(not(nst_rules_find_number(rules, chain, 2)->is_counted));
	cr_expect(nst_rules_find_policy(rules, chain)->is_policy);
	chain = nst_rules_find_chain(rules, true, "ip", "filter", "INPUT");
	cr_assert(chain != NULL);
	cr_expect(eq(int, (int)nst_rules_find_number(rules, chain, 1)->packets, 2));
}
