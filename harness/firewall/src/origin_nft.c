/* SPDX-License-Identifier: MIT */
/* Where the rules of an nft script stand.
 *
 * Which statements are rules follows from the block: in a chain, all but a few; in a
 * table, none; outside, those that begin with "add rule" and the like. What nft takes
 * away again (flush, delete) is forgotten here too. An included file goes on in the
 * block that includes it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>

#include "coverage.h"
#include "nft_files.h"
#include "nft_scan.h"
#include "origin.h"

enum block { OUTSIDE, IN_TABLE, IN_CHAIN };

/* Where a statement is, and what it belongs to. */
struct home {
	enum block block;
	const char *family, *table, *chain;
};

struct reading {
	struct origin *origin;
	const char *folder; /* of relative includes */
	const char
		*script; /* its name: what is included is called as seen from there */
	unsigned int depth; /* of includes */
	const char *file;
	bool columns_known;
	struct nft_scan scan;
};

static void read_block(struct reading *reading, const struct home *home);

/* The text without what only counts. */
static const char *plain_text(struct origin *origin, const char *begin, const char *end)
{
	char *text = (char *)nft_plain_text(&origin->hoard, begin, end);

	if (*text)
		text[coverage_strip_marks(text, strlen(text))] = '\0';
	return text;
}

/* Notes a chain, a policy or a rule, whose own text begins at `start`: that of `add rule
 * …` may stand on a later line than the command. */
static void note(struct reading *reading, enum origin_kind kind,
		 const struct home *home, const struct nft_statement *statement,
		 const char *start)
{
	struct origin *origin = reading->origin;
	struct origin_item *item = hoard_push(&origin->items, &origin->count,
					      &origin->room, sizeof(*item));
	unsigned int line = statement->line;
	const char *line_start = statement->line_start;

	if (!item) {
		origin->hoard.failed = 1;
		return;
	}
	for (const char *at = statement->start; at < start; at++)
		if (*at == '\n') {
			line++;
			line_start = at + 1;
		}
	*item = (struct origin_item){
		.kind = kind,
		.family = home->family,
		.table = home->table,
		.chain = home->chain,
		.text = plain_text(origin, start, statement->end),
		.file = reading->file,
		.line = line,
		.column = reading->columns_known
				  ? (unsigned int)(start - line_start) + 1
				  : 0,
		.end_line = statement->end_line,
	};
}

/* An element around its mark, from the comma or brace before it to the one behind. */
static void note_element(struct reading *reading, const struct home *home,
			 const char *begin, const char *mark, const char *end,
			 unsigned int line)
{
	struct origin *origin = reading->origin;
	const char *first = mark, *last = strchr(mark, '"') + 1;
	struct origin_item *item;

	while (first > begin && !strchr("{,", first[-1]))
		first--;
	while (first < mark && strchr(" \t\r\n", *first))
		first++;
	last += strcspn(last, "\"") + 1;
	while (last < end && !strchr(",}\n", *last))
		last++;
	while (strchr(" \t", last[-1]))
		last--;
	item = hoard_push(&origin->items, &origin->count, &origin->room, sizeof(*item));
	if (!item) {
		origin->hoard.failed = 1;
		return;
	}
	for (const char *at = begin; at < first; at++)
		line += *at == '\n';
	*item = (struct origin_item){
		.kind = ORIGIN_ELEMENT,
		.family = home->family,
		.table = home->table,
		.chain = home->chain,
		.text = plain_text(origin, first, last),
		.file = reading->file,
		.line = line,
		.end_line = line,
		.mark = (unsigned int)strtoul(strchr(mark, ':') + 1, NULL, 10),
	};
}

static void note_elements(struct reading *reading, const struct home *home,
			  const char *begin, const char *end, unsigned int line)
{
	static const char mark[] = " comment \"" COVERAGE_MARK;
	const char *at = begin;

	while ((at = memmem(at, (size_t)(end - at), mark, sizeof(mark) - 1))) {
		note_element(reading, home, begin, at, end, line);
		at += sizeof(mark);
	}
}

static const char *word_copy(struct reading *reading,
			     const struct nft_statement *statement, size_t i)
{
	return i < statement->word_count
		       ? hoard_copy(&reading->origin->hoard, statement->words[i],
				    statement->lengths[i])
		       : "";
}

