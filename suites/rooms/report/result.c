/* SPDX-License-Identifier: MIT */
/* Results as bytes, and the words for them. */
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include <report/result.h>

static struct nst_result sample(void)
{
	struct nst_result result = { .outcome = NST_OUTCOME_FAIL,
				     .duration_us = 4100,
				     .seed = 7,
				     .line = 18,
				     .column = 7 };

	nst_text_set(&result.suite, "webserver");
	nst_text_set(&result.name, "only webserver2 gets in");
	nst_text_set(&result.file, "webserver.yaml");
	nst_text_set(&result.question, "a -> b tcp/80");
	nst_text_set(&result.expected, "dropped");
	nst_text_set(&result.got, "open");
	nst_text_set(&result.evidence, "first\nsecond");
	nst_text_set(&result.ladder, "SYN");
	nst_text_set(&result.next, "the rules");
	nst_text_set(&result.kept, "nstest-out/x");
	return result;
}

Test(result, survives_its_way_as_bytes)
{
	struct nst_result result = sample(), back = { 0 };
	void *bytes;
	size_t size;

	cr_assert_eq(nst_result_pack(&result, &bytes, &size), 0);
	cr_assert_eq(nst_result_unpack(bytes, size, &back), 0);

	cr_expect_eq(back.outcome, NST_OUTCOME_FAIL);
	cr_expect_eq(back.duration_us, 4100);
	cr_expect_eq(back.seed, 7);
	cr_expect_eq(back.line, 18);
	cr_expect_eq(back.column, 7);
	cr_expect_str_eq(back.suite, "webserver");
	cr_expect_str_eq(back.name, "only webserver2 gets in");
	cr_expect_str_eq(back.evidence, "first\nsecond");
	cr_expect_str_eq(back.kept, "nstest-out/x");
	cr_expect_null(back.message);
	free(bytes);
	nst_result_free(&result);
	nst_result_free(&back);
}

Test(result, refuses_bytes_that_are_cut_short)
{
	struct nst_result result = sample(), back = { 0 };
	void *bytes;
	size_t size;

	cr_assert_eq(nst_result_pack(&result, &bytes, &size), 0);

	for (size_t cut = 0; cut < size; cut++)
		cr_expect_lt(nst_result_unpack(bytes, cut, &back), 0, "%zu bytes", cut);
	cr_expect_null(back.name, "the result is untouched");
	free(bytes);
	nst_result_free(&result);
}

Test(result, refuses_bytes_that_were_changed_or_takes_them_whole)
{
	struct nst_result result = sample();
	unsigned char *bytes;
	size_t size;

	cr_assert_eq(nst_result_pack(&result, (void **)&bytes, &size), 0);

	/* Whatever a broken worker sends: never a crash, never a text without an end. */
	for (size_t i = 0; i < size; i++) {
		struct nst_result back = { 0 };

		bytes[i] ^= 0xff;
		if (!nst_result_unpack(bytes, size, &back))
			nst_result_free(&back);
		bytes[i] ^= 0xff;
	}
	free(bytes);
	nst_result_free(&result);
}

Test(text, grows_by_lines)
{
	char *text = NULL;

	nst_text_add(&text, "%s", "one");
	nst_text_add(&text, "%d", 2);
	cr_expect_str_eq(text, "one\n2");

	nst_text_set(&text, "%s, and %s", text, "more");
	cr_expect_str_eq(text, "one\n2, and more",
			 "it may be part of what replaces it");
	free(text);
}
