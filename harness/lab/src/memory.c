/* SPDX-License-Identifier: MIT */
/* What the programs of a case take of the machine's memory.
 *
 * How it works. A limit of the kernel's that holds for a case as a whole is a cgroup's, which takes root
 * or a delegation, and outlives whoever is killed; rlimits are of one process each, and AddressSanitizer needs
 * terabytes of address space. So the ears add up /proc of the case's PID namespace, ten times a second: first
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

#include "memory.h"

struct memory {
	int proc_fd; /* of the case: the ears may stand in whatever mount namespace */
	uint64_t most_bytes, page_bytes;
	pthread_mutex_t lock; /* guards the rest */
	bool exceeded;
	struct memory_report report;
};

typedef uint64_t measure_fn(const struct memory *memory, const char *process);

int memory_open(uint64_t most_bytes, struct memory **ret_memory)
{
	struct memory *memory AUTO_FREE = calloc(1, sizeof(*memory));
	struct sysinfo machine;

	if (!memory)
		return nst_fail_memory();
	if (sysinfo(&machine) < 0)
		return nst_fail_errno("asking how much memory there is");
	memory->proc_fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (memory->proc_fd < 0)
		return nst_fail_errno("opening /proc");
	memory->page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
	memory->most_bytes =
		most_bytes ? most_bytes
			   : (uint64_t)machine.totalram * machine.mem_unit / 2;
	pthread_mutex_init(&memory->lock, NULL);
	*ret_memory = steal(memory);
	return 0;
}

static FILE *open_file(const struct memory *memory, const char *process,
		       const char *name)
{
	char path[300];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", process, name);
	fd = openat(memory->proc_fd, path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? NULL : fdopen(fd, "r");
}

/* Pages of its own, and those that it shares by fork. */
static uint64_t resident(const struct memory *memory, const char *process)
{
	FILE *file AUTO_FCLOSE = open_file(memory, process, "statm");
	unsigned long long all, shared;

	if (!file || fscanf(file, "%*u %llu %llu", &all, &shared) != 2 || all < shared)
		return 0;
	return (all - shared) * memory->page_bytes;
}

/* What is shared is divided among those who share it; as `resident` where that is not told. */
static uint64_t proportional(const struct memory *memory, const char *process)
{
	FILE *file AUTO_FCLOSE = open_file(memory, process, "smaps_rollup");
	unsigned long long kib;
	char line[256];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "Pss_Anon: %llu kB", &kib) == 1)
			return kib * 1024;
	return resident(memory, process);
}

/* The lab process and what it forked for itself are of one group, and no programs. */
static bool is_program(const char *process)
{
	pid_t group = getpgid((pid_t)strtol(process, NULL, 10));

	return group > 1 && group != getpgrp();
}

/* Return: the sum; the biggest in *ret. */
static uint64_t add_up(const struct memory *memory, measure_fn *measure,
		       struct memory_report *ret)
{
	struct dirent *entry;
	int fd = openat(memory->proc_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *proc = fd < 0 ? NULL : fdopendir(fd);

	*ret = (struct memory_report){ .most_bytes = memory->most_bytes };
	while (proc && (entry = readdir(proc))) {
		uint64_t bytes;

		if (!isdigit((unsigned char)entry->d_name[0]) ||
		    !is_program(entry->d_name))
			continue;
		bytes = measure(memory, entry->d_name);
		ret->all_bytes += bytes;
		if (bytes <= ret->bytes)
			continue;
		ret->bytes = bytes;
		ret->group = (pid_t)strtol(entry->d_name, NULL, 10);
	}
	if (proc)
		closedir(proc);
	return ret->all_bytes;
}

static void read_name(const struct memory *memory, struct memory_report *report)
{
	FILE *file AUTO_FCLOSE = NULL;
	char process[16];

	snprintf(process, sizeof(process), "%d", report->group);
	file = open_file(memory, process, "comm");
	if (!file || fscanf(file, "%31[^\n]", report->name) != 1)
		strcpy(report->name, "a program");
}

void memory_look(struct memory *memory)
{
	struct memory_report report;

	if (add_up(memory, resident, &report) <= memory->most_bytes ||
	    add_up(memory, proportional, &report) <= memory->most_bytes)
		return;
	read_name(memory, &report);
	report.group = getpgid(report.group);
	pthread_mutex_lock(&memory->lock);
	if (!memory->exceeded)
		memory->report = report;
	memory->exceeded = true;
	pthread_mutex_unlock(&memory->lock);
	if (report.group > 1)
		kill(-report.group, SIGKILL);
}

bool memory_exceeded(struct memory *memory, struct memory_report *ret_report)
{
	bool exceeded;

	pthread_mutex_lock(&memory->lock);
	exceeded = memory->exceeded;
	if (exceeded)
		*ret_report = memory->report;
	pthread_mutex_unlock(&memory->lock);
	return exceeded;
}
