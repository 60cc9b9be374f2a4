/* SPDX-License-Identifier: MIT */
/* Results as files, read by the tools that others read them with. */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include <base/scope.h>
#include <nstest/error.h>
#include <report/outputs.h>

#define HERE SOURCE_FOLDER "/suites/rooms/report"

/* A folder of its own, and a run that is told to one output in it. */
struct written {
	char folder[64];
	char path[128];
	struct nst_outputs *outputs;
	const struct nst_sink *sink;
	struct nst_totals totals;
};

static struct written begin(const char *format)
{
	struct written written = { .folder = "/tmp/nstest-outputs-XXXXXX" };
	const struct nst_outputs_options options = { .folder = written.folder,
						     .command = "nstest run 'a b'" };
	AUTO_FREE char *word = NULL;
	size_t count;

	cr_assert(mkdtemp(written.folder));
	snprintf(written.path, sizeof(written.path), "%s/file", written.folder);
	cr_assert_gt(asprintf(&word, "%s=%s", format, written.path), 0);
	cr_assert_eq(nst_outputs_open((const char *const[]){ word }, 1, &options,
				      &written.outputs),
		     0, "%s", nst_error());
	written.sink = nst_outputs_sinks(written.outputs, &count);
	cr_assert_eq(count, 1);
	written.sink->ops->start(
		written.sink->self,
		&(struct nst_run_start){ .cases = 5, .workers = 2, .seed = 7 });
	return written;
}

static void tell(struct written *written, struct nst_result result, const char *suite,
		 const char *name)
{
	nst_text_set(&result.suite, "%s", suite);
	nst_text_set(&result.name, "%s", name);
	written->totals.by_outcome[result.outcome]++;
	written->sink->ops->result(written->sink->self, &result);
	nst_result_free(&result);
}

static void end(struct written *written, const char *interrupted_by)
{
	written->sink->ops->end(
		written->sink->self,
		&(struct nst_run_end){ .duration_us = 1234567,
				       .totals = &written->totals,
				       .interrupted_by = interrupted_by });
}

static void clear(struct written *written)
{
	unlink(written->path);
	cr_expect_eq(rmdir(written->folder), 0, "one file, and nothing else");
}

/* Names and texts that no format likes. */
static struct nst_result hostile(void)
{
	struct nst_result result = { .outcome = NST_OUTCOME_FAIL,
				     .duration_us = 4100,
				     .seed = 7,
				     .line = 18,
				     .column = 7 };

	nst_text_set(&result.file, "we<b>.yaml");
	nst_text_set(&result.question, "a -> b tcp/80 \"quoted\" & ]]> # not ok 99");
	nst_text_set(&result.expected, "dropped");
	nst_text_set(&result.got, "open:\n1..77\n</testsuite>");
	nst_text_set(&result.evidence,
		     "\x1b[31mred \xff\xfe \xed\xa0\x80 \xef\xbf\xbf\r\n"
		     "</script><script>alert(1)</script>");
	nst_text_set(&result.engine, "wire");
	nst_text_set(&result.output, "web on b, stdout:\n  \x01hello");
	nst_text_set(&result.kept, "out/t");
	nst_text_set(&result.files, "case.pcapng\nb-web.out");
	return result;
}

/* One result of each kind. */
static void tell_result(struct written *written, int i)
{
	struct nst_result result = { 0 };

	switch (i) {
	case 0:
		tell(written, (struct nst_result){ .duration_us = 12 }, "one", "good");
		break;
	case 1:
		tell(written, hostile(), "one", "bad \\ # <\"&'>\x07");
		break;
	case 2:
		result.outcome = NST_OUTCOME_SKIP;
		nst_text_set(&result.message, "no # nf_tables here");
		tell(written, result, "two", "skipped");
		break;
	case 3:
		result.outcome = NST_OUTCOME_ERROR;
		nst_text_set(&result.message, "it was killed\nby SIGSEGV");
		tell(written, result, "two", "broken");
		break;
	case 4:
		result.outcome = NST_OUTCOME_FLAKY;
		result.attempts = 2;
		nst_text_set(&result.message, "at first: it failed");
		tell(written, result, "one", "late");
		break;
	}
}
enum { RESULTS = 5 };

