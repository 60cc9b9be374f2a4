/* SPDX-License-Identifier: MIT */
/* How tests end, as the exit status, the words and the result lines of their suite
 * tell. Built twice: for Criterion's own workers (FORKS "0") and for forks ("1"). */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <base/scope.h>
#include <report/lines.h>

#include "../scratch.h"

enum { LINES = 64 };

#ifdef __SANITIZE_ADDRESS__
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif

/* One run of the small suite. */
struct outcome {
	int status;
	char *words; /* stdout and stderr */
	struct nst_result results[LINES];
	size_t result_count, start_count;
};

/* Where the suites of this test keep what they keep: its nstest-out. */
static char out[32];

static void make_out(void)
{
	cr_assert(scratch_folder(out, sizeof(out)));
}

static void remove_out(void)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -rf %s", out);
	cr_expect(eq(int, system(command), 0));
}

TestSuite(results, .init = make_out, .fini = remove_out);

static char *read_all(int fd)
{
	off_t size = lseek(fd, 0, SEEK_END);
	char *text = calloc(1, (size_t)size + 1);

	cr_assert(ne(ptr, text, NULL));
	cr_assert(eq(long, pread(fd, text, (size_t)size, 0), size));
	return text;
}

/* Starts the suite with words and results going to two descriptors. */
static pid_t start(const char *const *options, int words, int results)
{
	const char *argv[8] = { SMALL_SUITE, "-j1" };
	char number[16];
	pid_t pid = fork();

	cr_assert(ge(int, pid, 0));
	if (pid)
		return pid;
	for (size_t i = 0; options[i] && i < 4; i++)
		argv[2 + i] = options[i];
	unsetenv("BXFI_MAP"); /* by which Criterion knows its workers: we are one */
	unsetenv("NSTEST_JOURNAL");
	snprintf(number, sizeof(number), "%d", results);
	setenv(NST_RESULTS_FD, number, 1);
	setenv("NSTEST_OUT", out, 1);
	setenv("NSTEST_FORK", FORKS, 1);
	dup2(words, STDOUT_FILENO);
	dup2(words, STDERR_FILENO);
	fcntl(results, F_SETFD, 0);
	execv(SMALL_SUITE, (char *const *)argv);
	_exit(127);
}

static void take_lines(struct outcome *outcome, int fd)
{
	char *text AUTO_FREE = read_all(fd), *line = text;

	for (size_t length; *line; line += length + (line[length] == '\n')) {
		struct nst_result result = { 0 };
		bool is_start;

		length = strcspn(line, "\n");
		cr_assert(eq(int, nst_line_read(line, length, &is_start, &result), 0),
			  "%s", line);
		if (!is_start) {
			outcome->results[outcome->result_count++] = result;
		} else {
			outcome->start_count++;
			nst_result_free(&result);
		}
		cr_assert(lt(sz, outcome->result_count, LINES));
	}
}

static struct outcome *run(const char *const *options)
{
	struct outcome *outcome = calloc(1, sizeof(*outcome));
	int words AUTO_CLOSE = memfd_create("words", MFD_CLOEXEC);
	int results AUTO_CLOSE = memfd_create("results", MFD_CLOEXEC);
	pid_t pid;

	cr_assert(ne(ptr, outcome, NULL));
	pid = start(options, words, results);
	cr_assert(eq(int, waitpid(pid, &outcome->status, 0), pid));
	outcome->words = read_all(words);
	take_lines(outcome, results);
	return outcome;
}

static struct outcome *run_only(const char *test)
{
	return run((const char *const[]){ "--filter", test, NULL });
}

static bool kept(const char *path)
{
	char full[256];

	snprintf(full, sizeof(full), "%s/%s", out, path);
	return access(full, F_OK) == 0;
}

static void forget(struct outcome *outcome)
{
	for (size_t i = 0; i < outcome->result_count; i++)
		nst_result_free(&outcome->results[i]);
	free(outcome->words);
	free(outcome);
}

static int code(const struct outcome *outcome)
{
	return WIFEXITED(outcome->status) ? WEXITSTATUS(outcome->status) : -1;
}

