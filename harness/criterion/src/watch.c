/* SPDX-License-Identifier: MIT */
/* Functions of Criterion's that every test calls, in front of its own.
 *
 * How it works. The linker takes ours, for the executable comes before libcriterion; ours
 * call its. So the runner learns of every test, plain Test()s and parameterised ones too,
 * that its body began and that it ended, and what failed in it; and what a forked child
 * asserts gets to the runner by the journal: Criterion's own way there belongs to the
 * worker's thread, and a child would wait at it for ever.
 */
#include <dlfcn.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <criterion/event.h>
#include <criterion/internal/assert/types.h>

#include <base/scope.h>

#include "inner.h"

static pid_t process;
static bool *failed; /* shared with children: what fails in them fails the test */

__attribute__((constructor)) void watch_here(void)
{
	process = getpid();
	failed = mmap(NULL, sizeof(*failed), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (failed == MAP_FAILED)
		abort();
}

bool in_child(void)
{
	return getpid() != process;
}

bool has_failed(void)
{
	return *failed;
}

void set_failed(void)
{
	*failed = true;
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
	run(fork_body_of(body));
	note(NOTE_ENDED);
}

void cri_asserts_passed_incr(void)
{
	void (*count)(void) = behind("cri_asserts_passed_incr");

	if (!in_child())
		count();
}

/* ---- Assertions ---- */

/* The failure of a child ends it, as a signal or a status that says why would do. */
static void report_from_child(struct nst_result *result)
{
	char *message AUTO_FREE = result->message;

	if (!criterion_current_test)
		_exit(1);
	result->message = NULL;
	nst_text_set(&result->message, "in a child of the test: %s", message);
	child_failed(result);
}

/* An assertion of Criterion's, to the journal; one of ours is there already. Without a file it
 * is the test's: in a worker of Criterion's, what describes a test has pointers of the runner. */
static void report(const char *file, unsigned int line, const char *message)
{
	struct nst_result result = { .outcome = NST_OUTCOME_FAIL, .line = line };

	set_failed();
	if (file)
		nst_text_set(&result.file, "%s", file);
	nst_text_set(&result.message, "%s", message);
	if (in_child())
		report_from_child(&result);
	pause_note(message);
	if (file && !failure_is_told())
		story_step(&(struct nst_site){ file, line }, "assert", false, "%.*s",
			   (int)strcspn(message, "\n"), message);
	if (nst_current_variant())
		nst_text_add(&result.evidence, "variant: %s",
			     nst_current_variant()->name);
	nst_text_set(&result.suite, "%s", criterion_current_test->category);
	nst_text_set(&result.name, "%s", criterion_current_test->name);
	journal_write(NOTE_ASSERTION, &result);
	nst_result_free(&result);
}

void criterion_send_assert(struct criterion_assert_stats *stats)
{
	void (*send)(struct criterion_assert_stats *) = behind("criterion_send_assert");

	if (!stats->passed)
		report(stats->file, stats->line, stats->message);
	if (!in_child())
		send(stats);
}

/* What an assertion of <criterion/new/assert.h> says: its message, its parts that do not hold, and
 * their values. */
static void describe_node(const struct cri_assert_node *node, char **text)
{
	if (node->message && *node->message)
		nst_text_add(text, "%s", node->message);
	if (node->repr)
		nst_text_add(text, "%s", node->repr);
	for (size_t i = 0; i < CRI_ASSERT_MAX_PARAMS && node->params[i].name; i++)
		if (node->params[i].type == CRI_ASSERT_RT_STR)
			nst_text_add(text, "  %s: %s", node->params[i].name,
				     (const char *)node->params[i].data);
	for (uint32_t i = 0; i < (uint32_t)node->nchild; i++)
		if (!node->children[i].pass)
			describe_node(&node->children[i], text);
}

void cri_assert_node_send(const char *file, size_t line, struct cri_assert_node *tree)
{
	void (*send)(const char *, size_t, struct cri_assert_node *) =
		behind("cri_assert_node_send");
	char *text AUTO_FREE = NULL;

	if (!tree->pass) {
		describe_node(tree, &text);
		report(file, (unsigned int)line, text ? text : "");
	}
	if (!in_child())
		send(file, line, tree);
}

/* ---- Ends ---- */

static char *format_text(const char *format, va_list args)
{
	char *text;

	return vasprintf(&text, format, args) < 0 ? NULL : text;
}

void criterion_skip_test(const char *format, ...)
{
	void (*skip)(const char *, ...) = behind("criterion_skip_test");
	struct nst_result result = {
		.outcome = NST_OUTCOME_SKIP,
		.suite = (char *)criterion_current_test->category,
		.name = (char *)criterion_current_test->name,
	};
	va_list args;

	va_start(args, format);
	result.message = format_text(format ? format : "", args);
	va_end(args);
	if (in_child())
		report(NULL, 0, "a child cannot skip its test");
	journal_write(NOTE_SKIPPED, &result);
	skip("%s", result.message ? result.message : "");
	abort(); /* it does not return */
}

void criterion_test_die(const char *format, ...)
{
	void (*die)(const char *, ...) = behind("criterion_test_die");
	char *text AUTO_FREE = NULL;
	va_list args;

	va_start(args, format);
	text = format_text(format, args);
	va_end(args);
	report(NULL, 0, text ? text : "");
	die("%s", text ? text : "");
	abort(); /* it does not return */
}
