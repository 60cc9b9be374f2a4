/* SPDX-License-Identifier: MIT */
/* See debugger.h. Whoever is called gdb and reads that terminal is meant. */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <base/scope.h>

#include "debugger.h"

static bool is_gdb(int proc, const char *process, const char *terminal)
{
	char path[PATH_MAX], name[16] = "", reads[PATH_MAX];
	AUTO_CLOSE int fd = -1;
	ssize_t size;

	snprintf(path, sizeof(path), "%s/comm", process);
	fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	size = fd < 0 ? -1 : read(fd, name, sizeof(name) - 1);
	if (size <= 0 || strcmp(name, "gdb\n") != 0)
		return false;
	snprintf(path, sizeof(path), "%s/fd/0", process);
	size = readlinkat(proc, path, reads, sizeof(reads) - 1);
	return size > 0 && (size_t)size == strlen(terminal) &&
	       strncmp(reads, terminal, (size_t)size) == 0;
}

void debugger_interrupt(const char *terminal)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;

	while (proc && terminal && (entry = readdir(proc)))
		if (isdigit((unsigned char)*entry->d_name) &&
		    is_gdb(dirfd(proc), entry->d_name, terminal))
			kill(atoi(entry->d_name), SIGINT);
	if (proc)
		closedir(proc);
}
