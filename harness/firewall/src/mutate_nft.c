/* SPDX-License-Identifier: MIT */
/* Mutants of one nft rule. */
#include <base/scope.h>

#include "mutate.h"

enum value_kind { VALUE_OTHER, VALUE_ADDRESS, VALUE_PORTS, VALUE_STATE };

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

/* A match in the words of a rule: selector, then perhaps an operator, then a value. */
struct match {
	enum value_kind kind;
	size_t first, operator, value, end; /* `end` is behind the value's last word */
	bool has_operator, is_map;
};

static size_t rule_end(const struct maker *maker)
{
	return maker->rule->first + maker->rule->count;
}

/* Behind the selector that begins at `word`; `word` itself if there is none. */
static size_t read_selector(const struct maker *maker, size_t word,
			    enum value_kind *ret_kind)
{
	const struct ruletext *source = maker->source;

	if (word_is(source, word, "fib"))
		for (size_t i = word + 1; i < rule_end(maker); i++)
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
		if (word + 1 < rule_end(maker) &&
		    word_is(source, word + 1, selector->words[1]))
			return word + 2;
	}
	return word;
}

/* "a . b": the selectors of a concatenation, whose values are nothing simple. */
static size_t read_selectors(const struct maker *maker, size_t word,
			     enum value_kind *ret_kind)
{
	size_t at = read_selector(maker, word, ret_kind);

	while (at > word && at < rule_end(maker) && word_is(maker->source, at, ".")) {
		enum value_kind kind;
		size_t next = at + 1 < rule_end(maker)
				      ? read_selector(maker, at + 1, &kind)
				      : at + 1;

		*ret_kind = VALUE_OTHER;
		if (next == at + 1)
			return word;
		at = next;
	}
	return at;
}

