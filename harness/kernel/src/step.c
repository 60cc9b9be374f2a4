/* SPDX-License-Identifier: MIT */
/* One command of a build: its output goes to a log, and it ends when the build is interrupted. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <base/fail.h>
#include <base/scope.h>

#include "step.h"

enum { LOOK_MS = 500, REASONS = 4, NO_COMMAND = 127 };

static sigset_t interruptions(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	return set;
}

int workshop_open(struct workshop *workshop)
{
	char path[PATH_MAX + 8];
	sigset_t set = interruptions();

	snprintf(path, sizeof(path), "%s/log", workshop->folder);
	workshop->log = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (workshop->log < 0)
		return nst_fail_errno("opening %s", path);
	sigprocmask(SIG_BLOCK, &set, NULL);
	workshop->signals = signalfd(-1, &set, SFD_CLOEXEC);
	if (workshop->signals < 0)
		return nst_fail_errno("a descriptor for signals");
	return 0;
}

/* A second Ctrl-C, while all is being removed, is none for who comes after. */
void workshop_close(struct workshop *workshop)
{
	const struct timespec none = { 0 };
	sigset_t set = interruptions();

	while (sigtimedwait(&set, NULL, &none) > 0)
		;
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	if (workshop->signals > 0)
		close(workshop->signals);
	if (workshop->log > 0)
		close(workshop->log);
}

/* In a process group of its own, so that it can be ended with all that it started. */
_Noreturn static void become(const struct workshop *workshop, const struct step *step)
{
	sigset_t set = interruptions();
	int null = open("/dev/null", O_RDONLY);

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	if (null < 0 || dup2(null, STDIN_FILENO) < 0 ||
	    dup2(workshop->log, STDOUT_FILENO) < 0 ||
	    dup2(workshop->log, STDERR_FILENO) < 0 || chdir(workshop->folder) < 0)
		_exit(NO_COMMAND);
	execvp(step->command[0], step->command);
	dprintf(STDERR_FILENO, "%s: %s\n", step->command[0], strerror(errno));
	_exit(NO_COMMAND);
}

/* Lines from *at on. */
static unsigned int count_lines(int log, off_t *at)
{
	unsigned int lines = 0;
	char text[8192];
	ssize_t size;

	while ((size = pread(log, text, sizeof(text), *at)) > 0) {
		for (ssize_t i = 0; i < size; i++)
			lines += text[i] == '\n';
		*at += size;
	}
	return lines;
}

static void tell(const struct workshop *workshop, const struct step *step,
		 unsigned int lines)
{
	const struct nst_kernel_progress *progress = workshop->progress;
	unsigned int percent = step->lines ? lines * 100 / step->lines : 0;

	if (progress->report)
		progress->report(step->name, percent < 99 ? percent : 99,
				 progress->context);
}

/* Until the process ends, or the build is interrupted. Return: 0 or -EINTR. */
static int attend(const struct workshop *workshop, const struct step *step, int process)
{
	struct pollfd events[] = { { .fd = process, .events = POLLIN },
				   { .fd = workshop->signals, .events = POLLIN } };
	off_t at = lseek(workshop->log, 0, SEEK_END);
	unsigned int lines = 0;

	do {
		tell(workshop, step, lines);
		if (poll(events, 2, LOOK_MS) < 0 && errno != EINTR)
			return nst_fail_errno("waiting for %s", step->command[0]);
		if (events[1].revents)
			return nst_fail(-EINTR, "interrupted: nothing is left of it");
		lines += count_lines(workshop->log, &at);
	} while (!events[0].revents);
	return 0;
}

static void add_line(char *lines, size_t size, const char *line)
{
	size_t used = strlen(lines);

	snprintf(lines + used, size - used, "\n  %.*s", (int)strcspn(line, "\n"), line);
}

/* With many jobs at once the reason stands long before the log's end. */
static bool tells_why(const char *line)
{
	return strstr(line, "error:") || strstr(line, "*** ") || strstr(line, "FAILED");
}

/* What the log says of a failure: the first lines that tell why, else its last ones. Each is
 * indented, behind a newline. */
static void read_reason(int log, char *ret, size_t size)
{
	char line[256], last[REASONS][sizeof(line)];
	int copy = dup(log);
	FILE *file = copy < 0 ? NULL : fdopen(copy, "r");
	size_t told = 0, count = 0;

	*ret = '\0';
	if (!file)
		return;
	rewind(file);
	while (told < REASONS && fgets(line, sizeof(line), file)) {
		strcpy(last[count++ % REASONS], line);
		if (tells_why(line)) {
			add_line(ret, size, line);
			told++;
		}
	}
	for (size_t i = count > REASONS ? count - REASONS : 0; !told && i < count; i++)
		add_line(ret, size, last[i % REASONS]);
	fclose(file);
}

static bool is_full(const char *folder)
{
	enum { LEAST = 1 << 20 };
	struct statvfs about;

	return statvfs(folder, &about) == 0 &&
	       (unsigned long long)about.f_bavail * about.f_frsize < LEAST;
}

static int explain(const struct workshop *workshop, const struct step *step)
{
	char reason[REASONS * 260];

	read_reason(workshop->log, reason, sizeof(reason));
	if (strstr(reason, strerror(ENOSPC)) || is_full(workshop->folder))
		return nst_fail(-ENOSPC, "%s: the disk of %s is full", step->name,
				workshop->folder);
	return nst_fail(-EIO, "%s failed:%s", step->name, reason);
}

int step_run(struct workshop *workshop, const struct step *step)
{
	int process AUTO_CLOSE = -1;
	int status = 0, r;
	pid_t pid;

	pid = fork();
	if (pid == 0)
		become(workshop, step);
	if (pid < 0)
		return nst_fail_errno("starting %s", step->command[0]);
	setpgid(pid, pid);
	process = (int)syscall(SYS_pidfd_open, pid, 0);
	r = process < 0 ? nst_fail_errno("watching %s", step->command[0])
			: attend(workshop, step, process);
	if (r < 0)
		kill(-pid, SIGKILL);
	waitpid(pid, &status, 0);
	if (r == 0 && status != 0)
		r = explain(workshop, step);
	return r;
}
