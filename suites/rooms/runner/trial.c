/* SPDX-License-Identifier: MIT */
/* nstest itself, run as users run it. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include <base/scope.h>

#include "trial.h"

static void path_of(const struct trial *trial, const char *name, char *path,
		    size_t size)
{
	snprintf(path, size, "%s/%s", trial->folder, name);
}

void trial_file(const struct trial *trial, const char *name, const char *text)
{
	char path[256];
	FILE *file;

	path_of(trial, name, path, sizeof(path));
	file = fopen(path, "w");
	cr_assert_not_null(file);
	fputs(text, file);
	fclose(file);
}

struct trial trial_begin(const char *scenario)
{
	struct trial trial = { .folder = "/var/tmp/nstest-trial-XXXXXX" };

	/* By this Criterion knows its workers: a suite that we run must not take itself for
	 * one of ours. */
	unsetenv("BXFI_MAP");
	unsetenv("GITHUB_ACTIONS"); /* cases that fail on purpose are no annotations */
	/* Nor may it run only the part of its cases that a CI has given us. */
	unsetenv("CI_NODE_TOTAL");
	unsetenv("TEST_TOTAL_SHARDS");
	unsetenv("SLURM_ARRAY_TASK_COUNT");
	unsetenv("NSTEST_SHARDS");
	unsetenv("NSTEST_SHARD");
	cr_assert_not_null(mkdtemp(trial.folder));
	if (scenario)
		trial_file(&trial, "t.yaml", scenario);
	return trial;
}

void trial_end(struct trial *trial)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", trial->folder);
	if (system(command))
		cr_log_warn("%s stays", trial->folder);
	free(trial->output);
}

static char *read_all(const char *path)
{
	char *text = NULL;
	size_t size = 0;
	FILE *in = fopen(path, "r");

	if (!in || getdelim(&text, &size, '\0', in) < 0) {
		free(text);
		text = strdup("");
	}
	if (in)
		fclose(in);
	return text;
}

void trial_run(struct trial *trial, const char *arguments, ...)
{
	AUTO_FREE char *words = NULL, *command = NULL;
	char output[256];
	va_list args;
	int status;

	va_start(args, arguments);
	cr_assert_gt(vasprintf(&words, arguments, args), 0);
	va_end(args);
	path_of(trial, ".output", output, sizeof(output));
	cr_assert_gt(asprintf(&command, "cd %s && { %s %s; } >.output 2>&1 </dev/null",
			      trial->folder, NSTEST, words),
		     0);
	status = system(command);
	trial->status =
		WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	free(trial->output);
	trial->output = read_all(output);
}

pid_t trial_start(const struct trial *trial, const char *const *arguments)
{
	const char *argv[16] = { NSTEST };
	pid_t pid;
	int fd;

	for (size_t i = 0; arguments[i]; i++)
		argv[i + 1] = arguments[i];
	pid = fork();
	if (pid)
		return pid;
	if (chdir(trial->folder) < 0)
		_exit(127);
	fd = open(".output", O_WRONLY | O_CREAT | O_TRUNC, 0644);
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	execv(argv[0], (char *const *)argv);
	_exit(127);
}

void trial_wait(struct trial *trial, pid_t pid)
{
	char output[256];
	int status;

	cr_assert_eq(waitpid(pid, &status, 0), pid);
	path_of(trial, ".output", output, sizeof(output));
	trial->status =
		WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	free(trial->output);
	trial->output = read_all(output);
}

bool trial_said(const struct trial *trial, const char *text)
{
	return strstr(trial->output, text);
}

bool trial_has(const struct trial *trial, const char *name)
{
	char path[256];

	path_of(trial, name, path, sizeof(path));
	return !access(path, F_OK);
}

bool trial_gets(const struct trial *trial, const char *name)
{
	enum { PATIENCE_MS = 10000 };
	AUTO_CLOSE int news = inotify_init1(IN_CLOEXEC);
	struct pollfd change = { news, POLLIN, 0 };
	char events[4096];

	cr_assert_geq(inotify_add_watch(news, trial->folder, IN_CREATE), 0);
	while (!trial_has(trial, name)) {
		if (poll(&change, 1, PATIENCE_MS) <= 0)
			return false;
		(void)!read(news, events, sizeof(events));
	}
	return true;
}