/* The family at word *i, which moves behind it; "ip" where none is said. */
static const char *take_family(const struct nft_statement *statement, size_t *i)
{
	static const char *const families[] = { "ip",  "ip6",    "inet",
						"arp", "bridge", "netdev" };

	for (size_t k = 0; k < ARRAY_SIZE(families); k++)
		if (nft_word_is(statement, *i, families[k])) {
			++*i;
			return families[k];
		}
	return "ip";
}

/* At the '{' of a block: what is in it, to behind its '}'. */
static void enter_block(struct reading *reading, const struct home *home)
{
	reading->scan.at++;
	read_block(reading, home);
	reading->scan.at += *reading->scan.at == '}';
}

static void declare_chain(struct reading *reading, struct home home,
			  const struct nft_statement *statement)
{
	home.block = IN_CHAIN;
	note(reading, ORIGIN_CHAIN, &home, statement, statement->start);
	if (statement->opens_block)
		enter_block(reading, &home);
}

/* ---- include ---- */

static void read_file(const struct reading *outer, const char *path,
		      const struct home *home)
{
	char *text AUTO_FREE = nft_file_text(path);
	struct reading reading = *outer;

	if (!text)
		return;
	reading.file = nft_file_name(&outer->origin->hoard, outer->folder,
				     outer->script, path);
	reading.scan = (struct nft_scan){ text, text, 1 };
	reading.columns_known = true;
	reading.depth++;
	read_block(&reading, home);
}

struct including {
	const struct reading *reading;
	const struct home *home;
};

static void take_included(const char *path, void *arg)
{
	const struct including *including = arg;

	read_file(including->reading, path, including->home);
}

static void include(const struct reading *reading,
		    const struct nft_statement *statement, const struct home *home)
{
	struct including including = { reading, home };

	if (reading->depth < INCLUDES_MAX)
		nft_included(statement->start, statement->end, reading->folder,
			     take_included, &including);
}

/* ---- Statements of a chain, of a table, and outside ---- */

static void read_in_chain(struct reading *reading, const struct home *home,
			  const struct nft_statement *statement)
{
	static const char *const no_rules[] = { "type", "flags", "devices", "comment" };

	for (size_t i = 0; i < ARRAY_SIZE(no_rules); i++)
		if (nft_word_is(statement, 0, no_rules[i]))
			return;
	if (nft_word_is(statement, 0, "policy")) {
		origin_forget(reading->origin, home->family, home->table, home->chain,
			      ORIGIN_POLICY);
		note(reading, ORIGIN_POLICY, home, statement, statement->start);
	} else if (statement->end > statement->start) {
		note(reading, ORIGIN_RULE, home, statement, statement->start);
		note_elements(reading, home, statement->start, statement->end,
			      statement->line);
	}
}

/* Of a set, a counter or the like: only its elements matter. */
static void skip_block(struct reading *reading, const struct home *home)
{
	const char *begin = reading->scan.at;
	unsigned int line = reading->scan.line;

	nft_scan_over_block(&reading->scan);
	note_elements(reading, home, begin, reading->scan.at, line);
}

static void read_in_table(struct reading *reading, struct home home,
			  const struct nft_statement *statement)
{
	if (nft_word_is(statement, 0, "chain")) {
		home.chain = word_copy(reading, statement, 1);
		declare_chain(reading, home, statement);
	} else if (statement->opens_block) {
		home.chain = word_copy(reading, statement, 1);
		skip_block(reading, &home);
	}
}

/* `flush ruleset`, `flush chain inet f c`, `delete table inet f`, … */
static void forget(struct reading *reading, const struct nft_statement *statement)
{
	struct origin *origin = reading->origin;
	const char *family = NULL, *table = NULL, *chain = NULL;
	size_t i = 2;

	if (nft_word_is(statement, 1, "ruleset")) {
		if (statement->word_count > 2)
			family = take_family(statement, &i);
	} else if (nft_word_is(statement, 1, "table") ||
		   nft_word_is(statement, 1, "chain")) {
		family = take_family(statement, &i);
		table = word_copy(reading, statement, i);
		if (nft_word_is(statement, 1, "chain"))
			chain = word_copy(reading, statement, i + 1);
	} else {
		return;
	}
	origin_forget(origin, family, table, chain, ORIGIN_RULE);
}

/* `add rule inet fw input position 3 tcp dport 22 accept`; `i` is the word of the
 * family, or of the table. */
