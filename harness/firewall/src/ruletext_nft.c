/* SPDX-License-Identifier: MIT */
/* The words and rules of an nft script. */
#include <string.h>

#include "ruletext.h"

/* A place in the words. */
struct at {
	struct ruletext *source;
	size_t word;
};

/* ---- Words ---- */

static size_t string_end(const char *text, size_t at)
{
	while (text[++at] && text[at] != '"')
		;
	return at + (text[at] == '"');
}

/* A newline is a word: it ends statements. What is behind '#' is none. */
static int read_words(struct ruletext *source)
{
	const char *text = source->text;
	int r = 0;

	for (size_t at = 0; text[at] && r == 0;) {
		size_t begin = at;

		if (text[at] == '#')
			at += strcspn(text + at, "\n");
		else if (text[at] == '\\' && text[at + 1] == '\n')
			at += 2;
		else if (strchr(" \t\r", text[at]))
			at++;
		else if (strchr("{};,\n", text[at]))
			r = ruletext_add_word(source, begin, ++at);
		else if (text[at] == '"')
			r = ruletext_add_word(source, begin, at = string_end(text, at));
		else
			r = ruletext_add_word(
				source, begin,
				at += strcspn(text + at + 1, " \t\r{};,\n\"#") + 1);
	}
	return r;
}

static bool here(const struct at *at, const char *word)
{
	return at->word < at->source->word_count && word_is(at->source, at->word, word);
}

static bool ends_statement(const struct at *at)
{
	return at->word >= at->source->word_count || here(at, "\n") || here(at, ";") ||
	       here(at, "}");
}

/* To the word behind the statement's last one, braces and all. */
static void skip_statement(struct at *at)
{
	size_t depth = 0;

	for (; at->word < at->source->word_count; at->word++) {
		if (!depth && ends_statement(at))
			return;
		if (here(at, "{"))
			depth++;
		else if (here(at, "}"))
			depth--;
	}
}

static bool is_family(const struct at *at)
{
	static const char *const families[] = { "ip",     "ip6",    "inet", "arp",
						"bridge", "netdev", NULL };

	return at->word < at->source->word_count &&
	       word_is_any(at->source, at->word, families);
}

/* "[family] table": one span. */
static struct span read_table_name(struct at *at)
{
	const struct span *words = at->source->words;
	struct span span;

	if (at->word + 1 >= at->source->word_count)
		return (struct span){ 0 };
	span = words[at->word];
	if (is_family(at))
		span.end = words[++at->word].end;
	at->word++;
	return span;
}

/* ---- Rules ---- */

static const char *const side_effects[] = { "log",    "limit",   "quota",    "set",
					    "add",    "update",  "dup",      "fwd",
					    "queue",  "meter",   "snat",     "dnat",
					    "delete", "notrack", "synproxy", "tproxy",
					    NULL };
static const char *const remembering[] = { "limit", "quota", "update", "meter", NULL };
static const char *const no_match[] = { "accept",     "drop",     "reject",   "jump",
					"goto",       "return",   "continue", "counter",
					"comment",    "log",      "packets",  "bytes",
					"masquerade", "redirect", NULL };
static const char *const others[] = { "goto",   "return", "vmap",       "queue",
				      "snat",   "dnat",   "masquerade", "redirect",
				      "tproxy", NULL };

/* What the word says about the end of its rule. */
static void judge_word(const struct ruletext *source, struct text_rule *rule, size_t i)
{
	if (word_is(source, i, "accept"))
		rule->end = END_ACCEPT;
	else if (word_is(source, i, "drop"))
		rule->end = END_DROP;
	else if (word_is(source, i, "reject"))
		rule->end = END_REJECT;
	else if (word_is_any(source, i, others))
		rule->end = END_OTHER;
	else if (word_is(source, i, "jump"))
		rule->plain = false;
}

/* Whether there is a condition; a counter in front of it is none. */
static bool has_match(const struct ruletext *source, const struct text_rule *rule)
{
	size_t at = rule->own, end = rule->first + rule->count;

	if (word_is(source, at, "counter") && at + 1 < end)
		at++;
	return !word_is_any(source, at, no_match);
}

