/* SPDX-License-Identifier: MIT */
/* Mutants of a ruleset, as values. */
#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>

#include "mutate.h"
#include "overlap.h"

static const char *const names[] = {
	[NST_MUTATION_DELETE] = "delete", [NST_MUTATION_NEGATE] = "negate",
	[NST_MUTATION_WIDEN] = "widen",   [NST_MUTATION_NARROW] = "narrow",
	[NST_MUTATION_SWAP] = "swap",     [NST_MUTATION_VERDICT] = "verdict",
	[NST_MUTATION_STATE] = "state",   [NST_MUTATION_POLICY] = "policy",
};
static_assert(ARRAY_SIZE(names) == NST_MUTATIONS, "a mutation has no name");

const char *nst_mutation_name(enum nst_mutation kind)
{
	return names[kind];
}

/* ---- What no packet can tell ---- */

/* The rule and all behind it do what the policy does, so that it makes no difference
 * which of them matches. */
static bool as_policy(const struct ruletext *source, const struct text_rule *rule)
{
	const struct text_chain *chain = &source->chains[rule->chain];

	if (!chain->base || chain->nat)
		return false;
	for (; rule; rule = ruletext_neighbour(source, rule, 1))
		if (!rule->plain || rule->end != chain->policy)
			return false;
	return true;
}

/* What the rule leaves, the policy gets, or a rule that does the same. */
static bool falls_to_policy(const struct ruletext *source, const struct text_rule *rule)
{
	const struct text_chain *chain = &source->chains[rule->chain];

	if (!chain->base || chain->nat || !rule->plain || rule->end != chain->policy)
		return false;
	for (const struct text_rule *next = ruletext_neighbour(source, rule, 1); next;
	     next = ruletext_neighbour(source, next, 1))
		if (!(next->plain && next->end == chain->policy) &&
		    !rules_are_disjoint(source, rule, next))
			return false;
	return true;
}

static bool is_unreached(const struct ruletext *source, const struct text_rule *rule)
{
	while ((rule = ruletext_neighbour(source, rule, -1)))
		if (rule_decides_alone(rule))
			return true;
	return false;
}

static const char *why_equivalent(const struct maker *maker, enum nst_mutation kind)
{
	const struct text_rule *rule = maker->rule, *next;

	if (maker->source->unordered || !rule)
		return NULL;
	if (is_unreached(maker->source, rule))
		return "a rule before it takes every packet";
	if (kind == NST_MUTATION_SWAP) {
		next = ruletext_neighbour(maker->source, rule, 1);
		if (rules_are_disjoint(maker->source, rule, next))
			return "no packet matches both rules";
		return rule->plain && next->plain && rule->end == next->end &&
				       rule->end != END_OTHER
			       ? "both rules do the same"
			       : NULL;
	}
	if (kind != NST_MUTATION_VERDICT && as_policy(maker->source, rule))
		return "the policy does the same";
	if ((kind == NST_MUTATION_DELETE || kind == NST_MUTATION_NARROW) &&
	    falls_to_policy(maker->source, rule))
		return "the policy does the same";
	if ((kind == NST_MUTATION_DELETE || kind == NST_MUTATION_NARROW ||
	     kind == NST_MUTATION_VERDICT) &&
	    rule_shadow(maker->source, rule))
		return "a rule before it takes all that it matches";
	return NULL;
}

/* ---- Making ---- */

/* From the whole to its file. What touches two files is no mutant. */
static bool find_file(const struct maker *maker, size_t place,
		      struct nst_mutant *mutant)
{
	size_t length = mutant->end - mutant->begin, file, at;

	if (!flat_place(maker->flat, mutant->begin, mutant->end, &mutant->file,
			&mutant->begin) ||
	    !flat_place(maker->flat, place, place, &file, &at) || file != mutant->file)
		return false;
	mutant->end = mutant->begin + length;
	mutant->line = file ? 1 : maker->first_line;
	for (const char *text = maker->flat->files[file].text; at--;)
		mutant->line += text[at] == '\n';
	return true;
}

static void add(struct maker *maker, size_t place, struct nst_mutant *mutant)
{
	struct nst_mutants *mutants = maker->mutants;
	struct nst_mutant *longer;

	if (!find_file(maker, place, mutant)) {
		free(mutant->with);
		return;
	}
	longer = realloc(mutants->list, (mutants->count + 1) * sizeof(*longer));
	if (!longer) {
		free(mutant->with);
		maker->r = nst_fail_memory();
		return;
	}
	mutants->list = longer;
	longer[mutants->count++] = *mutant;
}

