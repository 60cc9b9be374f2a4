/* SPDX-License-Identifier: MIT */
/* Anybody's bytes as JSON and XML. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include <base/scope.h>

#include "json.h"

Test(escape, knows_utf8_from_what_is_none)
{
	static const struct {
		const char *bytes;
		size_t length;
	} rows[] = {
		{ "a", 1 },
		{ "é", 2 },
		{ "€", 3 },
		{ "\xf0\x9f\x98\x80", 4 },
		{ "\x80", 0 },
		{ "\xc0\xaf", 0 }, /* longer than needed */
		{ "\xe0\x80\x80", 0 },
		{ "\xed\xa0\x80", 0 },     /* half of a surrogate pair */
		{ "\xf4\x90\x80\x80", 0 }, /* beyond U+10FFFF */
		{ "\xe2\x82", 0 },         /* cut short */
		{ "\xff", 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		cr_expect_eq(nst_utf8_character(rows[i].bytes, strlen(rows[i].bytes)),
			     rows[i].length, "row %zu", i);
}

static char *json(const char *text, size_t size)
{
	char *made = NULL;
	size_t length;
	FILE *out = open_memstream(&made, &length);

	nst_json_text(out, text, size);
	fclose(out);
	return made;
}

Test(escape, json_takes_any_bytes)
{
	AUTO_FREE char *one = json("a\"\\\n\t</b>\x7f\0z", 12);
	AUTO_FREE char *other = json("\xff\xe2\x82", 3);

	cr_expect_str_eq(one, "\"a\\\"\\\\\\n\\u0009\\u003c/b>\\u007f\\u0000z\"");
	cr_expect_str_eq(other, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
}

static char *xml(const char *text, void (*escape)(FILE *out, const char *text))
{
	char *made = NULL;
	size_t length;
	FILE *out = open_memstream(&made, &length);

	escape(out, text);
	fclose(out);
	return made;
}

Test(escape, xml_keeps_lines_between_tags_and_writes_them_in_attributes)
{
	AUTO_FREE char *text = xml("<a>&\n\x1b\xff", nst_escape_xml);
	AUTO_FREE char *value = xml("\"a\n\tb\"", nst_escape_attribute);

	cr_expect_str_eq(text, "&lt;a&gt;&amp;\n\\x1b\xef\xbf\xbd");
	cr_expect_str_eq(value, "&quot;a&#10;&#9;b&quot;");
}
