/* SPDX-License-Identifier: MIT */
/* Anybody's text in JSON, XML and HTML. */
#include <stdbool.h>
#include <string.h>

#include <base/markup.h>

static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */

/* Which second bytes a first byte allows: RFC 3629, §4. */
static bool fits(unsigned char first, unsigned char second)
{
	unsigned char low = 0x80, high = 0xbf;

	if (first == 0xe0)
		low = 0xa0;
	if (first == 0xed)
		high = 0x9f;
	if (first == 0xf0)
		low = 0x90;
	if (first == 0xf4)
		high = 0x8f;
	return second >= low && second <= high;
}

size_t nst_utf8_character(const char *text, size_t size)
{
	const unsigned char *at = (const unsigned char *)text;
	size_t length = at[0] < 0x80    ? 1
			: at[0] < 0xc2  ? 0
			: at[0] < 0xe0  ? 2
			: at[0] < 0xf0  ? 3
			: at[0] <= 0xf4 ? 4
					: 0;

	if (!size || !length || length > size)
		return 0;
	if (length > 1 && !fits(at[0], at[1]))
		return 0;
	for (size_t i = 2; i < length; i++)
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	return length;
}

static void json_character(FILE *out, unsigned char c)
{
	if (c == '"' || c == '\\')
		fprintf(out, "\\%c", c);
	else if (c == '\n')
		fputs("\\n", out);
	else if (c < 0x20 || c == 0x7f || c == '<')
		fprintf(out, "\\u%04x", c);
	else
		fputc(c, out);
}

void nst_json_text(FILE *out, const char *text, size_t size)
{
	fputc('"', out);
	for (size_t at = 0, length; at < size; at += length) {
		length = nst_utf8_character(text + at, size - at);
		if (length == 1)
			json_character(out, (unsigned char)text[at]);
		else if (length)
			fwrite(text + at, 1, length, out);
		else
			fputs(replacement, out);
		length += !length;
	}
	fputc('"', out);
}

void nst_json_pair(FILE *out, const char *name, const char *text)
{
	fprintf(out, "\"%s\": ", name);
	nst_json_text(out, text ? text : "", text ? strlen(text) : 0);
}

static const char *entity(unsigned char c, bool attribute)
{
	switch (c) {
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '&':
		return "&amp;";
	case '"':
		return "&quot;";
	case '\n':
		return attribute ? "&#10;" : "\n";
	case '\t':
		return attribute ? "&#9;" : "\t";
	}
	return NULL;
}

static void xml_character(FILE *out, unsigned char c, bool attribute)
{
	const char *name = entity(c, attribute);

	if (name)
		fputs(name, out);
	else if (c < 0x20)
		fprintf(out, "\\x%02x", c);
	else
		fputc(c, out);
}

/* U+FFFE and U+FFFF are UTF-8, but no characters of XML. */
static bool is_noncharacter(const char *text, size_t length)
{
	return length == 3 &&
	       (!memcmp(text, "\xef\xbf\xbe", 3) || !memcmp(text, "\xef\xbf\xbf", 3));
}

static void escape(FILE *out, const char *text, bool attribute)
{
	size_t size = strlen(text);

	for (size_t at = 0, length; at < size; at += length) {
		length = nst_utf8_character(text + at, size - at);
		if (length == 1)
			xml_character(out, (unsigned char)text[at], attribute);
		else if (length && !is_noncharacter(text + at, length))
			fwrite(text + at, 1, length, out);
		else
			fputs(replacement, out);
		length += !length;
	}
}

void nst_escape_xml(FILE *out, const char *text)
{
	escape(out, text, false);
}

void nst_escape_attribute(FILE *out, const char *text)
{
	escape(out, text, true);
}

void nst_quote_shell(FILE *out, const char *text)
{
	for (; *text; text++)
		if (*text == '\'')
			fputs("'\\''", out);
		else
			fputc(*text, out);
}