/* Exit status of a command. */
__attribute__((format(printf, 1, 2))) static int shell(const char *format, ...)
{
	AUTO_FREE char *command = NULL;
	va_list args;
	int status;

	va_start(args, format);
	cr_assert_gt(vasprintf(&command, format, args), 0);
	va_end(args);
	status = system(command);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void need(const char *tool)
{
	if (shell("command -v %s >/dev/null", tool))
		cr_skip("%s is not installed", tool);
}

static char *read_file(const char *path)
{
	AUTO_FCLOSE FILE *in = fopen(path, "r");
	char *text = NULL;
	size_t room = 0;

	cr_assert(in);
	if (getdelim(&text, &room, '\0', in) < 0) {
		free(text);
		return strdup("");
	}
	return text;
}

/* ---- After each result the file is complete ---- */

static bool is_junit(const char *path)
{
	return shell("xmllint --noout --schema " HERE "/junit.xsd %s >%s.said 2>&1; "
		     "s=$?; [ $s = 0 ] || cat %s.said; rm -f %s.said; exit $s",
		     path, path, path, path) == 0;
}

static bool is_tap(const char *path)
{
	/* TAP 14 is read by those who know 13, but for the number. */
	return shell("sed '1s/14/13/' %s >%s.13; prove -e cat %s.13 >%s.said 2>&1; "
		     "! grep -q 'Parse errors' %s.said; s=$?; rm -f %s.13 %s.said; "
		     "exit $s",
		     path, path, path, path, path, path, path) == 0;
}

static bool is_lines(const char *path)
{
	return shell("python3 " HERE "/check_lines.py " SOURCE_FOLDER
		     "/docs/results.schema.json %s",
		     path) == 0;
}

static void check_each(const char *format, bool (*is_valid)(const char *path))
{
	struct written written = begin(format);

	cr_expect(is_valid(written.path), "%s before the first result", format);
	for (int i = 0; i < RESULTS; i++) {
		tell_result(&written, i);
		cr_expect(is_valid(written.path), "%s after result %d", format, i);
	}
	end(&written, "Ctrl-C");
	cr_expect_eq(nst_outputs_close(written.outputs), 0, "%s", nst_error());
	cr_expect(is_valid(written.path), "%s at the end", format);
	clear(&written);
}

Test(outputs, junit_is_valid_after_each_result)
{
	need("xmllint");
	check_each("junit", is_junit);
}

Test(outputs, tap_is_valid_after_each_result)
{
	need("prove");
	check_each("tap", is_tap);
}

Test(outputs, json_is_as_its_schema_says_after_each_result)
{
	if (shell("python3 -c 'import jsonschema' 2>/dev/null"))
		cr_skip("python3-jsonschema is not installed");
	check_each("json", is_lines);
}

/* ---- What is in them ---- */

static char *written_as(const char *format)
{
	struct written written = begin(format);
	char *text;

	for (int i = 0; i < RESULTS; i++)
		tell_result(&written, i);
	end(&written, NULL);
	cr_assert_eq(nst_outputs_close(written.outputs), 0, "%s", nst_error());
	text = read_file(written.path);
	clear(&written);
	return text;
}

static void expect_in(const char *text, const char *part)
{
	cr_expect(strstr(text, part), "%s is not in:\n%s", part, text);
}

Test(outputs, junit_has_figures_places_and_properties)
{
	AUTO_FREE char *text = written_as("junit");

	expect_in(text, "<testsuites name=\"nstest\" tests=\"5\" failures=\"1\" "
			"errors=\"1\" skipped=\"1\" time=\"1.234567\"");
	expect_in(text, "<testcase name=\"bad \\ # &lt;&quot;&amp;'&gt;\\x07\" "
			"classname=\"one\" file=\"we&lt;b&gt;.yaml\" line=\"18\" "
			"time=\"0.004100\">");
	expect_in(text, "<property name=\"seed\" value=\"7\"/>"
			"<property name=\"engine\" value=\"wire\"/>");
	expect_in(text, "[[ATTACHMENT|out/t/case.pcapng]]");
	expect_in(text, "<system-out>web on b, stdout:\n  \\x01hello");
	expect_in(text, "<flakyFailure message=\"at first: it failed\"");
}

Test(outputs, tap_counts_skips_and_explains)
{
	AUTO_FREE char *text = written_as("tap");

	expect_in(text, "TAP version 14\n");
	expect_in(text, "ok 1 - one / good\n");
	expect_in(text, "not ok 2 - one / bad \\\\ \\# <");
	expect_in(text, "ok 3 - two / skipped # SKIP no \\# nf_tables here\n");
	expect_in(text, "  flaky: true\n");
	expect_in(text, "\n1..5\n");
}

Test(outputs, github_gets_annotations_in_its_own_escapes)
{
	AUTO_FREE char *text = written_as("github");

	expect_in(text, "::error file=we<b>.yaml,line=18,col=7,title=one / bad ");
	expect_in(text, "%0A");
	expect_in(text, "::warning title=one / late::");
	cr_expect_not(strstr(text, "skipped"), "a skip is no annotation");
	cr_expect_eq(strspn(text, ":"), 2);
}

Test(outputs, markdown_has_the_sum_on_top)
{
	AUTO_FREE char *text = written_as("markdown");

	expect_in(text,
		  "## nstest\n\n**❌ 2 passed, 2 failed, 1 skipped**, 1 flaky in 1.2 s");
	expect_in(text, "&lt;/script&gt;");
	expect_in(text, "Slowest cases");
	cr_expect_not(strstr(text, "<script>"));
}

Test(outputs, html_lets_no_text_out_of_its_place)
{
	AUTO_FREE char *text = written_as("html");

	expect_in(text, "\\u003c/script>\\u003cscript>alert(1)");
	cr_expect_not(strstr(text, "<script>alert"));
	/* It needs no network: nothing in it is fetched from elsewhere. */
	cr_expect_not(strstr(text, " src="));
	cr_expect_not(strstr(text, "@import"));
	cr_expect_not(strstr(text, "url("));
	cr_expect_not(strstr(text, "fetch("));
}

/* ---- Words and losses ---- */

Test(outputs, of_unknown_format_are_refused)
{
	const struct nst_outputs_options options = { .folder = "/tmp" };
	struct nst_outputs *outputs;

	cr_expect_eq(
		nst_outputs_open((const char *const[]){ "xml" }, 1, &options, &outputs),
		-EINVAL);
	cr_expect_str_eq(nst_error(),
			 "there is no format \"xml\" (there are junit, tap, "
			 "json, github, markdown, html)");
	cr_expect_eq(nst_outputs_open((const char *const[]){ "tap=" }, 1, &options,
				      &outputs),
		     -EINVAL);
}

/* A run that is killed before it has begun leaves neither half a file nor an old one. */
Test(outputs, are_there_once_they_are_valid)
{
	char folder[] = "/tmp/nstest-outputs-XXXXXX", path[64];
	const struct nst_outputs_options options = { .folder = folder };
	struct nst_outputs *outputs;
	const struct nst_sink *sink;
	size_t count;

	cr_assert(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/junit.xml", folder);
	cr_assert_eq(shell("echo old >%s", path), 0);

	cr_assert_eq(nst_outputs_open((const char *const[]){ "junit" }, 1, &options,
				      &outputs),
		     0, "%s", nst_error());
	cr_expect_neq(access(path, F_OK), 0);
	sink = nst_outputs_sinks(outputs, &count);
	sink->ops->start(sink->self, &(struct nst_run_start){ 0 });
	cr_expect_eq(access(path, F_OK), 0);
	cr_expect_eq(nst_outputs_close(outputs), 0, "%s", nst_error());
	unlink(path);
	rmdir(folder);
}

/* A limit on the size of files stands for a disk that is full. */
Test(outputs, that_do_not_fit_are_valid_and_say_what_is_missing)
{
	struct written written;
	struct rlimit limit;
	struct stat status;

	need("xmllint");
	signal(SIGXFSZ, SIG_IGN);
	cr_assert_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
	written = begin("junit");
	tell_result(&written, 0);
	cr_assert_eq(stat(written.path, &status), 0);
	limit.rlim_cur = (rlim_t)status.st_size + 100;
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	tell_result(&written, 1);
	tell_result(&written, 1);
	limit.rlim_cur = limit.rlim_max;
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	cr_expect(is_junit(written.path));
	tell_result(&written, 2);
	end(&written, NULL);

	cr_expect_eq(nst_outputs_close(written.outputs), -EFBIG);
	cr_expect(strstr(nst_error(), "file is not complete: 2 parts could not be "
				      "written: File too large"),
		  "%s", nst_error());
	cr_expect(is_junit(written.path));
	clear(&written);
}

Test(outputs, summary_of_a_step_keeps_what_was_there)
{
	char path[] = "/tmp/nstest-summary-XXXXXX";
	int fd = mkstemp(path);
	AUTO_FREE char *word = NULL, *text = NULL;
	const struct nst_outputs_options options = { .folder = "/tmp" };
	struct nst_totals totals = { { 1 } };
	struct nst_outputs *outputs;
	const struct nst_sink *sink;
	size_t count;

	cr_assert_eq(write(fd, "before\n", 7), 7);
	setenv("GITHUB_STEP_SUMMARY", path, 1);
	cr_assert_gt(asprintf(&word, "markdown=%s", path), 0);
	cr_assert_eq(
		nst_outputs_open((const char *const[]){ word }, 1, &options, &outputs),
		0);
	sink = nst_outputs_sinks(outputs, &count);
	sink->ops->start(sink->self, &(struct nst_run_start){ 0 });
	sink->ops->end(sink->self, &(struct nst_run_end){ .totals = &totals });
	cr_expect_eq(nst_outputs_close(outputs), 0);
	text = read_file(path);
	cr_expect_eq(strncmp(text, "before\n## nstest\n", 16), 0, "%s", text);
	close(fd);
	unlink(path);
}
