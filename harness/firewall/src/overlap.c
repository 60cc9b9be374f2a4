/* SPDX-License-Identifier: MIT */
/* Whether two rules can match the same packet.
 *
 * How it works. A rule is the conditions that are understood, each about one property of a
 * packet, and whether these are all it has. Two rules are disjoint if they ask one property
 * for values that have nothing in common. One covers another if all of its conditions are
 * understood, and the other asks for no more than each of them.
 */
#include "overlap.h"

#include <string.h>

#include <base/scope.h>

#include "nft_match.h"

enum { FACETS_MOST = 16 };

enum property {
	PROPERTY_PROTOCOL,
	PROPERTY_SOURCE,
	PROPERTY_DESTINATION,
	PROPERTY_SOURCE_PORT,
	PROPERTY_PORT,
	PROPERTY_IN,
	PROPERTY_OUT,
	PROPERTY_STATE,
	PROPERTY_ICMP,
};

struct facet {
	enum property property;
	bool negated;
	struct span value;
};

struct facets {
	struct facet list[FACETS_MOST];
	size_t count;
	bool complete; /* there is no other condition */
};

static void add(struct facets *facets, enum property property, bool negated,
		struct span value)
{
	if (facets->count < FACETS_MOST)
		facets->list[facets->count++] =
			(struct facet){ property, negated, value };
	else
		facets->complete = false;
}

/* ---- iptables ---- */

static const struct option {
	const char *name;
	int property; /* -1: it says nothing by itself */
} options[] = {
	{ "-p", PROPERTY_PROTOCOL },
	{ "--protocol", PROPERTY_PROTOCOL },
	{ "-s", PROPERTY_SOURCE },
	{ "--source", PROPERTY_SOURCE },
	{ "-d", PROPERTY_DESTINATION },
	{ "--destination", PROPERTY_DESTINATION },
	{ "--sport", PROPERTY_SOURCE_PORT },
	{ "--sports", PROPERTY_SOURCE_PORT },
	{ "--dport", PROPERTY_PORT },
	{ "--dports", PROPERTY_PORT },
	{ "-i", PROPERTY_IN },
	{ "-o", PROPERTY_OUT },
	{ "--ctstate", PROPERTY_STATE },
	{ "--state", PROPERTY_STATE },
	{ "--icmp-type", PROPERTY_ICMP },
	{ "--icmpv6-type", PROPERTY_ICMP },
	{ "--comment", -1 },
};

static const struct option *option_at(const struct ruletext *source, size_t word)
{
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (word_is(source, word, options[i].name))
			return &options[i];
	return NULL;
}

/* -m with a module whose options are all known here. */
static bool is_harmless_module(const struct ruletext *source, size_t word)
{
	static const char *const modules[] = { "tcp",     "udp",       "icmp",
					       "icmp6",   "conntrack", "state",
					       "comment", "multiport", NULL };

	return word_is_any(source, word, modules);
}

static void facets_of_iptables(const struct ruletext *source,
			       const struct text_rule *rule, struct facets *facets)
{
	static const char *const targets[] = { "-j", "--jump", "-g", "--goto", NULL };
	size_t end = rule->first + rule->count;
	bool negated = false;

	for (size_t i = rule->own; i < end && !word_is_any(source, i, targets); i++) {
		const struct option *option = option_at(source, i);

		if (word_is(source, i, "!")) {
			negated = true;
			continue;
		}
		if (i + 1 < end && option && option->property >= 0)
			add(facets, (enum property)option->property, negated,
			    source->words[i + 1]);
		else if (!option && !(word_is(source, i, "-m") && i + 1 < end &&
				      is_harmless_module(source, i + 1)))
			facets->complete = false;
		i += option || word_is(source, i, "-m");
		negated = false;
	}
}

/* ---- nft ---- */

static const struct selector {
	const char *words[2];
	enum property property;
	bool names_protocol; /* its first word is one */
} selectors[] = {
	{ { "ip", "saddr" }, PROPERTY_SOURCE, false },
	{ { "ip6", "saddr" }, PROPERTY_SOURCE, false },
	{ { "ip", "daddr" }, PROPERTY_DESTINATION, false },
	{ { "ip6", "daddr" }, PROPERTY_DESTINATION, false },
	{ { "tcp", "dport" }, PROPERTY_PORT, true },
	{ { "udp", "dport" }, PROPERTY_PORT, true },
	{ { "th", "dport" }, PROPERTY_PORT, false },
	{ { "tcp", "sport" }, PROPERTY_SOURCE_PORT, true },
	{ { "udp", "sport" }, PROPERTY_SOURCE_PORT, true },
	{ { "th", "sport" }, PROPERTY_SOURCE_PORT, false },
	{ { "icmp", "type" }, PROPERTY_ICMP, true },
	{ { "icmpv6", "type" }, PROPERTY_ICMP, true },
	{ { "ct", "state" }, PROPERTY_STATE, false },
	{ { "meta", "l4proto" }, PROPERTY_PROTOCOL, false },
	{ { "ip", "protocol" }, PROPERTY_PROTOCOL, false },
	{ { "ip6", "nexthdr" }, PROPERTY_PROTOCOL, false },
	{ { "meta", "iifname" }, PROPERTY_IN, false },
	{ { "meta", "oifname" }, PROPERTY_OUT, false },
	{ { "iifname" }, PROPERTY_IN, false },
	{ { "oifname" }, PROPERTY_OUT, false },
};