static void read_rule(struct reading *reading, const struct nft_statement *statement,
		      size_t i)
{
	struct home home = { .family = take_family(statement, &i) };

	home.table = word_copy(reading, statement, i);
	home.chain = word_copy(reading, statement, i + 1);
	note_elements(reading, &home, statement->start, statement->end,
		      statement->line);
	i += 2;
	if (nft_word_is(statement, i, "position") ||
	    nft_word_is(statement, i, "handle") || nft_word_is(statement, i, "index"))
		i += 2;
	if (i < statement->word_count)
		note(reading, ORIGIN_RULE, &home, statement, statement->words[i]);
}

/* What stands behind `add`, if it is no rule. */
static bool is_object(const struct nft_statement *statement, size_t i)
{
	static const char *const objects[] = {
		"element", "set",   "map",     "counter",  "quota",
		"ct",      "limit", "secmark", "synproxy", "flowtable",
	};

	for (size_t k = 0; k < ARRAY_SIZE(objects); k++)
		if (nft_word_is(statement, i, objects[k]))
			return true;
	return false;
}

static void read_command(struct reading *reading, const struct nft_statement *statement)
{
	bool adds = nft_word_is(statement, 0, "add") ||
		    nft_word_is(statement, 0, "insert") ||
		    nft_word_is(statement, 0, "create") ||
		    nft_word_is(statement, 0, "replace");
	size_t i = adds + 1;
	struct home home = { .block = IN_TABLE };

	if (nft_word_is(statement, adds, "table")) {
		home.family = take_family(statement, &i);
		home.table = word_copy(reading, statement, i);
		if (statement->opens_block)
			enter_block(reading, &home);
	} else if (nft_word_is(statement, adds, "chain")) {
		home.family = take_family(statement, &i);
		home.table = word_copy(reading, statement, i);
		home.chain = word_copy(reading, statement, i + 1);
		declare_chain(reading, home, statement);
	} else if (nft_word_is(statement, adds, "element")) {
		home.family = take_family(statement, &i);
		home.table = word_copy(reading, statement, i);
		home.chain = word_copy(reading, statement, i + 1);
		note_elements(reading, &home, statement->start, statement->end,
			      statement->line);
	} else if (statement->opens_block) {
		home.family = take_family(statement, &i);
		home.table = word_copy(reading, statement, i);
		home.chain = word_copy(reading, statement, i + 1);
		skip_block(reading, &home);
	} else if (nft_word_is(statement, adds, "rule")) {
		read_rule(reading, statement, i);
	} else if (nft_word_is(statement, 0, "flush") ||
		   nft_word_is(statement, 0, "delete") ||
		   nft_word_is(statement, 0, "destroy")) {
		forget(reading, statement);
	} else if (adds && !is_object(statement, 1)) {
		read_rule(reading, statement, 1); /* the word "rule" may be left out */
	}
}

/* The statements of a block, up to its '}'; outside there is none. */
static void read_block(struct reading *reading, const struct home *home)
{
	struct nft_statement statement;

	for (;;) {
		nft_scan_next(&reading->scan);
		if (!*reading->scan.at)
			return;
		if (*reading->scan.at == '}') {
			if (home->block != OUTSIDE)
				return;
			reading->scan.at++;
			continue;
		}
		nft_scan_statement(&reading->scan, home->block == IN_CHAIN, &statement);
		if (nft_word_is(&statement, 0, "include"))
			include(reading, &statement, home);
		else if (nft_word_is(&statement, 0, "define") ||
			 nft_word_is(&statement, 0, "redefine") ||
			 nft_word_is(&statement, 0, "undefine"))
			continue;
		else if (home->block == IN_CHAIN)
			read_in_chain(reading, home, &statement);
		else if (home->block == IN_TABLE)
			read_in_table(reading, *home, &statement);
		else
			read_command(reading, &statement);
	}
}

int origin_of_nft(struct origin *origin, const char *text,
		  const struct rules_place *place, const char *folder)
{
	struct reading reading = {
		.origin = origin,
		.folder = folder,
		.script = place->name,
		.file = hoard_string(&origin->hoard, place->name),
		.columns_known = place->first_line <= 1,
		.scan = { text, text, place->first_line ? place->first_line : 1 },
	};

	read_block(&reading, &(struct home){ .block = OUTSIDE });
	return origin->hoard.failed ? nst_fail_memory() : 0;
}
