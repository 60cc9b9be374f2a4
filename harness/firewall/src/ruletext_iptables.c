/* SPDX-License-Identifier: MIT */
/* Where the rules of iptables stand: lines of iptables-save and `iptables -S`, and calls of
 * iptables in a script. */
#include <string.h>

#include "ruletext.h"

/* A line under way. */
struct line {
	size_t first, count; /* its words */
	struct span table;
};

static size_t word_end(const char *text, size_t at)
{
	char quote = '\0';

	for (; text[at] && text[at] != '\n'; at++) {
		if (quote ? text[at] == quote : text[at] == '"' || text[at] == '\'')
			quote = quote ? '\0' : text[at];
		else if (text[at] == '\\' && text[at + 1] && text[at + 1] != '\n')
			at++;
		else if (!quote && strchr(" \t\r", text[at]))
			break;
	}
	return at;
}

/* Reads the words of a line; of a comment there are none. Return: where the next begins. */
static int read_line(struct ruletext *source, size_t *at)
{
	const char *text = source->text;
	int r = 0;

	while (text[*at] && text[*at] != '\n' && r == 0) {
		size_t begin = *at;

		if (text[*at] == '#') {
			*at += strcspn(text + *at, "\n");
		} else if (text[*at] == '\\' && text[*at + 1] == '\n') {
			*at += 2;
		} else if (strchr(" \t\r", text[*at])) {
			(*at)++;
		} else {
			*at = word_end(text, *at);
			r = ruletext_add_word(source, begin, *at);
		}
	}
	*at += text[*at] == '\n';
	return r;
}

static size_t find(const struct ruletext *source, const struct line *line,
		   const char *const *words)
{
	for (size_t i = 0; i < line->count; i++)
		if (word_is_any(source, line->first + i, words))
			return i;
	return line->count;
}

static enum rule_end end_of(const struct ruletext *source, size_t word)
{
	if (word_is(source, word, "ACCEPT"))
		return END_ACCEPT;
	return word_is(source, word, "DROP") ? END_DROP : END_OTHER;
}

static void judge_target(const struct ruletext *source, struct text_rule *rule,
			 size_t target)
{
	static const char *const ending[] = { "RETURN",     "DNAT",  "SNAT",
					      "MASQUERADE", "QUEUE", "NFQUEUE",
					      "REDIRECT",   NULL };

	rule->end = end_of(source, target);
	if (word_is(source, target, "REJECT"))
		rule->end = END_REJECT;
	else if (rule->end == END_OTHER && !word_is_any(source, target, ending)) {
		rule->end = END_GOES_ON;
		rule->plain = false;
	}
}

static void judge(struct ruletext *source, struct text_rule *rule)
{
	static const char *const jumps[] = { "-j", "--jump", NULL };
	static const char *const gotos[] = { "-g", "--goto", NULL };
	static const char *const remembering[] = { "limit",     "recent", "hashlimit",
						   "connlimit", "quota",  "SET",
						   NULL };
	static const char *const notes[] = { "LOG", "NFLOG", "ULOG", "TRACE", NULL };
	size_t last = rule->first + rule->count - 1;
	bool remembers = false;

	rule->plain = true;
	for (size_t i = rule->own; i <= last; i++) {
		if (word_is_any(source, i, jumps) && i < last) {
			judge_target(source, rule, i + 1);
			rule->matches |= i > rule->own;
			/* What only limits a log decides nothing. */
			source->remembers |=
				remembers && !word_is_any(source, i + 1, notes);
			return;
		}
		if (word_is_any(source, i, gotos))
			rule->end = END_OTHER;
		if (word_is_any(source, i, remembering))
			rule->plain = !(remembers = true);
	}
	rule->matches |= rule->own <= last;
	source->remembers |= remembers;
}

static struct span table_of(const struct ruletext *source, const struct line *line)
{
	static const char *const words[] = { "-t", "--table", NULL };
	size_t i = find(source, line, words);

	return i + 1 < line->count ? source->words[line->first + i + 1] : line->table;
}