static bool has(const char *text, const char *part)
{
	bool found = text && strstr(text, part);

	if (!found)
		fprintf(stderr, "no \"%s\" in:\n%s\n", part, text ? text : "(null)");
	return found;
}

/* For texts that may be missing, which Criterion's eq() does not survive. */
static bool is(const char *text, const char *right)
{
	bool same = text && strcmp(text, right) == 0;

	if (!same)
		fprintf(stderr, "not \"%s\" but \"%s\"\n", right,
			text ? text : "(null)");
	return same;
}

/* The one result of a run of one test that must have failed. */
static const struct nst_result *failure(const struct outcome *outcome)
{
	cr_expect(eq(int, code(outcome), 1));
	cr_assert(eq(sz, outcome->result_count, 1), "%s", outcome->words);
	cr_expect(eq(int, outcome->results[0].outcome, NST_OUTCOME_FAIL));
	return &outcome->results[0];
}

Test(results, good_tests_pass_and_keep_nothing)
{
	struct outcome *outcome = run_only("good/*");

	cr_expect(eq(int, code(outcome), 0), "%s", outcome->words);
	cr_expect(eq(sz, outcome->result_count, 5));
	cr_expect(eq(sz, outcome->start_count, 5));
	for (size_t i = 0; i < outcome->result_count; i++) {
		cr_expect(eq(int, outcome->results[i].outcome, NST_OUTCOME_PASS));
		cr_expect(is(outcome->results[i].suite, "good"));
		cr_expect(ne(u64, outcome->results[i].duration_us, 0));
	}
	cr_expect(not(kept("good")));
	forget(outcome);
}

/* A page shows tests in C as it shows cases of scenarios. */
Test(results, have_details_for_a_page_if_it_is_wanted)
{
	struct outcome *outcome = run_only("variants/two_are_bad");

	cr_expect(eq(ptr, failure(outcome)->details, NULL));
	forget(outcome);

	setenv("NSTEST_DETAILS", "1", 1);
	outcome = run_only("variants/two_are_bad");
	cr_expect(has(failure(outcome)->graph, "\"a\" -- \"b\""));
	cr_expect(has(failure(outcome)->details, "\"hosts\": [{\"name\": \"a\""));
	cr_expect(has(failure(outcome)->details, "\"verdict\": \"dropped\""));
	cr_expect(has(failure(outcome)->details, "\"packets\": \""));
	forget(outcome);

	outcome = run_only("good/with_lab");
	cr_assert(eq(sz, outcome->result_count, 1));
	cr_expect(has(outcome->results[0].details, "\"held\": true"));
	cr_expect(
		eq(ptr, strstr(outcome->results[0].details, "\"packets\": \""), NULL));
	forget(outcome);

	outcome = run_only("bad/crashes");
	cr_expect(has(failure(outcome)->details, "it crashed: "));
	forget(outcome);
}

Test(results, of_what_passes_are_kept_if_all_are)
{
	struct outcome *outcome;

	setenv("NSTEST_KEEP_ALL", "1", 1);
	outcome = run_only("good/with_lab");
	cr_assert(eq(sz, outcome->result_count, 1));
	cr_expect(has(outcome->results[0].files, "case.pcapng"));
	cr_expect(kept("good/with_lab/case.pcapng"));
	cr_expect(not(kept("good/with_lab/failure.txt")));
	forget(outcome);
}

Test(results, what_links_did_is_told_with_the_seed_of_the_run)
{
	struct outcome *outcome;

	setenv("NSTEST_SEED", "7", 1);
	outcome = run_only("links/*");
	cr_assert(eq(sz, outcome->result_count, 2), "%s", outcome->words);
	for (size_t i = 0; i < 2; i++) {
		const struct nst_result *result = &outcome->results[i];
		bool good = strcmp(result->name, "good") == 0;

		cr_expect(eq(int, result->outcome,
			     good ? NST_OUTCOME_PASS : NST_OUTCOME_FAIL));
		cr_expect(eq(u64, result->seed, 7));
		cr_expect(has(result->account, "a -> b: loss 100%"));
	}
	cr_expect(kept("links/bad/case.pcapng"));
	cr_expect(kept("links/bad/faults.trace"));
	forget(outcome);
}

