/* SPDX-License-Identifier: MIT */
/* Words, numbers with units, and what was meant. */
#include "impairment_words.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <base/fail.h>

enum { WORD_SHOWN = 40, WORD_COMPARED = 24 };

/* ---- Words ---- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool ends_part(char c)
{
	return c == ',' || c == ';' || c == '\0';
}

/* Up to the closing quote, it included; to the end if there is none. */
static size_t quoted_length(const char *text, bool *ret_closed)
{
	size_t i = 1;

	while (text[i] && text[i] != '"')
		i += text[i] == '\\' && text[i + 1] ? 2 : 1;
	*ret_closed = text[i] == '"';
	return i + *ret_closed;
}

struct word words_peek(struct reader *reader)
{
	struct word word;
	bool closed;

	while (is_blank(*reader->next))
		reader->next++;
	word = (struct word){ reader->next, 0 };
	if (*word.start == '"')
		word.length = quoted_length(word.start, &closed);
	else
		while (!ends_part(word.start[word.length]) &&
		       !is_blank(word.start[word.length]))
			word.length++;
	return word;
}

struct word words_take(struct reader *reader)
{
	struct word word = words_peek(reader);

	reader->next += word.length;
	return word;
}

bool word_is(struct word word, const char *name)
{
	return word.length == strlen(name) &&
	       memcmp(word.start, name, word.length) == 0;
}

