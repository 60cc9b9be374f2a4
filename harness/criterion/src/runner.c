/* SPDX-License-Identifier: MIT */
/* The runner's side: hooks of Criterion's, the journal of the workers, result lines.
 *
 * What Criterion 2.4.1 gets wrong and is put right here: a body that ends its process
 * with status 0 counts as passed, and so does an assertion that failed in a .fini; one
 * that failed in an .init is told to no hook; a filter that matches nothing succeeds.
 *
 * A parameterised test is one test here, as it has one name: it is told when all of its
 * parameters are through.
 */
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <criterion/hooks.h>
#include <criterion/internal/ordered-set.h>
#include <criterion/options.h>

#include <base/scope.h>
#include <report/lines.h>

#include "inner.h"

/* What is known of a test that runs or has run. */
struct entry {
	struct entry *next;
	const struct criterion_test *test;
	struct timespec began;
	unsigned int bodies_begun, bodies_ended;
	unsigned int runs, runs_failed,
		runs_skipped; /* several, if it has parameters */
	char *why_skipped;
	unsigned int wrong;        /* runs that Criterion believes to have passed */
	bool told;                 /* its result line is written */
	bool disabled;             /* in the source */
	struct nst_result failure; /* the first one; outcome FAIL if there is one */
	bool has_story;            /* and the details in it are of a failure */
};

static struct entry *entries;

static struct entry *entry_of(const struct criterion_test *test)
{
	for (struct entry *entry = entries; entry; entry = entry->next)
		if (entry->test == test)
			return entry;
	return NULL;
}

static struct entry *add_entry(const struct criterion_test *test)
{
	struct entry *entry = entry_of(test);

	if (entry)
		return entry;
	entry = calloc(1, sizeof(*entry));
	if (!entry)
		abort();
	entry->test = test;
	entry->next = entries;
	entries = entry;
	return entry;
}

/* ---- Result lines ---- */

static int results_fd(void)
{
	const char *number = getenv(NST_RESULTS_FD);

	return number && *number ? atoi(number) : -1;
}

static void write_line(const char *line)
{
	int fd = results_fd();

	if (fd >= 0 && line && write(fd, line, strlen(line)) < 0)
		perror("nstest: writing a result");
}

static void tell(struct entry *entry, enum nst_outcome outcome, const char *message)
{
	struct nst_result *result = &entry->failure;
	const struct criterion_test *test = entry->test;
	char *line AUTO_FREE = NULL;

	entry->told = true;
	result->outcome = outcome;
	nst_text_set(&result->suite, "%s", test->category);
	nst_text_set(&result->name, "%s", test->name);
	if (!result->file) {
		nst_text_set(&result->file, "%s", test->data->file_);
		result->line = test->data->line_;
	}
	if (message && !result->message && !result->expected)
		nst_text_set(&result->message, "%s", message);
	if (outcome == NST_OUTCOME_FAIL)
		artefacts_explain(result);
	else if (artefacts_keep_all())
		artefacts_note(result);
	line = nst_line_write(result);
	write_line(line);
}

/* ---- The journal ---- */

/* That of the end goes before that of the moment of a failure. */
static void take_account(struct entry *entry, struct nst_result *note)
{
	if (!note->account)
		return;
	nst_text_set(&entry->failure.account, "%s", note->account);
	nst_text_set(&entry->failure.engine, "%s", note->engine ? note->engine : "");
	entry->failure.seed = note->seed;
}

/* Of several parameters that of the first which failed. */
static void take_details(struct entry *entry, struct nst_result *note)
{
	struct nst_result *result = &entry->failure;

	if (entry->has_story)
		return;
	free(result->details);
	free(result->graph);
	result->details = steal(note->details);
	result->graph = steal(note->graph);
	entry->has_story = note->outcome == NST_OUTCOME_FAIL;
}

/* A failure that comes to light after the body has all that was known before. */
static void take_over(struct nst_result *from, struct nst_result *to)
{
	to->details = steal(from->details);
	to->graph = steal(from->graph);
	to->lost = steal(from->lost);
	if (to->account)
		return;
	to->account = steal(from->account);
	to->engine = steal(from->engine);
	to->seed = from->seed;
}

