/* SPDX-License-Identifier: MIT */
/* However a lab ends, it says how, and nothing of it is left. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <base/scope.h>
#include <nstest/error.h>
#include <nstest/program.h>

#include "say.h"

static const struct nst_topology pair = {
	.links = (struct nst_link[]){ { .a = { "a", "10.0.0.1/24" },
					.b = { "b", "10.0.0.2/24" } },
				      {} },
};

Test(ends, by_a_kill_are_told)
{
	struct nst_lab *lab nst_autodown = must_be_up(&pair);

	kill(nst_lab_pid(lab), SIGKILL);
	cr_expect_eq(nst_lab_check(lab), -EPIPE);
	cr_expect(eq(str, (char *)nst_error(),
		     "the lab process was killed by signal 9 (Killed)"));
	cr_expect_eq(nst_lab_check(lab), -EPIPE);
}

/* As an ordinary user: one lab up, another one up and down meanwhile, then the first down. In
 * a process of its own; its exit status says how that went. */
static void two_labs_of_nobody(void)
{
	enum { NOBODY = 65534, PATIENCE_S = 20 };
	struct nst_lab *first, *second;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (setresgid(NOBODY, NOBODY, NOBODY) < 0 ||
	    setresuid(NOBODY, NOBODY, NOBODY) < 0)
		_exit(2);
	prctl(PR_SET_DUMPABLE, 1); /* /proc/self is its own again */
	if (nst_lab_up(&pair, NULL, &first) < 0 ||
	    nst_lab_up(&pair, NULL, &second) < 0) {
		fprintf(stderr, "%s\n", nst_error());
		_exit(3);
	}
	nst_lab_down(first);
	nst_lab_down(second);
	alarm(PATIENCE_S);
	while (waitpid(-1, NULL, 0) > 0)
		;
	_exit(errno == ECHILD ? 0 : 4);
}

Test(ends, come_with_taking_it_down_for_an_ordinary_user)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		two_labs_of_nobody();
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 2)
		cr_skip_test("there is no other user in this user namespace");
	cr_expect_eq(status, 0, "both labs end");
}

static size_t open_descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	size_t count = 0;

	while (readdir(folder))
		count++;
	closedir(folder);
	return count;
}

Test(ends, leave_no_descriptor_in_the_caller)
{
	size_t before = open_descriptors();

	for (int i = 0; i < 20; i++) {
		struct nst_lab *lab nst_autodown = must_be_up(&pair);

		says(lab, "a", "true");
		close(nst_socket(lab, "a", AF_INET, SOCK_STREAM, 0));
	}
	cr_expect_eq(open_descriptors(), before);
}

static bool ends_within(pid_t pid, int ms)
{
	AUTO_CLOSE int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd event = { .fd = pidfd, .events = POLLIN };

	return pidfd < 0 ? errno == ESRCH : poll(&event, 1, ms) == 1;
}

/* In a process that is killed: a lab with a program, whose PID is told. */
static void live_until_killed(int tell_fd)
{
	struct nst_start start = { .host = "a", .command = "exec sleep 1000" };
	struct nst_program *program;
	struct nst_lab *lab;
	pid_t pid = 0;

	if (nst_lab_up(&pair, NULL, &lab) == 0 && nst_start(lab, &start, &program) == 0)
		pid = nst_program_pid(program);
	if (write(tell_fd, &pid, sizeof(pid)) == sizeof(pid))
		pause();
	_exit(1);
}

Test(ends, of_the_caller_take_the_programs_with_it)
{
	pid_t caller, program = 0;
	int pipes[2];

	cr_assert_eq(pipe(pipes), 0);
	caller = fork();
	if (caller == 0)
		live_until_killed(pipes[1]);
	cr_assert_eq(read(pipes[0], &program, sizeof(program)), sizeof(program));
	cr_assert_gt(program, 0);

	kill(caller, SIGKILL);
	waitpid(caller, NULL, 0);

	cr_expect(ends_within(program, 5000));
}

Test(ends, that_fail_to_begin_say_why)
{
	static const char *const binds[] = { "/nonexistent", NULL };
	const struct nst_topology topology = {
		.hosts = (struct nst_host[]){ { "a", .binds = binds }, {} },
	};
	struct nst_lab *lab;

	cr_expect_eq(nst_lab_up(&topology, NULL, &lab), -ENOENT);
	cr_expect(eq(str, (char *)nst_error(),
		     "host \"a\": bind \"/nonexistent\": taking /nonexistent from the "
		     "machine: "
		     "No such file or directory"));
}