Test(results, the_first_failed_expectation_is_the_result_and_the_test_goes_on)
{
	struct outcome *outcome = run_only("bad/numbers");
	const struct nst_result *result = failure(outcome);

	cr_expect(is(result->question, "three == 4"));
	cr_expect(is(result->expected, "== 4"));
	cr_expect(is(result->got, "3"));
	cr_expect(has(result->file, "small.c"));
	cr_expect(ne(uint, result->line, 0));
	cr_expect(has(result->evidence, "more failed in this test:\n  "));
	cr_expect(has(outcome->words, "three > 5"));
	cr_expect(has(outcome->words, "still here"));
	forget(outcome);
}

Test(results, texts_are_shown)
{
	struct outcome *outcome = run_only("bad/texts");

	failure(outcome);
	cr_expect(has(outcome->words, "expected \"right\", got \"got\""));
	cr_expect(has(outcome->words, "a text with \"needle\" in it"));
	forget(outcome);
}

Test(results, a_count_of_packets_is_shown_and_the_packets_are_kept)
{
	struct outcome *outcome = run_only("bad/packets");
	const struct nst_result *result = failure(outcome);

	cr_expect(is(result->question, "packets at b:eth0: icmp"));
	cr_expect(is(result->expected, ">= 7"));
	cr_expect(is(result->got, "0"));
	cr_expect(has(result->kept, "bad/packets"));
	cr_expect(has(result->files, "case.pcapng"));
	cr_expect(has(result->files, "failure.txt"));
	cr_expect(kept("bad/packets/case.pcapng"));
	cr_expect(kept("bad/packets/failure.txt"));
	cr_expect(kept("bad/packets/b.state"));
	forget(outcome);
}

Test(results, what_programs_wrote_is_kept_and_nothing_else_is_touched)
{
	struct outcome *outcome = run_only("bad/program_dies");
	char path[64];
	FILE *mine;

	failure(outcome);
	cr_expect(kept("bad/program_dies/a-short.err"));
	snprintf(path, sizeof(path), "%s/bad/program_dies/mine.c", out);
	mine = fopen(path, "w");
	cr_assert(ne(ptr, mine, NULL));
	fclose(mine);
	forget(outcome);

	outcome = run_only("bad/program_dies");
	failure(outcome);
	cr_expect(kept("bad/program_dies/a-short.err"));
	cr_expect(not(kept("bad/program_dies/a-short-1.err")));
	cr_expect(kept("bad/program_dies/mine.c"));
	forget(outcome);
}

Test(results, a_wrong_verdict_shows_its_evidence)
{
	struct outcome *outcome = run_only("bad/verdict");
	const struct nst_result *result = failure(outcome);

	cr_expect(is(result->question, "a -> b tcp/80"));
	cr_expect(is(result->expected, "dropped"));
	cr_expect(has(result->got, "open"));
	cr_expect(has(result->ladder, "SYN"));
	forget(outcome);
}

Test(results, a_question_that_makes_no_sense_fails)
{
	struct outcome *outcome = run_only("bad/question");

	cr_expect(has(failure(outcome)->message, "\"tpc/80\" is no question"));
	forget(outcome);
}

Test(results, must_ends_the_test_with_the_sentence)
{
	struct outcome *outcome = run_only("bad/must_ends_it");

	cr_expect(has(failure(outcome)->message, "no host \"aa\""));
	cr_expect(eq(ptr, strstr(outcome->words, "still here"), NULL));
	forget(outcome);
}

Test(results, an_expectation_in_a_function_of_a_host_ends_that)
{
	struct outcome *outcome = run_only("bad/in_a_function_of_a_host");

	failure(outcome);
	cr_expect(has(outcome->words, "in a child of the test"));
	cr_expect(is(outcome->results[0].expected, "== 2"));
	forget(outcome);
}

