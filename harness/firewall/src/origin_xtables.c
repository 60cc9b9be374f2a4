/* SPDX-License-Identifier: MIT */
/* Where the rules of iptables-save text and of iptables commands stand.
 *
 * The items of a chain are kept in the order in which the chain has them, which is what
 * the kernel is asked for later.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>

#include "origin.h"

/* An argument of a line, quotes and all. */
struct word {
	const char *at;
	size_t length;
};

/* The next argument of the line; its length is 0 at the line's end. */
static struct word next_word(const char **at)
{
	struct word word;
	bool quoted = false;

	*at += strspn(*at, " \t\r");
	word.at = *at;
	while (**at && **at != '\n' && (quoted || !strchr(" \t\r", **at))) {
		quoted ^= **at == '"';
		*at += **at == '\\' && (*at)[1] && (*at)[1] != '\n' ? 2 : 1;
	}
	word.length = (size_t)(*at - word.at);
	return word;
}

static bool word_is(struct word word, const char *one, const char *other)
{
	return (word.length == strlen(one) && !strncmp(word.at, one, word.length)) ||
	       (word.length == strlen(other) && !strncmp(word.at, other, word.length));
}

static bool same_chain(const struct origin_item *a, const struct origin_item *b)
{
	return a->kind == b->kind && strcmp(a->chain, b->chain) == 0 &&
	       strcmp(a->table, b->table) == 0 && strcmp(a->family, b->family) == 0;
}

/* Puts an item at `number` (from 1) among those of its chain; 0: at its end. */
static void put(struct origin *origin, const struct origin_item *item, size_t number)
{
	size_t before = 0, at;

	if (!hoard_push(&origin->items, &origin->count, &origin->room, sizeof(*item))) {
		origin->hoard.failed = 1;
		return;
	}
	for (at = 0; number && at + 1 < origin->count; at++)
		if (same_chain(&origin->items[at], item) && ++before == number)
			break;
	if (!number)
		at = origin->count - 1;
	memmove(&origin->items[at + 1], &origin->items[at],
		(origin->count - 1 - at) * sizeof(*item));
	origin->items[at] = *item;
}

/* Takes out item `number` (from 1) of the chain of `like`. */
static void take_out(struct origin *origin, const struct origin_item *like,
		     size_t number)
{
	size_t before = 0;

	for (size_t at = 0; at < origin->count; at++) {
		if (!same_chain(&origin->items[at], like) || ++before != number)
			continue;
		memmove(&origin->items[at], &origin->items[at + 1],
			(--origin->count - at) * sizeof(*like));
		return;
	}
}

static size_t number_of(struct word word)
{
	return word.length && isdigit((unsigned char)*word.at)
		       ? (size_t)strtoul(word.at, NULL, 10)
		       : 0;
}

/* What the rule says, behind `-A INPUT` or `-I INPUT 3`. */
static const char *rule_part(const char *text)
{
	const char *before;

	next_word(&text);
	next_word(&text);
	before = text;
	if (!number_of(next_word(&text)))
		text = before;
	return text + strspn(text, " \t");
}

/* The number of the rule in its chain that says the same as `-D INPUT …`; 0: none. */
static size_t number_of_same(const struct origin *origin,
			     const struct origin_item *like)
{
	size_t number = 0;

	for (size_t i = 0; i < origin->count; i++) {
		if (!same_chain(&origin->items[i], like))
			continue;
		number++;
		if (strcmp(rule_part(origin->items[i].text), rule_part(like->text)) ==
		    0)
			return number;
	}
	return 0;
}

/* `:INPUT DROP [0:0]`, `-P INPUT DROP` */
static void policy(struct origin *origin, struct origin_item item, struct word word)
{
	bool has_one = word.length && *word.at != '-';

	item.kind = ORIGIN_CHAIN;
	put(origin, &item, 0);
	if (!has_one)
		return;
	item.kind = ORIGIN_POLICY;
	origin_forget(origin, item.family, item.table, item.chain, ORIGIN_POLICY);
	put(origin, &item, 0);
}

