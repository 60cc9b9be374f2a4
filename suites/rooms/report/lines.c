/* SPDX-License-Identifier: MIT */
/* What suite executables say: JSON lines and Criterion's TAP. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include <base/scope.h>
#include <nstest/error.h>
#include <report/lines.h>

static int read_text(const char *line, bool *start, struct nst_result *result)
{
	return nst_line_read(line, strlen(line), start, result);
}

Test(line, has_every_member_of_a_result)
{
	struct nst_result result = { 0 };
	bool start;

	cr_assert_eq(
		read_text("{\"event\": \"result\", \"suite\": \"tcp\", "
			  "\"case\": \"survives\", \"result\":\"fail\", "
			  "\"duration_us\": 4100,\"file\":\"tcp.c\", \"line\": 31, "
			  "\"message\": \"a \\\"b\\\"\\nc \\u00e9\", \"new\": "
			  "[1, {\"a\": [true, \"}\\\"]\"], \"b\": {}}, -2.5e3, null]}",
			  &start, &result),
		0, "%s", nst_error());

	cr_expect_not(start);
	cr_expect_eq(result.outcome, NST_OUTCOME_FAIL);
	cr_expect_str_eq(result.suite, "tcp");
	cr_expect_str_eq(result.name, "survives");
	cr_expect_eq(result.duration_us, 4100);
	cr_expect_str_eq(result.file, "tcp.c");
	cr_expect_eq(result.line, 31);
	cr_expect_str_eq(result.message, "a \"b\"\nc é");
	nst_result_free(&result);
}

Test(line, may_say_that_a_test_begins)
{
	struct nst_result result = { 0 };
	bool start;

	cr_assert_eq(read_text("{\"event\":\"start\",\"suite\":\"s\",\"case\":\"c\"}",
			       &start, &result),
		     0);

	cr_expect(start);
	cr_expect_str_eq(result.name, "c");
	nst_result_free(&result);
}

/* What "message" only repeats is not read as something else. */
Test(line, of_ours_says_nothing_twice)
{
	struct nst_result result = { 0 };
	bool start;

	cr_assert_eq(read_text("{\"case\": \"c\", \"result\": \"fail\", \"question\": "
			       "\"q\", \"expected\": \"a\", \"got\": \"b\", "
			       "\"message\": \"q: expected a, got b\", "
			       "\"artefacts\": [\"x\", \"y z\"]}",
			       &start, &result),
		     0, "%s", nst_error());

	cr_expect_null(result.message);
	cr_expect_str_eq(result.files, "x\ny z");
	nst_result_free(&result);
}

Test(line, is_refused_when_it_is_none)
{
	static const char *const wrong[] = {
		"",
		"{}",
		"nonsense",
		"{\"case\": \"c\"}",
		"{\"result\": \"pass\"}",
		"{\"case\": \"c\", \"result\": \"maybe\"}",
		"{\"case\": \"c\", \"result\": \"pass\"",
		"{\"case\": \"c\", \"result\": \"pass\"} x",
		"{\"case\": \"c, \"result\": \"pass\"}",
		"{\"case\": \"c\\q\", \"result\": \"pass\"}",
		"{\"case\": \"c\\u12\", \"result\": \"pass\"}",
		"{\"case\": 3, \"result\": \"pass\"}",
		"{\"case\": \"c\", \"result\": \"pass\", \"line\": -1}",
		("{\"case\": \"c\", \"result\": \"pass\", "
		 "\"line\": 99999999999999999999}"),
		"{\"case\": \"c\", \"result\": \"pass\",}",
		"{\"case\": \"c\", \"result\": \"pass\", \"artefacts\": [1]}",
		"{\"case\": \"c\", \"result\": \"pass\", \"artefacts\": [\"a\"",
		"{\"case\": \"c\", \"result\": \"pass\", \"artefacts\": [\"a\",]}",
		"{\"case\": \"c\", \"result\": \"pass\", \"artefacts\": \"a\"}",
		"{\"case\": \"c\", \"result\": \"pass\", \"details\": \"a\"}",
		"{\"case\": \"c\", \"result\": \"pass\", \"details\": {\"a\"}}",
		"{\"case\": \"c\", \"result\": \"pass\", \"details\": {\"a\": [}}",
		"{\"case\": \"c\", \"result\": \"pass\", \"details\": {\"a\": }}",
		"{\"case\": \"c\", \"result\": \"pass\", \"new\": \"\\",
	};

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct nst_result result = { 0 };
		bool start;

		cr_expect_eq(read_text(wrong[i], &start, &result), -EPROTO, "%s",
			     wrong[i]);
	}
}

