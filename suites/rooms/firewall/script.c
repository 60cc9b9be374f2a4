/* SPDX-License-Identifier: MIT */
/* Rules made by shell scripts. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nstest/error.h>
#include <nstest/rules.h>
#include <nstest/ruleset.h>

static struct nst_lab *up(void)
{
	const struct nst_topology two_hosts = {
		.links = (struct nst_link[]){ { .a = { "web", "10.0.0.1/24" },
						.b = { "client", "10.0.0.2/24" } },
					      {} },
	};
	struct nst_lab *lab = NULL;

	cr_assert(eq(int, nst_lab_up(&two_hosts, NULL, &lab), 0), "%s", nst_error());
	return lab;
}

static int load(struct nst_lab *lab, const char *text)
{
	return nst_ruleset_load(lab, "web",
				&(struct nst_ruleset){ .text = text, .path = "fw.sh" });
}

/* The rules that have a place, policies aside: "table chain line text". Static. */
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

		if (!rule->is_policy)
			used += (size_t)snprintf(text + used, sizeof(text) - used,
						 "%s %s %u %s\n", chain->table,
						 chain->name, rule->line, rule->text);
	}
	return text;
}

Test(script, that_calls_iptables)
{
	struct nst_lab *lab nst_autodown = up();

	cr_assert(
		eq(int,
		   load(lab, "#!/bin/sh\n"
			     "IPT=$(command -v iptables-nft)\n"
			     "open() {\n"
			     "\t$IPT -A INPUT -p tcp --dport $1 -m comment "
			     "--comment \"it's $1\" -j ACCEPT\n"
			     "}\n"
			     "$IPT -P INPUT DROP\n"
			     "$IPT -A INPUT -i lo -j ACCEPT\n"
			     "for port in 22 80; do open $port; done\n"
			     "$IPT -I INPUT 2 -s 10.0.0.66 -j DROP 2>/dev/null\n"
			     "$IPT -D INPUT -i lo -j ACCEPT\n"
			     "$IPT -D INPUT -s 9.9.9.9 -j DROP 2>/dev/null || true\n"),
		   0),
		"%s", nst_error());

	cr_expect(eq(str, (char *)told(lab),
		     "filter INPUT 9 -I INPUT 2 -s 10.0.0.66 -j DROP\n"
		     "filter INPUT 4 -A INPUT -p tcp --dport 22 -m comment --comment "
		     "\"it's 22\" -j ACCEPT\n"
		     "filter INPUT 4 -A INPUT -p tcp --dport 80 -m comment --comment "
		     "\"it's 80\" -j ACCEPT\n"));
}

Test(script, that_calls_nft_and_restores_from_here_documents)
{
	struct nst_lab *lab nst_autodown = up();

	cr_assert(
		eq(int,
		   load(lab, "iptables-nft-restore <<EOF\n"
			     "*nat\n"
			     "-A POSTROUTING -o eth0 -j MASQUERADE\n"
			     "COMMIT\n"
			     "EOF\n"
			     "nft -f - <<'NFT'\n"
			     "table inet t {\n"
			     "\tchain c {\n"
			     "\t\ttcp dport 81 drop\n"
			     "\t}\n"
			     "}\n"
			     "NFT\n"
			     "nft insert rule inet t c tcp dport '{ 82, 83 }' drop\n"),
		   0),
		"%s", nst_error());

	cr_expect(eq(str, (char *)told(lab),
		     "nat POSTROUTING 3 -A POSTROUTING -o eth0 -j MASQUERADE\n"
		     "t c 13 tcp dport { 82, 83 } drop\n"
		     "t c 9 tcp dport 81 drop\n"));
}

Test(script, that_calls_legacy_iptables_knows_rules_from_before)
{
	struct nst_lab *lab nst_autodown = up();
	int r = nst_ruleset_load(
		lab, "web",
		&(struct nst_ruleset){ .text = "-A INPUT -i lo -j ACCEPT",
				       .path = "base.rules",
				       .xtables = NST_XTABLES_LEGACY });

	if (r == -EOPNOTSUPP)
		cr_skip_test("%s", nst_error());
	cr_assert(eq(int, r, 0), "%s", nst_error());
	cr_assert(eq(int,
		     load(lab, "iptables-legacy -I INPUT -s 10.0.0.3 -j DROP\n"
			       "iptables-legacy -A INPUT -s 10.0.0.4 -j DROP\n"),
		     0),
		  "%s", nst_error());

	cr_expect(eq(str, (char *)told(lab),
		     "filter INPUT 1 -I INPUT -s 10.0.0.3 -j DROP\n"
		     "filter INPUT 1 -A INPUT -i lo -j ACCEPT\n"
		     "filter INPUT 2 -A INPUT -s 10.0.0.4 -j DROP\n"));
}