/* Criterion itself would wait for ever. */
Test(results, what_fails_in_a_forked_child_fails_the_test, .timeout = 60)
{
	struct outcome *plain = run_only("bad/asserts_in_a_child");
	struct outcome *ours = run_only("bad/expects_in_a_child");

	cr_expect(has(failure(plain)->message, "wrong in a child"));
	cr_expect(has(plain->results[0].file, "small.c"));
	cr_expect(is(failure(ours)->question, "1 + 1 == 3"));
	cr_expect(has(ours->results[0].evidence, "a child of the test"));
	cr_expect(kept("bad/expects_in_a_child/case.pcapng"));
	forget(plain);
	forget(ours);
}

Test(results, a_parameterised_test_is_one_that_fails_with_any_parameter)
{
	struct outcome *outcome = run_only("parameters/*");

	cr_expect(eq(int, code(outcome), 1));
	cr_assert(eq(sz, outcome->result_count, 3), "%s", outcome->words);
	cr_expect(has(outcome->words, "Failing: 2"));
	for (size_t i = 0; i < 3; i++) {
		const struct nst_result *result = &outcome->results[i];
		bool holds = strcmp(result->name, "hold") == 0;

		cr_expect(eq(int, result->outcome,
			     holds ? NST_OUTCOME_PASS : NST_OUTCOME_FAIL));
		if (holds)
			continue;
		cr_expect(has(result->evidence, "it failed for 1 of 3 parameters"));
		cr_expect(has(result->message, strcmp(result->name, "leave")
						       ? "two is bad"
						       : "the body ended its process"));
	}
	forget(outcome);
}

Test(results, a_lab_that_cannot_be_is_told)
{
	struct outcome *outcome = run_only("bad/topology");

	cr_expect(has(failure(outcome)->message, "bringing up the lab: "));
	cr_expect(eq(ptr, strstr(outcome->words, "still here"), NULL));
	forget(outcome);
}

Test(results, a_body_that_leaves_its_process_fails)
{
	struct outcome *outcome = run_only("bad/leaves");

	cr_expect(has(failure(outcome)->message, "the body ended its process"));
	cr_expect(has(outcome->words, "Failing: 1"));
	forget(outcome);

	outcome = run_only("bad/leaves_a_plain_test");
	cr_expect(has(failure(outcome)->message, "the body ended its process"));
	forget(outcome);
}

static void crashes(const char *test, const char *packets)
{
	struct outcome *outcome = run_only(test);

	cr_expect(is(failure(outcome)->message, "it crashed: Segmentation fault"));
	cr_expect(kept(packets));
	if (system("gdb --version >/dev/null 2>&1") == 0)
		cr_expect(has(outcome->results[0].evidence, "  #"));
	forget(outcome);
}

Test(results, a_crash_is_told_and_keeps_its_packets)
{
	crashes("bad/crashes", "bad/crashes/case.pcapng");
	crashes("bad/faults", "bad/faults/case.pcapng");
}

Test(results, a_body_that_hangs_is_ended_and_keeps_its_packets)
{
	struct outcome *outcome = run_only("bad/hangs");

	cr_expect(is(failure(outcome)->message, "it did not end within 300 ms"));
	if (system("gdb --version >/dev/null 2>&1") == 0)
		cr_expect(has(outcome->results[0].evidence, "nst_body_bad_hangs"));
	cr_expect(kept("bad/hangs/case.pcapng"));
	forget(outcome);
}

Test(results, a_program_that_dies_unasked_fails_the_test)
{
	struct outcome *outcome = run_only("bad/program_dies");

	cr_expect(has(failure(outcome)->message, "short"));
	cr_expect(has(outcome->results[0].message, "farewell"));
	forget(outcome);
}

Test(results, criterions_own_assertions_count_and_the_first_one_is_told)
{
	struct outcome *outcome = run_only("bad/criterions_own");

	cr_expect(has(failure(outcome)->message, "first of two"));
	forget(outcome);
}

Test(results, an_assertion_in_a_fini_counts)
{
	struct outcome *outcome = run_only("bad/fini");

	cr_expect(has(failure(outcome)->message, "too late"));
	forget(outcome);
}

