/* SPDX-License-Identifier: MIT */
/* Process groups as /proc of the case shows them: kill(2) returns before the signal has
 * had its effect, and nothing tells when a whole group has stopped or gone. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "programs.h"

/* A thread or process of /proc (proc(5), "stat"). */
struct seen {
	char state;
	pid_t group;
};

static bool read_stat(const char *path, struct seen *ret)
{
	char text[512];
	const char *after;
	size_t n;
	FILE *file = fopen(path, "re");

	if (!file)
		return false;
	n = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[n] = '\0';
	/* The name in parentheses may contain anything, parentheses too. */
	after = strrchr(text, ')');
	return after && sscanf(after, ") %c %*d %d", &ret->state, &ret->group) == 2;
}

bool group_every(pid_t group, group_member_fn *fn, void *context)
{
	char path[300];
	struct dirent *entry;
	struct seen seen;
	bool holds = true;
	DIR *proc = opendir("/proc");

	while (proc && holds && (entry = readdir(proc))) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		snprintf(path, sizeof(path), "/proc/%s/stat", entry->d_name);
		if (read_stat(path, &seen) && seen.group == group)
			holds = fn(entry->d_name, context);
	}
	if (proc)
		closedir(proc);
	return holds;
}

/* A thread in the middle of an uninterruptible call meets the signal before it returns
 * to its own code, so only the running and the sleeping count. */
static bool is_stopped(const char *process, void *context)
{
	char path[600];
	struct dirent *entry;
	struct seen seen;
	bool stopped = true;
	DIR *tasks;

	(void)context;
	snprintf(path, sizeof(path), "/proc/%s/task", process);
	tasks = opendir(path);
	while (tasks && stopped && (entry = readdir(tasks))) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		snprintf(path, sizeof(path), "/proc/%s/task/%s/stat", process,
			 entry->d_name);
		if (read_stat(path, &seen))
			stopped = seen.state != 'R' && seen.state != 'S';
	}
	if (tasks)
		closedir(tasks);
	return stopped;
}

bool group_is_stopped(pid_t group)
{
	return group_every(group, is_stopped, NULL);
}

static bool is_dead(const char *process, void *context)
{
	char path[300];
	struct seen seen;

	(void)context;
	snprintf(path, sizeof(path), "/proc/%s/stat", process);
	return !read_stat(path, &seen) || seen.state == 'Z' || seen.state == 'X';
}

bool group_is_empty(pid_t group)
{
	if (kill(-group, 0) < 0 && errno == ESRCH)
		return true;
	return group_every(group, is_dead, NULL);
}
