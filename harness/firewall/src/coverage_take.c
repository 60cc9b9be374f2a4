/* SPDX-License-Identifier: MIT */
/* From the kernel's counters to what was reached and matched. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>
#include <nstest/rules.h>

#include "coverage.h"
#include "coverage_elements.h"
#include "coverage_legacy.h"
#include "ruletext.h"

/* A counting rule of coverage_count.c. */
static bool is_ours(const struct nst_rule *rule)
{
	return rule->is_counted && !rule->is_policy && !rule->line && !*rule->text;
}

/* What the counting rule in front of rule `i` counted; false: there is none. */
static bool reached_before(const struct nst_rules *rules, const struct nst_chain *chain,
			   size_t i, uint64_t *ret_reached)
{
	if (i == chain->first || !is_ours(&rules->rules[i - 1]))
		return false;
	*ret_reached = rules->rules[i - 1].packets;
	return true;
}

/* What went on behind rule `i`. */
static bool reached_behind(const struct nst_rules *rules, const struct nst_chain *chain,
			   size_t i, uint64_t *ret_reached)
{
	if (i + 1 >= chain->first + chain->count || !is_ours(&rules->rules[i + 1]))
		return false;
	*ret_reached = rules->rules[i + 1].packets;
	return true;
}

/* What a rule does at its end, by its text. */
static void judge(const struct nst_rule *rule, bool *ret_decides, bool *ret_matches)
{
	struct ruletext text AUTO(ruletext_free) = { 0 };
	char *command AUTO_FREE = NULL;
	enum nst_ruleset_kind kind =
		rule->backend == NST_RULE_NFT ? NST_RULESET_NFT : NST_RULESET_IPTABLES;
	bool whole = kind != NST_RULESET_NFT || !strncmp(rule->text, "add ", 4) ||
		     !strncmp(rule->text, "insert ", 7);

	*ret_decides = *ret_matches = false;
	if (asprintf(&command, "%s%s", whole ? "" : "add rule t c ", rule->text) < 0 ||
	    ruletext_read(command, kind, &text) < 0 || text.rule_count != 1)
		return;
	*ret_decides = text.rules[0].end != END_GOES_ON;
	*ret_matches = text.rules[0].matches;
}

/* An nft rule that ends its chain matched what did not go on; another counts by itself, or has
 * no condition. */
static void count_nf_tables(const struct nst_rules *rules,
			    const struct nst_chain *chain, size_t i,
			    struct nst_covered *covered)
{
	const struct nst_rule *rule = &rules->rules[i];
	uint64_t behind;
	bool matches;

	judge(rule, &covered->decides, &matches);
	if (!reached_before(rules, chain, i, &covered->reached)) {
		covered->reached = covered->matched = rule->packets;
		return;
	}
	if (rule->backend == NST_RULE_NFT && covered->decides &&
	    reached_behind(rules, chain, i, &behind) && behind <= covered->reached)
		covered->matched = covered->reached - behind;
	else if (rule->is_counted)
		covered->matched = rule->packets;
	else if (!matches)
		covered->matched = covered->reached;
}

static void count_policy(const struct nst_rules *rules, const struct nst_chain *chain,
			 size_t i, struct nst_covered *covered)
{
	covered->decides = true;
	reached_before(rules, chain, i, &covered->reached);
	covered->matched = covered->reached;
}

static int take_rule(const struct nst_rules *rules, const struct legacy_flow *flow,
		     const struct nst_chain *chain, size_t i,
		     struct nst_coverage *coverage)
{
	const struct nst_rule *rule = &rules->rules[i];
	char *name AUTO_FREE = NULL;
	struct nst_covered covered = {
		.file = (char *)rule->file,
		.line = rule->line,
		.end_line = rule->end_line,
		.text = (char *)rule->text,
		.is_policy = rule->is_policy,
	};

	if (asprintf(&name, "%s %s %s", chain->family, chain->table, chain->name) < 0)
		return nst_fail_memory();
	covered.chain = name;
	if (rule->backend == NST_RULE_IPTABLES_LEGACY) {
		bool matches;

		judge(rule, &covered.decides, &matches);
		covered.decides |= rule->is_policy;
		covered.reached = legacy_reached(flow, i);
		covered.matched = rule->packets;
	} else if (rule->is_policy) {
		count_policy(rules, chain, i, &covered);
	} else {
		count_nf_tables(rules, chain, i, &covered);
	}
	return coverage_add(coverage, &covered);
}

int nst_coverage_take(struct nst_lab *lab, const char *host,
		      struct nst_coverage *coverage)
{
	struct nst_rules *rules nst_rules_autofree = NULL;
	struct legacy_flow flow AUTO(legacy_flow_free) = { 0 };
	int r = nst_rules_of(lab, host, &rules);

	if (r == 0)
		r = legacy_flow_of(rules, &flow);
	for (size_t c = 0; r == 0 && c < rules->chain_count; c++) {
		const struct nst_chain *chain = &rules->chains[c];

		for (size_t i = chain->first; r == 0 && i < chain->first + chain->count;
		     i++)
			if (rules->rules[i].line)
				r = take_rule(rules, &flow, chain, i, coverage);
	}
	return r == 0 ? coverage_take_elements(lab, host, coverage) : r;
}
