/* SPDX-License-Identifier: MIT */
/* The text that is loaded when rules are counted. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <base/scope.h>

#include "coverage.h"
#include "ruletext.h"

/* Where the counter goes: behind the last match, in front of what is done. */
static size_t counter_place(const struct ruletext *text, const struct text_rule *rule)
{
	static const char *const doing[] = { "jump", "log", "comment", NULL };
	size_t depth = 0;

	for (size_t i = rule->own; i < rule->first + rule->count; i++) {
		depth += word_is(text, i, "{");
		depth -= word_is(text, i, "}");
		if (!depth && word_is_any(text, i, doing))
			return text->words[i].begin;
	}
	return rule->span.end;
}

static bool needs_counter(const struct ruletext *text, const struct text_rule *rule)
{
	if (rule->end != END_GOES_ON)
		return false;
	for (size_t i = rule->own; i < rule->first + rule->count; i++)
		if (word_is(text, i, "counter"))
			return false;
	return true;
}

static void print_counted(const struct ruletext *text, FILE *out)
{
	size_t at = 0;

	for (size_t i = 0; i < text->rule_count; i++) {
		const struct text_rule *rule = &text->rules[i];
		size_t place;

		if (!needs_counter(text, rule))
			continue;
		place = counter_place(text, rule);
		fprintf(out, "%.*s%s", (int)(place - at), text->text + at,
			place == rule->span.end ? " counter" : "counter ");
		at = place;
	}
	fputs(text->text + at, out);
}

char *nst_coverage_text(const struct nst_ruleset *ruleset)
{
	struct ruletext text AUTO(ruletext_free) = { 0 };
	char *counted = NULL;
	size_t size;
	FILE *out;

	if (ruleset->kind != NST_RULESET_NFT)
		return strdup(ruleset->text);
	if (ruletext_read(ruleset->text, ruleset->kind, &text) < 0)
		return NULL;
	out = open_memstream(&counted, &size);
	if (!out)
		return NULL;
	print_counted(&text, out);
	return fclose(out) ? NULL : counted;
}
