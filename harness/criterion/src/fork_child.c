/* SPDX-License-Identifier: MIT */
/* A test in a fork of the runner: Criterion's own code, with the journal in place of its runner.
 *
 * What libcriterion would tell its runner it sends by nanomsg, and waits for the answer.
 * In a fork there is nobody at the other end: its messages are taken here and answered,
 * and what matters of them is in the journal by another way (watch.c).
 */
#include <dlfcn.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include <base/scope.h>

#include "inner.h"

static bool forked;

/* ---- One test ---- */

static void *parameter;
static void (*body_with_parameter)(void);

static void fork_body(void)
{
	((void (*)(void *))body_with_parameter)(parameter);
}

void (*fork_body_of(void (*body)(void)))(void)
{
	body_with_parameter = body;
	return parameter ? fork_body : body;
}

static void *behind(const char *name)
{
	void *function = dlsym(RTLD_NEXT, name);

	if (!function)
		abort();
	return function;
}

/* A variable of Criterion's that its headers call constant. */
static void set(const char *name, const void *value)
{
	const void **variable = dlsym(RTLD_DEFAULT, name);

	if (!variable)
		abort();
	*variable = value;
}

/* Of the sanitizers' run time, if there is one. */
void __sanitizer_set_report_fd(void *fd) __attribute__((weak));

/* To Criterion a test with a parameter is one without: it would look for it in memory that
 * only its own workers share. */
__attribute__((noreturn)) static void become_test(const struct criterion_suite *suite,
						  const struct criterion_test *test,
						  pid_t runner)
{
	struct criterion_test_extra_data data = *test->data;
	struct criterion_test copy = *test;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != runner)
		_exit(1);
	setpgid(0, 0);
	forked = true;
	watch_here();
	journal_join();
	data.kind_ = CR_TEST_NORMAL;
	data.param_ = NULL;
	copy.data = &data;
	set("criterion_current_suite", suite);
	set("criterion_current_test", &copy);
	copy.test();
	exit(0);
}

pid_t fork_test(const struct criterion_suite *suite, const struct criterion_test *test,
		void *with, int findings)
{
	pid_t runner = getpid(), pid = fork();

	if (pid)
		return pid;
	if (&__sanitizer_set_report_fd)
		__sanitizer_set_report_fd((void *)(intptr_t)findings);
	parameter = with;
	become_test(suite, test, runner);
}

/* ---- At the other end of Criterion's socket ---- */

/* Whether libcriterion itself calls; the program under test may speak nanomsg too. */
static bool is_criterion(const void *caller)
{
	Dl_info where;

	return forked && dladdr(caller, &where) && where.dli_fname &&
	       strstr(where.dli_fname, "libcriterion");
}

static char acknowledgement[] = { 0x08, 0x00 }; /* status_code = OK, as protobuf */

int nn_send(int socket, const void *bytes, size_t size, int flags);
int nn_recv(int socket, void *bytes, size_t size, int flags);
int nn_freemsg(void *message);

int nn_send(int socket, const void *bytes, size_t size, int flags)
{
	int (*send)(int, const void *, size_t, int);

	if (is_criterion(__builtin_return_address(0)))
		return size == (size_t)-1 ? 1 : (int)size;
	send = behind("nn_send");
	return send(socket, bytes, size, flags);
}

int nn_recv(int socket, void *bytes, size_t size, int flags)
{
	int (*receive)(int, void *, size_t, int);

	if (is_criterion(__builtin_return_address(0))) {
		*(void **)bytes = acknowledgement;
		return sizeof(acknowledgement);
	}
	receive = behind("nn_recv");
	return receive(socket, bytes, size, flags);
}

int nn_freemsg(void *message)
{
	int (*release)(void *);

	if (message == acknowledgement)
		return 0;
	release = behind("nn_freemsg");
	return release(message);
}
