/* SPDX-License-Identifier: MIT */
/* Functions of Criterion's that every test calls, in front of its own.
 *
 * How it works. The linker takes ours, for the executable comes before libcriterion; ours
 * call its. So the runner learns of every test, plain Test()s and parameterised ones too,
 * that its body began and that it ended; and what a forked child asserts gets to the
 * runner by the journal: Criterion's own way there belongs to the worker's thread, and a
 * child would wait at it for ever.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/event.h>

#include <base/scope.h>

#include "inner.h"

static pid_t process;
static bool failed;

__attribute__((constructor)) static void remember_process(void)
{
	process = getpid();
}

bool in_child(void)
{
	return getpid() != process;
}

bool has_failed(void)
{
	return failed;
}

static void *behind(const char *name)
{
	void *function = dlsym(RTLD_NEXT, name);

	if (!function) {
		fprintf(stderr, "nstest: Criterion has no %s()\n", name);
		abort();
	}
	return function;
}

static void note(enum note_kind kind)
{
	struct nst_result result = {
		.suite = (char *)criterion_current_test->category,
		.name = (char *)criterion_current_test->name,
	};

	journal_write(kind, &result);
}

void criterion_internal_test_main(void (*body)(void))
{
	void (*run)(void (*)(void)) = behind("criterion_internal_test_main");

	note(NOTE_BEGAN);
	run(body);
	note(NOTE_ENDED);
}

void cri_asserts_passed_incr(void)
{
	void (*count)(void) = behind("cri_asserts_passed_incr");

	if (!in_child())
		count();
}

/* The failure of a child ends it, as a signal or a status that says why would do. */
static void report_from_child(const struct criterion_assert_stats *stats)
{
	struct nst_result result = {
		.outcome = NST_OUTCOME_FAIL,
		.line = stats->line,
	};

	if (!criterion_current_test)
		_exit(1);
	nst_text_set(&result.file, "%s", stats->file);
	nst_text_set(&result.message, "in a child of the test: %s", stats->message);
	child_failed(&result);
}

void criterion_send_assert(struct criterion_assert_stats *stats)
{
	void (*send)(struct criterion_assert_stats *) = behind("criterion_send_assert");

	failed |= !stats->passed;
	if (!stats->passed && !failure_is_told())
		story_step(&(struct nst_site){ stats->file, stats->line }, "assert",
			   false, "%.*s", (int)strcspn(stats->message, "\n"),
			   stats->message);
	if (!in_child())
		send(stats);
	else if (!stats->passed)
		report_from_child(stats);
}