bool words_accept(struct reader *reader, const char *name)
{
	if (!word_is(words_peek(reader), name))
		return false;
	words_take(reader);
	return true;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool words_number_next(struct reader *reader)
{
	struct word word = words_peek(reader);

	return word.length && (is_digit(*word.start) ||
			       (*word.start == '.' && is_digit(word.start[1])));
}

int wrong(struct reader *reader, struct word word, const char *format, ...)
{
	char text[NST_ERROR_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	reader->wrong_at = (size_t)(word.start - reader->text);
	if (!reader->part)
		return nst_fail(-EINVAL, "%s", text);
	return nst_fail(-EINVAL, "%s: %s", reader->part, text);
}

/* How much of it is shown: whole characters of UTF-8. */
int word_shown(struct word word)
{
	size_t length = word.length;

	if (length <= WORD_SHOWN)
		return (int)length;
	length = WORD_SHOWN;
	while (length && ((unsigned char)word.start[length] & 0xc0) == 0x80)
		length--;
	return (int)length;
}

/* ---- What was meant ---- */

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Letters to change, add, leave out or swap with their neighbour. */
static size_t slips(const char *a, size_t a_length, const char *b, size_t b_length)
{
	size_t cost[WORD_COMPARED + 1][WORD_COMPARED + 1];

	for (size_t i = 0; i <= a_length; i++) {
		for (size_t j = 0; j <= b_length; j++) {
			if (i == 0 || j == 0) {
				cost[i][j] = i + j;
				continue;
			}
			cost[i][j] =
				cost[i - 1][j - 1] + (tolower(a[i - 1]) != b[j - 1]);
			cost[i][j] = least(cost[i][j], cost[i - 1][j] + 1);
			cost[i][j] = least(cost[i][j], cost[i][j - 1] + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				cost[i][j] = least(cost[i][j], cost[i - 2][j - 2] + 1);
		}
	}
	return cost[a_length][b_length];
}

const char *nearest_of(struct word word, const char *const *names)
{
	const char *nearest = NULL;
	size_t best = 3;

	if (word.length < 2 || word.length > WORD_COMPARED)
		return NULL;
	for (; *names; names++) {
		size_t length = strlen(*names), cost;

		if (length > WORD_COMPARED)
			continue;
		cost = slips(word.start, word.length, *names, length);
		if (cost < best && 2 * cost <= word.length) {
			best = cost;
			nearest = *names;
		}
	}
	return nearest;
}

int read_choice(struct reader *reader, const char *what, const char *const *names,
		unsigned int *ret)
{
	struct word word = words_take(reader);
	const char *nearest;
	char list[256] = "";

	for (unsigned int i = 0; names[i]; i++) {
		size_t used = strlen(list);

		if (word_is(word, names[i])) {
			*ret = i;
			return 0;
		}
		snprintf(list + used, sizeof(list) - used, "%s%s", i ? ", " : "",
			 names[i]);
	}
	if (word.length == 0)
		return wrong(reader, word, "%s is missing (%s)", what, list);
	nearest = nearest_of(word, names);
	if (nearest)
		return wrong(reader, word, "\"%.*s\" is not %s; did you mean \"%s\"?",
			     word_shown(word), word.start, what, nearest);
	return wrong(reader, word, "\"%.*s\" is not %s (%s)", word_shown(word),
		     word.start, what, list);
}

/* ---- Numbers ---- */

static const struct unit time_units[] = {
	{ "ns", 1, 1000 },      { "us", 1, 1 },
	{ "\u00b5s", 1, 1 },    { "\u03bcs", 1, 1 },
	{ "usec", 1, 1 },       { "usecs", 1, 1 },
	{ "ms", 1000, 1 },      { "msec", 1000, 1 },
	{ "msecs", 1000, 1 },   { "s", 1000000, 1 },
	{ "sec", 1000000, 1 },  { "secs", 1000000, 1 },
	{ "min", 60000000, 1 }, { 0 },
};

static const struct unit probability_units[] = {
	{ "%", 10000, 1 },
	{ "ppm", 1, 1 },
	{ 0 },
};

#define KI (1ULL << 10)
#define MI (1ULL << 20)
#define GI (1ULL << 30)
#define TI (1ULL << 40)

static const struct unit rate_units[] = {
	{ "bit", 1, 1 },
	{ "bit/s", 1, 1 },
	{ "kbit", 1000, 1 },
	{ "kbit/s", 1000, 1 },
	{ "mbit", 1000000, 1 },
	{ "mbit/s", 1000000, 1 },
	{ "gbit", 1000000000, 1 },
	{ "gbit/s", 1000000000, 1 },
	{ "tbit", 1000000000000, 1 },
	{ "tbit/s", 1000000000000, 1 },
	{ "kibit", KI, 1 },
	{ "mibit", MI, 1 },
	{ "gibit", GI, 1 },
	{ "tibit", TI, 1 },
	{ 0 },
};

static const struct unit size_units[] = {
	{ "B", 1, 1 },           { "kB", 1000, 1 }, { "KB", 1000, 1 },
	{ "MB", 1000000, 1 },    { "KiB", KI, 1 },  { "MiB", MI, 1 },
	{ "GB", 1000000000, 1 }, { "GiB", GI, 1 },  { 0 },
};

/* As long as libnl and old kernels can say: 2^32 ticks of 64 ns. */
const struct quantity a_time = { "a time",  "20ms, 1.5s or 300us", "1us", time_units,
				 274000000, "274s at most",        false };
const struct quantity a_probability = {
	"a probability", "1%, 0.05% or 50ppm", "0.0001%", probability_units,
	1000000,         "over 100%",          false
};
const struct quantity a_rate = {
	"a rate",         "10mbit, 1.5mbit or 56kbit", "1bit", rate_units,
	1000000000000000, "1000tbit at most",          true
};
const struct quantity a_size = { "a size",   "64kB, 256KiB or 1MB", "1B", size_units,
				 1ULL << 50, "1024TiB at most",     false };

/* Units that mean one thing to some and another to others. */
static const struct {
	const struct quantity *quantity;
	const char *name, *advice;
} ambiguous[] = {
	{ &a_rate, "bps", "bytes a second in tc and bits elsewhere; write bit" },
	{ &a_rate, "kbps",
	  "kilobytes a second in tc and kilobits elsewhere; write kbit" },
	{ &a_rate, "mbps",
	  "megabytes a second in tc and megabits elsewhere; write mbit" },
	{ &a_rate, "gbps",
	  "gigabytes a second in tc and gigabits elsewhere; write gbit" },
	{ &a_size, "k", "1024 in tc and 1000 elsewhere; write kB or KiB" },
	{ &a_size, "kb", "kilobits or kilobytes, of 1000 or 1024; write kB or KiB" },
	{ &a_size, "mb", "megabits or megabytes; write MB or MiB" },
	{ &a_size, "m", "1048576 in tc and a million elsewhere; write MB or MiB" },
};

static const char *why_ambiguous(const struct quantity *quantity, struct word unit)
{
	for (size_t i = 0; i < sizeof(ambiguous) / sizeof(ambiguous[0]); i++) {
		const char *name = ambiguous[i].name;

		if (ambiguous[i].quantity == quantity && unit.length == strlen(name) &&
		    strncasecmp(unit.start, name, unit.length) == 0)
			return ambiguous[i].advice;
	}
	return NULL;
}

static const struct unit *find_unit(const struct quantity *quantity, struct word word)
{
	for (const struct unit *unit = quantity->units; unit->name; unit++)
		if (word_is(word, unit->name) ||
		    (quantity->any_case && word.length == strlen(unit->name) &&
		     strncasecmp(word.start, unit->name, word.length) == 0))
			return unit;
	return NULL;
}

static int unit_unknown(struct reader *reader, struct word word, struct word unit,
			const struct quantity *quantity)
{
	const char *advice = why_ambiguous(quantity, unit);

	if (unit.length == 0)
		return wrong(reader, word, "\"%.*s\" has no unit: %s is written as %s",
			     word_shown(word), word.start, quantity->name,
			     quantity->examples);
	if (advice)
		return wrong(reader, word, "\"%.*s\": %.*s is %s", word_shown(word),
			     word.start, word_shown(unit), unit.start, advice);
	return wrong(reader, word, "\"%.*s\" is not %s, which is written as %s",
		     word_shown(word), word.start, quantity->name, quantity->examples);
}

/* A decimal number: digits without the point, and how many were behind it. */
struct decimal {
	uint64_t digits;
	unsigned int behind;
	bool too_long;
};

static struct word read_decimal(struct word word, struct decimal *ret)
{
	bool point = false;
	size_t i = 0;

	*ret = (struct decimal){ 0 };
	for (; i < word.length; i++) {
		char c = word.start[i];

		if (c == '.' && !point && i + 1 < word.length &&
		    is_digit(word.start[i + 1])) {
			point = true;
			continue;
		}
		if (!is_digit(c))
			break;
		if (ret->behind > 17 ||
		    __builtin_mul_overflow(ret->digits, 10, &ret->digits) ||
		    __builtin_add_overflow(ret->digits, c - '0', &ret->digits))
			ret->too_long = true;
		ret->behind += point;
	}
	return (struct word){ word.start + i, word.length - i };
}

int word_quantity(struct reader *reader, struct word word,
		  const struct quantity *quantity, uint64_t *ret)
{
	struct decimal number;
	struct word rest = read_decimal(word, &number);
	const struct unit *unit = find_unit(quantity, rest);
	unsigned __int128 parts, value;

	if (word.length == 0)
		return wrong(reader, word, "%s is missing, such as %s", quantity->name,
			     quantity->examples);
	if (rest.length == word.length)
		return wrong(reader, word, "\"%.*s\" is not %s, which is written as %s",
			     word_shown(word), word.start, quantity->name,
			     quantity->examples);
	if (!unit)
		return unit_unknown(reader, word, rest, quantity);
	if (number.too_long)
		return wrong(reader, word, "\"%.*s\" has too many digits",
			     word_shown(word), word.start);
	parts = unit->divided_by;
	for (unsigned int i = 0; i < number.behind; i++)
		parts *= 10;
	value = (unsigned __int128)number.digits * unit->times;
	if (value % parts)
		return wrong(reader, word, "\"%.*s\" is finer than %s",
			     word_shown(word), word.start, quantity->base);
	if (value / parts > quantity->most)
		return wrong(reader, word, "\"%.*s\" is too much: %s", word_shown(word),
			     word.start, quantity->why_not_more);
	*ret = (uint64_t)(value / parts);
	return 0;
}

int read_quantity(struct reader *reader, const struct quantity *quantity, uint64_t *ret)
{
	return word_quantity(reader, words_take(reader), quantity, ret);
}

int word_count(struct reader *reader, struct word word, const char *what,
	       uint64_t fewest, uint64_t most, uint64_t *ret)
{
	struct decimal number;
	struct word rest = read_decimal(word, &number);

	if (word.length == 0)
		return wrong(reader, word, "%s is missing", what);
	if (rest.length || number.behind)
		return wrong(reader, word, "\"%.*s\" is no whole number: %s is one",
			     word_shown(word), word.start, what);
	if (number.too_long || number.digits < fewest || number.digits > most)
		return wrong(reader, word, "%s is from %" PRIu64 " to %" PRIu64, what,
			     fewest, most);
	*ret = number.digits;
	return 0;
}

int read_count(struct reader *reader, const char *what, uint64_t fewest, uint64_t most,
	       uint64_t *ret)
{
	return word_count(reader, words_take(reader), what, fewest, most, ret);
}

/* ---- Files ---- */

int read_file_name(struct reader *reader, const char **ret)
{
	struct word word = words_take(reader);
	bool quoted = word.length && *word.start == '"', closed = true;
	const char *end = word.start + word.length;
	char *to = reader->store;

	if (word.length == 0 || word_is(word, "\"\""))
		return wrong(reader, word, "the name of a file is missing");
	if (quoted)
		quoted_length(word.start, &closed);
	if (!closed)
		return wrong(reader, word, "the quote is not closed");
	for (const char *c = word.start + quoted; c < end - quoted; c++) {
		if (quoted && *c == '\\' && c + 1 < end - quoted)
			c++;
		*to++ = *c;
	}
	*to++ = '\0';
	*ret = reader->store;
	reader->store = to;
	return 0;
}
