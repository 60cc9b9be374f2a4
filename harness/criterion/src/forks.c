/* SPDX-License-Identifier: MIT */
/* Tests in forks of the runner: what `nstest run` uses in place of Criterion's own runner.
 *
 * How it works. Criterion starts the executable anew for every test, which takes longer than
 * most labs. Here the runner, which has one thread and has loaded everything, forks: the
 * child is a test as Criterion's worker is one, with an address space, a process group and
 * an end of its own (fork_child.c). What Criterion's runner would have heard from it comes by
 * the journal, and the same hooks are called with the same figures, in the same order.
 *
 * Options of Criterion's that need its own runner (a debugger, output files) are for suites
 * that a person starts; those run as Criterion runs them.
 */
#include <errno.h>
#include <fnmatch.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <criterion/hooks.h>
#include <criterion/internal/ordered-set.h>
#include <criterion/options.h>

#include <base/scope.h>
#include <report/lines.h>

#include "inner.h"

enum { GRACE_US = 1000000, JOBS_MOST = 256 };

/* A test on its way: with parameters, one of them after the other. */
struct fork {
	struct criterion_test *test;
	struct criterion_suite *suite;
	struct criterion_suite_stats *suite_stats;
	struct criterion_test_stats *stats; /* of the run that is on */
	struct criterion_test_params params;
	size_t run, runs;
	pid_t pid;
	int pidfd;
	int findings;                   /* what sanitizers report in it: a memfd */
	uint64_t began_us, deadline_us; /* no deadline: UINT64_MAX */
};

static struct fork *forks; /* as many as jobs; free where pid is 0 */
static size_t fork_count;
static struct criterion_global_stats all;

/* ---- Hooks ---- */

#define HOOKS(kind)                                                        \
	extern const f_report_hook __start_##kind[] __attribute__((weak)), \
		__stop_##kind[] __attribute__((weak))
HOOKS(cr_pra);
HOOKS(cr_pri);
HOOKS(cr_prt);
HOOKS(cr_ast);
HOOKS(cr_tsc);
HOOKS(cr_pot);
HOOKS(cr_pof);
HOOKS(cr_prs);
HOOKS(cr_pos);
HOOKS(cr_poa);
#define CALL(kind, argument) call_hooks(__start_##kind, __stop_##kind, argument)

static void call_hooks(const f_report_hook *hook, const f_report_hook *end,
		       void *argument)
{
	for (; hook < end; hook++)
		if (*hook)
			(*hook)(argument);
}

/* ---- Whether ---- */

static bool has_one_thread(void)
{
	struct stat status;

	return stat("/proc/self/task", &status) == 0 && status.st_nlink == 3;
}

bool forks_wanted(void)
{
	const struct criterion_options *asked = &criterion_options;
	const char *said = getenv("NSTEST_FORK");

	if (asked->debug || asked->crash || asked->fail_fast)
		return false;
	if (said && *said)
		return *said != '0' && has_one_thread();
	return getenv(NST_RESULTS_FD) && has_one_thread();
}

/* ---- Figures ---- */

static void *make(size_t size)
{
	void *made = calloc(1, size);

	if (!made)
		abort();
	return made;
}

static uint64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static struct criterion_suite_stats *add_suite(struct criterion_suite *suite)
{
	struct criterion_suite_stats *stats = make(sizeof(*stats));

	stats->suite = suite;
	stats->next = all.suites;
	all.suites = stats;
	all.nb_suites++;
	return stats;
}

static struct criterion_test_stats *add_test(struct criterion_suite_stats *suite,
					     struct criterion_test *test)
{
	struct criterion_test_stats *stats = make(sizeof(*stats));

	stats->test = test;
	stats->file = test->data->file_;
	stats->next = suite->tests;
	suite->tests = stats;
	suite->nb_tests++;
	all.nb_tests++;
	return stats;
}