/* What a command of iptables does to its chain. `item` has the rest. */
static void change(struct origin *origin, struct origin_item item, struct word option,
		   const char *rest)
{
	struct word chain = next_word(&rest), next;

	item.chain = hoard_copy(&origin->hoard, chain.at, chain.length);
	next = next_word(&rest);
	if (word_is(option, "-A", "--append")) {
		put(origin, &item, 0);
	} else if (word_is(option, "-I", "--insert")) {
		size_t number = number_of(next);

		put(origin, &item, number ? number : 1);
	} else if (word_is(option, "-R", "--replace")) {
		take_out(origin, &item, number_of(next));
		put(origin, &item, number_of(next));
	} else if (word_is(option, "-D", "--delete")) {
		size_t number = number_of(next);

		take_out(origin, &item,
			 number ? number : number_of_same(origin, &item));
	} else if (word_is(option, "-F", "--flush")) {
		origin_forget(origin, item.family, item.table,
			      *item.chain ? item.chain : NULL, ORIGIN_RULE);
	} else if (word_is(option, "-P", "--policy")) {
		policy(origin, item, next);
	} else if (word_is(option, "-N", "--new-chain")) {
		item.kind = ORIGIN_CHAIN;
		put(origin, &item, 0);
	}
}

static bool is_change(struct word word)
{
	static const char *const options[][2] = {
		{ "-A", "--append" },   { "-I", "--insert" }, { "-R", "--replace" },
		{ "-D", "--delete" },   { "-F", "--flush" },  { "-P", "--policy" },
		{ "-N", "--new-chain" }
	};

	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (word_is(word, options[i][0], options[i][1]))
			return true;
	return false;
}

static void forget_table(struct origin *origin, const char *family, const char *table)
{
	for (int kind = ORIGIN_RULE; kind <= ORIGIN_CHAIN; kind++)
		origin_forget(origin, family, table, NULL, (enum origin_kind)kind);
}

/* One line that says something. */
static void read_line(struct origin *origin, const char *line, size_t length,
		      struct origin_item item, const char **table)
{
	const char *at = line;
	struct word word;

	if (*line == '*') {
		*table = hoard_copy(&origin->hoard, line + 1,
				    strcspn(line + 1, " \t\r\n"));
		return;
	}
	item.table = *table;
	if (*line == ':') {
		at++;
		word = next_word(&at);
		item.chain = hoard_copy(&origin->hoard, word.at, word.length);
		item.text = hoard_copy(&origin->hoard, line, length);
		policy(origin, item, next_word(&at));
		return;
	}
	if (*line == '[') { /* counters */
		next_word(&at);
		at += strspn(at, " \t");
		if (at >= line + length)
			return;
		item.column += item.column ? (unsigned int)(at - line) : 0;
	}
	item.text = hoard_copy(&origin->hoard, at, length - (size_t)(at - line));
	word = next_word(&at);
	change(origin, item, word, at);
}

void origin_xtables_command(struct origin *origin, const char *command,
			    struct origin_item item)
{
	struct word word = next_word(&command);

	item.table = "filter";
	while (word.length && !is_change(word)) {
		if (word_is(word, "-t", "--table")) {
			word = next_word(&command);
			item.table = hoard_copy(&origin->hoard, word.at, word.length);
		}
		word = next_word(&command);
	}
	item.text = hoard_copy(&origin->hoard, word.at, strlen(word.at));
	change(origin, item, word, command);
}

int origin_of_xtables(struct origin *origin, const char *text, const char *family,
		      const struct rules_place *place)
{
	const char *file = hoard_string(&origin->hoard, place->name);
	const char *table = "filter";
	unsigned int number = 0;

	if (place->added)
		forget_table(origin, family, table);
	for (const char *line = text; *line; number++) {
		size_t length = strcspn(line, "\n"), used = length;
		size_t blank = strspn(line, " \t\r");
		struct origin_item item = { .family = family, .file = file };

		while (used && strchr(" \t\r", line[used - 1]))
			used--;
		if (blank < used && line[blank] != '#' && number >= place->added) {
			item.line = item.end_line =
				(place->first_line ? place->first_line : 1) + number -
				place->added;
			item.column =
				place->first_line <= 1 ? (unsigned int)blank + 1 : 0;
			read_line(origin, line + blank, used - blank, item, &table);
		}
		line += length + (line[length] == '\n');
	}
	return origin->hoard.failed ? nst_fail_memory() : 0;
}
