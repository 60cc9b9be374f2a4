/* SPDX-License-Identifier: MIT */
/* Mutants of rulesets: pure text. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nstest/mutant.h>

#include "../scratch.h"

/* All mutants of a text, a line each: "LINE KIND [=] AFTER", where "=" is for those that
 * nothing can tell from the original. Static. */
static const char *mutants_of(enum nst_ruleset_kind kind, const char *text)
{
	static char all[16384];
	struct nst_mutants *mutants = NULL;
	FILE *out = fmemopen(all, sizeof(all), "w");

	cr_assert(
		eq(int,
		   nst_mutants_make(&(struct nst_ruleset){ .kind = kind, .text = text },
				    &mutants),
		   0));
	for (size_t i = 0; i < mutants->count; i++) {
		const struct nst_mutant *mutant = &mutants->list[i];
		char *diff = nst_mutant_diff(mutants, i);
		const char *after = strchr(diff, '+');

		fprintf(out, "%u %s%s %s", mutant->line,
			nst_mutation_name(mutant->kind), mutant->equivalent ? " =" : "",
			after ? after : "\n");
		free(diff);
	}
	fclose(out);
	nst_mutants_free(mutants);
	return all;
}

static bool has(const char *text, const char *line)
{
	if (!strstr(text, line))
		fprintf(stderr, "no \"%s\" in:\n%s\n", line, text);
	return strstr(text, line);
}

static const char nft[] =
	"table inet f {\n"
	"\tset s { type ipv4_addr; elements = { 1.2.3.4, 5.6.7.8 } }\n"
	"\tchain in {\n"
	"\t\ttype filter hook input priority 0; policy drop;\n"
	"\t\tct state established,related accept\n"
	"\t\tip saddr 10.0.0.0/24 tcp dport 22 accept # ssh\n"
	"\t\ttcp dport { 80, 443 } accept\n"
	"\t\tudp dport vmap { 53 : accept, 123 : drop }\n"
	"\t\tip daddr 10.1.2.3 reject with icmp type admin-prohibited\n"
	"\t\tiifname \"lo\" drop\n"
	"\t}\n"
	"}\n";

Test(mutants, of_an_nft_script)
{
	const char *all = mutants_of(NST_RULESET_NFT, nft);

	cr_expect(has(all,
		      "4 policy + type filter hook input priority 0; policy accept;"));
	cr_expect(has(all, "5 delete \n"));
	cr_expect(has(all, "5 negate + ct state != { established,related } accept"));
	cr_expect(has(all, "5 state + accept"));
	cr_expect(has(all, "5 verdict + ct state established,related drop"));
	cr_expect(has(all, "6 negate + ip saddr != 10.0.0.0/24 tcp dport 22 accept"));
	cr_expect(has(all, "6 negate + ip saddr 10.0.0.0/24 tcp dport != 22 accept"));
	cr_expect(has(all, "6 widen + ip saddr 10.0.0.0/23 tcp"));
	cr_expect(has(all, "6 narrow + ip saddr 10.0.0.0/25 tcp"));
	cr_expect(has(all, "6 widen + ip saddr 10.0.0.0/24 tcp dport 22-23 accept"));
	cr_expect(has(all, "7 narrow + tcp dport {  443 } accept"));
	cr_expect(has(all, "7 narrow + tcp dport { 80 } accept"));
	cr_expect(has(all, "7 widen + tcp dport { 80-81, 443 } accept"));
	cr_expect(has(all, "8 verdict + udp dport vmap { 53 : drop, 123 : drop }"));
	cr_expect(has(all, "8 delete + udp dport vmap { 53 : accept }"));
	cr_expect(has(all, "9 verdict + ip daddr 10.1.2.3 accept"));
	cr_expect(has(all, "9 widen + ip daddr 10.1.2.2/31 reject"));
}

Test(mutants, of_what_the_policy_does_anyway_are_equivalent)
{
	const char *all = mutants_of(NST_RULESET_NFT, nft);

	cr_expect(has(all, "5 swap = "));
	cr_expect(has(all, "10 delete = "));
	cr_expect(has(all, "10 negate = "));
	cr_expect(has(all, "10 verdict +"));
}

