/* SPDX-License-Identifier: MIT */
/* The matches of an nft rule, in its words. */
#include "nft_match.h"

#include <base/scope.h>

/* What a match may begin with. */
static const struct selector {
	const char *words[2];
	enum value_kind value;
} selectors[] = {
	{ { "ip", "saddr" }, VALUE_ADDRESS },
	{ { "ip", "daddr" }, VALUE_ADDRESS },
	{ { "ip6", "saddr" }, VALUE_ADDRESS },
	{ { "ip6", "daddr" }, VALUE_ADDRESS },
	{ { "tcp", "dport" }, VALUE_PORTS },
	{ { "tcp", "sport" }, VALUE_PORTS },
	{ { "udp", "dport" }, VALUE_PORTS },
	{ { "udp", "sport" }, VALUE_PORTS },
	{ { "th", "dport" }, VALUE_PORTS },
	{ { "th", "sport" }, VALUE_PORTS },
	{ { "ct", "state" }, VALUE_STATE },
	{ { "ct", "status" }, VALUE_OTHER },
	{ { "ct", "direction" }, VALUE_OTHER },
	{ { "ct", "mark" }, VALUE_OTHER },
	{ { "tcp", "flags" }, VALUE_OTHER },
	{ { "ip", "protocol" }, VALUE_OTHER },
	{ { "ip6", "nexthdr" }, VALUE_OTHER },
	{ { "icmp", "type" }, VALUE_OTHER },
	{ { "icmpv6", "type" }, VALUE_OTHER },
	{ { "ether", "saddr" }, VALUE_OTHER },
	{ { "ether", "daddr" }, VALUE_OTHER },
	{ { "meta", "l4proto" }, VALUE_OTHER },
	{ { "meta", "nfproto" }, VALUE_OTHER },
	{ { "meta", "mark" }, VALUE_OTHER },
	{ { "meta", "iifname" }, VALUE_OTHER },
	{ { "meta", "oifname" }, VALUE_OTHER },
	{ { "meta", "iif" }, VALUE_OTHER },
	{ { "meta", "oif" }, VALUE_OTHER },
	{ { "meta", "pkttype" }, VALUE_OTHER },
	{ { "meta", "skuid" }, VALUE_OTHER },
	{ { "pkttype" }, VALUE_OTHER },
	{ { "iifname" }, VALUE_OTHER },
	{ { "oifname" }, VALUE_OTHER },
	{ { "iif" }, VALUE_OTHER },
	{ { "oif" }, VALUE_OTHER },
	{ { "mark" }, VALUE_OTHER },
};

static size_t rule_end(const struct text_rule *rule)
{
	return rule->first + rule->count;
}

/* Behind the selector that begins at `word`; `word` itself if there is none. */
static size_t read_selector(const struct ruletext *source, const struct text_rule *rule,
			    size_t word, enum value_kind *ret_kind)
{
	if (word_is(source, word, "fib"))
		for (size_t i = word + 1; i < rule_end(rule); i++)
			if (word_is(source, i, "type") || word_is(source, i, "oif")) {
				*ret_kind = VALUE_OTHER;
				return i + 1;
			}
	for (size_t i = 0; i < ARRAY_SIZE(selectors); i++) {
		const struct selector *selector = &selectors[i];

		if (!word_is(source, word, selector->words[0]))
			continue;
		*ret_kind = selector->value;
		if (!selector->words[1])
			return word + 1;
		if (word + 1 < rule_end(rule) &&
		    word_is(source, word + 1, selector->words[1]))
			return word + 2;
	}
	return word;
}

/* "a . b": the selectors of a concatenation, whose values are nothing simple. */
static size_t read_selectors(const struct ruletext *source,
			     const struct text_rule *rule, size_t word,
			     enum value_kind *ret_kind)
{
	size_t at = read_selector(source, rule, word, ret_kind);

	while (at > word && at < rule_end(rule) && word_is(source, at, ".")) {
		enum value_kind kind;
		size_t next = at + 1 < rule_end(rule)
				      ? read_selector(source, rule, at + 1, &kind)
				      : at + 1;

		*ret_kind = VALUE_OTHER;
		if (next == at + 1)
			return word;
		at = next;
	}
	return at;
}

size_t nft_value_end(const struct ruletext *source, const struct text_rule *rule,
		     size_t word)
{
	size_t end = rule_end(rule), depth = 0;

	if (!word_is(source, word, "{")) {
		while (word + 2 < end && word_is(source, word + 1, ","))
			word += 2;
		return word + 1;
	}
	for (; word < end; word++) {
		if (word_is(source, word, "{"))
			depth++;
		else if (word_is(source, word, "}") && !--depth)
			return word + 1;
	}
	return end;
}

bool nft_match_read(const struct ruletext *source, const struct text_rule *rule,
		    size_t word, struct nft_match *ret_match)
{
	static const char *const operators[] = { "==", "!=", "<",  ">",  "<=",
						 ">=", "eq", "ne", "lt", "gt",
						 "le", "ge", NULL };
	static const char *const not_simple[] = { "set", "&", "and", "map", "|", NULL };
	struct nft_match match = { .first = word };
	size_t at = read_selectors(source, rule, word, &match.kind),
	       end = rule_end(rule);

	if (at == word || at >= end || word_is_any(source, at, not_simple))
		return false;
	match.op = at;
	match.has_operator = word_is_any(source, at, operators);
	match.is_map = word_is(source, at, "vmap");
	at += match.has_operator || match.is_map;
	if (at >= end)
		return false;
	match.value = at;
	match.end = nft_value_end(source, rule, at);
	*ret_match = match;
	return true;
}