/* Behind a value: { … }, or words with commas between. */
static size_t value_end(const struct maker *maker, size_t word)
{
	const struct ruletext *source = maker->source;
	size_t end = rule_end(maker), depth = 0;

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

static bool read_match(const struct maker *maker, size_t word, struct match *ret_match)
{
	static const char *const operators[] = { "==", "!=", "<",  ">",  "<=",
						 ">=", "eq", "ne", "lt", "gt",
						 "le", "ge", NULL };
	static const char *const not_simple[] = { "set", "&", "and", "map", "|", NULL };
	const struct ruletext *source = maker->source;
	struct match match = { .first = word };
	size_t at = read_selectors(maker, word, &match.kind), end = rule_end(maker);

	if (at == word || at >= end || word_is_any(source, at, not_simple))
		return false;
	match.operator= at;
	match.has_operator = word_is_any(source, at, operators);
	match.is_map = word_is(source, at, "vmap");
	at += match.has_operator || match.is_map;
	if (at >= end)
		return false;
	match.value = at;
	match.end = value_end(maker, at);
	*ret_match = match;
	return true;
}

static void negate_operator(struct maker *maker, const struct match *match)
{
	static const char *const contrary[][2] = {
		{ "==", "!=" }, { "!=", "==" }, { "<", ">=" },  { ">", "<=" },
		{ "<=", ">" },  { ">=", "<" },  { "eq", "!=" }, { "ne", "==" },
		{ "lt", ">=" }, { "gt", "<=" }, { "le", ">" },  { "ge", "<" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(contrary); i++)
		if (word_is(maker->source, match->operator, contrary[i][0]))
			make_mutant(maker, NST_MUTATION_NEGATE,
			     maker->source->words[match->operator], "%s",
			     contrary[i][1]);
}

/* A list without braces gets them: "!= established,related" would compare the bits. */
static void negate(struct maker *maker, const struct match *match)
{
	const struct span *words = maker->source->words;
	struct span value = { words[match->value].begin, words[match->end - 1].end };

	if (match->has_operator)
		negate_operator(maker, match);
	else if (match->end - match->value > 1 &&
		 !word_is(maker->source, match->value, "{"))
		make_mutant(maker, NST_MUTATION_NEGATE, value, "!= { %.*s }",
			    (int)(value.end - value.begin),
			    maker->source->text + value.begin);
	else
		make_mutant(maker, NST_MUTATION_NEGATE,
			    (struct span){ value.begin, value.begin }, "!= ");
}

/* An element of { … } goes, with one of the commas beside it. */
static void drop_element(struct maker *maker, enum nst_mutation kind, size_t first,
			 size_t end)
{
	const struct ruletext *source = maker->source;
	struct span gone = { source->words[first].begin, source->words[end - 1].end };

	if (word_is(source, end, ","))
		gone.end = source->words[end].end;
	else if (word_is(source, first - 1, ","))
		gone.begin = source->words[first - 1].begin;
	else
		return; /* the only one */
	make_mutant(maker, kind, gone, "%s", "");
}

static void flip_word(struct maker *maker, size_t word)
{
	if (word_is(maker->source, word, "accept"))
		make_mutant(maker, NST_MUTATION_VERDICT, maker->source->words[word],
			    "drop");
	else if (word_is(maker->source, word, "drop"))
		make_mutant(maker, NST_MUTATION_VERDICT, maker->source->words[word],
			    "accept");
}

/* The elements between the braces at `open` and `close`. */
static void mutate_elements(struct maker *maker, const struct match *match, size_t open,
			    size_t close)
{
	const struct ruletext *source = maker->source;
	size_t first = open + 1;

	while (first < close && word_is(source, first, "\n"))
		first++;
	for (size_t i = first; i <= close; i++) {
		if (i < close && !word_is(source, i, ","))
			continue;
		if (i > first)
			drop_element(maker,
				     match->is_map ? NST_MUTATION_DELETE
						   : NST_MUTATION_NARROW,
				     first, i);
		for (size_t word = first; match->is_map && word < i; word++)
			flip_word(maker, word);
		if (!match->is_map && i == first + 1 &&
		    (match->kind == VALUE_ADDRESS || match->kind == VALUE_PORTS))
			make_steps(maker, source->words[first],
				   match->kind == VALUE_PORTS);
		first = i + 1;
	}
}

static void drop_state(struct maker *maker, const struct match *match)
{
	const struct span *words = maker->source->words;

	make_mutant(
		maker, NST_MUTATION_STATE,
		(struct span){ words[match->first].begin, words[match->end - 1].end },
		"%s", "");
}

static void mutate_match(struct maker *maker, const struct match *match)
{
	if (!match->is_map)
		negate(maker, match);
	if (word_is(maker->source, match->value, "{"))
		mutate_elements(maker, match, match->value, match->end - 1);
	else if (match->kind == VALUE_ADDRESS || match->kind == VALUE_PORTS)
		make_steps(maker, maker->source->words[match->value],
			   match->kind == VALUE_PORTS);
	if (match->kind == VALUE_STATE && !match->is_map)
		drop_state(maker, match);
}

/* "reject with …" goes up to the end, or up to a comment. */
static void flip_verdict(struct maker *maker, size_t word)
{
	const struct ruletext *source = maker->source;
	struct span verdict = source->words[word];

	if (!word_is(source, word, "reject")) {
		flip_word(maker, word);
		return;
	}
	for (size_t i = word; i < rule_end(maker) && !word_is(source, i, "comment");
	     i++)
		verdict.end = source->words[i].end;
	make_mutant(maker, NST_MUTATION_VERDICT, verdict, "accept");
}

void mutate_nft(struct maker *maker)
{
	static const char *const verdicts[] = { "accept", "drop", "reject", NULL };
	struct match match;

	for (size_t i = maker->rule->own; i < rule_end(maker);) {
		if (read_match(maker, i, &match)) {
			mutate_match(maker, &match);
			i = match.end;
			continue;
		}
		if (word_is_any(maker->source, i, verdicts)) {
			flip_verdict(maker, i);
			return;
		}
		i = word_is(maker->source, i, "{") ? value_end(maker, i) : i + 1;
	}
}
