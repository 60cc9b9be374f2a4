/* SPDX-License-Identifier: MIT */
#include "nft_scan.h"

#include <ctype.h>
#include <string.h>

#include <base/scope.h>

static void next_line(struct nft_scan *scan)
{
	scan->at++;
	scan->line++;
	scan->line_start = scan->at;
}

/* The newline that a backslash hides; NULL if there is none. */
static const char *hidden_newline(const char *at)
{
	if (*at != '\\')
		return NULL;
	at++;
	at += strspn(at, " \t\r");
	return *at == '\n' ? at : NULL;
}

static void skip_string(struct nft_scan *scan)
{
	scan->at++;
	while (*scan->at && *scan->at != '"') {
		if (*scan->at == '\n')
			next_line(scan);
		else
			scan->at++;
	}
	scan->at += *scan->at == '"';
}

/* Over one character, or a string, a comment, or a hidden newline. */
static void skip_piece(struct nft_scan *scan)
{
	const char *newline = hidden_newline(scan->at);

	if (newline)
		scan->at = newline;
	if (*scan->at == '\n')
		next_line(scan);
	else if (*scan->at == '"')
		skip_string(scan);
	else if (*scan->at == '#')
		scan->at += strcspn(scan->at, "\n");
	else
		scan->at++;
}

void nft_scan_next(struct nft_scan *scan)
{
	while (*scan->at &&
	       (strchr(" \t\r\n;#", *scan->at) || hidden_newline(scan->at)))
		skip_piece(scan);
}

bool nft_word_is(const struct nft_statement *statement, size_t i, const char *word)
{
	return i < statement->word_count && strlen(word) == statement->lengths[i] &&
	       strncmp(statement->words[i], word, statement->lengths[i]) == 0;
}

/* Whether a '{' behind these words opens a block, and not a set within a rule. */
static bool is_block_head(const struct nft_statement *statement)
{
	static const char *const heads[] = { "table",   "chain",    "set",      "map",
					     "counter", "quota",    "ct",       "limit",
					     "secmark", "synproxy", "flowtable" };
	size_t first =
		nft_word_is(statement, 0, "add") || nft_word_is(statement, 0, "create");

	for (size_t i = 0; i < ARRAY_SIZE(heads); i++)
		if (nft_word_is(statement, first, heads[i]))
			return true;
	return false;
}

static bool ends_word(char c)
{
	return !c || strchr(" \t\r\n;{}\"#\\,", c);
}

static void take_word(struct nft_scan *scan, struct nft_statement *statement)
{
	const char *word = scan->at;

	while (!ends_word(*scan->at))
		scan->at++;
	if (statement->word_count == NFT_WORDS)
		return;
	statement->words[statement->word_count] = word;
	statement->lengths[statement->word_count++] = (size_t)(scan->at - word);
}

void nft_scan_statement(struct nft_scan *scan, bool in_chain,
			struct nft_statement *statement)
{
	unsigned int depth = 0;

	*statement = (struct nft_statement){ .start = scan->at,
					     .end = scan->at,
					     .line_start = scan->line_start,
					     .line = scan->line,
					     .end_line = scan->line };
	while (*scan->at && (depth || !strchr("\n;}", *scan->at))) {
		char first = *scan->at;

		if (depth == 0 && first == '{' && !in_chain &&
		    is_block_head(statement)) {
			statement->opens_block = true;
			return;
		}
		depth += first == '{';
		depth -= first == '}';
		if (ends_word(first))
			skip_piece(scan);
		else
			take_word(scan, statement);
		if (!strchr("# \t\r\n\\", first)) {
			statement->end = scan->at;
			statement->end_line = scan->line;
		}
	}
}

void nft_scan_over_block(struct nft_scan *scan)
{
	unsigned int depth = 0;

	while (*scan->at) {
		depth += *scan->at == '{';
		depth -= *scan->at == '}';
		skip_piece(scan);
		if (depth == 0)
			return;
	}
}

const char *nft_plain_text(struct hoard *hoard, const char *at, const char *end)
{
	char *text = hoard_take(hoard, (size_t)(end - at) + 1), *to = text;
	bool quoted = false;

	if (!text)
		return "";
	while (at < end) {
		const char *newline = quoted ? NULL : hidden_newline(at);

		if (newline)
			at = newline;
		if (!quoted && *at == '#') {
			at += strcspn(at, "\n");
			continue;
		}
		quoted ^= *at == '"';
		if ((quoted && *at != '\n') || !isspace((unsigned char)*at))
			*to++ = *at;
		else if (to > text && to[-1] != ' ')
			*to++ = ' ';
		at++;
	}
	return text;
}