static bool is_nat(const struct ruletext *source, struct span table)
{
	return ruletext_is(source, table, "nat") || ruletext_is(source, table, "*nat");
}

static int add_rule(struct ruletext *source, const struct line *line, size_t command)
{
	struct text_rule rule = { .first = line->first, .count = line->count };
	struct span table = table_of(source, line);
	const struct span *words = source->words;
	size_t at = line->first + command + 1, last = line->first + line->count - 1;
	int r;

	if (at > last)
		return 0;
	r = ruletext_chain(source, table, words[at], &rule.chain);
	if (r < 0)
		return r;
	rule.own = at + 1;
	source->unordered |=
		!word_is(source, at - 1, "-A") && !word_is(source, at - 1, "--append");
	if (rule.own <= last &&
	    strspn(source->text + words[rule.own].begin, "0123456789") ==
		    words[rule.own].end - words[rule.own].begin)
		rule.own++; /* -I INPUT 3 */
	rule.span = (struct span){ words[line->first].begin, words[last].end };
	source->chains[rule.chain].nat = is_nat(source, table);
	judge(source, &rule);
	return ruletext_add_rule(source, &rule);
}

static int add_policy(struct ruletext *source, const struct line *line,
		      struct span name, size_t policy)
{
	size_t chain;
	int r;

	if (policy >= line->first + line->count)
		return 0;
	r = ruletext_chain(source, table_of(source, line), name, &chain);
	if (r < 0 || word_is(source, policy, "-"))
		return r;
	source->chains[chain].base = true;
	source->chains[chain].policy = end_of(source, policy);
	source->chains[chain].policy_at = source->words[policy];
	source->chains[chain].nat = is_nat(source, source->chains[chain].table);
	return 0;
}

/* Whether the script has a function of this name: "fw() { iptables "$@"; }". */
static bool is_function(const struct ruletext *source, const char *name, size_t length)
{
	const char *end = source->text + strlen(source->text), *at = source->text;

	if (source->kind != NST_RULESET_SCRIPT)
		return false;
	for (; (at = memmem(at, (size_t)(end - at), name, length)); at += length)
		if ((at == source->text || strchr(" \t\n;", at[-1])) &&
		    strncmp(at + length + strspn(at + length, " "), "()", 2) == 0)
			return true;
	return false;
}

/* A line of rules, or of a script that calls iptables: "-A", "[3:180] -A", "iptables -A",
 * "$IPT -A", or "fw -A" by a function of its own. */
static bool is_for_iptables(const struct ruletext *source, const struct line *line)
{
	struct span first = source->words[line->first];
	const char *text = source->text + first.begin;
	size_t length = first.end - first.begin;

	return *text == '-' || *text == '[' || *text == '$' ||
	       memmem(text, length, "tables", strlen("tables")) ||
	       is_function(source, text, length);
}

static int take_line(struct ruletext *source, struct line *line)
{
	static const char *const adding[] = { "-A", "--append", "-I", "--insert",
					      NULL };
	static const char *const setting[] = { "-P", "--policy", NULL };
	struct span first = source->words[line->first];
	size_t at;

	if (source->text[first.begin] == '*') {
		line->table = (struct span){ first.begin + 1, first.end };
		return 0;
	}
	if (source->text[first.begin] == ':')
		return add_policy(source, line,
				  (struct span){ first.begin + 1, first.end },
				  line->first + 1);
	if (!is_for_iptables(source, line))
		return 0;
	at = find(source, line, adding);
	if (at < line->count)
		return add_rule(source, line, at);
	at = find(source, line, setting);
	return at + 1 < line->count
		       ? add_policy(source, line, source->words[line->first + at + 1],
				    line->first + at + 2)
		       : 0;
}

int ruletext_read_iptables(struct ruletext *source)
{
	struct line line = { 0 };
	int r = 0;

	for (size_t at = 0; source->text[at] && r == 0;) {
		line.first = source->word_count;
		r = read_line(source, &at);
		line.count = source->word_count - line.first;
		if (r == 0 && line.count)
			r = take_line(source, &line);
	}
	return r;
}