static struct fork *fork_of(const struct nst_result *note)
{
	for (size_t i = 0; i < fork_count; i++)
		if (forks[i].pid && strcmp(forks[i].test->category, note->suite) == 0 &&
		    strcmp(forks[i].test->name, note->name) == 0)
			return &forks[i];
	return NULL;
}

void forks_note_assertion(const struct nst_result *note)
{
	struct fork *fork = fork_of(note);
	struct criterion_assert_stats *assertion;

	if (!fork)
		return;
	assertion = make(sizeof(*assertion));
	assertion->message = strdup(note->message ? note->message : "");
	assertion->file = strdup(note->file ? note->file : "");
	assertion->line = note->line;
	assertion->next = fork->stats->asserts;
	fork->stats->asserts = assertion;
	fork->stats->failed_asserts++;
	fprintf(stderr, "[----] %s:%u: Assertion Failed\n[----]   %s\n",
		assertion->file, assertion->line, assertion->message);
	CALL(cr_ast, assertion);
}

void forks_note_skip(const struct nst_result *note)
{
	struct fork *fork = fork_of(note);

	if (!fork)
		return;
	fork->stats->test_status = CR_STATUS_SKIPPED;
	fork->stats->message = strdup(note->message ? note->message : "");
}

/* ---- A test's end ---- */

static const char *status_word(const struct fork *fork)
{
	if (fork->stats->timed_out)
		return "Timed out";
	return fork->stats->crashed ? "CRASH!" : NULL;
}

static bool is_as_declared(const struct fork *fork)
{
	const struct criterion_test_stats *stats = fork->stats;
	const struct criterion_test_extra_data *data = fork->test->data;

	return !stats->failed_asserts && !stats->timed_out &&
	       stats->signal == data->signal && stats->exit_code == data->exit_code;
}

static void take_status(struct fork *fork)
{
	struct criterion_test_stats *stats = fork->stats;
	int status = 0;

	waitpid(fork->pid, &status, 0);
	close(fork->pidfd);
	kill(-fork->pid, SIGKILL); /* what it has left in its process group */
	journal_take();            /* while it still is on its way */
	fork->pid = 0;
	stats->elapsed_time = (float)(now_us() - fork->began_us) / 1e6F;
	if (WIFSIGNALED(status) && !stats->timed_out)
		stats->signal = WTERMSIG(status);
	if (WIFEXITED(status))
		stats->exit_code = WEXITSTATUS(status);
	stats->crashed = stats->signal && !fork->test->data->signal;
	if (stats->test_status != CR_STATUS_SKIPPED)
		stats->test_status =
			is_as_declared(fork) ? CR_STATUS_PASSED : CR_STATUS_FAILED;
}

/* What a sanitizer found in the test itself is said at its place, or at exit, and whoever reads
 * the results does not see what suites print. */
static void take_findings(struct fork *fork)
{
	off_t size = lseek(fork->findings, 0, SEEK_END);
	char *text AUTO_FREE = calloc(1, (size_t)size + 1);
	struct nst_result note = { .outcome = NST_OUTCOME_FAIL };

	if (size > 0 && text && pread(fork->findings, text, (size_t)size, 0) == size) {
		fputs(text, stderr);
		nst_text_set(&note.suite, "%s", fork->test->category);
		nst_text_set(&note.name, "%s", fork->test->name);
		nst_text_set(&note.message,
			     "a sanitizer found something in the test itself");
		nst_text_set(&note.evidence, "%s", text);
		note_take(NOTE_FAILED, &note);
		nst_result_free(&note);
		fork->stats->test_status = CR_STATUS_FAILED;
	}
	close(fork->findings);
}

