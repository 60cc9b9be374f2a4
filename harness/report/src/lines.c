/* SPDX-License-Identifier: MIT */
/* JSON lines of suite executables: objects of texts and numbers, with one object in them
 * that is handed on as it is. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>
#include <report/lines.h>

#include "format.h"
#include "json.h"

/* ---- The keys ---- */

enum key_kind { KEY_TEXT, KEY_LINES, KEY_JSON, KEY_U64, KEY_UINT };

static const struct key {
	const char *name;
	enum key_kind kind;
	size_t member;
} keys[] = {
	{ "suite", KEY_TEXT, offsetof(struct nst_result, suite) },
	{ "case", KEY_TEXT, offsetof(struct nst_result, name) },
	{ "duration_us", KEY_U64, offsetof(struct nst_result, duration_us) },
	{ "seed", KEY_U64, offsetof(struct nst_result, seed) },
	{ "file", KEY_TEXT, offsetof(struct nst_result, file) },
	{ "line", KEY_UINT, offsetof(struct nst_result, line) },
	{ "column", KEY_UINT, offsetof(struct nst_result, column) },
	{ "attempts", KEY_UINT, offsetof(struct nst_result, attempts) },
	{ "question", KEY_TEXT, offsetof(struct nst_result, question) },
	{ "expected", KEY_TEXT, offsetof(struct nst_result, expected) },
	{ "got", KEY_TEXT, offsetof(struct nst_result, got) },
	{ "message", KEY_TEXT, offsetof(struct nst_result, message) },
	{ "evidence", KEY_TEXT, offsetof(struct nst_result, evidence) },
	{ "ladder", KEY_TEXT, offsetof(struct nst_result, ladder) },
	{ "next", KEY_TEXT, offsetof(struct nst_result, next) },
	{ "account", KEY_TEXT, offsetof(struct nst_result, account) },
	{ "kept", KEY_TEXT, offsetof(struct nst_result, kept) },
	{ "artefacts", KEY_LINES, offsetof(struct nst_result, files) },
	{ "lost", KEY_TEXT, offsetof(struct nst_result, lost) },
	{ "engine", KEY_TEXT, offsetof(struct nst_result, engine) },
	{ "clock", KEY_TEXT, offsetof(struct nst_result, clock) },
	{ "output", KEY_TEXT, offsetof(struct nst_result, output) },
	{ "replay", KEY_TEXT, offsetof(struct nst_result, replay) },
	{ "graph", KEY_TEXT, offsetof(struct nst_result, graph) },
	{ "details", KEY_JSON, offsetof(struct nst_result, details) },
};

/* ---- Reading ---- */

struct cursor {
	const char *at, *end;
};

static void skip_blanks(struct cursor *cursor)
{
	while (cursor->at < cursor->end && strchr(" \t\r", *cursor->at) && *cursor->at)
		cursor->at++;
}

static bool take(struct cursor *cursor, char c)
{
	skip_blanks(cursor);
	if (cursor->at == cursor->end || *cursor->at != c)
		return false;
	cursor->at++;
	return true;
}

static char *put_utf8(char *to, unsigned int code)
{
	if (code < 0x80) {
		*to++ = (char)code;
	} else if (code < 0x800) {
		*to++ = (char)(0xc0 | code >> 6);
		*to++ = (char)(0x80 | (code & 0x3f));
	} else {
		*to++ = (char)(0xe0 | code >> 12);
		*to++ = (char)(0x80 | (code >> 6 & 0x3f));
		*to++ = (char)(0x80 | (code & 0x3f));
	}
	return to;
}

/* The four digits behind \u. A NUL would end the text early, half a surrogate pair is
 * no character: both become U+FFFD. */
static bool take_code(struct cursor *cursor, unsigned int *ret_code)
{
	unsigned int code = 0;

	if (cursor->end - cursor->at < 4)
		return false;
	for (int i = 0; i < 4; i++) {
		static const char digits[] = "0123456789abcdef0123456789ABCDEF";
		const char *digit = memchr(digits, cursor->at[i], sizeof(digits) - 1);

		if (!digit)
			return false;
		code = code << 4 | (unsigned int)((digit - digits) % 16);
	}
	cursor->at += 4;
	*ret_code = !code || (code >= 0xd800 && code < 0xe000) ? 0xfffd : code;
	return true;
}

static bool take_escape(struct cursor *cursor, char **to)
{
	static const char from[] = "\"\\/bfnrt", into[] = "\"\\/\b\f\n\r\t";
	unsigned int code;
	const char *found;

	if (cursor->at == cursor->end)
		return false;
	if (*cursor->at == 'u') {
		cursor->at++;
		if (!take_code(cursor, &code))
			return false;
		*to = put_utf8(*to, code);
		return true;
	}
	found = memchr(from, *cursor->at, sizeof(from) - 1);
	if (!found)
		return false;
	*(*to)++ = into[found - from];
	cursor->at++;
	return true;
}