static void make_at(struct maker *maker, size_t place, struct nst_mutant *mutant,
		    const char *format, va_list list)
{
	if (maker->r < 0)
		return;
	if (vasprintf(&mutant->with, format, list) < 0) {
		maker->r = nst_fail_memory();
		return;
	}
	add(maker, place, mutant);
}

void make_mutant(struct maker *maker, enum nst_mutation kind, struct span replaced,
		 const char *format, ...)
{
	struct nst_mutant mutant = {
		.kind = kind,
		.begin = replaced.begin,
		.end = replaced.end,
		.equivalent = why_equivalent(maker, kind),
	};
	va_list list;

	if (maker->address)
		snprintf(mutant.address, sizeof(mutant.address), "%s", maker->address);
	va_start(list, format);
	make_at(maker, maker->rule ? maker->rule->span.begin : replaced.begin, &mutant,
		format, list);
	va_end(list);
}

/* A script may need a command where the rule was. */
static void make_delete(struct maker *maker)
{
	const struct ruletext *source = maker->source;
	struct span span = maker->rule->span, first = source->words[maker->rule->first];
	bool called = source->kind != NST_RULESET_NFT &&
		      !strchr("-[", source->text[first.begin]);

	make_mutant(maker, NST_MUTATION_DELETE, span, "%s", called ? ":" : "");
}

static void make_swap(struct maker *maker)
{
	const char *text = maker->source->text;
	const struct text_rule *next =
		ruletext_neighbour(maker->source, maker->rule, 1);
	struct span one = maker->rule->span, other;

	if (!next)
		return;
	other = next->span;
	make_mutant(maker, NST_MUTATION_SWAP, (struct span){ one.begin, other.end },
		    "%.*s%.*s%.*s", (int)(other.end - other.begin), text + other.begin,
		    (int)(other.begin - one.end), text + one.end,
		    (int)(one.end - one.begin), text + one.begin);
}

static void make_policy_of(struct maker *maker, struct nst_mutant *mutant,
			   const char *format, ...)
{
	va_list list;

	va_start(list, format);
	make_at(maker, mutant->begin, mutant, format, list);
	va_end(list);
}

/* Whether the policy of the chain is never asked. */
static bool policy_is_unreached(const struct ruletext *source, size_t chain)
{
	for (size_t i = 0; i < source->rule_count; i++)
		if (source->rules[i].chain == chain &&
		    rule_decides_alone(&source->rules[i]))
			return true;
	return false;
}

static void make_policy(struct maker *maker, size_t index)
{
	const struct text_chain *chain = &maker->source->chains[index];
	bool drop = chain->policy == END_ACCEPT;
	struct nst_mutant mutant = {
		.kind = NST_MUTATION_POLICY,
		.begin = chain->policy_at.begin,
		.end = chain->policy_at.end,
	};

	if (!maker->source->unordered && policy_is_unreached(maker->source, index))
		mutant.equivalent = "a rule takes every packet before";
	if (maker->source->kind != NST_RULESET_NFT)
		make_policy_of(maker, &mutant, "%s", drop ? "DROP" : "ACCEPT");
	else
		make_policy_of(maker, &mutant, "%s%s",
			       chain->policy_at.begin == chain->policy_at.end
				       ? "; policy "
				       : "",
			       drop ? "drop" : "accept");
}

static int by_place(const void *a, const void *b)
{
	const struct nst_mutant *one = a, *other = b;

	if (one->file != other->file)
		return one->file < other->file ? -1 : 1;
	if (one->line != other->line)
		return one->line < other->line ? -1 : 1;
	if (one->kind != other->kind)
		return one->kind < other->kind ? -1 : 1;
	if (one->begin != other->begin)
		return one->begin < other->begin ? -1 : 1;
	return strcmp(one->with, other->with);
}

static void make_all(struct maker *maker)
{
	const struct ruletext *source = maker->source;

	for (size_t i = 0; i < source->rule_count; i++) {
		maker->rule = &source->rules[i];
		make_delete(maker);
		if (source->kind == NST_RULESET_NFT)
			mutate_nft(maker);
		else
			mutate_iptables(maker);
		make_swap(maker);
	}
	maker->rule = NULL;
	for (size_t i = 0; i < source->element_count; i++)
		if (source->sets[source->elements[i].set].name.end)
			mutate_nft_element(maker, &source->elements[i]);
	for (size_t i = 0; i < source->chain_count; i++)
		if (source->chains[i].base && !source->chains[i].nat) {
			make_policy(maker, i);
			maker->mutants->policies++;
		}
	if (maker->mutants->count)
		qsort(maker->mutants->list, maker->mutants->count,
		      sizeof(*maker->mutants->list), by_place);
}

