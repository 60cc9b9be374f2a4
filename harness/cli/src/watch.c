/* SPDX-License-Identifier: MIT */
/* nstest run --watch.
 *
 * While a run goes on only changes of scenario files count: what else changes then are
 * the cases themselves, and a run would follow the other without end.
 */
#include <errno.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>

#include "watch.h"

enum { QUIET_MS = 100, INTERRUPTED = 128 };

static const uint32_t changes = IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM |
				IN_MOVED_TO | IN_ONLYDIR;

/* nftw(3) has no argument for its function. */
static int watching;
static const char *outs; /* name of the folder for artefacts */

static bool is_ours(const char *name)
{
	return *name == '.' || !strcmp(name, outs);
}

static int add_folder(const char *path, const struct stat *status, int kind,
		      struct FTW *walk)
{
	(void)status;
	if (kind != FTW_D)
		return FTW_CONTINUE;
	if (walk->level && is_ours(path + walk->base))
		return FTW_SKIP_SUBTREE;
	return inotify_add_watch(watching, path, changes) < 0 ? FTW_STOP : FTW_CONTINUE;
}

static int add_path(const char *path)
{
	enum { DESCRIPTORS = 16 };
	AUTO_FREE char *folder = strdup(path);
	struct stat status;
	char *slash;

	if (!folder)
		return nst_fail_memory();
	if (stat(path, &status) < 0)
		return nst_fail_errno("%s", path);
	if (!S_ISDIR(status.st_mode)) {
		slash = strrchr(folder, '/');
		if (slash)
			slash[slash == folder] = '\0';
		if (inotify_add_watch(watching, slash ? folder : ".", changes) < 0)
			return nst_fail_errno("watching %s", slash ? folder : ".");
		return 0;
	}
	if (nftw(folder, add_folder, DESCRIPTORS, FTW_PHYS | FTW_ACTIONRETVAL))
		return nst_fail_errno("watching %s", path);
	return 0;
}

static int begin(char *const *paths)
{
	int r = 0;

	watching = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (watching < 0)
		return nst_fail_errno("inotify");
	if (!*paths)
		return add_path(".");
	for (; *paths && !r; paths++)
		r = add_path(*paths);
	return r;
}

static bool is_scenario(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot && (!strcmp(dot, ".yaml") || !strcmp(dot, ".yml"));
}

/* Takes what has happened. Return: whether something of it counts. */
static bool take_changes(bool only_scenarios)
{
	_Alignas(struct inotify_event) char bytes[16384];
	bool counts = false;
	ssize_t got;

	while ((got = read(watching, bytes, sizeof(bytes))) > 0)
		for (char *at = bytes; at < bytes + got;) {
			const struct inotify_event *event = (const void *)at;

			at += sizeof(*event) + event->len;
			if (!event->len || is_ours(event->name) ||
			    (only_scenarios && !is_scenario(event->name)))
				continue;
			counts = true;
		}
	return counts;
}

static int wait_for_change(void)
{
	struct pollfd change = { watching, POLLIN, 0 };

	do {
		if (poll(&change, 1, -1) < 0)
			return nst_fail_errno("waiting for changes");
	} while (!take_changes(false));
	/* An editor writes more than one file. */
	while (poll(&change, 1, QUIET_MS) > 0)
		take_changes(false);
	return 0;
}

static int run_once(int (*run)(const void *), const void *what)
{
	int status;
	pid_t pid;

	fflush(NULL);
	signal(SIGINT, SIG_IGN); /* it is the run's to end by */
	pid = fork();
	if (!pid) {
		signal(SIGINT, SIG_DFL);
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		status = run(what);
		fflush(NULL);
		_exit(status);
	}
	if (pid < 0)
		return nst_fail_errno("fork");
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	signal(SIGINT, SIG_DFL);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int watch_and_run(char *const *paths, const char *out, int (*run)(const void *),
		  const void *what)
{
	const char *slash = strrchr(out, '/');
	int r;

	outs = slash ? slash + 1 : out;
	for (;;) {
		r = begin(paths); /* anew each time: there may be more folders */
		if (r < 0)
			break;
		r = run_once(run, what);
		if (r < 0 || r > INTERRUPTED)
			break;
		if (!take_changes(true)) {
			puts("\nwaiting for changes; Ctrl-C ends");
			fflush(stdout);
			r = wait_for_change();
			if (r < 0)
				break;
		}
		close(watching);
	}
	close(watching);
	return r;
}
