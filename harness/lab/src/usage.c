/* SPDX-License-Identifier: MIT */
/* What the programs of a case take of the machine.
 *
 * How it works. A limit of the kernel's that holds for a case as a whole is a cgroup's,
 * which takes root or a delegation, and outlives whoever is killed; rlimits are of one
 * process or of all that a user has, and AddressSanitizer needs terabytes of address
 * space. So the ears add up /proc of the case's PID namespace, ten times a second: first
 * what is cheap and counts pages that a fork shares once for each of both, then, if that
 * is too much, exactly.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>

#include "usage.h"

struct usage {
	int proc_fd; /* of the case: the ears may stand in whatever mount namespace */
	uint64_t most_bytes, page_bytes;
	pthread_mutex_t lock; /* guards the rest */
	bool exceeded;
	struct usage_report report;
};

typedef uint64_t measure_fn(const struct usage *usage, const char *process);

int usage_open(uint64_t most_bytes, struct usage **ret_usage)
{
	struct usage *usage AUTO_FREE = calloc(1, sizeof(*usage));
	struct sysinfo machine;

	if (!usage)
		return nst_fail_memory();
	if (sysinfo(&machine) < 0)
		return nst_fail_errno("asking how much memory there is");
	usage->proc_fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (usage->proc_fd < 0)
		return nst_fail_errno("opening /proc");
	usage->page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
	usage->most_bytes = most_bytes
				    ? most_bytes
				    : (uint64_t)machine.totalram * machine.mem_unit / 2;
	pthread_mutex_init(&usage->lock, NULL);
	*ret_usage = steal(usage);
	return 0;
}

static FILE *open_file(const struct usage *usage, const char *process, const char *name)
{
	char path[300];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", process, name);
	fd = openat(usage->proc_fd, path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? NULL : fdopen(fd, "r");
}

/* Pages of its own, and those that it shares by fork. */
static uint64_t resident(const struct usage *usage, const char *process)
{
	FILE *file AUTO_FCLOSE = open_file(usage, process, "statm");
	unsigned long long all, shared;

	if (!file || fscanf(file, "%*u %llu %llu", &all, &shared) != 2 || all < shared)
		return 0;
	return (all - shared) * usage->page_bytes;
}

/* What is shared is divided among those who share it; as `resident` where that is not
 * told. */
static uint64_t proportional(const struct usage *usage, const char *process)
{
	FILE *file AUTO_FCLOSE = open_file(usage, process, "smaps_rollup");
	unsigned long long kib;
	char line[256];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "Pss_Anon: %llu kB", &kib) == 1)
			return kib * 1024;
	return resident(usage, process);
}

/* The lab process and what it forked for itself are of one group, and no programs. */
static bool is_program(const char *process)
{
	pid_t group = getpgid((pid_t)strtol(process, NULL, 10));

	return group > 1 && group != getpgrp();
}

/* All of them together; which one is the biggest, and which is the newest. */
struct sum {
	struct usage_report report;
	pid_t biggest, newest;
};

static struct sum add_up(const struct usage *usage, measure_fn *measure)
{
	struct sum sum = { .report.most_bytes = usage->most_bytes };
	struct dirent *entry;
	int fd = openat(usage->proc_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *proc = fd < 0 ? NULL : fdopendir(fd);

	while (proc && (entry = readdir(proc))) {
		uint64_t bytes;

		if (!isdigit((unsigned char)entry->d_name[0]) ||
		    !is_program(entry->d_name))
			continue;
		bytes = measure(usage, entry->d_name);
		sum.report.processes++;
		sum.report.all_bytes += bytes;
		sum.newest = (pid_t)strtol(entry->d_name, NULL, 10);
		if (bytes <= sum.report.bytes)
			continue;
		sum.report.bytes = bytes;
		sum.biggest = sum.newest;
	}
	if (proc)
		closedir(proc);
	return sum;
}

static void read_name(const struct usage *usage, pid_t pid, char name[32])
{
	FILE *file AUTO_FCLOSE = NULL;
	char process[16];

	snprintf(process, sizeof(process), "%d", pid);
	file = open_file(usage, process, "comm");
	if (!file || fscanf(file, "%31[^\n]", name) != 1)
		strcpy(name, "a program");
}

/* Who forks without end has made the newest process. Return: whose group goes; 0: nobody's. */
static pid_t choose(const struct usage *usage, struct sum *sum)
{
	*sum = add_up(usage, resident);
	if (sum->report.processes > USAGE_MOST_PROCESSES)
		return sum->newest;
	if (sum->report.all_bytes <= usage->most_bytes)
		return 0;
	*sum = add_up(usage, proportional);
	return sum->report.all_bytes > usage->most_bytes ? sum->biggest : 0;
}

void usage_look(struct usage *usage)
{
	struct sum sum;
	pid_t pid = choose(usage, &sum);

	if (!pid)
		return;
	read_name(usage, pid, sum.report.name);
	sum.report.group = getpgid(pid);
	pthread_mutex_lock(&usage->lock);
	if (!usage->exceeded)
		usage->report = sum.report;
	usage->exceeded = true;
	pthread_mutex_unlock(&usage->lock);
	if (sum.report.group > 1)
		kill(-sum.report.group, SIGKILL);
}

bool usage_exceeded(struct usage *usage, struct usage_report *ret_report)
{
	bool exceeded;

	pthread_mutex_lock(&usage->lock);
	exceeded = usage->exceeded;
	if (exceeded)
		*ret_report = usage->report;
	pthread_mutex_unlock(&usage->lock);
	return exceeded;
}