Test(mutants, of_iptables_save)
{
	const char *all = mutants_of(
		NST_RULESET_IPTABLES,
		"*filter\n:INPUT DROP [0:0]\n"
		"-A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT\n"
		"-A INPUT -s 10.0.0.0/24 ! -i lo -p tcp -m tcp --dport 22 -j ACCEPT\n"
		"-A INPUT -p tcp -m multiport --dports 80,443 -j REJECT --reject-with "
		"tcp-reset\n"
		"COMMIT\n");

	cr_expect(has(all, "2 policy + :INPUT ACCEPT [0:0]"));
	cr_expect(has(all, "3 state + -A INPUT  -j ACCEPT"));
	cr_expect(has(all, "3 negate + -A INPUT -m conntrack ! --ctstate ESTABLISHED"));
	cr_expect(has(all, "4 negate + -A INPUT -s 10.0.0.0/24 -i lo -p tcp"));
	cr_expect(has(all, "4 widen + -A INPUT -s 10.0.0.0/23 ! -i"));
	cr_expect(has(all, "--dport 22:23 -j ACCEPT"));
	cr_expect(has(all, "5 narrow + -A INPUT -p tcp -m multiport --dports 443 -j"));
	cr_expect(has(all, "5 narrow + -A INPUT -p tcp -m multiport --dports 80 -j"));
	cr_expect(
		has(all, "5 widen + -A INPUT -p tcp -m multiport --dports 80,443:444"));
	cr_expect(has(all,
		      "5 verdict + -A INPUT -p tcp -m multiport --dports 80,443 -j "
		      "ACCEPT\n"));
}

Test(mutants, behind_a_rule_that_takes_everything_are_equivalent)
{
	const char *all =
		mutants_of(NST_RULESET_IPTABLES, "-P INPUT DROP\n-A INPUT -j ACCEPT\n"
						 "-A INPUT -s 10.0.0.1 -j DROP\n");

	cr_expect(has(all, "1 policy = "));
	cr_expect(has(all, "3 verdict = "));
	cr_expect(has(all, "2 verdict +"));
}

static bool lacks_equivalent(const char *all)
{
	return !strstr(all, " = ");
}

/* What is inserted stands the other way round. */
Test(mutants, of_inserted_rules_are_never_equivalent)
{
	cr_expect(lacks_equivalent(mutants_of(NST_RULESET_IPTABLES,
					      "-P INPUT DROP\n-I INPUT -j ACCEPT\n"
					      "-I INPUT -s 10.0.0.1 -j DROP\n")));
	cr_expect(lacks_equivalent(mutants_of(
		NST_RULESET_SCRIPT, "iptables -P INPUT DROP\n"
				    "if $x; then iptables -A INPUT -j DROP; fi\n"
				    "iptables -A INPUT -s 10.0.0.1 -j DROP\n")));
	cr_expect(lacks_equivalent(mutants_of(NST_RULESET_NFT,
					      "add rule t c accept\n"
					      "insert rule t c tcp dport 1 accept\n")));
}

Test(mutants, of_calls_in_a_script)
{
	const char *all =
		mutants_of(NST_RULESET_IPTABLES,
			   "iptables -P INPUT DROP\n"
			   "\tiptables -A INPUT -p tcp --dport 22 -j ACCEPT\n");

	cr_expect(has(all, "1 policy + iptables -P INPUT ACCEPT"));
	cr_expect(has(all, "2 delete + :"));
}

Test(mutants, of_calls_by_a_function_of_the_script)
{
	const char *all = mutants_of(NST_RULESET_SCRIPT,
				     "fw() { iptables \"$@\"; }\n"
				     "fw -A INPUT -p tcp --dport 22 -j ACCEPT\n"
				     "other -A INPUT -p tcp --dport 23 -j ACCEPT\n");

	cr_expect(has(all, "2 delete + :"));
	cr_expect(eq(ptr, strstr(all, "3 delete"), NULL));
}

