/* SPDX-License-Identifier: MIT */
/* nst_rules_of() and what is found in its answer. */
#include <nstest/rules.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>

#include "known.h"

static int rules_here(struct nst_inside *inside, struct nst_message *request,
		      struct nst_message *reply)
{
	struct listing listing AUTO(listing_free) = { 0 };
	size_t node;
	int r = nst_plan_node(nst_inside_plan(inside), request->data, &node);

	if (r == 0)
		r = nst_inside_net(inside, node);
	if (r == 0)
		r = listing_of_nf_tables(&listing);
	if (r == 0)
		r = listing_of_legacy(&listing);
	if (r < 0)
		return nst_fail_in(r, "host \"%s\"", (const char *)request->data);
	known_tell(inside, node, &listing);
	reply->data = listing_pack(&listing, &reply->size);
	return reply->data ? 0 : nst_fail_memory();
}

int nst_rules_of(struct nst_lab *lab, const char *host, struct nst_rules **ret_rules)
{
	struct nst_message reply = { 0 };
	int r = nst_lab_call(
		lab, rules_here,
		&(struct nst_message){ .data = (void *)host, .size = strlen(host) + 1 },
		&reply);

	if (r < 0)
		return r;
	*ret_rules = listing_unpack(reply.data, reply.size);
	return *ret_rules ? 0 : nst_fail(-EPROTO, "the rules came in pieces");
}

void nst_rules_free(struct nst_rules *rules)
{
	free(rules);
}

const struct nst_chain *nst_rules_find_chain(const struct nst_rules *rules, bool legacy,
					     const char *family, const char *table,
					     const char *chain)
{
	for (size_t i = 0; i < rules->chain_count; i++) {
		const struct nst_chain *one = &rules->chains[i];

		if (legacy == (one->backend == NST_RULE_IPTABLES_LEGACY) &&
		    strcmp(one->name, chain) == 0 && strcmp(one->table, table) == 0 &&
		    strcmp(one->family, family) == 0)
			return one;
	}
	return NULL;
}

const struct nst_rule *nst_rules_find_handle(const struct nst_rules *rules,
					     const char *family, const char *table,
					     const char *chain, uint64_t handle)
{
	for (size_t i = 0; handle && i < rules->chain_count; i++) {
		const struct nst_chain *one = &rules->chains[i];

		if (one->backend == NST_RULE_IPTABLES_LEGACY ||
		    strcmp(one->table, table) != 0 ||
		    strcmp(one->family, family) != 0 ||
		    (chain && strcmp(one->name, chain) != 0))
			continue;
		for (size_t k = one->first; k < one->first + one->count; k++)
			if (rules->rules[k].handle == handle)
				return &rules->rules[k];
	}
	return NULL;
}

const struct nst_rule *nst_rules_find_number(const struct nst_rules *rules,
					     const struct nst_chain *chain,
					     unsigned int number)
{
	return number && number <= chain->count
		       ? &rules->rules[chain->first + number - 1]
		       : NULL;
}

const struct nst_rule *nst_rules_find_policy(const struct nst_rules *rules,
					     const struct nst_chain *chain)
{
	return *chain->policy ? &rules->rules[chain->first + chain->count - 1] : NULL;
}

const char *nst_rule_backend_name(enum nst_rule_backend backend)
{
	static const char *const names[] = {
		[NST_RULE_NFT] = "nft",
		[NST_RULE_IPTABLES_NFT] = "iptables-nft",
		[NST_RULE_IPTABLES_LEGACY] = "iptables-legacy",
	};

	return names[backend];
}