Test(results, variants_are_one_test_that_says_which_failed)
{
	struct outcome *outcome = run_only("variants/*");

	cr_expect(eq(int, code(outcome), 1));
	cr_assert(eq(sz, outcome->result_count, 4), "%s", outcome->words);
	for (size_t i = 0; i < 4; i++) {
		const struct nst_result *result = &outcome->results[i];

		if (strcmp(result->name, "all_are_good") == 0) {
			cr_expect(eq(int, result->outcome, NST_OUTCOME_PASS), "%s",
				  outcome->words);
			continue;
		}
		cr_expect(eq(int, result->outcome, NST_OUTCOME_FAIL));
		if (strcmp(result->name, "two_are_bad") == 0) {
			cr_expect(has(result->evidence, "variant: lost"));
			cr_expect(has(result->evidence, "variant: closed"));
			cr_expect(has(result->evidence, "2 of 4"));
		} else if (strcmp(result->name, "plain_assertions_are_bad") == 0) {
			cr_expect(is(result->message, "it has an impairment"));
			cr_expect(has(result->evidence, "variant: slow"));
			cr_expect(has(result->evidence, "variant: lost"));
		} else {
			cr_expect(has(result->message, "apple"));
		}
	}
	cr_expect(kept("variants/two_are_bad/lost/case.pcapng"));
	cr_expect(kept("variants/two_are_bad/closed/case.pcapng"));
	cr_expect(not(kept("variants/two_are_bad/plain")));
	cr_expect(kept("variants/two_are_bad/failure.txt"));
	cr_expect(not(kept("variants/all_are_good")));
	forget(outcome);
}

Test(results, one_variant_may_be_run_alone)
{
	struct outcome *outcome;

	setenv("NSTEST_VARIANT", "lo*", 1);
	outcome = run_only("variants/two_are_bad");
	cr_expect(has(failure(outcome)->evidence, "variant: lost"));
	cr_expect(has(outcome->results[0].evidence, "1 of 1"));
	forget(outcome);

	setenv("NSTEST_VARIANT", "gone", 1);
	outcome = run_only("variants/two_are_bad");
	cr_expect(eq(int, code(outcome), 0), "%s", outcome->words);
	cr_assert(eq(sz, outcome->result_count, 1));
	cr_expect(eq(int, outcome->results[0].outcome, NST_OUTCOME_SKIP));
	cr_expect(has(outcome->results[0].message,
		      "it has no variant \"gone\" (there are plain,slow,lost,closed)"));
	forget(outcome);
}

Test(results, what_passes_is_kept_on_request)
{
	struct outcome *outcome;

	setenv("NSTEST_KEEP_ALL", "1", 1);
	outcome = run_only("good/with_lab");
	cr_expect(eq(int, code(outcome), 0), "%s", outcome->words);
	cr_expect(kept("good/with_lab/case.pcapng"));
	forget(outcome);
}

Test(results, newer_assertions_say_their_values)
{
	struct outcome *outcome = run_only("news/say_values");
	const struct nst_result *result = failure(outcome);

	cr_expect(has(result->message, "not 2\neq(int, number, 2)"));
	cr_expect(has(result->message, ": 1"));
	cr_expect(has(result->file, "news.c"));
	cr_expect(has(outcome->words, "lt(int, 5, number)"));
	forget(outcome);
}

/* Criterion itself would wait for ever. */
Test(results, newer_assertions_and_skips_in_a_child_fail_the_test, .timeout = 60)
{
	struct outcome *fails = run_only("news/fail_in_a_child");
	struct outcome *skips = run_only("news/skip_in_a_child");

	cr_expect(has(failure(fails)->message, "eq(int, 1, 2)"));
	cr_expect(has(failure(skips)->message, "a child cannot skip its test"));
	forget(fails);
	forget(skips);
}

Test(results, a_theory_fails_with_its_assertion)
{
	struct outcome *outcome = run_only("news/theory");

	cr_expect(has(failure(outcome)->message, "two is bad"));
	forget(outcome);
}

Test(results, criterions_own_limit_of_time_holds)
{
	struct outcome *outcome = run_only("news/take_too_long");

	cr_expect(has(failure(outcome)->message, "it did not end in time"));
	forget(outcome);
}

