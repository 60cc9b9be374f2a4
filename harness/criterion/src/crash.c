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

enum { STACK_SIZE = 512 * 1024, LAST_SECONDS = 5 };

static const int crashes[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT };

static void (*words)(const char *what);
static timer_t deadline;
static bool has_deadline;
static int allowed_ms;
static char stack[STACK_SIZE];

static void restore(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(crashes); i++)
		signal(crashes[i], SIG_DFL);
	signal(SIGALRM, SIG_DFL);
}

static void on_crash(int number)
{
	char what[80];

	restore();
	alarm(LAST_SECONDS);
	snprintf(what, sizeof(what), "it crashed: %s", strsignal(number));
	words(what);
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

static void intercept(int number, void (*handler)(int number))
{
	struct sigaction before;

	/* One that is there already belongs to a sanitizer: it says more. */
	if (sigaction(number, NULL, &before) < 0 || before.sa_handler != SIG_DFL)
		return;
	sigaction(number,
		  &(struct sigaction){ .sa_handler = handler,
				       .sa_flags = SA_ONSTACK | SA_NODEFER },
		  NULL);
}

void crash_guard(int timeout_ms, void (*last_words)(const char *what))
{
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID,
				  .sigev_signo = SIGALRM };
	struct itimerspec when = {
		.it_value = { timeout_ms / 1000, timeout_ms % 1000 * 1000000L },
	};

	words = last_words;
	allowed_ms = timeout_ms;
	sigaltstack(&(stack_t){ .ss_sp = stack, .ss_size = sizeof(stack) }, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(crashes); i++)
		intercept(crashes[i], on_crash);
	intercept(SIGALRM, on_deadline);
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