static bool is_other_variant(const struct nst_result *first,
			     const struct nst_result *note)
{
	return note->evidence && strncmp(note->evidence, "variant: ", 9) == 0 &&
	       (!first->evidence || !strstr(first->evidence, note->evidence));
}

/* The first one is the result; of others only which variant it was. */
static void take_failure(struct entry *entry, struct nst_result *note)
{
	struct nst_result *first = &entry->failure;

	if (!note->file) {
		nst_text_set(&note->file, "%s", entry->test->data->file_);
		note->line = entry->test->data->line_;
	}
	if (!first->file) {
		take_over(first, note);
		nst_result_move(first, note);
	} else if (is_other_variant(first, note)) {
		nst_text_add(&first->evidence, "%s", note->evidence);
	}
}

void note_take(enum note_kind kind, struct nst_result *note)
{
	struct entry *entry = entries;

	while (entry && (strcmp(entry->test->category, note->suite) != 0 ||
			 strcmp(entry->test->name, note->name) != 0))
		entry = entry->next;
	if (!entry)
		return;
	switch (kind) {
	case NOTE_BEGAN:
		entry->bodies_begun++;
		break;
	case NOTE_ENDED:
		entry->bodies_ended++;
		break;
	case NOTE_ACCOUNT:
		take_account(entry, note);
		break;
	case NOTE_DETAILS:
		take_details(entry, note);
		break;
	case NOTE_ASSERTION:
		forks_note_assertion(note);
		take_failure(entry, note);
		break;
	case NOTE_LOST:
		nst_text_set(&entry->failure.lost, "%s", note->lost);
		break;
	case NOTE_FAILED:
		take_failure(entry, note);
		break;
	case NOTE_SKIPPED:
		forks_note_skip(note);
		break;
	}
}

void journal_take(void)
{
	journal_read(note_take);
}

/* ---- Hooks ---- */

/* For every test of every suite of the set. */
static void each_test(struct criterion_test_set *tests,
		      void (*use)(struct criterion_test *test))
{
	FOREACH_SET(struct criterion_suite_set * suite, tests->suites)
	{
		if (!suite->tests)
			continue;
		FOREACH_SET(struct criterion_test * test, suite->tests)
		{
			use(test);
		}
	}
}

static void note_disabled(struct criterion_test *test)
{
	if (test->data->disabled)
		add_entry(test)->disabled = true;
}

void runner_prepare(struct criterion_test_set *tests)
{
	int fd = results_fd();

	if (fd >= 0)
		fcntl(fd, F_SETFD, FD_CLOEXEC);
	each_test(tests, note_disabled);
}

static size_t selected;

static void count_selected(struct criterion_test *test)
{
	selected += !test->data->disabled;
}

ReportHook(PRE_ALL)(struct criterion_test_set *tests)
{
	each_test(tests, count_selected);
	if (selected || !criterion_options.pattern)
		return;
	fprintf(stderr, "no test matches the filter \"%s\"\n",
		criterion_options.pattern);
	exit(2);
}

int runner_status(int status)
{
	size_t ended = 0;

	for (const struct entry *entry = entries; entry; entry = entry->next)
		ended += entry->told && !entry->disabled;
	if (selected && (ended == selected || criterion_options.fail_fast))
		return status;
	fprintf(stderr, "of %zu tests %zu ran\n", selected, ended);
	return 2;
}

static bool is_parameterised(const struct entry *entry)
{
	return entry->test->data->kind_ == CR_TEST_PARAMETERIZED;
}

ReportHook(PRE_INIT)(struct criterion_test *test)
{
	struct entry *entry = add_entry(test);
	char *line AUTO_FREE = NULL;

	if (entry->began.tv_sec) /* its next parameter */
		return;

	clock_gettime(CLOCK_MONOTONIC, &entry->began);
	if (asprintf(&line,
		     "{\"event\": \"start\", \"suite\": \"%s\", \"case\": \"%s\"}\n",
		     test->category, test->name) > 0)
		write_line(line);
}

static uint64_t us_since(const struct timespec *began)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)((now.tv_sec - began->tv_sec) * 1000000 +
			  (now.tv_nsec - began->tv_nsec) / 1000);
}