Test(mutants, of_elements_of_named_sets)
{
	const char *all = mutants_of(
		NST_RULESET_NFT, "table ip f {\n"
				 "set s { type ipv4_addr; elements = { 10.0.0.1,\n"
				 "10.0.0.2 } }\n"
				 "map m { type inet_service : verdict; elements = { 22 "
				 ": accept } }\n"
				 "}\n"
				 "add element ip f m { 23 : drop, 24 : accept }\n");

	cr_expect(has(all, "2 narrow"));
	cr_expect(has(all, "3 widen"));
	cr_expect(has(all, "4 verdict"));
	cr_expect(has(all, "6 delete"));
	cr_expect(has(all, "6 widen"));
}

/* Each is in its own file, and neighbours are not swapped across files. */
Test(mutants, of_included_files)
{
	struct nst_mutants *mutants = NULL;
	struct nst_ruleset rules = { .kind = NST_RULESET_NFT };
	char folder[32], path[64], seen[512] = "";
	FILE *file;

	cr_assert(scratch_folder(folder, sizeof(folder)));
	snprintf(path, sizeof(path), "%s/rules.inc", folder);
	file = fopen(path, "w");
	fputs("tcp dport 1 accept", file);
	fclose(file);
	snprintf(path, sizeof(path), "%s/fw.nft", folder);
	fclose(fopen(path, "w"));
	rules.path = path;
	rules.text = "table ip f {\n\tchain c {\n\t\tinclude \"rules.inc\"\n"
		     "\t\tip saddr 10.0.0.1 drop\n\t}\n}\n";
	cr_assert(eq(int, nst_mutants_make(&rules, &mutants), 0));
	for (size_t i = 0; i < mutants->count; i++) {
		const struct nst_mutant *mutant = &mutants->list[i];

		sprintf(seen + strlen(seen), "%s:%u %s\n",
			strrchr(mutants->files[mutant->file].name, '/') + 1,
			mutant->line, nst_mutation_name(mutant->kind));
	}
	cr_expect(eq(str, seen,
		     "fw.nft:4 delete\nfw.nft:4 negate\nfw.nft:4 widen\n"
		     "fw.nft:4 verdict\n"
		     "rules.inc:1 delete\nrules.inc:1 negate\nrules.inc:1 widen\n"
		     "rules.inc:1 verdict\n"));
	nst_mutants_free(mutants);
}

Test(mutants, without_a_policy_get_one)
{
	const char *all = mutants_of(
		NST_RULESET_NFT,
		"table ip f { chain c { type filter hook input priority 0; drop; }; }\n"
		"add rule ip f c tcp dport 1 accept\n");

	cr_expect(has(all, "1 policy = + table ip f { chain c { type filter hook input "
			   "priority 0; policy drop; drop; }; }"));
	cr_expect(has(all, "2 negate = + add rule ip f c tcp dport != 1 accept"));
}

/* Whatever stands there, nothing is read that is not. */
Test(mutants, of_texts_that_are_cut_off)
{
	static const char *const texts[] = {
		nft,
		"-t\n-A\n-A INPUT\n-P INPUT\n:\n*\n-A INPUT -s\n-A INPUT ! -s\n-I "
		"INPUT 3 -j",
		"add rule\nadd rule ip\nadd rule ip f c handle\nchain\ntable\ntcp "
		"dport",
		"table ip f { set s { type ipv4_addr; elements = { 10.0.0.1, 10.0.0.2 "
		"comment \"x\" } }\nmap m { type mark : verdict; elements = { 1 : drop "
		"}\n}\n}\nadd element ip f s { 1.2.3.4 }\nadd element ip f m { 2 : "
		"accept, 3 }\ninclude \"x\"\n",
	};

	for (size_t t = 0; t < sizeof(texts) / sizeof(*texts); t++)
		for (size_t size = 0; size <= strlen(texts[t]); size++) {
			char *part = strndup(texts[t], size);

			mutants_of(NST_RULESET_NFT, part);
			mutants_of(NST_RULESET_IPTABLES, part);
			free(part);
		}
}
