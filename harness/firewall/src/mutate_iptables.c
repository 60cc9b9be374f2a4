/* SPDX-License-Identifier: MIT */
/* Mutants of one iptables rule. */
#include <string.h>

#include "mutate.h"

enum value_kind { VALUE_OTHER, VALUE_ADDRESS, VALUE_PORTS, VALUE_LIST, VALUE_NONE };

static const struct match {
	const char *option;
	enum value_kind value;
	bool state;
} matches[] = {
	{ "-s", VALUE_ADDRESS, false },
	{ "--source", VALUE_ADDRESS, false },
	{ "-d", VALUE_ADDRESS, false },
	{ "--destination", VALUE_ADDRESS, false },
	{ "--dport", VALUE_PORTS, false },
	{ "--destination-port", VALUE_PORTS, false },
	{ "--sport", VALUE_PORTS, false },
	{ "--source-port", VALUE_PORTS, false },
	{ "--dports", VALUE_LIST, false },
	{ "--sports", VALUE_LIST, false },
	{ "--ports", VALUE_LIST, false },
	{ "-i", VALUE_OTHER, false },
	{ "--in-interface", VALUE_OTHER, false },
	{ "-o", VALUE_OTHER, false },
	{ "--out-interface", VALUE_OTHER, false },
	{ "--ctstate", VALUE_OTHER, true },
	{ "--state", VALUE_OTHER, true },
	{ "--icmp-type", VALUE_OTHER, false },
	{ "--icmpv6-type", VALUE_OTHER, false },
	{ "--src-range", VALUE_OTHER, false },
	{ "--dst-range", VALUE_OTHER, false },
	{ "--match-set", VALUE_OTHER, false },
	{ "--mark", VALUE_OTHER, false },
	{ "--mac-source", VALUE_OTHER, false },
	{ "--src-type", VALUE_OTHER, false },
	{ "--dst-type", VALUE_OTHER, false },
	{ "--uid-owner", VALUE_OTHER, false },
	{ "--tcp-flags", VALUE_OTHER, false },
	{ "--syn", VALUE_NONE, false },
};

static const struct match *match_at(const struct ruletext *source, size_t word)
{
	for (size_t i = 0; i < sizeof(matches) / sizeof(*matches); i++)
		if (word_is(source, word, matches[i].option))
			return &matches[i];
	return NULL;
}

/* "! " in front of a match comes or goes. */
static void negate(struct maker *maker, size_t word)
{
	const struct span *words = maker->source->words;

	if (word > maker->rule->own && word_is(maker->source, word - 1, "!"))
		make_mutant(maker, NST_MUTATION_NEGATE,
			    (struct span){ words[word - 1].begin, words[word].begin },
			    "%s", "");
	else
		make_mutant(maker, NST_MUTATION_NEGATE,
			    (struct span){ words[word].begin, words[word].begin },
			    "! ");
}

/* "80,443,8000:8080": without each, and the last one wider. */
static void step_list(struct maker *maker, struct span list)
{
	const char *text = maker->source->text;
	size_t at = list.begin, length = 0;

	for (; at < list.end; at += length + 1) {
		size_t end;

		length = strcspn(text + at, ", \t\r\n");
		end = at + length;
		if (at == list.begin && end == list.end)
			break; /* the only one */
		make_mutant(maker, NST_MUTATION_NARROW,
			    end < list.end ? (struct span){ at, end + 1 }
					   : (struct span){ at - 1, end },
			    "%s", "");
	}
	make_steps(maker, (struct span){ list.end - length, list.end }, true);
}

/* "-m conntrack --ctstate NEW" is gone, or only the option if -m stands elsewhere. */
static void drop_state(struct maker *maker, size_t word)
{
	const struct ruletext *source = maker->source;
	size_t first = word;

	if (first > maker->rule->own && word_is(source, first - 1, "!"))
		first--;
	if (first >= maker->rule->own + 2 && word_is(source, first - 2, "-m"))
		first -= 2;
	make_mutant(maker, NST_MUTATION_STATE,
		    (struct span){ source->words[first].begin,
				   source->words[word + 1].end },
		    "%s", "");
}

static void mutate_match(struct maker *maker, const struct match *match, size_t word)
{
	struct span value = maker->source->words[word + (match->value != VALUE_NONE)];

	negate(maker, word);
	if (match->value == VALUE_ADDRESS || match->value == VALUE_PORTS)
		make_steps(maker, value, match->value == VALUE_PORTS);
	if (match->value == VALUE_LIST)
		step_list(maker, value);
	if (match->state)
		drop_state(maker, word);
}

/* The target with its own options goes up to the end of the rule. */
static void mutate_target(struct maker *maker, size_t word)
{
	const struct ruletext *source = maker->source;
	struct span target = source->words[word];

	if (maker->rule->end == END_REJECT)
		target.end = maker->rule->span.end;
	if (maker->rule->end == END_ACCEPT)
		make_mutant(maker, NST_MUTATION_VERDICT, target, "DROP");
	if (maker->rule->end == END_DROP || maker->rule->end == END_REJECT)
		make_mutant(maker, NST_MUTATION_VERDICT, target, "ACCEPT");
}

void mutate_iptables(struct maker *maker)
{
	const struct ruletext *source = maker->source;
	size_t end = maker->rule->first + maker->rule->count;

	for (size_t i = maker->rule->own; i < end; i++) {
		const struct match *match = match_at(source, i);

		if (match && i + (match->value != VALUE_NONE) < end)
			mutate_match(maker, match, i);
		else if ((word_is(source, i, "-j") || word_is(source, i, "--jump")) &&
			 i + 1 < end) {
			mutate_target(maker, i + 1);
			return;
		}
	}
}