/* A stack is not endless: lists in lists in lists are no result. */
Test(line, is_not_as_deep_as_it_likes)
{
	struct nst_result result = { 0 };
	char line[2000] = "{\"case\": \"c\", \"result\": \"pass\", \"new\": ";
	bool start;

	memset(line + strlen(line), '[', sizeof(line) - strlen(line) - 1);
	line[sizeof(line) - 1] = '\0';
	cr_expect_eq(read_text(line, &start, &result), -EPROTO);
}

/* What a page shows is handed on as it was made, on one line. */
Test(line, hands_details_on)
{
	struct nst_result result = { .outcome = NST_OUTCOME_PASS };
	struct nst_result back = { 0 };
	AUTO_FREE char *line = NULL;
	bool start;

	nst_text_set(&result.name, "c");
	nst_text_set(&result.graph, "graph {\n\"a\" -- \"b\"\n}\n");
	nst_text_set(&result.details,
		     "{\"steps\": [{\"text\": \"a \\\"}]\\\" b\"}],\n\"took\": 3}");
	line = nst_line_write(&result);
	cr_assert_not_null(line);
	cr_expect_eq(strchr(line, '\n') - line, (long)strlen(line) - 1,
		     "it is one line");
	cr_assert_eq(nst_line_read(line, strlen(line) - 1, &start, &back), 0, "%s",
		     line);

	cr_expect_str_eq(back.graph, result.graph);
	cr_expect_str_eq(back.details,
			 "{\"steps\": [{\"text\": \"a \\\"}]\\\" b\"}], \"took\": 3}");
	nst_result_free(&result);
	nst_result_free(&back);
}

Test(line, written_is_read_back)
{
	struct nst_result result = { .outcome = NST_OUTCOME_SKIP,
				     .duration_us = 12,
				     .line = 3 };
	struct nst_result back = { 0 };
	AUTO_FREE char *line = NULL;
	bool start;

	nst_text_set(&result.suite, "s");
	nst_text_set(&result.name, "tab\there, \"quotes\", back\\slash");
	nst_text_set(&result.message, "two\nlines and \x01");
	line = nst_line_write(&result);
	cr_assert_not_null(line);
	cr_expect_eq(strchr(line, '\n') - line, (long)strlen(line) - 1,
		     "it is one line");

	cr_assert_eq(nst_line_read(line, strlen(line) - 1, &start, &back), 0, "%s",
		     line);

	cr_expect_eq(back.outcome, NST_OUTCOME_SKIP);
	cr_expect_str_eq(back.name, result.name);
	cr_expect_str_eq(back.message, result.message);
	cr_expect_eq(back.duration_us, 12);
	nst_result_free(&result);
	nst_result_free(&back);
}

/* As Criterion 2.4.1 writes it. */
static const char tap[] = "TAP version 13\n"
			  "1..6\n"
			  "# Criterion v2.4.1\n"
			  "#\n"
			  "# Running 3 tests from beta\n"
			  "not ok - beta::times_out timed out (1.01s)\n"
			  "ok - beta::off  # SKIP test was skipped\n"
			  "not ok - beta::exits  (0.00s)\n"
			  "  ---\n"
			  "  assertions: 0\n"
			  "  failures:\n"
			  "  ...\n"
			  "#\n"
			  "# Running 4 tests from alpha\n"
			  "ok - alpha::passes  (0.25s)\n"
			  "not ok - alpha::fails  (0.00s)\n"
			  "  ---\n"
			  "  assertions: 2\n"
			  "  failures:\n"
			  "  - cr.c:4: |+\n"
			  "      Assertion failed: first\n"
			  "      goes on\n"
			  "  - cr.c:5: |+\n"
			  "      Assertion failed: second\n"
			  "  ...\n"
			  "not ok - alpha::crashes unexpected signal after cr.c:7\n";