static void count(struct fork *fork)
{
	struct criterion_suite_stats *suite = fork->suite_stats;

	suite->tests_failed += fork->stats->test_status == CR_STATUS_FAILED;
	all.tests_failed += fork->stats->test_status == CR_STATUS_FAILED;
	suite->tests_passed += fork->stats->test_status == CR_STATUS_PASSED;
	all.tests_passed += fork->stats->test_status == CR_STATUS_PASSED;
	suite->tests_skipped += fork->stats->test_status == CR_STATUS_SKIPPED;
	all.tests_skipped += fork->stats->test_status == CR_STATUS_SKIPPED;
	suite->tests_crashed += fork->stats->crashed;
	all.tests_crashed += fork->stats->crashed;
}

static void end(struct fork *fork)
{
	const char *word;

	take_status(fork);
	take_findings(fork);
	word = status_word(fork);
	if (word)
		fprintf(stderr, "[----] %s:%u: Unexpected end: %s\n", fork->stats->file,
			fork->test->data->line_, word);
	if (fork->stats->test_status == CR_STATUS_FAILED)
		fprintf(stderr, "[FAIL] %s::%s: (%.2fs)\n", fork->test->category,
			fork->test->name, (double)fork->stats->elapsed_time);
	count(fork);
	if (fork->stats->crashed) {
		CALL(cr_tsc, fork->stats);
		return;
	}
	CALL(cr_pot, fork->stats);
	CALL(cr_pof, fork->stats);
}

/* ---- A test's beginning ---- */

static uint64_t deadline_of(const struct fork *fork)
{
	double seconds = fork->test->data->timeout;

	if (getenv("NSTEST_GDB"))
		return UINT64_MAX;
	if (seconds <= 0 && fork->suite->data)
		seconds = fork->suite->data->timeout;
	if (seconds <= 0)
		seconds = criterion_options.timeout;
	return seconds > 0 ? fork->began_us + (uint64_t)(seconds * 1e6) : UINT64_MAX;
}

static void *parameter_of(const struct fork *fork)
{
	return (char *)fork->params.params + fork->run * fork->params.size;
}

static void begin(struct fork *fork)
{
	bool has_parameters = fork->test->data->kind_ == CR_TEST_PARAMETERIZED;

	fork->stats = add_test(fork->suite_stats, fork->test);
	CALL(cr_pri, fork->test);
	CALL(cr_prt, fork->test);
	fflush(NULL);
	fork->began_us = now_us();
	fork->deadline_us = deadline_of(fork);
	fork->findings = memfd_create("nstest-findings", MFD_CLOEXEC);
	fork->pid =
		fork_test(fork->suite, fork->test,
			  has_parameters ? parameter_of(fork) : NULL, fork->findings);
	fork->pidfd = fork->pid < 0 ? -1 : (int)syscall(SYS_pidfd_open, fork->pid, 0);
	if (fork->pidfd < 0) {
		perror("nstest: forking a test");
		exit(2);
	}
}

/* Its next parameter. Return: whether there is one. */
static bool begin_next(struct fork *fork)
{
	if (++fork->run < fork->runs) {
		begin(fork);
		return true;
	}
	if (fork->params.cleanup)
		fork->params.cleanup(&fork->params);
	return false;
}

/* Return: whether it is on its way. */
static bool begin_first(struct fork *fork, struct criterion_suite_stats *suite_stats,
			struct criterion_suite *suite, struct criterion_test *test)
{
	*fork = (struct fork){
		.test = test,
		.suite = suite,
		.suite_stats = suite_stats,
		.runs = 1,
	};
	if (test->data->kind_ == CR_TEST_PARAMETERIZED && test->data->param_) {
		fork->params = test->data->param_();
		fork->runs = fork->params.length;
	}
	if (fork->runs)
		begin(fork);
	return fork->runs;
}

/* ---- All of them ---- */

/* The first one whose time is up is told so, and killed if that does not help. */
static int poll_ms(uint64_t now)
{
	uint64_t next = UINT64_MAX;

	for (size_t i = 0; i < fork_count; i++)
		if (forks[i].pid && forks[i].deadline_us < next)
			next = forks[i].deadline_us;
	if (next == UINT64_MAX)
		return -1;
	return next > now ? (int)((next - now) / 1000 + 1) : 0;
}

