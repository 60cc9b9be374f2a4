/* SPDX-License-Identifier: MIT */
/* The matches of an nft rule, in its words. */
#ifndef FIREWALL_NFT_MATCH_H
#define FIREWALL_NFT_MATCH_H

#include "ruletext.h"

enum value_kind { VALUE_OTHER, VALUE_ADDRESS, VALUE_PORTS, VALUE_STATE };

/* A match in the words of a rule: selector, then perhaps an operator, then a value. */
struct nft_match {
	enum value_kind kind;
	size_t first, op, value, end; /* `end` is behind the value's last word */
	bool has_operator, is_map;
};

/* The match whose selector begins at `word`. Return: whether there is one that is understood. */
bool nft_match_read(const struct ruletext *source, const struct text_rule *rule,
		    size_t word, struct nft_match *ret_match);

/* Behind a value: { … }, or words with commas between. */
size_t nft_value_end(const struct ruletext *source, const struct text_rule *rule,
		     size_t word);

#endif