/* The first assertion that failed: Criterion has the newest first. */
static void take_assertion(struct entry *entry,
			   const struct criterion_test_stats *stats)
{
	const struct criterion_assert_stats *first = NULL;

	for (const struct criterion_assert_stats *a = stats->asserts; a; a = a->next)
		if (!a->passed)
			first = a;
	if (!first || entry->failure.file)
		return;
	nst_text_set(&entry->failure.file, "%s", first->file);
	entry->failure.line = first->line;
	nst_text_set(&entry->failure.message, "%s", first->message);
}

/* A result has room for one failure: it says where the next ones are. */
static void note_others(struct entry *entry, const struct criterion_test_stats *stats)
{
	enum { MOST = 6 };
	const struct criterion_assert_stats *failed[MOST];
	size_t count = 0;

	for (const struct criterion_assert_stats *a = stats->asserts; a; a = a->next)
		if (!a->passed)
			failed[count++ % MOST] = a;
	if (count < 2)
		return;
	nst_text_add(&entry->failure.evidence,
		     "%zu more failed in this test:", count - 1);
	for (size_t i = 2; i <= count && i <= MOST; i++)
		nst_text_add(&entry->failure.evidence, "  %s:%u",
			     failed[(count - i) % MOST]->file,
			     failed[(count - i) % MOST]->line);
	if (count > MOST)
		nst_text_add(&entry->failure.evidence, "  ...");
}

static void describe_end(const struct criterion_test_stats *stats, char *text,
			 size_t size)
{
	if (stats->timed_out)
		snprintf(text, size, "it did not end in time");
	else if (stats->crashed)
		snprintf(text, size, "it crashed: %s", strsignal(stats->signal));
	else if (stats->exit_code)
		snprintf(text, size, "it exited with status %d", stats->exit_code);
	else
		snprintf(text, size, "it failed");
}

/* A body that is meant to leave by itself: .signal and .exit_code. */
static bool may_leave(const struct entry *entry)
{
	return entry->test->data->signal || entry->test->data->exit_code;
}

static const char left[] =
	"the body ended its process (exit, _exit) in place of returning";

/* Where Criterion says passed and it is not true, why. */
static const char *why_wrong(const struct entry *entry,
			     const struct criterion_test_stats *stats)
{
	if (entry->bodies_begun != entry->bodies_ended && !may_leave(entry))
		return left;
	if (entry->failure.file || stats->failed_asserts)
		return "an assertion failed after the body had ended";
	return NULL;
}

static void say_lines(const char *text)
{
	for (size_t length; *text; text += length + (text[length] == '\n')) {
		length = strcspn(text, "\n");
		fprintf(stderr, "       %.*s\n", (int)length, text);
	}
}

/* What Criterion does not say. */
static void say(const struct entry *entry, const struct criterion_test_stats *stats)
{
	const struct nst_result *result = &entry->failure;

	if (entry->wrong)
		fprintf(stderr, "[FAIL] %s::%s\n", result->suite, result->name);
	if (stats->failed_asserts == 0 && result->message)
		fprintf(stderr, "       %s\n", result->message);
	if (stats->failed_asserts == 0 && result->evidence)
		say_lines(result->evidence);
	if (result->kept)
		fprintf(stderr, "       kept: %s\n", result->kept);
	if (result->lost)
		say_lines(result->lost);
}

static void fail(struct entry *entry, const struct criterion_test_stats *stats,
		 const char *why)
{
	char end[80];

	describe_end(stats, end, sizeof(end));
	note_others(entry, stats);
	tell(entry, NST_OUTCOME_FAIL, why ? why : end);
	say(entry, stats);
}

static void pass(struct entry *entry)
{
	if (entry->bodies_begun && !artefacts_keep_all()) {
		artefacts_remove(entry->test->category, entry->test->name);
		nst_text_set(&entry->failure.lost, "%s", "");
	}
	tell(entry, NST_OUTCOME_PASS, NULL);
}

/* One parameter is through. Several may be on their way at once, and no hook says which
 * one is meant: they are counted. */
static void finish_parameter(struct entry *entry,
			     const struct criterion_test_stats *stats)
{
	char end[80];

	entry->runs++;
	if (stats->crashed || stats->timed_out)
		entry->bodies_ended++; /* of which Criterion knows */
	if (stats->test_status == CR_STATUS_SKIPPED) {
		entry->bodies_ended++;
		entry->runs_skipped++;
		nst_text_set(&entry->why_skipped, "%s", stats->message);
	}
	if (stats->test_status != CR_STATUS_FAILED)
		return;
	if (!entry->runs_failed++ && !entry->failure.file) {
		describe_end(stats, end, sizeof(end));
		nst_text_set(&entry->failure.message, "%s", end);
	}
}

