/* SPDX-License-Identifier: MIT */
/* The engine of impaired links ends with its lab, however that ends, and holds nothing of it
 * meanwhile. */
#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <base/scope.h>
#include <nstest/error.h>
#include <nstest/impair.h>

#include "say.h"

/* Descriptors: frames, requests, its record; and for root its wish for wakeful processors. */
enum { ENGINES_OWN = 3 };

static size_t engines_own(void)
{
	return ENGINES_OWN + (access("/dev/cpu_dma_latency", W_OK) == 0 &&
			      sysconf(_SC_NPROCESSORS_ONLN) > 1);
}

static const struct nst_topology impairable = {
	.links = (struct nst_link[]){ { .a = { "a", "10.0.0.1/24" },
					.b = { "b", "10.0.0.2/24" },
					.impairable = true },
				      {} },
};

/* Whether the process is a wire engine whose parent is this one. */
static bool is_engine(const char *pid, pid_t parent)
{
	char path[300], text[512] = "", name[64] = "";
	FILE *file;
	int ppid = 0;

	snprintf(path, sizeof(path), "/proc/%s/stat", pid);
	file = fopen(path, "r");
	if (!file)
		return false;
	if (!fgets(text, sizeof(text), file) ||
	    sscanf(text, "%*d (%63[^)]) %*c %d", name, &ppid) != 2)
		ppid = 0;
	fclose(file);
	return ppid == parent && strcmp(name, "nstest-wire") == 0;
}

/* It has its name once it has answered something. */
static pid_t engine_of(struct nst_lab *lab)
{
	const char *answer = nst_lab_engine_scheduling(lab);
	DIR *folder = opendir("/proc");
	struct dirent *entry;
	pid_t found = 0;

	while (*answer && !found && (entry = readdir(folder)))
		if (is_engine(entry->d_name, nst_lab_pid(lab)))
			found = (pid_t)atoi(entry->d_name);
	closedir(folder);
	return found;
}

static size_t descriptors_of(pid_t pid)
{
	char path[64];
	size_t count = 0;
	struct dirent *entry;
	DIR *folder;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	folder = opendir(path);
	cr_assert_not_null(folder, "%s: %s", path, strerror(errno));
	while ((entry = readdir(folder)))
		count += entry->d_name[0] != '.' && atoi(entry->d_name) > 2;
	closedir(folder);
	return count;
}

static bool ends_within(int pidfd, int ms)
{
	struct pollfd event = { .fd = pidfd, .events = POLLIN };

	return poll(&event, 1, ms) == 1;
}

static int watch(pid_t pid)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);

	cr_assert_gt(pid, 0, "no engine");
	cr_assert_geq(pidfd, 0, "%s", strerror(errno));
	return pidfd;
}

Test(impair_ends, the_engine_holds_no_descriptor_but_its_own)
{
	const struct nst_lab_options options = { .capture = NST_CAPTURE_ALL };
	struct nst_lab *lab nst_autodown = NULL;

	cr_assert_eq(nst_lab_up(&impairable, &options, &lab), 0, "%s", nst_error());
	cr_expect_eq(descriptors_of(engine_of(lab)), engines_own());
}

Test(impair_ends, the_engine_ends_when_the_lab_is_taken_down)
{
	struct nst_lab *lab = must_be_up(&impairable);
	AUTO_CLOSE int engine = watch(engine_of(lab));

	nst_lab_down(lab);
	cr_expect(ends_within(engine, 5000));
}

Test(impair_ends, the_engine_ends_when_the_lab_process_is_killed)
{
	struct nst_lab *lab nst_autodown = must_be_up(&impairable);
	AUTO_CLOSE int engine = watch(engine_of(lab));

	kill(nst_lab_pid(lab), SIGKILL);
	cr_expect(ends_within(engine, 5000));
}

/* In a process that is killed: a lab, whose engine's PID is told. */
static void live_until_killed(int tell_fd)
{
	struct nst_lab *lab;
	pid_t pid = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (nst_lab_up(&impairable, NULL, &lab) == 0)
		pid = engine_of(lab);
	if (write(tell_fd, &pid, sizeof(pid)) == sizeof(pid))
		pause();
	_exit(1);
}

Test(impair_ends, the_engine_ends_when_the_caller_is_killed)
{
	pid_t caller, pid = 0;
	int pipes[2];

	cr_assert_eq(pipe(pipes), 0);
	caller = fork();
	if (caller == 0)
		live_until_killed(pipes[1]);
	cr_assert_eq(read(pipes[0], &pid, sizeof(pid)), sizeof(pid));
	AUTO_CLOSE int engine = watch(pid);

	kill(caller, SIGKILL);
	waitpid(caller, NULL, 0);
	cr_expect(ends_within(engine, 5000));
}

Test(impair_ends, hundred_labs_leave_no_descriptor_in_the_caller)
{
	size_t before = descriptors_of(getpid());

	for (int i = 0; i < 100; i++) {
		struct nst_lab *lab nst_autodown = must_be_up(&impairable);

		cr_assert_eq(nst_impair(lab, "a", "b", NULL), 0, "%s", nst_error());
	}
	cr_expect_eq(descriptors_of(getpid()), before);
}
