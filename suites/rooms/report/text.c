/* SPDX-License-Identifier: MIT */
/* The report for people. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include <base/scope.h>
#include <report/text.h>

/* A report that is written into memory. */
struct written {
	char *text;
	size_t size;
	FILE *out;
	struct nst_sink sink;
	struct nst_totals totals;
};

static void begin(struct written *written, struct nst_text_options options)
{
	*written = (struct written){ 0 };
	written->out = open_memstream(&written->text, &written->size);
	options.out = written->out;
	cr_assert_eq(nst_text_report_new(&options, &written->sink), 0);
	written->sink.ops->start(written->sink.self, &(struct nst_run_start){ 3, 2 });
}

static void tell(struct written *written, struct nst_result *result)
{
	written->totals.by_outcome[result->outcome]++;
	written->sink.ops->result(written->sink.self, result);
	nst_result_free(result);
}

static void end(struct written *written, struct nst_run_end last)
{
	last.totals = &written->totals;
	written->sink.ops->end(written->sink.self, &last);
	nst_text_report_free(&written->sink);
	fclose(written->out);
}

static struct nst_result made(enum nst_outcome outcome, const char *name)
{
	struct nst_result result = { .outcome = outcome, .duration_us = 4100 };

	nst_text_set(&result.suite, "web");
	nst_text_set(&result.name, "%s", name);
	return result;
}

static struct nst_result failed(void)
{
	struct nst_result result = made(NST_OUTCOME_FAIL, "only b gets in");

	result.seed = 7;
	result.line = 18;
	result.column = 7;
	nst_text_set(&result.file, "web.yaml");
	nst_text_set(&result.question, "a -> b tcp/8080");
	nst_text_set(&result.expected, "dropped");
	nst_text_set(&result.got, "open: SYN-ACK after 31 us");
	nst_text_set(&result.evidence,
		     "b INPUT   no rule matched\nb OUTPUT  policy ACCEPT");
	nst_text_set(&result.ladder, "a > b SYN");
	nst_text_set(&result.next, "the rules of b");
	nst_text_set(&result.kept, "nstest-out/web/only-b-gets-in/{case.pcapng}");
	return result;
}

Test(text_report, of_a_good_run_is_two_lines)
{
	struct nst_result result = made(NST_OUTCOME_PASS, "x");
	struct written written;

	begin(&written, (struct nst_text_options){ 0 });
	tell(&written, &result);
	end(&written, (struct nst_run_end){ .duration_us = 310000 });

	cr_expect_str_eq(written.text,
			 "1 case in 310.0 ms\n1 passed, 0 failed, 0 skipped\n");
	free(written.text);
}

Test(text_report, explains_a_failure_at_the_end)
{
	struct nst_result good = made(NST_OUTCOME_PASS, "x"), bad = failed();
	struct written written;

	begin(&written, (struct nst_text_options){ 0 });
	tell(&written, &bad);
	tell(&written, &good);
	end(&written, (struct nst_run_end){ .duration_us = 2300000 });

	cr_expect_str_eq(written.text,
			 "\n"
			 "not ok  web / only b gets in  (4.1 ms, seed 7)\n"
			 "  web.yaml:18:7  a -> b tcp/8080\n"
			 "    expected dropped, got open: SYN-ACK after 31 us\n"
			 "    b INPUT   no rule matched\n"
			 "    b OUTPUT  policy ACCEPT\n"
			 "    packets:\n"
			 "      a > b SYN\n"
			 "  next: the rules of b\n"
			 "  kept: nstest-out/web/only-b-gets-in/{case.pcapng}\n"
			 "\n"
			 "2 cases in 2.3 s\n"
			 "1 passed, 1 failed, 0 skipped\n");
	free(written.text);
}

