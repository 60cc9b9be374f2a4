/* SPDX-License-Identifier: MIT */
/* Mutants of one nft rule. */
#include <base/scope.h>

#include "mutate.h"
#include "nft_match.h"

static size_t rule_end(const struct maker *maker)
{
	return maker->rule->first + maker->rule->count;
}

static void negate_operator(struct maker *maker, const struct nft_match *match)
{
	static const char *const contrary[][2] = {
		{ "==", "!=" }, { "!=", "==" }, { "<", ">=" },  { ">", "<=" },
		{ "<=", ">" },  { ">=", "<" },  { "eq", "!=" }, { "ne", "==" },
		{ "lt", ">=" }, { "gt", "<=" }, { "le", ">" },  { "ge", "<" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(contrary); i++)
		if (word_is(maker->source, match->op, contrary[i][0]))
			make_mutant(maker, NST_MUTATION_NEGATE,
				    maker->source->words[match->op], "%s",
				    contrary[i][1]);
}

/* A list without braces gets them: "!= established,related" would compare the bits. */
static void negate(struct maker *maker, const struct nft_match *match)
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
static void mutate_elements(struct maker *maker, const struct nft_match *match,
			    size_t open, size_t close)
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

static void drop_state(struct maker *maker, const struct nft_match *match)
{
	const struct span *words = maker->source->words;

	make_mutant(
		maker, NST_MUTATION_STATE,
		(struct span){ words[match->first].begin, words[match->end - 1].end },
		"%s", "");
}

static void mutate_match(struct maker *maker, const struct nft_match *match)
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
	struct nft_match match;

	for (size_t i = maker->rule->own; i < rule_end(maker);) {
		if (nft_match_read(maker->source, maker->rule, i, &match)) {
			mutate_match(maker, &match);
			i = match.end;
			continue;
		}
		if (word_is_any(maker->source, i, verdicts)) {
			flip_verdict(maker, i);
			return;
		}
		i = word_is(maker->source, i, "{")
			    ? nft_value_end(maker->source, maker->rule, i)
			    : i + 1;
	}
}

void mutate_nft_element(struct maker *maker, const struct text_element *element)
{
	const struct ruletext *source = maker->source;
	const struct text_set *set = &source->sets[element->set];

	drop_element(maker, set->is_map ? NST_MUTATION_DELETE : NST_MUTATION_NARROW,
		     element->first, element->end);
	for (size_t i = element->key_end; set->is_map && i < element->end; i++)
		flip_word(maker, i);
	if (set->of != SET_OF_OTHER && element->key_end == element->first + 1)
		make_steps(maker, source->words[element->first],
			   set->of == SET_OF_PORTS);
}