static void judge(struct ruletext *source, struct text_rule *rule)
{
	bool remembers = false, jumps = false;
	size_t depth = 0;

	rule->plain = true;
	rule->matches = has_match(source, rule);
	for (size_t i = rule->own; i < rule->first + rule->count; i++) {
		depth += word_is(source, i, "{");
		depth -= word_is(source, i, "}");
		if (word_is_any(source, i, side_effects))
			rule->plain = false;
		remembers |= word_is_any(source, i, remembering);
		jumps |= word_is(source, i, "jump");
		if (!depth)
			judge_word(source, rule, i);
	}
	/* What only limits a log decides nothing. */
	source->remembers |= remembers && (jumps || rule->end != END_GOES_ON);
}

/* The rule whose words begin at `first`; its own words begin here. */
static int read_rule(struct at *at, size_t chain, size_t first)
{
	struct ruletext *source = at->source;
	struct text_rule rule = { .chain = chain, .first = first, .own = at->word };
	int r;

	skip_statement(at);
	rule.count = at->word - first;
	if (at->word == rule.own)
		return 0;
	rule.span = (struct span){ source->words[first].begin,
				   source->words[at->word - 1].end };
	judge(source, &rule);
	r = ruletext_add_rule(source, &rule);
	return r < 0 ? r : ruletext_read_own_sets(source, &rule);
}

static void read_hook(struct at *at, size_t chain)
{
	struct text_chain *of = &at->source->chains[chain];
	size_t type = at->word + 1;

	of->base = true;
	of->nat = type < at->source->word_count && word_is(at->source, type, "nat");
	skip_statement(at);
	if (of->policy_at.begin == of->policy_at.end)
		of->policy_at.begin = of->policy_at.end =
			at->source->words[at->word - 1].end;
}

static void read_policy(struct at *at, size_t chain)
{
	struct text_chain *of = &at->source->chains[chain];

	at->word++;
	if (!ends_statement(at)) {
		of->policy_at = at->source->words[at->word];
		of->policy = here(at, "drop") ? END_DROP : END_ACCEPT;
	}
	skip_statement(at);
}

static int read_chain_statement(struct at *at, size_t chain)
{
	static const char *const properties[] = { "comment", "flags", "devices", NULL };

	if (here(at, "type"))
		read_hook(at, chain);
	else if (here(at, "policy"))
		read_policy(at, chain);
	else if (word_is_any(at->source, at->word, properties))
		skip_statement(at);
	else
		return read_rule(at, chain, at->word);
	return 0;
}

/* From behind the opening brace to behind the closing one. */
static int read_chain_body(struct at *at, size_t chain)
{
	int r = 0;

	while (r == 0 && at->word < at->source->word_count && !here(at, "}")) {
		if (here(at, "\n") || here(at, ";"))
			at->word++;
		else
			r = read_chain_statement(at, chain);
	}
	if (at->word < at->source->word_count)
		at->source->chains[chain].body_end = at->source->words[at->word].begin;
	at->word++;
	return r;
}

/* "chain" has been read; behind the name comes a body, or nothing. */
static int read_chain(struct at *at, struct span table)
{
	struct ruletext *source = at->source;
	size_t chain;
	int r;

	if (ends_statement(at))
		return 0;
	r = ruletext_chain(source, table, source->words[at->word++], &chain);
	if (r < 0 || !here(at, "{"))
		return r;
	at->word++;
	return read_chain_body(at, chain);
}

/* ---- Sets ---- */

/* What the elements of a type or an expression are, by its word at `type`. */
static enum set_of set_of(const struct ruletext *source, size_t type)
{
	static const char *const addresses[] = { "ipv4_addr", "ipv6_addr", NULL };
	static const char *const ports[] = { "inet_service", NULL };

	/* Of what is concatenated, neither. */
	if (type + 1 >= source->word_count || word_is(source, type + 1, "."))
		return SET_OF_OTHER;
	if (word_is_any(source, type, addresses))
		return SET_OF_ADDRESSES;
	return word_is_any(source, type, ports) ? SET_OF_PORTS : SET_OF_OTHER;
}

/* What rules put into it or take out while they are at work. */
static bool is_changed_by_rules(const struct ruletext *source, struct span name)
{
	static const char *const changing[] = { "add", "update", "delete", NULL };
	size_t length = name.end - name.begin;

	for (size_t i = 1; i < source->word_count; i++) {
		struct span word = source->words[i];

		if (source->text[word.begin] == '@' &&
		    word.end - word.begin == length + 1 &&
		    memcmp(source->text + word.begin + 1, source->text + name.begin,
			   length) == 0 &&
		    word_is_any(source, i - 1, changing))
			return true;
	}
	return false;
}