static void end_late(uint64_t now)
{
	for (size_t i = 0; i < fork_count; i++) {
		struct fork *fork = &forks[i];

		if (!fork->pid || fork->deadline_us > now)
			continue;
		kill(fork->pid, fork->stats->timed_out ? SIGKILL : SIGPROF);
		fork->stats->timed_out = true;
		fork->deadline_us = now + GRACE_US;
	}
}

/* Until one has ended. Return: the one. */
static struct fork *wait_for_one(void)
{
	for (;;) {
		struct pollfd fds[JOBS_MOST];

		for (size_t i = 0; i < fork_count; i++)
			fds[i] = (struct pollfd){ forks[i].pid ? forks[i].pidfd : -1,
						  POLLIN, 0 };
		if (poll(fds, fork_count, poll_ms(now_us())) < 0 && errno != EINTR) {
			perror("nstest: waiting for tests");
			exit(2);
		}
		for (size_t i = 0; i < fork_count; i++)
			if (forks[i].pid && fds[i].revents)
				return &forks[i];
		end_late(now_us());
	}
}

/* A place for one more; ends others to make one. */
static struct fork *free_place(void)
{
	struct fork *fork;

	for (size_t i = 0; i < fork_count; i++)
		if (!forks[i].pid)
			return &forks[i];
	do {
		fork = wait_for_one();
		end(fork);
	} while (begin_next(fork));
	return fork;
}

static void end_all(void)
{
	size_t busy = 0;

	for (size_t i = 0; i < fork_count; i++)
		busy += forks[i].pid != 0;
	while (busy) {
		struct fork *fork = wait_for_one();

		end(fork);
		busy -= !begin_next(fork);
	}
}

static bool is_disabled(const struct criterion_suite *suite,
			const struct criterion_test *test)
{
	return test->data->disabled || (suite->data && suite->data->disabled);
}

static void run_suite(struct criterion_suite_set *set)
{
	struct criterion_suite_stats *stats = add_suite(&set->suite);

	CALL(cr_prs, set);
	FOREACH_SET(struct criterion_test * test, set->tests)
	{
		if (!is_disabled(&set->suite, test))
			begin_first(free_place(), stats, &set->suite, test);
	}
}

/* As Criterion does it: what is not asked for is disabled. */
static void choose(struct criterion_test_set *tests)
{
	FOREACH_SET(struct criterion_suite_set * suite, tests->suites)
	{
		if (!suite->tests)
			continue;
		FOREACH_SET(struct criterion_test * test, suite->tests)
		{
			char *path AUTO_FREE = NULL;

			if (asprintf(&path, "%s/%s", test->category, test->name) > 0 &&
			    fnmatch(criterion_options.pattern, path, FNM_EXTMATCH))
				test->data->disabled = true;
		}
	}
}

static size_t jobs(void)
{
	size_t wanted = criterion_options.jobs;

	if (!wanted)
		wanted = (size_t)sysconf(_SC_NPROCESSORS_ONLN);
	return wanted > JOBS_MOST ? JOBS_MOST : wanted;
}

bool forks_run(struct criterion_test_set *tests)
{
	if (criterion_options.pattern)
		choose(tests);
	fork_count = jobs();
	forks = make(fork_count * sizeof(*forks));
	CALL(cr_pra, tests);
	FOREACH_SET(struct criterion_suite_set * suite, tests->suites)
	{
		if (suite->tests)
			run_suite(suite);
	}
	end_all();
	for (struct criterion_suite_stats *suite = all.suites; suite;
	     suite = suite->next)
		CALL(cr_pos, suite);
	CALL(cr_poa, &all);
	fprintf(stderr,
		"[====] Synthesis: Tested: %zu | Passing: %zu | Failing: %zu | "
		"Crashing: %zu\n",
		all.nb_tests, all.tests_passed, all.tests_failed, all.tests_crashed);
	return all.tests_failed == 0 || criterion_options.always_succeed;
}