/* A "text"; malloc'd. NULL: it is none. No escape is longer as text than as written. */
static char *take_text(struct cursor *cursor)
{
	AUTO_FREE char *text = NULL;
	char *to;

	if (!take(cursor, '"'))
		return NULL;
	to = text = malloc((size_t)(cursor->end - cursor->at) + 1);
	if (!text)
		return NULL;
	while (cursor->at < cursor->end) {
		char c = *cursor->at++;

		if (c == '"') {
			*to = '\0';
			return steal(text);
		}
		if (c == '\\') {
			if (!take_escape(cursor, &to))
				return NULL;
		} else if (c) {
			*to++ = c;
		} else {
			return NULL;
		}
	}
	return NULL;
}

static bool take_number(struct cursor *cursor, uint64_t *ret)
{
	uint64_t number = 0;
	const char *begin;

	skip_blanks(cursor);
	begin = cursor->at;
	while (cursor->at < cursor->end && *cursor->at >= '0' && *cursor->at <= '9')
		if (__builtin_mul_overflow(number, 10, &number) ||
		    __builtin_add_overflow(number, (uint64_t)(*cursor->at++ - '0'),
					   &number))
			return false;
	*ret = number;
	return cursor->at > begin;
}

static bool take_value_of_any_kind(struct cursor *cursor, int depth);

/* The rest of a text whose '"' is taken. */
static bool pass_text(struct cursor *cursor)
{
	while (cursor->at < cursor->end && *cursor->at && *cursor->at != '"')
		cursor->at +=
			*cursor->at == '\\' && cursor->at + 1 < cursor->end ? 2 : 1;
	return cursor->at < cursor->end && *cursor->at++ == '"';
}

/* The members of an object or the elements of a list, up to the closing sign. */
static bool take_members(struct cursor *cursor, bool object, int depth)
{
	char closing = object ? '}' : ']';

	if (take(cursor, closing))
		return true;
	do {
		if (object &&
		    (!take(cursor, '"') || !pass_text(cursor) || !take(cursor, ':')))
			return false;
		if (!take_value_of_any_kind(cursor, depth))
			return false;
	} while (take(cursor, ','));
	return take(cursor, closing);
}

/* Text, number, true, false, null, list or object. */
static bool take_value_of_any_kind(struct cursor *cursor, int depth)
{
	enum { DEPTH_MOST = 32 };
	const char *begin;

	if (depth > DEPTH_MOST)
		return false;
	if (take(cursor, '{'))
		return take_members(cursor, true, depth + 1);
	if (take(cursor, '['))
		return take_members(cursor, false, depth + 1);
	if (take(cursor, '"'))
		return pass_text(cursor);
	begin = cursor->at;
	while (cursor->at < cursor->end && *cursor->at &&
	       strchr("+-.0123456789Eaeflnrstu", *cursor->at))
		cursor->at++;
	return cursor->at > begin;
}

/* An object, as it is written. */
static bool take_json(struct cursor *cursor, char **json)
{
	const char *begin;

	skip_blanks(cursor);
	begin = cursor->at;
	if (begin == cursor->end || *begin != '{' || !take_value_of_any_kind(cursor, 0))
		return false;
	free(*json);
	*json = strndup(begin, (size_t)(cursor->at - begin));
	return *json;
}

/* ["text", "text"], as lines. */
static bool take_lines(struct cursor *cursor, char **lines)
{
	if (!take(cursor, '['))
		return false;
	if (take(cursor, ']'))
		return true;
	do {
		AUTO_FREE char *text = take_text(cursor);

		if (!text)
			return false;
		nst_text_add(lines, "%s", text);
	} while (take(cursor, ','));
	return take(cursor, ']');
}

static bool take_value(struct cursor *cursor, const struct key *key,
		       struct nst_result *result)
{
	char *member = (char *)result + key->member;
	uint64_t number;

	if (key->kind == KEY_TEXT) {
		free(*(char **)member);
		*(char **)member = take_text(cursor);
		return *(char **)member;
	}
	if (key->kind == KEY_LINES)
		return take_lines(cursor, (char **)member);
	if (key->kind == KEY_JSON)
		return take_json(cursor, (char **)member);
	if (!take_number(cursor, &number))
		return false;
	if (key->kind == KEY_U64)
		*(uint64_t *)member = number;
	else
		*(unsigned int *)member =
			number > UINT32_MAX ? 0 : (unsigned int)number;
	return true;
}

