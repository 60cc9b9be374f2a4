/* SPDX-License-Identifier: MIT */
/* Core dumps of programs in hosts: found by what they are, ELF files of type core. */
#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>

#include "cores.h"

enum { PATIENCE_MS = 2000 };

struct search {
	char directory[4096];
	char name[64]; /* what core_pattern begins with: "core" */
	unsigned long long since_ns;
	int fd;
};

/* "core", "core.%p"; "" if it is a path or a program. */
static void read_pattern(char *name, size_t size)
{
	AUTO_FCLOSE FILE *in = fopen("/proc/sys/kernel/core_pattern", "re");

	name[0] = '\0';
	if (!in || !fgets(name, (int)size, in))
		return;
	if (strpbrk(name, "/|"))
		name[0] = '\0';
	name[strcspn(name, "%\n")] = '\0';
}

bool cores_are_written(void)
{
	struct rlimit limit;
	char name[64];

	read_pattern(name, sizeof(name));
	return *name && !getrlimit(RLIMIT_CORE, &limit) && limit.rlim_cur > 0;
}

static bool is_core(int fd, unsigned long long since_ns)
{
	struct stat status;
	Elf64_Ehdr head; /* e_type stands at the same place in both classes */

	if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode) ||
	    (unsigned long long)status.st_mtim.tv_sec * 1000000000ULL +
			    (unsigned long long)status.st_mtim.tv_nsec <
		    since_ns)
		return false;
	return pread(fd, &head, sizeof(head), 0) == sizeof(head) &&
	       !memcmp(head.e_ident, ELFMAG, SELFMAG) && head.e_type == ET_CORE;
}

/* The caller's own copy of the file: the host may see another file system. */
static int take(int folder, const char *name, int from, int to)
{
	ssize_t sent;

	while ((sent = sendfile(to, from, NULL, 1 << 20)) > 0)
		;
	unlinkat(folder, name, 0);
	return sent < 0 ? -errno : 1;
}

/* Runs in the host. */
static int look(void *arg, void *result)
{
	const struct search *search = arg;
	DIR *folder = opendir(search->directory);
	struct dirent *entry;
	int r = 0;

	(void)result;
	while (folder && !r && (entry = readdir(folder))) {
		AUTO_CLOSE int fd = -1;

		if (strncmp(entry->d_name, search->name, strlen(search->name)) != 0)
			continue;
		fd = openat(dirfd(folder), entry->d_name,
			    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
		if (fd >= 0 && is_core(fd, search->since_ns))
			r = take(dirfd(folder), entry->d_name, fd, search->fd);
	}
	if (folder)
		closedir(folder);
	return r;
}

int core_take(struct nst_lab *lab, const char *host, unsigned long long since_ns,
	      int fd)
{
	struct search search = { .since_ns = since_ns, .fd = fd };
	int r;

	read_pattern(search.name, sizeof(search.name));
	if (!getcwd(search.directory, sizeof(search.directory)))
		return nst_fail_errno("the current directory");
	r = nst_in_host(lab, host, look, &search, NULL, 0, PATIENCE_MS);
	return r < 0 ? nst_fail_in(r, "looking for core dumps on %s", host) : r;
}
