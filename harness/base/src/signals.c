/* SPDX-License-Identifier: MIT */
/* See base/signals.h. */
#include <signal.h>
#include <stdbool.h>

#include <base/signals.h>

static bool is_fault(int number)
{
	return number == SIGSEGV || number == SIGBUS || number == SIGFPE ||
	       number == SIGILL || number == SIGABRT;
}

static void make_default(bool faults_too)
{
	sigset_t none;

	for (int number = 1; number < NSIG; number++)
		if (faults_too || !is_fault(number))
			signal(number, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

void nst_signals_default(void)
{
	make_default(true);
}

void nst_signals_reset(void)
{
	make_default(false);
}
