/* SPDX-License-Identifier: MIT */
/* What a program wrote: bytes, lines, times of arrival, and the limit. Pure. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "program_output.h"

static void put_at(struct output *output, const char *data, size_t size, uint64_t at_ns)
{
	while (size) {
		size_t room = 0, part;
		char *to = output_room(output, &room);

		cr_assert_not_null(to);
		part = size < room ? size : room;
		memcpy(to, data, part);
		output_came(output, part, at_ns);
		data += part;
		size -= part;
	}
}

static void put(struct output *output, const char *text)
{
	put_at(output, text, strlen(text), 1);
}

static void expect_text(struct output *output, const char *expected)
{
	size_t size = 0;
	char *text = output_text(output, &size);

	cr_expect_str_eq(text, expected);
	cr_expect_eq(size, strlen(expected));
	free(text);
}

static void expect_line(struct output *output, struct output_cursor *cursor,
			const char *expected, bool complete)
{
	struct output_line line = { 0 };

	cr_assert(output_line(output, cursor, &line), "no line, expected \"%s\"",
		  expected);
	cr_expect_eq(line.size, strlen(expected), "%zu bytes, expected \"%s\"",
		     line.size, expected);
	cr_expect_arr_eq(line.text, expected, strlen(expected));
	cr_expect_eq(line.complete, complete);
}

Test(output, of_nothing_is_empty)
{
	struct output output = { 0 };
	struct output_cursor cursor = { 0 };
	struct output_line line;
	char tail[64];

	expect_text(&output, "");
	cr_expect_not(output_line(&output, &cursor, &line));
	cr_expect_str_empty(output_tail(&output, 3, tail, sizeof(tail)));
}

Test(output, keeps_every_byte_in_order_over_many_blocks)
{
	enum { NUMBERS = 60000 };
	struct output output = { 0 };
	char number[16], *text, *at;
	size_t size;

	for (int i = 0; i < NUMBERS; i++)
		put_at(&output, number, (size_t)sprintf(number, "%d\n", i),
		       (uint64_t)i);

	text = at = output_text(&output, &size);
	for (int i = 0; i < NUMBERS; i++)
		cr_assert_eq(strtol(at, &at, 10), i);
	cr_expect_eq(output.dropped, 0);
	free(text);
	output_free(&output);
}

Test(output, may_hold_nul_bytes)
{
	static const char bytes[] = "a\0b\nc\0\n";
	struct output output = { 0 };
	struct output_cursor cursor = { 0 };
	struct output_line line;
	size_t size = 0;
	char *text;

	put_at(&output, bytes, sizeof(bytes) - 1, 1);

	text = output_text(&output, &size);
	cr_expect_eq(size, sizeof(bytes) - 1);
	cr_expect_arr_eq(text, bytes, sizeof(bytes));
	cr_assert(output_line(&output, &cursor, &line));
	cr_expect_eq(line.size, 3);
	free(text);
	output_free(&output);
}

Test(output, gives_lines_one_by_one_and_the_unfinished_one_again)
{
	struct output output = { 0 };
	struct output_cursor cursor = { 0 };
	struct output_line line;

	put(&output, "one\n\ntwo");

	expect_line(&output, &cursor, "one", true);
	expect_line(&output, &cursor, "", true);
	expect_line(&output, &cursor, "two", false);
	expect_line(&output, &cursor, "two", false);
	put(&output, " and a half\n");
	expect_line(&output, &cursor, "two and a half", true);
	cr_expect_not(output_line(&output, &cursor, &line));
	output_free(&output);
}

/* The first block ends after 4 KiB: every line around it must come out whole. */
Test(output, joins_a_line_that_spans_blocks)
{
	struct output output = { 0 };
	struct output_cursor cursor = { 0 };
	char line[101];

	for (int i = 0; i < 100; i++) {
		memset(line, 'a' + i % 26, 100);
		line[100] = '\n';
		put_at(&output, line, sizeof(line), 1);
	}

	for (int i = 0; i < 100; i++) {
		memset(line, 'a' + i % 26, 100);
		line[100] = '\0';
		expect_line(&output, &cursor, line, true);
	}
	output_free(&output);
}

Test(output, cuts_an_endless_line_into_pieces)
{
	enum { SIZE = 3 * OUTPUT_LINE_LIMIT + 5 };
	struct output output = { 0 };
	struct output_cursor cursor = { 0 };
	struct output_line line;
	size_t pieces = 0, total = 0;
	char *endless = malloc(SIZE);

	memset(endless, 'x', SIZE);
	put_at(&output, endless, SIZE, 1);

	while (output_line(&output, &cursor, &line)) {
		total += line.size;
		pieces++;
		if (!line.complete)
			break;
	}
	cr_expect_eq(pieces, 4);
	cr_expect_eq(total, SIZE);
	output_free(&output);
	free(endless);
}

