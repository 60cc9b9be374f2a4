/* SPDX-License-Identifier: MIT */
/* The words, chains and rules of a ruleset's text. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <base/fail.h>

#include "ruletext.h"

/* Room for one more. */
static int grow(void *list, size_t count, size_t size)
{
	void **place = list;
	void *longer;

	if (count & (count - 1))
		return 0;
	longer = realloc(*place, (count ? count * 2 : 1) * size);
	if (!longer)
		return nst_fail_memory();
	*place = longer;
	return 0;
}

int ruletext_add_word(struct ruletext *source, size_t begin, size_t end)
{
	int r = grow(&source->words, source->word_count, sizeof(*source->words));

	if (r == 0)
		source->words[source->word_count++] = (struct span){ begin, end };
	return r;
}

int ruletext_add_rule(struct ruletext *source, const struct text_rule *rule)
{
	int r = grow(&source->rules, source->rule_count, sizeof(*source->rules));

	if (r == 0)
		source->rules[source->rule_count++] = *rule;
	return r;
}

static bool same(const struct ruletext *source, struct span a, struct span b)
{
	return a.end - a.begin == b.end - b.begin &&
	       !memcmp(source->text + a.begin, source->text + b.begin, a.end - a.begin);
}

int ruletext_chain(struct ruletext *source, struct span table, struct span name,
		   size_t *ret_chain)
{
	int r;

	for (size_t i = 0; i < source->chain_count; i++)
		if (same(source, source->chains[i].name, name) &&
		    same(source, source->chains[i].table, table)) {
			*ret_chain = i;
			return 0;
		}
	r = grow(&source->chains, source->chain_count, sizeof(*source->chains));
	if (r < 0)
		return r;
	*ret_chain = source->chain_count;
	source->chains[source->chain_count++] = (struct text_chain){
		.table = table,
		.name = name,
		.policy = END_ACCEPT,
	};
	return 0;
}

bool ruletext_is(const struct ruletext *source, struct span span, const char *word)
{
	size_t length = strlen(word);

	return span.end - span.begin == length &&
	       !memcmp(source->text + span.begin, word, length);
}

bool word_is_any(const struct ruletext *source, size_t i, const char *const *words)
{
	for (; *words; words++)
		if (word_is(source, i, *words))
			return true;
	return false;
}

const struct text_rule *ruletext_neighbour(const struct ruletext *source,
					   const struct text_rule *rule, int step)
{
	const struct text_rule *end = source->rules + source->rule_count;

	for (const struct text_rule *at = rule + step; at >= source->rules && at < end;
	     at += step)
		if (at->chain == rule->chain)
			return at;
	return NULL;
}

bool rule_decides_alone(const struct text_rule *rule)
{
	return !rule->matches && rule->end != END_GOES_ON;
}

unsigned int ruletext_line(const struct ruletext *source, size_t at)
{
	unsigned int line = 1;

	for (size_t i = 0; i < at; i++)
		line += source->text[i] == '\n';
	return line;
}

int ruletext_read(const char *text, enum nst_ruleset_kind kind,
		  struct ruletext *ret_source)
{
	struct ruletext source = {
		.text = text,
		.kind = kind,
		.unordered = kind == NST_RULESET_SCRIPT,
	};
	int r = kind == NST_RULESET_NFT ? ruletext_read_nft(&source)
					: ruletext_read_iptables(&source);

	if (r < 0)
		ruletext_free(&source);
	else
		*ret_source = source;
	return r;
}

void ruletext_free(struct ruletext *source)
{
	free(source->words);
	free(source->chains);
	free(source->rules);
	free(source->sets);
	free(source->elements);
	*source = (struct ruletext){ 0 };
}
