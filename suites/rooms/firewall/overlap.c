/* SPDX-License-Identifier: MIT */
/* Which rules can match the same packet, by their texts. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include <overlap.h>

/* '|' for disjoint, '>' if the first covers the second, '-' for neither. */
static char relation(enum nst_ruleset_kind kind, const char *one, const char *other)
{
	const char *rule = kind == NST_RULESET_NFT ? "add rule t c" : "-A c";
	struct ruletext source;
	char text[512], relation;

	snprintf(text, sizeof(text), "%s %s\n%s %s\n", rule, one, rule, other);
	cr_assert(eq(int, ruletext_read(text, kind, &source), 0));
	cr_assert(eq(sz, source.rule_count, 2), "%s", text);
	relation = rules_are_disjoint(&source, &source.rules[0], &source.rules[1]) ? '|'
		   : rule_covers(&source, &source.rules[0], &source.rules[1])      ? '>'
									      : '-';
	ruletext_free(&source);
	return relation;
}

struct pair {
	const char *one, *other;
	char relation;
};

static void check(enum nst_ruleset_kind kind, const struct pair *pairs)
{
	for (; pairs->one; pairs++)
		cr_expect(eq(chr, relation(kind, pairs->one, pairs->other),
			     pairs->relation),
			  "%s / %s", pairs->one, pairs->other);
}

Test(overlap, of_nft_rules)
{
	check(NST_RULESET_NFT,
	      (const struct pair[]){
		      { "tcp dport 22 accept", "udp dport 22 drop", '|' },
		      { "tcp dport 22 accept", "tcp dport { 80, 443 } drop", '|' },
		      { "tcp dport 1-1024 accept", "tcp dport { 80, 443 } drop", '>' },
		      { "tcp dport { 80, 443 } accept", "tcp dport 1-1024 drop", '-' },
		      { "ip saddr 10.0.0.0/8 accept", "ip saddr 10.1.2.3 drop", '>' },
		      { "ip saddr 10.0.0.0/8 accept", "ip saddr 11.1.2.3 drop", '|' },
		      { "ip saddr @all accept", "ip saddr 10.1.2.3 drop", '-' },
		      { "ct state established accept", "ct state new tcp dport 1 drop",
			'|' },
		      { "accept", "tcp dport 1 drop", '>' },
		      { "limit rate 1/second accept", "tcp dport 1 drop", '-' },
		      { "ip saddr != 10.0.0.1 accept", "ip saddr 10.0.0.1 drop", '|' },
		      { "ip saddr . tcp dport { 10.0.0.1 . 22 } accept",
			"ip saddr 10.0.0.2 tcp dport 22 drop", '-' },
		      { "tcp dport 22 ip saddr 10.0.0.1 accept", "tcp dport 22 drop",
			'-' },
		      { "tcp dport ssh accept", "tcp dport 80 drop", '-' },
		      { "tcp dport > 22 accept", "tcp dport 22 drop", '-' },
		      {},
	      });
}

Test(overlap, of_iptables_rules)
{
	check(NST_RULESET_IPTABLES,
	      (const struct pair[]){
		      { "-p tcp -m tcp --dport 22 -j ACCEPT",
			"-s 10.0.0.1/32 -p tcp -m tcp --dport 22 -j DROP", '>' },
		      { "-p tcp -m tcp --dport 22 -j ACCEPT",
			"-p tcp -m multiport --dports 80,443 -j DROP", '|' },
		      { "-i eth0 -j ACCEPT", "-i eth1 -j DROP", '|' },
		      { "-i eth+ -j ACCEPT", "-i eth1 -j DROP", '-' },
		      { "-m limit --limit 1/s -j ACCEPT", "-i eth1 -j DROP", '-' },
		      { "! -s 10.0.0.0/8 -j ACCEPT", "-s 10.1.1.1/32 -j DROP", '|' },
		      { "-s 10.1.1.1/32 -j ACCEPT", "! -s 10.0.0.0/8 -j DROP", '|' },
		      { "-j ACCEPT", "-i eth1 -j DROP", '>' },
		      { "-p tcp -m tcp --tcp-flags SYN SYN -j ACCEPT", "-p tcp -j DROP",
			'-' },
		      {},
	      });
}