Test(tap, has_places_reasons_and_durations)
{
	AUTO_FREE struct nst_result *results = NULL;
	size_t count;

	cr_assert_eq(nst_tap_read(tap, &results, &count), 0, "%s", nst_error());
	cr_assert_eq(count, 6);

	cr_expect_eq(results[0].outcome, NST_OUTCOME_ERROR);
	cr_expect_str_eq(results[0].message, "it timed out");
	cr_expect_eq(results[0].duration_us, 1010000);
	cr_expect_eq(results[1].outcome, NST_OUTCOME_SKIP);
	cr_expect_str_eq(results[1].message, "test was skipped");
	cr_expect_eq(results[2].outcome, NST_OUTCOME_FAIL);
	cr_expect_not_null(strstr(results[2].message, "did it exit?"));
	cr_expect_eq(results[3].outcome, NST_OUTCOME_PASS);
	cr_expect_str_eq(results[3].suite, "alpha");
	cr_expect_str_eq(results[3].name, "passes");
	cr_expect_eq(results[3].duration_us, 250000);
	cr_expect_str_eq(results[4].file, "cr.c");
	cr_expect_eq(results[4].line, 4);
	cr_expect_str_eq(results[4].message,
			 "Assertion failed: first\ngoes on\ncr.c:5:\n"
			 "Assertion failed: second");
	cr_expect_eq(results[5].outcome, NST_OUTCOME_ERROR);
	cr_expect_str_eq(results[5].message, "it crashed after cr.c:7");
	for (size_t i = 0; i < count; i++)
		nst_result_free(&results[i]);
}

/* As tests of one name they would be told apart by nothing, and taken for attempts. */
Test(tap, joins_the_parameters_of_a_test)
{
	static const char parameters[] = "1..5\n"
					 "ok - a::each  (0.10s)\n"
					 "ok - a::other  (0.00s)\n"
					 "not ok - a::each  (0.20s)\n"
					 "  - cr.c:4: |+\n"
					 "      Assertion failed: second\n"
					 "ok - a::last  (0.00s)\n"
					 "not ok - a::each  (0.00s)\n"
					 "  - cr.c:4: |+\n"
					 "      Assertion failed: third\n";
	AUTO_FREE struct nst_result *results = NULL;
	size_t count;

	cr_assert_eq(nst_tap_read(parameters, &results, &count), 0, "%s", nst_error());
	cr_assert_eq(count, 3);

	cr_expect_eq(results[0].outcome, NST_OUTCOME_FAIL);
	cr_expect_str_eq(results[0].name, "each");
	cr_expect_eq(results[0].duration_us, 300000);
	cr_expect_str_eq(results[0].message, "Assertion failed: second");
	cr_expect_str_eq(results[0].evidence, "it failed for 2 of 3 parameters");
	cr_expect_str_eq(results[1].name, "other");
	cr_expect_str_eq(results[2].name, "last");
	for (size_t i = 0; i < count; i++)
		nst_result_free(&results[i]);
}

Test(tap, that_breaks_off_is_refused)
{
	struct nst_result *results;
	size_t count;

	cr_expect_eq(nst_tap_read("", &results, &count), -EPROTO);
	cr_expect_str_eq(nst_error(), "it wrote no TAP");
	cr_expect_eq(nst_tap_read("1..2\nok - a::b  (0.00s)\n", &results, &count),
		     -EPROTO);
	cr_expect_str_eq(nst_error(), "it planned 2 tests and reported 1");
}
