/* SPDX-License-Identifier: MIT */
#include "listing.h"

#include <stdlib.h>
#include <string.h>

#include <base/scope.h>

struct nst_chain *listing_add_chain(struct listing *listing, uint64_t table)
{
	struct nst_chain *chain = hoard_push(&listing->chains, &listing->chain_count,
					     &listing->chain_room, sizeof(*chain));
	uint64_t *handle = hoard_push(&listing->tables, &listing->table_count,
				      &listing->table_room, sizeof(*handle));

	if (!chain || !handle)
		return NULL;
	*handle = table;
	*chain = (struct nst_chain){
		.family = "",
		.table = "",
		.name = "",
		.type = "",
		.hook = "",
		.device = "",
		.policy = "",
		.file = "",
		.first = listing->rule_count,
	};
	return chain;
}

struct nst_rule *listing_add_rule(struct listing *listing)
{
	struct nst_rule *rule = hoard_push(&listing->rules, &listing->rule_count,
					   &listing->rule_room, sizeof(*rule));
	struct nst_chain *chain = &listing->chains[listing->chain_count - 1];

	if (!rule)
		return NULL;
	*rule = (struct nst_rule){
		.backend = chain->backend,
		.index = listing->rule_count - 1,
		.chain = listing->chain_count - 1,
		.number = (unsigned int)++chain->count,
		.text = "",
		.file = "",
	};
	return rule;
}

struct nst_rule *listing_add_policy(struct listing *listing)
{
	struct nst_chain *chain = &listing->chains[listing->chain_count - 1];
	struct nst_rule *rule = listing_add_rule(listing);
	char text[32];

	if (!rule)
		return NULL;
	snprintf(text, sizeof(text), "policy %s", chain->policy);
	rule->is_policy = true;
	rule->text = hoard_string(&listing->hoard, text);
	return rule;
}

void listing_free(struct listing *listing)
{
	free(listing->chains);
	free(listing->rules);
	free(listing->tables);
	hoard_free(&listing->hoard);
	*listing = (struct listing){ 0 };
}

/* ---- One block: a string in it is where it begins, counted from the block's start ----
 */

/* Strings that follow one another are mostly the same: files, tables. */
struct packing {
	char *block; /* NULL: sizes only */
	size_t size;
	struct {
		const char *text;
		size_t at;
	} last[8];
};

static void pack_string(struct packing *packing, const char **place, size_t slot)
{
	size_t size = strlen(*place) + 1;

	if (packing->last[slot].text != *place) {
		packing->last[slot].text = *place;
		packing->last[slot].at = packing->size;
		if (packing->block)
			memcpy(packing->block + packing->size, *place, size);
		packing->size += size;
	}
	if (packing->block)
		*place = (const char *)packing->last[slot].at;
}

static void pack_strings(struct packing *packing, struct nst_chain *chains,
			 size_t chain_count, struct nst_rule *rules, size_t rule_count)
{
	for (size_t i = 0; i < chain_count; i++) {
		const char **strings[] = { &chains[i].family, &chains[i].table,
					   &chains[i].name,   &chains[i].type,
					   &chains[i].hook,   &chains[i].device,
					   &chains[i].policy, &chains[i].file };

		for (size_t k = 0; k < ARRAY_SIZE(strings); k++)
			pack_string(packing, strings[k], k);
	}
	memset(packing->last, 0, sizeof(packing->last));
	for (size_t i = 0; i < rule_count; i++) {
		pack_string(packing, &rules[i].text, 0);
		pack_string(packing, &rules[i].file, 1);
	}
}

void *listing_pack(const struct listing *listing, size_t *ret_size)
{
	size_t rules_size = listing->rule_count * sizeof(*listing->rules);
	size_t chains_size = listing->chain_count * sizeof(*listing->chains);
	size_t head = sizeof(struct nst_rules);
	struct packing packing = { .size = head + rules_size + chains_size };
	struct nst_rules *rules;
	char *block;

	pack_strings(&packing, listing->chains, listing->chain_count, listing->rules,
		     listing->rule_count);
	block = malloc(packing.size);
	if (!block)
		return NULL;
	rules = (struct nst_rules *)block;
	*rules = (struct nst_rules){ .count = listing->rule_count,
				     .chain_count = listing->chain_count };
	if (rules_size)
		memcpy(block + head, listing->rules, rules_size);
	if (chains_size)
		memcpy(block + head + rules_size, listing->chains, chains_size);
	packing = (struct packing){ .block = block,
				    .size = head + rules_size + chains_size };
	pack_strings(&packing, (struct nst_chain *)(block + head + rules_size),
		     listing->chain_count, (struct nst_rule *)(block + head),
		     listing->rule_count);
	*ret_size = packing.size;
	return block;
}

struct nst_rules *listing_unpack(void *block, size_t size)
{
	struct nst_rules *rules = block;
	char *base = block;
	struct nst_rule *rule = (struct nst_rule *)(base + sizeof(*rules));
	struct nst_chain *chain;

	if (size < sizeof(*rules))
		return NULL;
	chain = (struct nst_chain *)(rule + rules->count);
	for (size_t i = 0; i < rules->count; i++) {
		rule[i].text = base + (size_t)rule[i].text;
		rule[i].file = base + (size_t)rule[i].file;
	}
	for (size_t i = 0; i < rules->chain_count; i++) {
		const char **strings[] = { &chain[i].family, &chain[i].table,
					   &chain[i].name,   &chain[i].type,
					   &chain[i].hook,   &chain[i].device,
					   &chain[i].policy, &chain[i].file };

		for (size_t k = 0; k < ARRAY_SIZE(strings); k++)
			*strings[k] = base + (size_t)*strings[k];
	}
	rules->rules = rule;
	rules->chains = chain;
	return rules;
}
