/* SPDX-License-Identifier: MIT */
/* Quantities, words, and UTF-8. */
#include <criterion/criterion.h>

#include "text.h"
#include "units.h"
#include "words.h"

static int time_ms(const char *text)
{
	int ms = -1;

	return parse_time_ms(text, &ms) ? -1 : ms;
}

Test(scenario_units, times_are_exact)
{
	cr_expect_eq(time_ms("20ms"), 20);
	cr_expect_eq(time_ms("0.1s"), 100);
	cr_expect_eq(time_ms("1.5s"), 1500);
	cr_expect_eq(time_ms("2min"), 120000);
	cr_expect_eq(time_ms("24h"), 86400000);
	cr_expect_eq(time_ms("24d"), 2073600000);
	cr_expect_eq(time_ms("1500us"), 1);
}

Test(scenario_units, times_out_of_range_are_refused)
{
	static const char *const wrong[] = { "",    "5",     "0s",       "-1s", "1e3s",
					     "25d", "999us", "24.0001d", "1 s", "1.s",
					     ".5s", "1ss",   "24h1" };

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		cr_expect_eq(time_ms(wrong[i]), -1, "%s", wrong[i]);
}

Test(scenario_units, numbers_end_at_their_limit)
{
	uint64_t n = 0;

	cr_expect_null(parse_number("255", 255, &n));
	cr_expect_eq(n, 255);
	cr_expect_not_null(parse_number("256", 255, &n));
	cr_expect_null(parse_number("18446744073709551615", UINT64_MAX, &n));
	cr_expect_eq(n, UINT64_MAX);
	cr_expect_not_null(parse_number("18446744073709551616", UINT64_MAX, &n));
	cr_expect_not_null(parse_number("-1", 255, &n));
	cr_expect_not_null(parse_number("", 255, &n));
}

Test(scenario_units, nearest_words_are_one_or_two_slips_away)
{
	static const char *const words[] = { "expect", "run", "freeze", NULL };

	cr_expect_str_eq(nearest_word("exepct", words), "expect");
	cr_expect_str_eq(nearest_word("rnu", words), "run");
	cr_expect_str_eq(nearest_word("freze", words), "freeze");
	cr_expect_null(nearest_word("ru", words));
	cr_expect_null(nearest_word("impair", words));
}

Test(scenario_units, utf8_is_strict)
{
	cr_expect_eq(utf8_size("a", 1), 1);
	cr_expect_eq(utf8_size("\xc3\xa4", 2), 2);
	cr_expect_eq(utf8_size("\xe2\x82\xac", 3), 3);
	cr_expect_eq(utf8_size("\xf0\x9f\x98\x80", 4), 4);
	cr_expect_eq(utf8_size("\xc3", 1), 0, "cut off");
	cr_expect_eq(utf8_size("\xc0\xaf", 2), 0, "not the shortest form");
	cr_expect_eq(utf8_size("\xe0\x80\xaf", 3), 0, "not the shortest form");
	cr_expect_eq(utf8_size("\xed\xa0\x80", 3), 0, "half of a surrogate pair");
	cr_expect_eq(utf8_size("\xf4\x90\x80\x80", 4), 0, "beyond U+10FFFF");
	cr_expect_eq(utf8_size("\x80", 1), 0, "no first byte");
}
