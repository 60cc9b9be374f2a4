/* SPDX-License-Identifier: MIT */
/* A program may not open anything more. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <base/fail.h>
#include <base/scope.h>

#include "programs.h"
#include "shortage.h"

struct limiting {
	struct shortage *shortage;
	bool allow; /* as it was */
	size_t processes;
	int result;
};

/* RLIMIT_NOFILE bounds numbers, and a new descriptor gets the lowest that is free. */
static rlim_t lowest_free(const char *process)
{
	enum { MOST = 1 << 20 };
	static unsigned char used[MOST / 8];
	rlim_t lowest = 0;
	struct dirent *entry;
	char path[300];
	DIR *directory;

	snprintf(path, sizeof(path), "/proc/%s/fd", process);
	directory = opendir(path);
	memset(used, 0, sizeof(used));
	while (directory && (entry = readdir(directory))) {
		unsigned long number = strtoul(entry->d_name, NULL, 10);

		if (isdigit((unsigned char)entry->d_name[0]) && number < MOST)
			used[number / 8] |= (unsigned char)(1 << number % 8);
	}
	if (directory)
		closedir(directory);
	while (lowest < MOST && (used[lowest / 8] & 1 << lowest % 8))
		lowest++;
	return lowest;
}

static bool limit_process(const char *process, void *context)
{
	struct limiting *limiting = context;
	struct rlimit limit;
	pid_t pid = atoi(process);

	if (prlimit(pid, RLIMIT_NOFILE, NULL, &limit) < 0)
		return errno == ESRCH ||
		       !(limiting->result = nst_fail_errno("reading RLIMIT_NOFILE"));
	if (!limiting->allow && !limiting->processes++)
		limiting->shortage->soft = limit.rlim_cur;
	limit.rlim_cur =
		limiting->allow ? limiting->shortage->soft : lowest_free(process);
	if (limit.rlim_cur > limit.rlim_max)
		limit.rlim_cur = limit.rlim_max;
	if (prlimit(pid, RLIMIT_NOFILE, &limit, NULL) < 0 && errno != ESRCH)
		limiting->result = nst_fail_errno("setting RLIMIT_NOFILE");
	return limiting->result == 0;
}

static int walk(struct nst_inside *inside, struct limiting *limiting)
{
	struct program *program =
		programs_get(inside, limiting->shortage->what.program);

	if (!program)
		return -ENOENT;
	inside_reap(inside);
	if (!group_is_empty(program->pid))
		group_every(program->pid, limit_process, limiting);
	else if (!limiting->allow)
		return nst_fail(-ESRCH, "it has ended");
	return limiting->result;
}

int descriptors_limit(struct nst_inside *inside, struct shortage *shortage)
{
	return walk(inside, &(struct limiting){ .shortage = shortage });
}

int descriptors_allow(struct nst_inside *inside, struct shortage *shortage)
{
	return walk(inside, &(struct limiting){ .shortage = shortage, .allow = true });
}
