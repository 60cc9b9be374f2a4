/* SPDX-License-Identifier: MIT */
/* Core dumps of programs in hosts: found by what they are, ELF files of type core. Hosts may
 * share a directory; whose a core is, tells the environment in it. */
#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>
#include <evidence/cores.h>
#include <nstest/program.h>
#include <report/result.h>

enum { PATIENCE_MS = 2000, ENVIRONMENT_WITHIN = 256 << 20 };

struct search {
	char directory[4096];
	char name[64]; /* what core_pattern begins with: "core" */
	const char *host;
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

/* Whether there may be any: it is allowed, and the kernel writes them into directories. */
static bool are_written(void)
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

/* Whether the program was started with HOSTNAME=HOST, as all in a host are. One that has no
 * such variable any more may be anybody's. */
static bool is_of(int fd, const char *host)
{
	static const char variable[] = "\0HOSTNAME=";
	size_t length = sizeof(variable) - 1;
	off_t end = lseek(fd, 0, SEEK_END);
	size_t size = end < ENVIRONMENT_WITHIN ? (size_t)end : ENVIRONMENT_WITHIN;
	char *core = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
	const char *found;
	bool is = true;

	if (core == MAP_FAILED)
		return true;
	found = memmem(core, size, variable, length);
	if (found && (size_t)(core + size - found) > length + strlen(host))
		is = !strcmp(found + length, host);
	munmap(core, size);
	return is;
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
		if (fd >= 0 && is_core(fd, search->since_ns) && is_of(fd, search->host))
			r = take(dirfd(folder), entry->d_name, fd, search->fd);
	}
	if (folder)
		closedir(folder);
	return r;
}

/* Return: 1; 0 if there is none; -errno with a sentence. */
static int take_next(struct nst_lab *lab, const char *host, unsigned long long since_ns,
		     int fd)
{
	struct search search = { .host = host, .since_ns = since_ns, .fd = fd };

	read_pattern(search.name, sizeof(search.name));
	if (!getcwd(search.directory, sizeof(search.directory)))
		return nst_fail_errno("the current directory");
	return nst_in_host(lab, host, look, &search, NULL, 0, PATIENCE_MS);
}

static void keep_those_of(struct nst_lab *lab, const char *host,
			  unsigned long long since_ns, int folder, char **names,
			  char **lost)
{
	enum { MOST = 8 };

	for (unsigned int number = 1; number <= MOST; number++) {
		AUTO_FREE char *name = NULL;
		AUTO_CLOSE int fd = -1;
		int r;

		nst_text_set(&name, number > 1 ? "%s-%u.core" : "%s.core", host,
			     number);
		if (!name || !faccessat(folder, name, F_OK, AT_SYMLINK_NOFOLLOW))
			continue; /* another program of that host has had its turn */
		fd = openat(folder, name,
			    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		r = fd < 0 ? nst_fail_errno("opening it")
			   : take_next(lab, host, since_ns, fd);
		if (r < 0)
			nst_text_add(lost, "%s could not be kept: %s", name,
				     nst_error());
		if (r <= 0) {
			unlinkat(folder, name, 0);
			return;
		}
		nst_text_add(names, "%s", name);
	}
}

void nst_cores_keep(struct nst_lab *lab, unsigned long long since_ns, int folder,
		    char **names, char **lost)
{
	struct nst_program *program;

	if (!are_written())
		return;
	for (size_t i = 0; (program = nst_program_at(lab, i)); i++)
		keep_those_of(lab, nst_program_host(program), since_ns, folder, names,
			      lost);
}
