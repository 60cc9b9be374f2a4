/* SPDX-License-Identifier: MIT */
/* A body that crashes or hangs: last words before the process goes.
 *
 * They are said in a signal handler, from where hardly anything may be called. The
 * process is lost anyhow, so it is tried: on a stack of its own, each signal back to
 * its default first, and an alarm that ends it all if it gets stuck.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <base/scope.h>

#include "inner.h"

enum { STACK_SIZE = 512 * 1024, LAST_SECONDS = 25 };

static const int crashes[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT };

static void (*words)(const char *what);
static timer_t deadline;
static bool has_deadline;
static int allowed_ms;
static char stack[STACK_SIZE];

static struct sigaction before[ARRAY_SIZE(crashes)], alarm_before;

static void restore(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(crashes); i++)
		sigaction(crashes[i], &before[i], NULL);
	sigaction(SIGALRM, &alarm_before, NULL);
}

/* A fault happens again when we return, and then as it would have without us: a sanitizer's
 * handler, if there is one, sees all of it. */
static void on_crash(int number, siginfo_t *info, void *context)
{
	bool fault = info->si_code > 0;
	char what[80];

	(void)context;
	restore();
	alarm(LAST_SECONDS);
	snprintf(what, sizeof(what), "it crashed: %s", strsignal(number));
	words(what);
	if (!fault)
		raise(number);
}

static void on_deadline(int number)
{
	char what[80];

	(void)number;
	restore();
	alarm(LAST_SECONDS);
	snprintf(what, sizeof(what), "it did not end within %d ms", allowed_ms);
	words(what);
	_exit(1);
}

void crash_guard(int timeout_ms, void (*last_words)(const char *what))
{
	const struct sigaction crash = { .sa_sigaction = on_crash,
					 .sa_flags =
						 SA_SIGINFO | SA_ONSTACK | SA_NODEFER };
	const struct sigaction late = { .sa_handler = on_deadline,
					.sa_flags = SA_ONSTACK };
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID,
				  .sigev_signo = SIGALRM };
	struct itimerspec when = {
		.it_value = { timeout_ms / 1000, timeout_ms % 1000 * 1000000L },
	};

	words = last_words;
	allowed_ms = timeout_ms;
	sigaltstack(&(stack_t){ .ss_sp = stack, .ss_size = sizeof(stack) }, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(crashes); i++)
		sigaction(crashes[i], &crash, &before[i]);
	sigaction(SIGALRM, &late, &alarm_before);
	/* To this thread: Criterion's worker has another. */
	event._sigev_un._tid = (pid_t)syscall(SYS_gettid);
	has_deadline = timer_create(CLOCK_MONOTONIC, &event, &deadline) == 0;
	if (has_deadline)
		timer_settime(deadline, 0, &when, NULL);
}

void crash_unguard(void)
{
	if (has_deadline)
		timer_delete(deadline);
	has_deadline = false;
	restore();
}