Test(script, that_calls_by_a_function_has_the_callers_lines)
{
	struct nst_lab *lab nst_autodown = up();

	cr_assert(
		eq(int,
		   load(lab, "set -eu\n"
			     "fw() {\n"
			     "\tiptables-nft \"$@\"\n"
			     "}\n"
			     "allow() {\n"
			     "\tiptables-nft -A INPUT -p tcp --dport \"$1\" -j ACCEPT\n"
			     "}\n"
			     "fw -A INPUT -i lo -j ACCEPT\n"
			     "allow 22\n"),
		   0),
		"%s", nst_error());
	cr_expect(eq(str, (char *)told(lab),
		     "filter INPUT 8 -A INPUT -i lo -j ACCEPT\n"
		     "filter INPUT 6 -A INPUT -p tcp --dport 22 -j ACCEPT\n"));
}

Test(script, that_calls_ipset)
{
	struct nst_lab *lab nst_autodown = up();

	if (system("command -v ipset >/dev/null") != 0)
		cr_skip_test("there is no ipset on this machine");
	cr_assert(eq(int,
		     load(lab,
			  "ipset create bad hash:ip\n"
			  "ipset add bad 10.0.0.66\n"
			  "iptables-nft -A INPUT -m set --match-set bad src -j DROP\n"),
		     0),
		  "%s", nst_error());

	cr_expect(eq(str, (char *)told(lab),
		     "filter INPUT 3 -A INPUT -m set --match-set bad src -j DROP\n"));
}

Test(script, that_calls_ipset_in_vain_is_refused)
{
	struct nst_lab *lab nst_autodown = up();

	if (system("command -v ipset >/dev/null") != 0)
		cr_skip_test("there is no ipset on this machine");
	cr_expect(eq(int,
		     load(lab, "ipset create bad hash:ip\nipset add bad 10.0.0.256\n"),
		     -EINVAL));
	cr_expect(strstr(nst_error(), "fw.sh:2: failed: ipset add bad 10.0.0.256") !=
			  NULL,
		  "%s", nst_error());
	cr_assert(eq(int,
		     load(lab,
			  "ipset create bad hash:ip || :\nipset add bad 10.0.0.66\n"),
		     0),
		  "run again: %s", nst_error());
}

Test(script, that_misses_a_program_of_firewalls_says_so)
{
	struct nst_lab *lab nst_autodown = up();

	cr_expect(eq(int,
		     load(lab, "set -e\nPATH=/nowhere\nipset create bad hash:ip\n"),
		     -EOPNOTSUPP));
	cr_expect(strstr(nst_error(), "ipset: command not found") != NULL, "%s",
		  nst_error());
}

Test(script, that_needs_what_this_kernel_lacks_says_so)
{
	struct nst_lab *lab nst_autodown = up();
	int r = load(lab, "iptables-nft -A INPUT -m ipvs --ipvs -j DROP\n");

	if (r == 0)
		cr_skip_test("this kernel has the match ipvs");
	cr_expect(eq(int, r, -EOPNOTSUPP));
	cr_expect(strstr(nst_error(), "fw.sh:1: failed: iptables-nft -A INPUT") != NULL,
		  "%s", nst_error());
}

static void refused(const char *text, const char *sentence)
{
	struct nst_lab *lab nst_autodown = up();

	cr_assert(eq(int, load(lab, text), -EINVAL));
	if (!strstr(nst_error(), sentence))
		cr_fail("no \"%s\" in: %s", sentence, nst_error());
}

Test(script, whose_rule_is_refused_is_refused_though_it_goes_on)
{
	refused("#!/bin/sh\n"
		"iptables-nft -A INPUT -j NOWHERE\n"
		"exit 0\n",
		"fw.sh:2: failed: iptables-nft -A INPUT -j NOWHERE");
}

Test(script, that_ends_with_a_status_is_refused)
{
	refused("#!/bin/bash\nset -e\n\nno-such-command\n",
		"fw.sh:4: the script ended with status 127: no-such-command: command "
		"not found");
}
