/* SPDX-License-Identifier: MIT */
/* Expressions that choose cases. */
#include <errno.h>
#include <string.h>

#include <criterion/criterion.h>

#include <base/scope.h>
#include <nstest/error.h>
#include <runner/run.h>

#include "expression.h"

static bool holds(const char *text, const char *title)
{
	struct expression *expression;
	bool result;

	cr_assert_eq(expression_parse(text, &expression), 0, "%s", nst_error());
	result = expression_holds(expression, title);
	expression_free(expression);
	return result;
}

Test(expression, chooses_by_parts_of_titles)
{
	static const struct {
		const char *text, *title;
		bool holds;
	} rows[] = {
		{ "web", "t / web", true },
		{ "web", "t / mail", false },
		{ "only webserver2", "t / only webserver2 gets in", true },
		{ "  padded  ", "padded", true },
		{ "!web", "t / mail", true },
		{ "!web", "t / web", false },
		{ "a & b", "b, a", true },
		{ "a & b", "a", false },
		{ "x | b", "b", true },
		{ "x | y & z", "y", false },
		{ "x | y & z", "x", true },
		{ "(x | y) & z", "x", false },
		{ "!(x | y)", "z", true },
		{ "!!x", "x", true },
		{ "that does not change", "and that does not change", true },
		{ "twice (ipv4)", "t / twice (ipv4)", true },
		{ "(twice (ipv4) | z)", "twice (ipv4)", true },
		{ "R\\&D", "R&D", true },
		{ "what!", "what!", true },
		{ "\"t / a\"", "t / a", true },
		{ "\"t / a\"", "t / ab", false },
		{ "\"a \\\" & | \\\\\"", "a \" & | \\", true },
		{ "\"\"", "", true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		cr_expect_eq(holds(rows[i].text, rows[i].title), rows[i].holds,
			     "%s of \"%s\"", rows[i].text, rows[i].title);
}

Test(expression, that_is_wrong_is_refused_with_its_place)
{
	static const struct {
		const char *text, *sentence;
	} rows[] = {
		{ "", "a text is missing at character 1" },
		{ "a &", "a text is missing at character 4" },
		{ "| a", "a text is missing at character 1" },
		{ "!", "a text is missing at character 2" },
		{ "(a", "a closing ) is missing at character 3" },
		{ "a)", "a ) too many at character 2" },
		{ "\"a", "a closing \" is missing at character 3" },
		{ "\"a\" b", "& or | is missing at character 5" },
	};
	struct expression *expression;
	char deep[300];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cr_expect_eq(expression_parse(rows[i].text, &expression), -EINVAL, "%s",
			     rows[i].text);
		cr_expect(strstr(nst_error(), rows[i].sentence), "%s: %s", rows[i].text,
			  nst_error());
	}
	memset(deep, '(', sizeof(deep));
	deep[sizeof(deep) - 1] = '\0';
	cr_expect_eq(expression_parse(deep, &expression), -EINVAL);
	memset(deep, '!', sizeof(deep) - 1);
	cr_expect_eq(expression_parse(deep, &expression), -EINVAL);
}

Test(expression, that_is_made_of_a_title_means_that_title)
{
	static const char *const titles[] = { "t / a", "a & b | !(c", "\"", "\\", "" };

	for (size_t i = 0; i < ARRAY_SIZE(titles); i++) {
		AUTO_FREE char *text = nst_only_exactly(titles[i]);
		AUTO_FREE char *longer = NULL;

		cr_assert_gt(asprintf(&longer, "%s!", titles[i]), 0);
		cr_expect(holds(text, titles[i]), "%s", text);
		cr_expect_not(holds(text, longer), "%s", text);
	}
}

Test(expression, of_tags_wants_whole_words)
{
	static const char *const tags[] = { "slow", "ipv6", NULL };
	struct expression *expression;

	cr_assert_eq(expression_parse("slow & !net", &expression), 0);
	cr_expect(expression_holds_of(expression, tags));
	cr_expect_not(expression_holds_of(expression, NULL));
	expression_free(expression);
	cr_assert_eq(expression_parse("ipv", &expression), 0);
	cr_expect_not(expression_holds_of(expression, tags));
	expression_free(expression);
}
