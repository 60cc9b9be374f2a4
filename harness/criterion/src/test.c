/* SPDX-License-Identifier: MIT */
/* One test in its worker: lab up, rules, programs, body, check, lab down. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <base/scope.h>
#include <evidence/engines.h>
#include <nstest/impair.h>
#include <report/text.h>

#include "inner.h"

enum { DEFAULT_TIMEOUT_MS = 60000, READY_MS = 10000 };

/* Whoever uses a test needs our main() too: a linker takes from an archive only what is
 * asked for. */
static const struct suite_mark *const needs_main __attribute__((used)) =
	&nst_suite_mark;

static struct nst_lab *current_lab;
static unsigned long long began_ns; /* CLOCK_REALTIME */

void account_for(struct nst_result *result)
{
	char *text AUTO_FREE = NULL;

	if (!current_lab || nst_lab_account(current_lab, &text) < 0 || !*text)
		return;
	result->seed = nst_lab_seed(current_lab);
	nst_text_set(&result->account, "%s", text);
	nst_engines_of(current_lab, &result->engine);
}

static void note_account(const struct nst_test *test)
{
	struct nst_result result = {
		.suite = (char *)test->suite,
		.name = (char *)test->name,
	};

	account_for(&result);
	journal_write(NOTE_ACCOUNT, &result);
	free(result.account);
	free(result.engine);
}

/* Of the run, as nstest tells it; 0: the lab's own choice. */
static uint64_t number_of_run(const char *name)
{
	const char *text = getenv(name);

	return text ? strtoull(text, NULL, 10) : 0;
}

/* The body crashed or hangs. */
static void last_words(const char *what)
{
	struct nst_result result = {
		.outcome = NST_OUTCOME_FAIL,
		.suite = (char *)current_test->suite,
		.name = (char *)current_test->name,
		.file = (char *)current_test->file,
		.line = current_test->line,
		.message = (char *)what,
	};

	if (nst_current_variant())
		nst_text_add(&result.evidence, "variant: %s",
			     nst_current_variant()->name);
	journal_write(NOTE_FAILED, &result);
	story_step(&(struct nst_site){ current_test->file, current_test->line }, "end",
		   false, "%s", what);
	story_over();
	artefacts_save(current_lab, current_test->suite, variant_path(current_test),
		       began_ns);
	story_end(current_test, current_lab, true);
	backtrace_save(current_test->suite, variant_path(current_test));
}

static void load(const struct nst_host_rules *rules, const struct nst_site *site)
{
	for (; rules && rules->host; rules++) {
		story_mark();
		nst_must_at(site,
			    nst_ruleset_load(current_lab, rules->host, &rules->rules),
			    "loading a ruleset");
	}
}

static void set_up(const struct nst_test *test, const struct nst_site *site)
{
	const struct nst_lab_options options = {
		.capture = test->without_capture ? NST_CAPTURE_NONE : NST_CAPTURE_ALL,
		.seed = number_of_run("NSTEST_SEED"),
		.memory_bytes = number_of_run("NSTEST_CASE_MEMORY"),
		.strace = getenv("NSTEST_STRACE"),
		.gdb = getenv("NSTEST_GDB"),
		.terminal = getenv("NSTEST_TERMINAL"),
	};

	if (!test->topology)
		return;
	story_mark();
	nst_must_at(site, nst_lab_up(test->topology, &options, &current_lab),
		    "bringing up the lab");
	load(test->rulesets, site);
	load(test->more_rulesets, site);
	for (const struct nst_start *start = test->programs; start && start->host;
	     start++) {
		struct nst_program *program;

		story_mark();
		nst_must_at(site, nst_start(current_lab, start, &program),
			    "starting a program");
		story_mark();
		nst_must_at(site, nst_wait_ready(program, READY_MS),
			    "waiting for a program");
	}
}

void nst_test_run(const struct nst_test *test)
{
	const struct nst_site site = { test->file, test->line };

	current_test = test;
	began_ns = nst_now_ns();
	story_begin();
	crash_guard(getenv("NSTEST_GDB") ? INT_MAX /* who is at gdb has time */
		    : test->timeout_ms   ? test->timeout_ms
					 : DEFAULT_TIMEOUT_MS,
		    last_words);
	set_up(test, &site);
	test->body(current_lab);
	crash_unguard();
	if (current_lab) {
		must_quietly(&site, nst_lab_check(current_lab), "checking the lab");
		must_quietly(&site, nst_lab_faults_check(current_lab),
			     "checking impairments and faults");
	}
	note_account(test);
}

/* Also when the test was aborted. */
void nst_test_end(void)
{
	crash_unguard();
	story_over();
	if (current_lab && (has_failed() || artefacts_keep_all()))
		artefacts_save(current_lab, current_test->suite,
			       variant_path(current_test), began_ns);
	if (current_test)
		story_end(current_test, current_lab, has_failed());
	if (current_lab && has_failed())
		pause_for_people(current_test, current_lab);
	nst_lab_down(current_lab);
	current_lab = NULL;
}