static const struct selector *selector_at(const struct ruletext *source, size_t word)
{
	for (size_t i = 0; i < ARRAY_SIZE(selectors); i++)
		if (word_is(source, word, selectors[i].words[0]) &&
		    (!selectors[i].words[1] ||
		     (word + 1 < source->word_count &&
		      word_is(source, word + 1, selectors[i].words[1]))))
			return &selectors[i];
	return NULL;
}

static void add_match(const struct ruletext *source, const struct nft_match *match,
		      struct facets *facets)
{
	const struct selector *selector = selector_at(source, match->first);
	bool negated = match->has_operator && (word_is(source, match->op, "!=") ||
					       word_is(source, match->op, "ne"));
	struct span value = { source->words[match->value].begin,
			      source->words[match->end - 1].end };
	/* a concatenation has more words than its first selector */
	size_t words = selector ? 1 + !!selector->words[1] : 0;

	if (!selector || match->is_map || match->op != match->first + words ||
	    (match->has_operator && !negated && !word_is(source, match->op, "=="))) {
		facets->complete = false;
		return;
	}
	if (selector->names_protocol)
		add(facets, PROPERTY_PROTOCOL, false, source->words[match->first]);
	add(facets, selector->property, negated, value);
}

static void facets_of_nft(const struct ruletext *source, const struct text_rule *rule,
			  struct facets *facets)
{
	static const char *const doing[] = { "accept", "drop", "reject", "jump",
					     "goto",   "log",  "return", "comment",
					     "queue",  NULL };
	size_t end = rule->first + rule->count;
	struct nft_match match;

	for (size_t i = rule->own; i < end && !word_is_any(source, i, doing);) {
		if (nft_match_read(source, rule, i, &match)) {
			add_match(source, &match, facets);
			i = match.end;
			continue;
		}
		facets->complete &= word_is(source, i, "counter");
		i++;
	}
}

/* ---- Both ---- */

static struct facets facets_of(const struct ruletext *source,
			       const struct text_rule *rule)
{
	struct facets facets = { .complete = true };

	if (source->kind == NST_RULESET_NFT)
		facets_of_nft(source, rule, &facets);
	else
		facets_of_iptables(source, rule, &facets);
	return facets;
}

static size_t length(struct span span)
{
	return span.end - span.begin;
}

bool rules_are_disjoint(const struct ruletext *source, const struct text_rule *one,
			const struct text_rule *other)
{
	struct facets left = facets_of(source, one), right = facets_of(source, other);

	for (size_t a = 0; a < left.count; a++)
		for (size_t b = 0; b < right.count; b++) {
			const struct facet *mine = &left.list[a], *its = &right.list[b];
			const char *text = source->text;

			if (mine->property != its->property ||
			    (mine->negated && its->negated))
				continue;
			if (!mine->negated && !its->negated &&
			    values_are_disjoint(
				    text + mine->value.begin, length(mine->value),
				    text + its->value.begin, length(its->value)))
				return true;
			/* one asks for just what the other does not want */
			if (mine->negated &&
			    value_covers(text + mine->value.begin, length(mine->value),
					 text + its->value.begin, length(its->value)))
				return true;
			if (its->negated &&
			    value_covers(text + its->value.begin, length(its->value),
					 text + mine->value.begin, length(mine->value)))
				return true;
		}
	return false;
}

/* Whether a condition of `narrow` asks for no more than this one. */
static bool is_implied(const struct ruletext *source, const struct facet *wide,
		       const struct facets *narrow)
{
	const char *text = source->text;

	for (size_t i = 0; i < narrow->count; i++) {
		const struct facet *its = &narrow->list[i];

		if (its->property != wide->property || its->negated != wide->negated)
			continue;
		if (wide->negated
			    ? length(its->value) == length(wide->value) &&
				      !memcmp(text + its->value.begin,
					      text + wide->value.begin,
					      length(wide->value))
			    : value_covers(text + wide->value.begin,
					   length(wide->value), text + its->value.begin,
					   length(its->value)))
			return true;
	}
	return false;
}

bool rule_covers(const struct ruletext *source, const struct text_rule *wide,
		 const struct text_rule *narrow)
{
	struct facets of_wide = facets_of(source, wide);
	struct facets of_narrow = facets_of(source, narrow);

	if (!of_wide.complete)
		return false;
	for (size_t i = 0; i < of_wide.count; i++)
		if (!is_implied(source, &of_wide.list[i], &of_narrow))
			return false;
	return true;
}

const struct text_rule *rule_shadow(const struct ruletext *source,
				    const struct text_rule *rule)
{
	const struct text_rule *before = rule;

	while ((before = ruletext_neighbour(source, before, -1)))
		if (before->end != END_GOES_ON && before->plain &&
		    rule_covers(source, before, rule))
			return before;
	return NULL;
}
