/* SPDX-License-Identifier: MIT */
/* The command line, read by a verb's table. */
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include <criterion/criterion.h>

#include <nstest/error.h>

#include "args.h"

struct flags {
	struct common_flags common;
	bool loud;
	int count, time_ms;
	const char *text;
};

static const struct option_row options[] = {
	{ 'l', "loud", NULL, "", OPTION_FLAG, offsetof(struct flags, loud) },
	{ 'c', "count", "N", "", OPTION_COUNT, offsetof(struct flags, count) },
	{ 't', "time", "TIME", "", OPTION_TIME, offsetof(struct flags, time_ms) },
	{ 0, "text", "TEXT", "", OPTION_TEXT, offsetof(struct flags, text) },
	OPTIONS_FOR_ALL,
};

static const struct verb any_number = { .name = "try",
					.arguments = "[PATH...]",
					.most = SIZE_MAX,
					.options = options,
					.options_size = sizeof(struct flags) };

static const struct verb with_command = { .name = "exec",
					  .arguments = "HOST COMMAND...",
					  .least = 1,
					  .most = 1,
					  .command_after = 1,
					  .options = options,
					  .options_size = sizeof(struct flags) };

#define WORDS(...)                \
	(char *const[])           \
	{                         \
		__VA_ARGS__, NULL \
	}

Test(args, options_are_read_in_every_way_they_are_written)
{
	static const struct {
		char *words[5];
	} ways[] = {
		{ { "--loud", "--count=4", "--text=x" } },
		{ { "--count", "4", "--text", "x", "--loud" } },
		{ { "-l", "-c4", "--text=x" } },
		{ { "-lc4", "--text", "x" } },
		{ { "-lc", "4", "--text=x" } },
	};

	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		char *words[6] = { 0 };
		struct invocation read;
		const struct flags *flags;

		memcpy(words, ways[i].words, sizeof(ways[i].words));
		cr_assert_eq(args_read(&any_number, NULL, words, &read), 0, "%zu: %s",
			     i, nst_error());
		flags = read.options;
		cr_expect(flags->loud, "way %zu", i);
		cr_expect_eq(flags->count, 4, "way %zu", i);
		cr_expect_str_eq(flags->text, "x", "way %zu", i);
		cr_expect_eq(read.operand_count, 0, "way %zu", i);
		args_free(&read);
	}
}

Test(args, operands_may_stand_between_options)
{
	struct invocation read;

	cr_assert_eq(args_read(&any_number, NULL,
			       WORDS("a", "-l", "b", "--", "-c", "-"), &read),
		     0);

	cr_assert_eq(read.operand_count, 4);
	cr_expect_str_eq(read.operands[0], "a");
	cr_expect_str_eq(read.operands[1], "b");
	cr_expect_str_eq(read.operands[2], "-c");
	cr_expect_str_eq(read.operands[3], "-");
	args_free(&read);
}

Test(args, a_command_is_taken_as_it_is)
{
	struct invocation read;
	const struct flags *flags;

	cr_assert_eq(args_read(&with_command, NULL,
			       WORDS("-l", "web", "ls", "-c", "--help"), &read),
		     0);
	flags = read.options;
	cr_expect(flags->loud);
	cr_expect_not(flags->common.help);
	cr_expect_str_eq(read.operands[0], "web");
	cr_expect_str_eq(read.command[0], "ls");
	cr_expect_str_eq(read.command[1], "-c");
	cr_expect_str_eq(read.command[2], "--help");
	cr_expect_null(read.command[3]);
	args_free(&read);

	cr_assert_eq(
		args_read(&with_command, NULL, WORDS("web", "--", "-odd", "x"), &read),
		0);
	cr_expect_str_eq(read.command[0], "-odd");
	args_free(&read);
}

Test(args, mistakes_are_answered_with_what_was_meant)
{
	static const struct {
		const struct verb *verb;
		char *words[3];
		const char *sentence;
	} rows[] = {
		{ &any_number,
		  { "--cuont=3" },
		  "no option --cuont (did you mean --count?)" },
		{ &any_number, { "--zzz" }, "no option --zzz (see nstest try --help)" },
		{ &any_number, { "-z" }, "no option -z (see nstest try --help)" },
		{ &any_number, { "--loud=yes" }, "--loud takes no value" },
		{ &any_number, { "--count" }, "--count wants N" },
		{ &any_number, { "-c" }, "-c wants N" },
		{ &any_number,
		  { "--count=0" },
		  "--count: \"0\" is not a number of 1 or more" },
		{ &any_number,
		  { "-c", "4x" },
		  "--count: \"4x\" is not a number of 1 or more" },
		{ &any_number,
		  { "--time=10" },
		  "--time: \"10\" is not a time: write 500ms, 10s or 2m" },
		{ &any_number, { "--time=0s" }, "--time: \"0s\" is out of range" },
		{ &any_number,
		  { "--time=99999999h" },
		  "--time: \"99999999h\" is out of range" },
		{ &with_command,
		  { NULL },
		  "it wants HOST COMMAND... (see nstest exec --help)" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char *words[4] = { rows[i].words[0], rows[i].words[1], NULL };
		struct invocation read;

		cr_expect_eq(args_read(rows[i].verb, NULL, words, &read), -EINVAL,
			     "row %zu", i);
		cr_expect_str_eq(nst_error(), rows[i].sentence);
	}
}

Test(args, times_have_units)
{
	int ms = 0;

	cr_expect_eq(args_time("500ms", &ms), 0);
	cr_expect_eq(ms, 500);
	cr_expect_eq(args_time("10s", &ms), 0);
	cr_expect_eq(ms, 10000);
	cr_expect_eq(args_time("2m", &ms), 0);
	cr_expect_eq(ms, 120000);
	cr_expect_lt(args_time("s", &ms), 0);
	cr_expect_eq(ms, 120000, "untouched on failure");
}

Test(meant_word, is_near_and_not_just_short)
{
	static const char *const names[] = { "run", "check", "list", "up" };

	cr_expect_str_eq(meant_word("rnu", names, 4), "run");
	cr_expect_str_eq(meant_word("chekc", names, 4), "check");
	cr_expect_str_eq(meant_word("lst", names, 4), "list");
	cr_expect_null(meant_word("xy", names, 4));
	cr_expect_null(meant_word("frobnicate", names, 4));
	cr_expect_null(meant_word("", names, 4));
}