static int copy_files(const struct flat *flat, struct nst_mutants *mutants)
{
	mutants->files = calloc(flat->file_count, sizeof(*mutants->files));
	if (!mutants->files)
		return nst_fail_memory();
	for (size_t i = 0; i < flat->file_count; i++) {
		const struct flat_file *from = &flat->files[i];
		struct nst_mutants_file *to = &mutants->files[mutants->file_count++];

		to->path = from->path ? strdup(from->path) : NULL;
		to->name = strdup(from->name);
		to->text = strdup(from->text);
		if (!to->path != !from->path || !to->name || !to->text)
			return nst_fail_memory();
	}
	return 0;
}

int nst_mutants_make(const struct nst_ruleset *ruleset,
		     struct nst_mutants **ret_mutants)
{
	struct nst_mutants *mutants = calloc(1, sizeof(*mutants));
	struct ruletext source AUTO(ruletext_free) = { 0 };
	struct flat flat AUTO(flat_free) = { 0 };
	struct maker maker = { .source = &source,
			       .flat = &flat,
			       .first_line =
				       ruleset->first_line ? ruleset->first_line : 1,
			       .mutants = mutants };

	maker.r = mutants ? flat_make(ruleset, &flat) : nst_fail_memory();
	if (maker.r == 0)
		maker.r = copy_files(&flat, mutants);
	if (maker.r == 0)
		maker.r = ruletext_read(flat.text, ruleset->kind, &source);
	if (maker.r == 0)
		make_all(&maker);
	if (maker.r < 0) {
		nst_mutants_free(mutants);
		return maker.r;
	}
	mutants->rules = source.rule_count;
	mutants->remembers = source.remembers;
	*ret_mutants = mutants;
	return 0;
}

void nst_mutants_free(struct nst_mutants *mutants)
{
	if (!mutants)
		return;
	for (size_t i = 0; i < mutants->count; i++)
		free(mutants->list[i].with);
	for (size_t i = 0; i < mutants->file_count; i++) {
		free(mutants->files[i].path);
		free(mutants->files[i].name);
		free(mutants->files[i].text);
	}
	free(mutants->list);
	free(mutants->files);
	free(mutants);
}

/* ---- As text ---- */

char *nst_mutant_text(const struct nst_mutants *mutants, size_t i)
{
	const struct nst_mutant *mutant = &mutants->list[i];
	const char *source = mutants->files[mutant->file].text;
	char *text;

	if (asprintf(&text, "%.*s%s%s", (int)mutant->begin, source, mutant->with,
		     source + mutant->end) < 0)
		return NULL;
	return text;
}

/* The lines from `begin` on that are not blank, each behind `sign`. */
static void print_lines(FILE *out, const char *begin, size_t size, char sign)
{
	const char *end = begin + size;

	while (begin < end) {
		const char *newline = memchr(begin, '\n', (size_t)(end - begin));
		const char *stop = newline ? newline : end;

		while (begin < stop && strchr(" \t", *begin))
			begin++;
		if (begin < stop)
			fprintf(out, "%c %.*s\n", sign, (int)(stop - begin), begin);
		begin = stop + 1;
	}
}

char *nst_mutant_diff(const struct nst_mutants *mutants, size_t i)
{
	const struct nst_mutant *mutant = &mutants->list[i];
	const char *text = mutants->files[mutant->file].text;
	size_t begin = mutant->begin, end = mutant->end, size;
	char *after AUTO_FREE = NULL, *diff = NULL;
	FILE *out;

	while (begin && text[begin - 1] != '\n')
		begin--;
	end += strcspn(text + end, "\n");
	out = open_memstream(&diff, &size);
	if (!out)
		return NULL;
	print_lines(out, text + begin, end - begin, '-');
	if (asprintf(&after, "%.*s%s%.*s", (int)(mutant->begin - begin), text + begin,
		     mutant->with, (int)(end - mutant->end), text + mutant->end) >= 0)
		print_lines(out, after, strlen(after), '+');
	fclose(out);
	return diff;
}
