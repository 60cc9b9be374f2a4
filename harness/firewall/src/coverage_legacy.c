/* SPDX-License-Identifier: MIT */
/* How it works. Each rule of the legacy iptables counts what it matched, and so does a builtin
 * chain's policy. What enters a chain of one's own is what the rules that jump to it matched; what
 * enters a builtin one is what ended in it and what its policy got. From there on down: what
 * reaches the next rule is what reached this one, less what ended by it. Of a jump that is
 * the part that ended in the other chain, for which all who jump there are alike.
 */
#include "coverage_legacy.h"

#include <stdlib.h>
#include <string.h>

#include <base/fail.h>

enum target { TARGET_ON, TARGET_END, TARGET_BACK, TARGET_CHAIN };

/* The word behind -j or -g; its length is 0 if there is none. */
static const char *target_word(const char *text, size_t *ret_length)
{
	const char *at = strstr(text, " -j ");

	if (!at)
		at = strstr(text, " -g ");
	at = at ? at + 4 : "";
	*ret_length = strcspn(at, " \t");
	return at;
}

static bool word_is_one_of(const char *word, size_t length, const char *const *words)
{
	for (; *words; words++)
		if (strlen(*words) == length && !memcmp(*words, word, length))
			return true;
	return false;
}

/* What becomes of what the rule matches; *ret_chain: where it goes. */
static enum target target_of(const struct nst_rules *rules, const struct nst_rule *rule,
			     size_t *ret_chain)
{
	static const char *const ending[] = { "ACCEPT",   "DROP",  "REJECT",
					      "DNAT",     "SNAT",  "MASQUERADE",
					      "REDIRECT", "QUEUE", "NFQUEUE",
					      NULL };
	static const char *const back[] = { "RETURN", NULL };
	const struct nst_chain *mine = &rules->chains[rule->chain];
	size_t length;
	const char *word = target_word(rule->text, &length);

	if (word_is_one_of(word, length, ending))
		return TARGET_END;
	if (word_is_one_of(word, length, back))
		return TARGET_BACK;
	for (size_t c = 0; length && c < rules->chain_count; c++) {
		const struct nst_chain *chain = &rules->chains[c];

		if (chain->backend == mine->backend && chain != mine &&
		    strlen(chain->name) == length &&
		    !memcmp(chain->name, word, length) &&
		    !strcmp(chain->table, mine->table) &&
		    !strcmp(chain->family, mine->family)) {
			*ret_chain = c;
			return TARGET_CHAIN;
		}
	}
	return TARGET_ON;
}

static double jumped_to(const struct nst_rules *rules, size_t chain)
{
	double sum = 0;

	for (size_t i = 0; i < rules->count; i++) {
		size_t to;

		if (rules->rules[i].backend == NST_RULE_IPTABLES_LEGACY &&
		    !rules->rules[i].is_policy &&
		    target_of(rules, &rules->rules[i], &to) == TARGET_CHAIN &&
		    to == chain)
			sum += (double)rules->rules[i].packets;
	}
	return sum;
}

static void work_out(const struct nst_rules *rules, struct legacy_flow *flow,
		     size_t chain);

/* What of the rule's matches never comes back. */
static double ended_by(const struct nst_rules *rules, struct legacy_flow *flow,
		       const struct nst_rule *rule)
{
	size_t to;

	switch (target_of(rules, rule, &to)) {
	case TARGET_END:
		return (double)rule->packets;
	case TARGET_CHAIN:
		work_out(rules, flow, to);
		return flow->entered[to] > 0 ? (double)rule->packets * flow->ended[to] /
						       flow->entered[to]
					     : 0;
	case TARGET_ON:
	case TARGET_BACK:
		break;
	}
	return 0;
}

static void work_out(const struct nst_rules *rules, struct legacy_flow *flow, size_t c)
{
	const struct nst_chain *chain = &rules->chains[c];
	size_t end = chain->first + chain->count, to;
	double left;

	if (flow->entered[c] >= 0)
		return;
	flow->entered[c] = 0; /* the kernel has no loops, but a listing may */
	for (size_t i = chain->first; i < end; i++)
		if (!rules->rules[i].is_policy)
			flow->ended[c] += ended_by(rules, flow, &rules->rules[i]);
	flow->entered[c] =
		*chain->policy ? flow->ended[c] + (double)rules->rules[end - 1].packets
			       : jumped_to(rules, c);
	left = flow->entered[c];
	for (size_t i = chain->first; i < end; i++) {
		const struct nst_rule *rule = &rules->rules[i];

		flow->reached[i] = rule->is_policy ? (double)rule->packets : left;
		if (rule->is_policy)
			continue;
		left -= ended_by(rules, flow, rule);
		if (target_of(rules, rule, &to) == TARGET_BACK)
			left -= (double)rule->packets;
	}
}

int legacy_flow_of(const struct nst_rules *rules, struct legacy_flow *ret_flow)
{
	struct legacy_flow flow = {
		.reached = calloc(rules->count + 1, sizeof(double)),
		.entered = calloc(rules->chain_count + 1, sizeof(double)),
		.ended = calloc(rules->chain_count + 1, sizeof(double)),
	};

	if (!flow.reached || !flow.entered || !flow.ended) {
		legacy_flow_free(&flow);
		return nst_fail_memory();
	}
	for (size_t c = 0; c < rules->chain_count; c++)
		flow.entered[c] = -1;
	for (size_t c = 0; c < rules->chain_count; c++)
		if (rules->chains[c].backend == NST_RULE_IPTABLES_LEGACY)
			work_out(rules, &flow, c);
	*ret_flow = flow;
	return 0;
}

void legacy_flow_free(struct legacy_flow *flow)
{
	free(flow->reached);
	free(flow->entered);
	free(flow->ended);
	*flow = (struct legacy_flow){ 0 };
}

uint64_t legacy_reached(const struct legacy_flow *flow, size_t rule)
{
	double reached = flow->reached[rule];

	/* A share of a packet is one: what was reached must not look as if it was not. */
	if (reached < 1)
		return reached > 1e-6;
	return (uint64_t)(reached + 0.5);
}
