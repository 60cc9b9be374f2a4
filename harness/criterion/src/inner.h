/* SPDX-License-Identifier: MIT */
/* What the files of this library share.
 *
 * How it works. Criterion's *runner* (this executable, started by a person or by
 * nstest) starts itself anew for every test: the *worker*. The worker runs the body;
 * the runner sees through hooks how it ended. What the worker knows beyond that it
 * writes into the *journal*, a memfd of the runner: that the body began, that it ended,
 * and what failed. The runner puts both together, corrects Criterion where it is wrong
 * (a body that calls _exit(0) would have passed), writes result lines for `nstest run`,
 * and removes what tests that passed have kept.
 */
#ifndef CRITERION_INNER_H
#define CRITERION_INNER_H

#include <stdbool.h>
#include <sys/types.h>

#include <evidence/details.h>
#include <nstest/criterion.h>
#include <report/result.h>

/* ---- The journal; journal.c ---- */

enum note_kind {
	NOTE_BEGAN,     /* the body begins */
	NOTE_ENDED,     /* it has returned, or was aborted or skipped */
	NOTE_FAILED,    /* an expectation failed; more of them may follow */
	NOTE_ACCOUNT,   /* what the links did, at the end */
	NOTE_ASSERTION, /* an assertion of Criterion's failed, or ours through it */
	NOTE_DETAILS,   /* for the HTML report */
	NOTE_LOST,      /* what of what is kept could not be */
	NOTE_SKIPPED,   /* and why */
};

/* In the runner, before any worker: makes it and tells the workers by the environment.
 */
int journal_open(void);

/* In the worker. `result` has suite and name at least. Silent if there is no journal:
 * then the executable is not run by our main(). */
void journal_write(enum note_kind kind, const struct nst_result *result);

/* In the runner: reads what came since the last call, and hands each note to `take`,
 * which may move the result. */
void journal_read(void (*take)(enum note_kind kind, struct nst_result *result));

/* In a fork of the runner: from now on this process writes to it. */
void journal_join(void);

/* Whether this process is a worker of Criterion's, and of a runner that still lives. */
bool is_worker(void);

/* ---- In front of Criterion's functions; watch.c ---- */

/* Whether an assertion has failed so far, in this test or a child of it. */
bool has_failed(void);
void set_failed(void);

/* Whether this process was forked from the one in which the test began. */
bool in_child(void);

/* In a fork of the runner: the test is here, and nothing has failed yet. */
void watch_here(void);

/* ---- Tests in forks of the runner; forks.c ---- */

/* Whether tests are to run so: `nstest run` started this suite, and there is one thread.
 * NSTEST_FORK=1 or 0 decides otherwise. */
bool forks_wanted(void);

/* criterion_run_all_tests() with forks in place of Criterion's workers. Return: whether none failed. */
bool forks_run(struct criterion_test_set *tests);

/* What the journal says of a test that is on its way. */
void forks_note_assertion(const struct nst_result *note);
void forks_note_skip(const struct nst_result *note);

/* ---- The fork itself; fork_child.c ---- */

/* Forks, and runs the test there, with a parameter if that is not NULL; what sanitizers find goes
 * to `findings`. Return: the pid in the runner; -1. */
pid_t fork_test(const struct criterion_suite *suite, const struct criterion_test *test,
		void *parameter, int findings);

/* What to call for a body: itself, or what hands it its parameter. */
void (*fork_body_of(void (*body)(void)))(void);

/* ---- Failures, in the worker; failure.c ---- */

/* Reports a failed expectation to Criterion and to the journal. Takes the texts of
 * `result`; file, line, suite and name are filled in here. In a child of the worker (a
 * function in nst_in_host()) it is child_failed(). */
void failure_report(const struct nst_site *site, struct nst_result *result);

/* The same in a child of the worker: to stderr and the journal, and the end of the child. */
__attribute__((noreturn)) void child_failed(struct nst_result *result);

/* A failure that is one sentence. */
__attribute__((format(printf, 2, 3))) void failure_say(const struct nst_site *site,
						       const char *format, ...);