static bool take_outcome(struct cursor *cursor, enum nst_outcome *ret)
{
	AUTO_FREE char *text = take_text(cursor);

	for (enum nst_outcome o = 0; text && o < NST_OUTCOMES; o++)
		if (!strcmp(text, nst_outcome_name(o))) {
			*ret = o;
			return true;
		}
	return false;
}

struct seen {
	bool outcome, start;
};

static bool take_pair(struct cursor *cursor, struct nst_result *result,
		      struct seen *seen)
{
	AUTO_FREE char *name = take_text(cursor);

	if (!name || !take(cursor, ':'))
		return false;
	if (!strcmp(name, "result")) {
		seen->outcome = true;
		return take_outcome(cursor, &result->outcome);
	}
	if (!strcmp(name, "event")) {
		AUTO_FREE char *event = take_text(cursor);

		seen->start = event && !strcmp(event, "start");
		return event;
	}
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (!strcmp(name, keys[i].name))
			return take_value(cursor, &keys[i], result);
	return take_value_of_any_kind(cursor, 0);
}

static bool take_object(struct cursor *cursor, struct nst_result *result,
			struct seen *seen)
{
	if (!take(cursor, '{'))
		return false;
	do {
		if (!take_pair(cursor, result, seen))
			return false;
	} while (take(cursor, ','));
	if (!take(cursor, '}'))
		return false;
	skip_blanks(cursor);
	return cursor->at == cursor->end;
}

/* Lines of ours sum up in "message" what "expected" and "got" say: said once is enough. */
static void forget_summary(struct nst_result *result)
{
	AUTO_FREE char *message = result->message;
	AUTO_FREE char *summary = NULL;

	result->message = NULL;
	if (!message)
		return;
	summary = reason_line(result);
	if (*message && (!summary || strcmp(message, summary) != 0))
		result->message = steal(message);
}

int nst_line_read(const char *line, size_t size, bool *ret_start,
		  struct nst_result *ret_result)
{
	struct cursor cursor = { line, line + size };
	struct nst_result made = { 0 };
	struct seen seen = { 0 };
	int shown = size > 60 ? 60 : (int)size;

	if (!take_object(&cursor, &made, &seen) || !made.name ||
	    (!seen.outcome && !seen.start)) {
		nst_result_free(&made);
		return nst_fail(-EPROTO, "not a result line: %.*s", shown, line);
	}
	forget_summary(&made);
	*ret_start = seen.start;
	*ret_result = made;
	return 0;
}

/* ---- Writing ---- */

static void write_lines(FILE *out, const char *lines)
{
	const char *before = "";

	fputc('[', out);
	while (*lines) {
		size_t length = strcspn(lines, "\n");

		fputs(before, out);
		nst_json_text(out, lines, length);
		before = ", ";
		lines += length + (lines[length] == '\n');
	}
	fputc(']', out);
}

static void write_number(FILE *out, const struct key *key,
			 const struct nst_result *result)
{
	const char *member = (const char *)result + key->member;
	uint64_t number = key->kind == KEY_U64 ? *(const uint64_t *)member
					       : *(const unsigned int *)member;

	if (number)
		fprintf(out, ", \"%s\": %llu", key->name, (unsigned long long)number);
}

/* On one line: newlines stand between members only. */
static void write_json(FILE *out, const char *json)
{
	for (; *json; json++)
		fputc(*json == '\n' ? ' ' : *json, out);
}

static void write_key(FILE *out, const struct key *key, const struct nst_result *result)
{
	const char *text;

	if (key->kind == KEY_U64 || key->kind == KEY_UINT) {
		write_number(out, key, result);
		return;
	}
	text = *(char *const *)((const char *)result + key->member);
	if (!text)
		return;
	fprintf(out, ", \"%s\": ", key->name);
	if (key->kind == KEY_LINES)
		write_lines(out, text);
	else if (key->kind == KEY_JSON)
		write_json(out, text);
	else
		nst_json_text(out, text, strlen(text));
}

static bool is_detail(const struct key *key)
{
	return key->member == offsetof(struct nst_result, details) ||
	       key->member == offsetof(struct nst_result, graph);
}

void json_result(FILE *out, const struct nst_result *result, enum json_extent extent)
{
	fprintf(out, "{\"event\": \"result\", \"result\": \"%s\"",
		nst_outcome_name(result->outcome));
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (extent == JSON_WITH_DETAILS || !is_detail(&keys[i]))
			write_key(out, &keys[i], result);
}

char *nst_line_write(const struct nst_result *result)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	json_result(out, result, JSON_WITH_DETAILS);
	fputs("}\n", out);
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}