Test(text_report, names_skips_and_errors_loudly)
{
	struct nst_result skip = made(NST_OUTCOME_SKIP, "nft case");
	struct nst_result error = made(NST_OUTCOME_ERROR, "broken");
	struct written written;

	nst_text_set(&skip.message, "this kernel has no nf_tables");
	nst_text_set(&error.message, "the worker process was killed by SIGSEGV");
	begin(&written, (struct nst_text_options){ 0 });
	tell(&written, &skip);
	tell(&written, &error);
	end(&written, (struct nst_run_end){ .duration_us = 61000000 });

	cr_expect_str_eq(written.text,
			 "skip    web / nft case: this kernel has no nf_tables\n"
			 "\n"
			 "error   web / broken  (4.1 ms)\n"
			 "    the worker process was killed by SIGSEGV\n"
			 "\n"
			 "2 cases in 1 min 1 s (1 could not run)\n"
			 "0 passed, 1 failed, 1 skipped\n");
	free(written.text);
}

Test(text_report, tells_every_case_when_verbose)
{
	struct nst_result good = made(NST_OUTCOME_PASS, "x");
	struct written written;

	begin(&written, (struct nst_text_options){ .verbose = true });
	tell(&written, &good);
	end(&written, (struct nst_run_end){ .duration_us = 900 });

	cr_expect_str_eq(written.text, "ok      web / x  (4.1 ms)\n1 case in 900 us\n"
				       "1 passed, 0 failed, 0 skipped\n");
	free(written.text);
}

Test(text_report, says_what_was_cut_short)
{
	static const char *const running[] = {
		"web / slow (at web.yaml:3:5, run: sleep)"
	};
	struct written written;

	begin(&written, (struct nst_text_options){ 0 });
	end(&written, (struct nst_run_end){ .interrupted_by = "Ctrl-C",
					    .running = running,
					    .running_count = 1,
					    .never_run = 2 });

	cr_expect_str_eq(
		written.text,
		"Ctrl-C: stopped while running web / slow (at web.yaml:3:5, run: "
		"sleep); 2 had not begun\n"
		"0 cases in 0 us\n"
		"0 passed, 0 failed, 0 skipped\n");
	free(written.text);
}

Test(text_report, redraws_one_line_that_fits_a_terminal)
{
	static const char *const running[] = { "web / a very long name of a case",
					       "ünïcödé" };
	struct written written;

	begin(&written, (struct nst_text_options){ .terminal = true, .columns = 41 });
	written.sink.ops->progress(written.sink.self, &(struct nst_run_progress){
							      .now_us = 1000000,
							      .done = 1,
							      .cases = 9,
							      .totals = &written.totals,
							      .running = running,
							      .running_count = 2 });
	fflush(written.out);

	cr_expect_str_eq(written.text,
			 "\r\033[K1/9  web / a very long name of a case, \xc3\xbc");
	end(&written, (struct nst_run_end){ 0 });
	cr_expect_not_null(strstr(written.text, "\r\033[K0 cases"),
			   "it is wiped at the end");
	free(written.text);
}

/* What the last line drawn shows, at a moment `us` after the first. */
static void expect_line(struct nst_text_options options, uint64_t us, size_t done,
			const char *line)
{
	static const char *const running[] = { "web / slow" };
	struct nst_run_progress progress = {
		.now_us = 1000000, .cases = 16, .running = running, .running_count = 1
	};
	struct written written;

	begin(&written, options);
	progress.totals = &written.totals;
	written.sink.ops->progress(written.sink.self, &progress);
	progress.now_us += us;
	progress.done = done;
	written.sink.ops->progress(written.sink.self, &progress);
	fflush(written.out);

	cr_expect_str_eq(strrchr(written.text, '\r'), line);
	end(&written, (struct nst_run_end){ 0 });
	free(written.text);
}

Test(text_report, shows_how_far_it_is_and_when_it_will_be_over)
{
	const struct nst_text_options ascii = { .terminal = true };
	const struct nst_text_options unicode = { .terminal = true, .unicode = true };

	expect_line(ascii, 500000, 4, "\r\033[K[====            ]  4/16  web / slow");
	expect_line(ascii, 4000000, 4,
		    "\r\033[K[====            ]  4/16  ETA 13 s  web / slow");
	expect_line(ascii, 400000000, 8,
		    "\r\033[K[========        ]  8/16  ETA 7 min  web / slow");
	expect_line(unicode, 500000, 8, "\r\033[K████████░░░░░░░░  8/16  web / slow");
}