/* A person sees what Criterion's workers print; and they pass by what leaks. */
Test(results, what_a_sanitizer_finds_in_a_test_fails_it_and_is_shown)
{
	struct outcome *outcome;

	if (!SANITIZED || strcmp(FORKS, "1") != 0) {
		remove_out(); /* Criterion leaves out the .fini of what is skipped */
		cr_skip("only forks of a build with AddressSanitizer");
	}
	outcome = run_only("news/leak");
	cr_expect(has(failure(outcome)->message, "a sanitizer found something"));
	cr_expect(has(outcome->results[0].evidence, "77 byte(s) leaked"));
	forget(outcome);
}

Test(results, what_a_test_logs_stops_nothing)
{
	struct outcome *outcome = run_only("news/log");

	cr_expect(eq(int, code(outcome), 0), "%s", outcome->words);
	forget(outcome);
}

Test(results, an_assertion_in_an_init_counts_and_keeps_its_message)
{
	struct outcome *outcome = run_only("bad/init");

	cr_expect(has(failure(outcome)->message, "too early"));
	forget(outcome);
}

Test(results, skips_are_told_with_their_reason)
{
	struct outcome *outcome = run_only("skipped/*");

	cr_expect(eq(int, code(outcome), 0));
	cr_assert(eq(sz, outcome->result_count, 2));
	cr_expect(eq(int, outcome->results[0].outcome, NST_OUTCOME_SKIP));
	cr_expect(is(outcome->results[0].message, "no reason"));
	cr_expect(eq(int, outcome->results[1].outcome, NST_OUTCOME_SKIP));
	cr_expect(is(outcome->results[1].message, "it is disabled in the source"));
	forget(outcome);
}

Test(results, what_the_machine_lacks_skips_a_test_and_is_named)
{
	struct outcome *outcome = run_only("lacking/*");

	cr_expect(eq(int, code(outcome), 0), "%s", outcome->words);
	cr_assert(eq(sz, outcome->result_count, 1));
	cr_expect(eq(int, outcome->results[0].outcome, NST_OUTCOME_SKIP));
	cr_expect(has(outcome->results[0].message, "netem"));
	cr_expect(eq(ptr, strstr(outcome->words, "still here"), NULL));
	forget(outcome);
}

Test(results, a_filter_that_matches_nothing_is_an_error)
{
	struct outcome *outcome = run_only("nosuch/*");

	cr_expect(eq(int, code(outcome), 2));
	cr_expect(has(outcome->words, "no test matches the filter \"nosuch/*\""));
	forget(outcome);
}

Test(results, an_unknown_option_is_an_error_and_help_is_not)
{
	struct outcome *unknown = run((const char *const[]){ "--nosuch", NULL });
	struct outcome *help = run((const char *const[]){ "--help", NULL });

	cr_expect(eq(int, code(unknown), 2));
	cr_expect(eq(int, code(help), 0));
	forget(unknown);
	forget(help);
}

/* ---- kill -9 ---- */

/* Waits until the process is gone, or says so after five seconds. */
static bool goes(pid_t pid)
{
	int pidfd AUTO_CLOSE = (int)syscall(SYS_pidfd_open, pid, 0);

	return pidfd < 0 || poll(&(struct pollfd){ pidfd, POLLIN, 0 }, 1, 5000) == 1;
}

Test(results, a_suite_that_is_killed_takes_its_labs_with_it)
{
	const char *const options[] = { "--filter", "endless/*", NULL };
	int results AUTO_CLOSE = memfd_create("results", 0);
	int words[2], worker = 0, lab = 0;
	char line[128];
	FILE *said;
	pid_t suite;

	cr_assert(eq(int, pipe(words), 0));
	suite = start(options, words[1], results);
	close(words[1]);
	said = fdopen(words[0], "r");
	while (!lab && fgets(line, sizeof(line), said))
		sscanf(line, "processes %d %d", &worker, &lab);
	cr_assert(ne(int, lab, 0));

	kill(suite, SIGKILL);
	waitpid(suite, NULL, 0);

	cr_expect(goes(worker), "the worker stays");
	cr_expect(goes(lab), "the lab stays");
	fclose(said);
}
