/* SPDX-License-Identifier: MIT */
/* Rules that can never match, and the rule that takes everything before them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>

#include "coverage.h"
#include "overlap.h"

/* The file as text; NULL if there is none any more. */
static char *read_source(const char *path)
{
	FILE *in AUTO_FCLOSE = fopen(path, "re");
	char *text = NULL;
	size_t room = 0;

	if (in && getdelim(&text, &room, '\0', in) < 0) {
		free(text);
		text = NULL;
	}
	return text;
}

static const struct text_rule *rule_at(const struct ruletext *source, unsigned int line)
{
	for (size_t i = 0; i < source->rule_count; i++)
		if (ruletext_line(source, source->rules[i].span.begin) == line)
			return &source->rules[i];
	return NULL;
}

/* The rule because of which the policy that stands in a line is never asked. */
static const struct text_rule *shadow_of_policy(const struct ruletext *source,
						unsigned int line)
{
	for (size_t i = 0; i < source->rule_count; i++) {
		const struct text_chain *chain =
			&source->chains[source->rules[i].chain];

		if (chain->base && rule_decides_alone(&source->rules[i]) &&
		    ruletext_line(source, chain->policy_at.begin) == line)
			return &source->rules[i];
	}
	return NULL;
}

static int find_shadow(const struct ruletext *source, struct nst_covered *covered)
{
	const struct text_rule *rule, *shadow;

	if (covered->matched || covered->shadowed_by || covered->is_element)
		return 0;
	rule = covered->is_policy ? NULL : rule_at(source, covered->line);
	shadow = rule ? rule_shadow(source, rule) : NULL;
	if (covered->is_policy)
		shadow = shadow_of_policy(source, covered->line);
	if (shadow && asprintf(&covered->shadowed_by, "%s:%u", covered->file,
			       ruletext_line(source, shadow->span.begin)) < 0) {
		covered->shadowed_by = NULL;
		return nst_fail_memory();
	}
	return 0;
}

static int find_in_file(struct nst_coverage *coverage, size_t first, size_t end)
{
	char *text AUTO_FREE = read_source(coverage->list[first].file);
	struct ruletext source AUTO(ruletext_free) = { 0 };
	enum nst_ruleset_kind kind;
	int r;

	if (!text || nst_ruleset_recognise(text, &kind) < 0)
		return 0; /* rules within a scenario, or the file is gone */
	r = ruletext_read(text, kind, &source);
	for (size_t i = first; i < end && r == 0 && !source.unordered; i++)
		r = find_shadow(&source, &coverage->list[i]);
	return r;
}

int nst_coverage_find_shadows(struct nst_coverage *coverage)
{
	int r = 0;

	for (size_t first = 0, end; first < coverage->count && r == 0; first = end) {
		end = coverage_file_end(coverage, first);
		r = find_in_file(coverage, first, end);
	}
	return r;
}
