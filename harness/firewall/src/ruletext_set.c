/* SPDX-License-Identifier: MIT */
/* Sets and maps of nft scripts, and what is written into them. */
#include <string.h>

#include <base/fail.h>

#include "hoard.h"
#include "ruletext.h"

int ruletext_add_set(struct ruletext *source, const struct text_set *set)
{
	struct text_set *to = hoard_push(&source->sets, &source->set_count,
					 &source->set_room, sizeof(*to));

	if (!to)
		return nst_fail_memory();
	*to = *set;
	return 0;
}

size_t ruletext_find_set(const struct ruletext *source, struct span name)
{
	size_t i = 0, length = name.end - name.begin;

	for (; i < source->set_count; i++) {
		struct span is = source->sets[i].name;

		if (length && is.end - is.begin == length &&
		    memcmp(source->text + is.begin, source->text + name.begin,
			   length) == 0)
			break;
	}
	return i;
}

size_t ruletext_closing(const struct ruletext *source, size_t open)
{
	size_t depth = 0;

	for (size_t i = open; i < source->word_count; i++) {
		depth += word_is(source, i, "{");
		depth -= word_is(source, i, "}");
		if (!depth)
			return i;
	}
	return source->word_count;
}

/* What may stand behind a key, and is none of it. */
static const char *const behind_key[] = { ":",       "comment", "timeout",
					  "expires", "counter", NULL };

static int add_element(struct ruletext *source, size_t set, size_t first, size_t end)
{
	struct text_element element = { .set = set,
					.first = first,
					.end = end,
					.key_end = first },
			    *to;

	while (element.key_end < end &&
	       !word_is_any(source, element.key_end, behind_key))
		element.key_end++;
	for (size_t i = first; i + 1 < end; i++)
		if (word_is(source, i, "comment"))
			element.comment = i + 1;
	/* Others' elements, and what a variable has. */
	if (element.key_end == first ||
	    strchr("$@{", source->text[source->words[first].begin]))
		return 0;
	to = hoard_push(&source->elements, &source->element_count,
			&source->element_room, sizeof(*to));
	if (!to)
		return nst_fail_memory();
	*to = element;
	return 0;
}

int ruletext_add_elements(struct ruletext *source, size_t set, size_t open,
			  size_t close)
{
	size_t first = open + 1;
	int r = 0;

	for (size_t i = first; i <= close && i < source->word_count && r == 0; i++) {
		size_t end = i;

		if (i < close && !word_is(source, i, ","))
			continue;
		while (first < end && word_is(source, first, "\n"))
			first++;
		while (end > first && word_is(source, end - 1, "\n"))
			end--;
		if (end > first)
			r = add_element(source, set, first, end);
		first = i + 1;
	}
	return r;
}

/* Addresses one by one: nft merges ranges, and of keys of two bytes the kernel makes a bitmap, which
 * counts nothing (nft_bitmap_estimate() of net/netfilter/nft_set_bitmap.c). */
static bool has_plain_addresses(const struct ruletext *source, size_t open,
				size_t close)
{
	for (size_t i = open + 1; i < close; i++) {
		struct span word = source->words[i];
		const char *text = source->text + word.begin;
		size_t length = word.end - word.begin;

		if (word_is(source, i, ",") || word_is(source, i, "\n"))
			continue;
		if (strspn(text, "0123456789abcdefABCDEF.:") < length ||
		    (!memchr(text, '.', length) && !memchr(text, ':', length)))
			return false;
	}
	return true;
}

int ruletext_read_own_sets(struct ruletext *source, const struct text_rule *rule)
{
	size_t end = rule->first + rule->count;
	int r = 0;

	for (size_t i = rule->own + 1; i < end && r == 0; i++) {
		size_t close =
			word_is(source, i, "{") ? ruletext_closing(source, i) : i;
		struct text_set set = { .is_map = word_is(source, i - 1, "vmap") ||
						  word_is(source, i - 1, "map") };

		if (close == i || close >= end)
			continue;
		set.countable = !set.is_map && has_plain_addresses(source, i, close);
		set.body = source->words[i].end;
		r = ruletext_add_set(source, &set);
		if (r == 0)
			r = ruletext_add_elements(source, source->set_count - 1, i,
						  close);
		i = close;
	}
	return r;
}