/* "set" or "map" has been read: its name, and what stands in its braces. */
static int read_set(struct at *at, bool is_map)
{
	static const char *const fleeting[] = { "dynamic", "timeout", "auto-merge",
						"gc-interval", NULL };
	struct ruletext *source = at->source;
	struct text_set set = { .is_map = is_map, .countable = true };
	size_t open = at->word + 1, close, elements = 0;
	int r;

	if (open >= source->word_count || !word_is(source, open, "{")) {
		skip_statement(at);
		return 0;
	}
	close = ruletext_closing(source, open);
	set.name = source->words[at->word];
	set.body = source->words[open].end;
	for (size_t i = open + 1; i < close; i++) {
		if (word_is(source, i, "elements") && i + 2 < close) {
			elements = i + 2;
			i = ruletext_closing(source, elements);
			continue;
		}
		if (word_is(source, i, "type") && i + 1 < close)
			set.of = set_of(source, i + 1);
		set.counts |= word_is(source, i, "counter");
		set.countable &= !word_is_any(source, i, fleeting);
	}
	set.countable &= !is_changed_by_rules(source, set.name);
	r = ruletext_add_set(source, &set);
	if (r == 0 && elements && word_is(source, elements, "{"))
		r = ruletext_add_elements(source, source->set_count - 1, elements,
					  ruletext_closing(source, elements));
	at->word = close + 1;
	return r;
}

/* "element" has been read: "inet t s { … }". */
static int read_elements(struct at *at)
{
	struct ruletext *source = at->source;
	size_t set, open;

	read_table_name(at);
	open = at->word + 1;
	if (open >= source->word_count || !word_is(source, open, "{")) {
		skip_statement(at);
		return 0;
	}
	set = ruletext_find_set(source, source->words[at->word]);
	at->word = ruletext_closing(source, open) + 1;
	return set == source->set_count
		       ? 0
		       : ruletext_add_elements(source, set, open, at->word - 1);
}

static int read_table_body(struct at *at, struct span table)
{
	int r = 0;

	while (r == 0 && at->word < at->source->word_count && !here(at, "}")) {
		if (here(at, "\n") || here(at, ";")) {
			at->word++;
		} else if (here(at, "chain")) {
			at->word++;
			r = read_chain(at, table);
		} else if (here(at, "set") || here(at, "map")) {
			at->word++;
			r = read_set(at, word_is(at->source, at->word - 1, "map"));
		} else {
			skip_statement(at);
		}
	}
	at->word++;
	return r;
}

/* "add rule" has been read. */
static int read_rule_command(struct at *at, size_t first)
{
	static const char *const places[] = { "position", "handle", "index", NULL };
	struct span table = read_table_name(at);
	size_t chain;
	int r;

	if (ends_statement(at))
		return 0;
	r = ruletext_chain(at->source, table, at->source->words[at->word++], &chain);
	if (r < 0)
		return r;
	if (!ends_statement(at) && word_is_any(at->source, at->word, places)) {
		at->source->unordered = true;
		at->word++;
		at->word += !ends_statement(at);
	}
	return read_rule(at, chain, first);
}

static int read_command(struct at *at)
{
	size_t first = at->word;
	struct span table;

	at->source->unordered |= here(at, "insert");
	if (here(at, "add") || here(at, "insert") || here(at, "create"))
		at->word++;
	if (here(at, "rule")) {
		at->word++;
		return read_rule_command(at, first);
	}
	if (here(at, "chain")) {
		at->word++;
		table = read_table_name(at);
		return read_chain(at, table);
	}
	if (here(at, "set") || here(at, "map")) {
		bool is_map = here(at, "map");

		at->word++;
		read_table_name(at);
		return read_set(at, is_map);
	}
	if (here(at, "element")) {
		at->word++;
		return read_elements(at);
	}
	if (here(at, "table")) {
		at->word++;
		table = read_table_name(at);
		if (here(at, "{")) {
			at->word++;
			return read_table_body(at, table);
		}
	}
	skip_statement(at);
	return 0;
}

int ruletext_read_nft(struct ruletext *source)
{
	struct at at = { .source = source };
	int r = read_words(source);

	while (r == 0 && at.word < source->word_count) {
		if (ends_statement(&at))
			at.word++;
		else
			r = read_command(&at);
	}
	return r;
}