/* nst_must_at() of what is no step of the test's. */
int must_quietly(const struct nst_site *site, long long value, const char *call);

/* Whether the assertion that is being sent is one of these, and no plain one. */
bool failure_is_told(void);

/* Puts in what links were asked and did so far, and their seed. */
void account_for(struct nst_result *result);

/* The assertion holds: Criterion counts it. */
void success_report(void);

/* The test that runs in this worker; NULL outside of one. */
extern const struct nst_test *current_test;

/* ---- What the HTML report shows; story.c ---- */

/* In the worker, if somebody wants it: the test's story begins. */
void story_begin(void);

/* It is over: what comes now is for those who look into it. */
void story_over(void);

/* Something begins of which story_step() tells when it is over. May be nested. */
void story_mark(void);

/* What has been done or asked since the mark, and whether it was right. */
void story_step(const struct nst_site *site, const char *kind, bool held,
		const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The same of a question, with its answer. */
void story_answer(const struct nst_site *site, bool held,
		  const struct nst_details_answer *answer);

/* To the journal. `failed`: with packets, logs and rulesets, these from what was kept. */
void story_end(const struct nst_test *test, struct nst_lab *lab, bool failed);

/* ---- A way into a test that failed; pause.c ---- */

/* What failed, for people who are asked in. */
void pause_note(const char *text);

/* If they are wanted (nstest run --pause-on-failure): lets people into the lab until one of
 * them says that the run goes on. */
void pause_for_people(const struct nst_test *test, struct nst_lab *lab);

/* ---- Variants; variant.c ---- */

/* What stands for the test in paths: "NAME", or "NAME/VARIANT". Valid until the next call. */
const char *variant_path(const struct nst_test *test);

/* ---- What is kept; artefacts.c ---- */

/* The folder of a test: malloc'd. */
char *artefacts_folder(const char *suite, const char *name);

/* Whether what passes is kept, too (--keep-all). */
bool artefacts_keep_all(void);

/* Saves packets, outputs of programs, the state of hosts and core dumps that are newer than
 * `since_ns` (CLOCK_REALTIME) there. What cannot be saved goes to the journal. */
void artefacts_save(struct nst_lab *lab, const char *suite, const char *name,
		    unsigned long long since_ns);

/* In the runner: notes in a failed test's result where they are, and puts its explanation
 * beside them. Nothing, if there is no such folder. */
void artefacts_explain(struct nst_result *result);

/* In the runner: only notes where they are. */
void artefacts_note(struct nst_result *result);

/* Removes them, and the folders that are empty then. */
void artefacts_remove(const char *suite, const char *name);

/* ---- Where it was; backtrace.c ---- */

/* In the worker that crashed or hangs: gdb, if there is one, writes the stacks of all its
 * threads into the test's folder. */
void backtrace_save(const char *suite, const char *name);

/* In the runner: the frames of the test into the evidence. */
void backtrace_tell(const char *folder, struct nst_result *result);

/* ---- Ends that no return sees; crash.c ---- */

/* In the worker, around a body: when it crashes or does not end in time, `last_words`
 * is called with a sentence on a stack of its own, for at most 25 seconds. */
void crash_guard(int timeout_ms, void (*last_words)(const char *what));
void crash_unguard(void);

/* ---- The runner's side; runner.c ---- */

/* Reads what the journal has to say by now. */
void journal_take(void);

/* What is known of a test by another way. */
void note_take(enum note_kind kind, struct nst_result *note);

/* Before Criterion reads its options: which tests are disabled in the source. */
void runner_prepare(struct criterion_test_set *tests);

/* After all: the exit status. That of Criterion, or 2 if tests were to run that have not, and
 * says so. */
int runner_status(int status);

/* ---- The mark of a suite; main.c ---- */

struct suite_mark {
	unsigned int name_size, text_size, type;
	char name[8];
	unsigned int version;
};
extern const struct suite_mark nst_suite_mark;

#endif
