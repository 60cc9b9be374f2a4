/* SPDX-License-Identifier: MIT */
/* The text that is loaded when rules are counted. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>

#include "coverage.h"
#include "nft_files.h"
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

/* What is put into a file. */
struct insertion {
	size_t file, at;
	const char *text;
};

struct counted {
	struct flat flat;
	struct insertion *list;
	size_t count, room;
	bool failed;
};

/* At a place of the whole, behind a word or in front of one. A file that is included twice gets it once. */
static void insert(struct counted *counted, size_t place, bool behind, const char *text)
{
	struct insertion insertion = { .text = text }, *to;

	place -= behind;
	if (!flat_place(&counted->flat, place, place + 1, &insertion.file,
			&insertion.at))
		return;
	insertion.at += behind;
	to = hoard_push(&counted->list, &counted->count, &counted->room, sizeof(*to));
	if (to)
		*to = insertion;
	else
		counted->failed = true;
}

static void insert_counters(struct counted *counted, const struct ruletext *text)
{
	for (size_t i = 0; i < text->rule_count; i++) {
		const struct text_rule *rule = &text->rules[i];
		size_t place;

		if (!needs_counter(text, rule))
			continue;
		place = counter_place(text, rule);
		if (place == rule->span.end)
			insert(counted, place, true, " counter");
		else
			insert(counted, place, false, "counter ");
	}
}

/* ---- Elements ---- */

static bool has_named_elements(const struct ruletext *text, size_t set)
{
	for (size_t i = 0; i < text->element_count; i++)
		if (text->elements[i].set == set)
			return true;
	return false;
}

/* Sets that have none get counters. In a rule's own set each element has its own. */
static void insert_set_counters(struct counted *counted, const struct ruletext *text)
{
	for (size_t i = 0; i < text->set_count; i++) {
		const struct text_set *set = &text->sets[i];

		if (set->name.end && set->countable && !set->counts &&
		    has_named_elements(text, i))
			insert(counted, set->body, true, " counter;");
	}
}

/* A number that no other element of the host has, as far as can be: of this ruleset's name and the element. */
static unsigned int mark_of(const struct counted *counted, size_t element)
{
	unsigned int hash = 5381;

	for (const char *at = counted->flat.files[0].name; *at; at++)
		hash = hash * 33 + (unsigned char)*at;
	return hash << 16 | (element & 0xffff);
}

/* Elements are known by a comment, which takes the place of their own. */
static void insert_marks(struct counted *counted, const struct ruletext *text)
{
	for (size_t i = 0; i < text->element_count && i < 0xffff; i++) {
		const struct text_element *element = &text->elements[i];
		const struct text_set *set = &text->sets[element->set];
		char *mark = hoard_take(&counted->flat.hoard, 64);

		if (!set->countable || !mark || element->comment)
			continue;
		snprintf(mark, 64, "%s comment \"" COVERAGE_MARK "%u\"",
			 set->name.end ? "" : " counter", mark_of(counted, i));
		insert(counted, text->words[element->key_end - 1].end, true, mark);
	}
}

static int by_place(const void *a, const void *b)
{
	const struct insertion *one = a, *other = b;

	if (one->file != other->file)
		return one->file < other->file ? -1 : 1;
	return (one->at > other->at) - (one->at < other->at);
}

static int count_all(const struct nst_ruleset *ruleset, struct counted *ret)
{
	struct ruletext text AUTO(ruletext_free) = { 0 };
	int r = flat_make(ruleset, &ret->flat);

	if (r == 0 && ruleset->kind == NST_RULESET_NFT)
		r = ruletext_read(ret->flat.text, ruleset->kind, &text);
	if (r < 0)
		return r;
	insert_counters(ret, &text);
	insert_set_counters(ret, &text);
	insert_marks(ret, &text);
	if (ret->failed)
		return nst_fail_memory();
	if (ret->count)
		qsort(ret->list, ret->count, sizeof(*ret->list), by_place);
	return 0;
}

static void scope_counted(struct counted *counted)
{
	flat_free(&counted->flat);
	free(counted->list);
}

static void print_file(const struct counted *counted, size_t file, FILE *out)
{
	const char *text = counted->flat.files[file].text;
	size_t done = 0;

	for (size_t i = 0; i < counted->count; i++) {
		const struct insertion *insertion = &counted->list[i];

		if (insertion->file != file)
			continue;
		fprintf(out, "%.*s%s", (int)(insertion->at - done), text + done,
			insertion->text);
		done = insertion->at;
	}
	fputs(text + done, out);
}

static char *file_text(const struct counted *counted, size_t file)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	print_file(counted, file, out);
	return fclose(out) ? NULL : text;
}

/* The included files, ended by {}. */
static struct nst_ruleset_file *file_texts(const struct counted *counted)
{
	struct nst_ruleset_file *files =
		calloc(counted->flat.file_count, sizeof(*files));

	for (size_t i = 1; files && i < counted->flat.file_count; i++) {
		files[i - 1].path = strdup(counted->flat.files[i].path);
		files[i - 1].text = file_text(counted, i);
	}
	return files;
}

int nst_coverage_ruleset(const struct nst_ruleset *ruleset, struct nst_ruleset *ret)
{
	struct counted counted AUTO(scope_counted) = { 0 };
	struct nst_ruleset copy = *ruleset;
	int r = count_all(ruleset, &counted);

	if (r < 0)
		return r;
	copy.text = file_text(&counted, 0);
	copy.files = counted.flat.file_count > 1 ? file_texts(&counted) : NULL;
	r = copy.text && (counted.flat.file_count == 1 || copy.files)
		    ? 0
		    : nst_fail_memory();
	for (size_t i = 0; copy.files && i + 1 < counted.flat.file_count; i++)
		if (!copy.files[i].path || !copy.files[i].text)
			r = nst_fail_memory();
	if (r < 0)
		nst_coverage_ruleset_free(&copy);
	else
		*ret = copy;
	return r;
}

void nst_coverage_ruleset_free(struct nst_ruleset *ruleset)
{
	for (const struct nst_ruleset_file *file = ruleset->files; file && file->path;
	     file++) {
		free((char *)file->path);
		free((char *)file->text);
	}
	free((void *)ruleset->files);
	free((char *)ruleset->text);
	ruleset->files = NULL;
	ruleset->text = NULL;
}

size_t coverage_strip_marks(char *text, size_t size)
{
	static const char counter[] = " counter", mark[] = " comment \"" COVERAGE_MARK;
	char *at = text, *end = text + size;

	while ((at = memmem(at, (size_t)(end - at), mark, sizeof(mark) - 1))) {
		char *behind = memchr(at + sizeof(mark), '"',
				      (size_t)(end - at) - sizeof(mark));
		size_t length = sizeof(counter) - 1;

		if (!behind)
			break;
		if (at - text > (ptrdiff_t)length &&
		    memcmp(at - length, counter, length) == 0)
			at -= length;
		memmove(at, behind + 1, (size_t)(end - behind) - 1);
		end -= behind + 1 - at;
	}
	return (size_t)(end - text);
}