/* A flood: the beginning and the end stay, memory stays bounded, and the text says what
 * is missing. */
Test(output, that_floods_keeps_its_first_and_last_part)
{
	enum { LIMIT = 1 << 20, LINES = 1000000 };
	struct output output = { .limit = LIMIT };
	char line[16], expected[80], *text, *gap;
	size_t size, written = 0;

	for (int i = 0; i < LINES; i++) {
		size_t n = (size_t)sprintf(line, "%d\n", i);

		put_at(&output, line, n, (uint64_t)i);
		written += n;
		cr_assert_leq(output.held, LIMIT);
	}

	text = output_text(&output, &size);
	gap = strstr(text, "\n[nstest: ");
	cr_assert_not_null(gap);
	sprintf(expected, "\n[nstest: %zu bytes are left out here]\n",
		written - (size - strlen("\n[nstest:  bytes are left out here]\n") -
			   strlen("1234567")));
	cr_expect(strncmp(gap, expected, strlen(expected)) == 0, "got %.60s", gap);
	cr_expect(strncmp(text, "0\n1\n2\n", 6) == 0);
	cr_expect_str_eq(text + size - 7, "999999\n");
	cr_expect_gt(gap - text, LIMIT / 4);
	cr_expect_gt(text + size - gap, LIMIT / 4);
	free(text);
	output_free(&output);
}

Test(output, cursor_steps_over_what_was_dropped)
{
	enum { LIMIT = 256 << 10 };
	struct output output = { .limit = LIMIT };
	struct output_cursor cursor = { 0 };
	struct output_line line;
	char number[32];
	int last = -1;

	put(&output, "0\n");
	expect_line(&output, &cursor, "0", true);
	for (int i = 1; i < 200000; i++)
		put_at(&output, number, (size_t)sprintf(number, "%d\n", i), 1);

	while (output_line(&output, &cursor, &line))
		last = atoi(line.text);
	cr_expect_gt(output.dropped, 0);
	cr_expect_eq(last, 199999);
	output_free(&output);
}

Test(output, lost_bytes_are_told)
{
	struct output output = { 0 };

	put(&output, "before");
	output_lost(&output, 10);
	put(&output, "after");
	output_lost(&output, 3);

	expect_text(&output, "before\n[nstest: 10 bytes are left out here]\nafter"
			     "\n[nstest: 3 bytes are left out here]\n");
	output_free(&output);
}

Test(output, knows_when_a_line_came)
{
	struct output output = { 0 };
	struct output_cursor cursor = { 0 };
	struct output_line line;

	put_at(&output, "early\n", 6, 1000000000);
	put_at(&output, "late\n", 5, 3000000000);

	cr_assert(output_line(&output, &cursor, &line));
	cr_expect_eq(line.at_ns, 1000000000);
	cr_assert(output_line(&output, &cursor, &line));
	cr_expect_eq(line.at_ns, 3000000000);
	output_free(&output);
}

/* Single bytes in quick succession must not cost a mark each. */
Test(output, marks_stay_fewer_than_bytes)
{
	struct output output = { 0 };

	for (uint64_t i = 0; i < 4096; i++)
		put_at(&output, "x", 1, i);

	cr_expect_leq(output.first->mark_count, 4096 / 64);
	output_free(&output);
}

Test(output, tail_is_the_last_lines_in_one)
{
	struct output output = { 0 };
	char tail[64];

	put(&output, "first\nsecond\n\tthird\r\nfourth\n\n");

	cr_expect_str_eq(output_tail(&output, 3, tail, sizeof(tail)),
			 "second | ?third | fourth");
	cr_expect_str_eq(output_tail(&output, 1, tail, sizeof(tail)), "fourth");
	output_free(&output);
}

Test(output, tail_fits_and_does_not_cut_a_character)
{
	struct output output = { 0 };
	char tail[40];

	for (int i = 0; i < 500; i++)
		put(&output, "ä");

	output_tail(&output, 1, tail, sizeof(tail));
	cr_expect_lt(strlen(tail), sizeof(tail));
	cr_expect(strncmp(tail, "…ä", strlen("…ä")) == 0, "got %s", tail);
	output_free(&output);
}