static void finish_parameters(struct entry *entry)
{
	if (entry->bodies_begun > entry->bodies_ended && !may_leave(entry)) {
		entry->wrong = entry->bodies_begun - entry->bodies_ended;
		entry->runs_failed += entry->wrong;
		nst_text_set(&entry->failure.message, "%s", left);
	}
	if (!entry->runs_failed && !entry->failure.file) {
		if (entry->runs_skipped == entry->runs)
			tell(entry, NST_OUTCOME_SKIP, entry->why_skipped);
		else
			pass(entry);
		return;
	}
	nst_text_add(&entry->failure.evidence, "it failed for %u of %u parameters",
		     entry->runs_failed, entry->runs);
	tell(entry, NST_OUTCOME_FAIL, NULL);
	fprintf(stderr, "[FAIL] %s::%s: for %u of %u parameters\n",
		entry->test->category, entry->test->name, entry->runs_failed,
		entry->runs);
}

static void finish(struct criterion_test_stats *stats)
{
	struct entry *entry = entry_of(stats->test);
	const char *why = NULL;

	journal_take();
	if (!entry || entry->told)
		return;
	entry->failure.duration_us = us_since(&entry->began);
	take_assertion(entry, stats);
	if (is_parameterised(entry)) {
		finish_parameter(entry, stats);
		return;
	}
	if (stats->test_status == CR_STATUS_SKIPPED) {
		tell(entry, NST_OUTCOME_SKIP, stats->message);
		return;
	}
	if (stats->test_status == CR_STATUS_PASSED) {
		why = why_wrong(entry, stats);
		entry->wrong = why ? 1 : 0;
		if (!why) {
			pass(entry);
			return;
		}
	}
	fail(entry, stats, why);
}

ReportHook(POST_FINI)(struct criterion_test_stats *stats)
{
	finish(stats);
}

ReportHook(TEST_CRASH)(struct criterion_test_stats *stats)
{
	finish(stats);
}

/* Criterion's own figures, and with them its exit status and its XML. */
static void correct(struct criterion_global_stats *all,
		    struct criterion_suite_stats *suite,
		    struct criterion_test_stats *test)
{
	struct entry *entry = entry_of(test->test);

	if (!entry || !entry->wrong || test->test_status != CR_STATUS_PASSED)
		return;
	entry->wrong--;
	test->test_status = CR_STATUS_FAILED;
	suite->tests_passed--;
	suite->tests_failed++;
	all->tests_passed--;
	all->tests_failed++;
}

/* Whether the filter, if there is one, matches. */
static bool asked_for(const struct criterion_test *test)
{
	char *path AUTO_FREE = NULL;

	return !criterion_options.pattern ||
	       (asprintf(&path, "%s/%s", test->category, test->name) > 0 &&
		fnmatch(criterion_options.pattern, path, FNM_EXTMATCH) == 0);
}

/* What no hook has told: an .init that failed, and parameters as a whole. */
static void finish_rest(struct criterion_global_stats *all)
{
	for (struct criterion_suite_stats *suite = all->suites; suite;
	     suite = suite->next)
		for (struct criterion_test_stats *test = suite->tests; test;
		     test = test->next) {
			struct entry *entry = entry_of(test->test);

			if (entry && !entry->told && !is_parameterised(entry) &&
			    test->test_status == CR_STATUS_FAILED)
				finish(test);
		}
	for (struct entry *entry = entries; entry; entry = entry->next)
		if (entry->runs && !entry->told)
			finish_parameters(entry);
}

ReportHook(POST_ALL)(struct criterion_global_stats *all)
{
	finish_rest(all);
	for (struct criterion_suite_stats *suite = all->suites; suite;
	     suite = suite->next)
		for (struct criterion_test_stats *test = suite->tests; test;
		     test = test->next)
			correct(all, suite, test);
	for (struct entry *entry = entries; entry; entry = entry->next)
		if (entry->disabled && !entry->told && asked_for(entry->test))
			tell(entry, NST_OUTCOME_SKIP, "it is disabled in the source");
}