Test(text_report, names_the_slowest_cases_on_a_terminal)
{
	struct written written;

	begin(&written, (struct nst_text_options){ .terminal = true });
	for (unsigned int i = 0; i < 12; i++) {
		struct nst_result result = made(NST_OUTCOME_PASS, "x");

		nst_text_set(&result.name, "case %u", i);
		result.duration_us = 1000 * ((i * 5) % 12 + 1);
		tell(&written, &result);
	}
	end(&written, (struct nst_run_end){ .duration_us = 310000 });

	cr_expect_eq(strncmp(written.text,
			     "slowest:\n"
			     "     12.0 ms  web / case 7\n"
			     "     11.0 ms  web / case 2\n"
			     "     10.0 ms  web / case 9\n"
			     "      9.0 ms  web / case 4\n"
			     "      8.0 ms  web / case 11\n\n",
			     140),
		     0, "%s", written.text);
	free(written.text);
}

static char *kept_line(const char *files)
{
	struct nst_result result = made(NST_OUTCOME_FAIL, "x");
	char *text = NULL, *line;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	nst_text_set(&result.kept, "out/x");
	nst_text_set(&result.files, "%s", files);
	nst_text_explain(out, &result, false);
	fclose(out);
	nst_result_free(&result);
	line = strdup(strstr(text, "  kept"));
	free(text);
	return line;
}

Test(text_report, names_some_of_what_was_kept)
{
	AUTO_FREE char *few = kept_line("a\nb"), *six = kept_line("a\nb\nc\nd\ne\nf");
	AUTO_FREE char *many = kept_line("a\nb\nc\nd\ne\nf\ng");

	cr_expect_str_eq(few, "  kept: out/x/{a,b}\n");
	cr_expect_str_eq(six, "  kept: out/x/{a,b,c,d,e,f}\n");
	cr_expect_str_eq(many, "  kept: out/x/{a,b,c,d,e, and 2 more}\n");
}

/* A command of several lines is shown as such. */
Test(text_report, keeps_the_lines_of_a_question)
{
	struct nst_result result = made(NST_OUTCOME_FAIL, "x");
	AUTO_FREE char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	nst_text_set(&result.question, "set -e\necho a; exit 3\n");
	nst_text_set(&result.expected, "one\ntwo");
	nst_text_set(&result.got, "three");
	nst_text_explain(out, &result, false);
	fclose(out);

	cr_expect_str_eq(text, "not ok  web / x  (4.1 ms)\n"
			       "  set -e\n"
			       "    echo a; exit 3\n"
			       "    expected one\n"
			       "      two, got three\n");
	nst_result_free(&result);
}

Test(text_report, shows_what_a_terminal_would_obey)
{
	struct nst_result result = made(NST_OUTCOME_FAIL, "x");
	AUTO_FREE char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	nst_text_set(&result.evidence, "red \033[31m, bell \a, tab\t.");
	nst_text_explain(out, &result, false);
	fclose(out);

	cr_expect_not_null(strstr(text, "red \\x1b[31m, bell \\x07, tab\t."), "%s",
			   text);
	nst_result_free(&result);
}

Test(duration, is_written_in_the_unit_that_suits)
{
	char text[32];

	cr_expect_str_eq(nst_duration_print(0, text, sizeof(text)), "0 us");
	cr_expect_str_eq(nst_duration_print(999, text, sizeof(text)), "999 us");
	cr_expect_str_eq(nst_duration_print(4100, text, sizeof(text)), "4.1 ms");
	cr_expect_str_eq(nst_duration_print(2300000, text, sizeof(text)), "2.3 s");
	cr_expect_str_eq(nst_duration_print(725000000, text, sizeof(text)),
			 "12 min 5 s");
}
