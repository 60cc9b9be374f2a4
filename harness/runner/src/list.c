/* SPDX-License-Identifier: MIT */
/* The tests of a suite executable, asked of itself. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>

#include "jobs.h"

/* Criterion's --list: "suite: 3 tests" and, below, "|-- name" or, for the last, "`--
 * name"; a disabled one has " (skipped)" behind it. */
static void list_line(char *line, char *suite, size_t suite_size, const char *only,
		      FILE *out)
{
	char *dashes = strstr(line, "-- "), title[512];

	line[strcspn(line, "\n")] = '\0';
	if (!dashes) {
		char *colon = strstr(line, ": ");

		if (colon)
			*colon = '\0';
		snprintf(suite, suite_size, "%s", line);
		return;
	}
	dashes += strlen("-- ");
	dashes[strcspn(dashes, " ")] = '\0';
	snprintf(title, sizeof(title), "%s / %s", suite, dashes);
	if (!only || strstr(title, only))
		fprintf(out, "%s\n", title);
}

static pid_t ask(const char *path, int *ret_fd)
{
	int ends[2];
	pid_t pid;

	if (pipe(ends) < 0)
		return nst_fail_errno("listing %s", path);
	fflush(NULL);
	pid = fork();
	if (!pid) {
		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		close(ends[1]);
		setenv("LC_ALL", "C", 1); /* or the tree is drawn in other characters */
		execl(path, path, "--list", (char *)NULL);
		_exit(127);
	}
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		return nst_fail_errno("listing %s", path);
	}
	*ret_fd = ends[0];
	return pid;
}

int suite_list(const struct job *job, const char *only, FILE *out)
{
	char suite[256] = "", *line = NULL;
	size_t room = 0;
	int fd = -1, status;
	pid_t pid = ask(job->path, &fd);
	FILE *in;

	if (pid < 0)
		return (int)pid;
	in = fdopen(fd, "r");
	while (in && getline(&line, &room, in) > 0)
		list_line(line, suite, sizeof(suite), only, out);
	free(line);
	if (in)
		fclose(in);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!in || !WIFEXITED(status) || WEXITSTATUS(status))
		return nst_fail(-EIO, "%s --list failed", job->path);
	return 0;
}
