/* SPDX-License-Identifier: MIT */
/* Which kernels there are. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>
#include <kernel/cache.h>
#include <kernel/guest.h>

#define OF_PACKAGE "/usr/bin/linux.uml"

/* Whether the file has the text: that is how a kernel shows a parameter that it knows. */
static bool mentions(const char *path, const char *text)
{
	AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat about;
	void *bytes;
	bool found;

	if (fd < 0 || fstat(fd, &about) < 0)
		return false;
	bytes = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (bytes == MAP_FAILED)
		return false;
	found = memmem(bytes, (size_t)about.st_size, text, strlen(text)) != NULL;
	munmap(bytes, (size_t)about.st_size);
	return found;
}

int nst_guest_kernel_find(const char *word, struct nst_guest_kernel *ret)
{
	bool any = strcmp(word, "uml") == 0;
	struct nst_kernel own;
	bool is_ours = any && nst_kernel_find(&own) == 0;
	AUTO_FREE char *path = realpath(is_ours ? own.path
					: any   ? OF_PACKAGE
						: word,
					NULL);

	if (!path && any)
		return nst_fail(
			-ENOENT,
			"there is no User-Mode Linux: nstest kernel build makes "
			"one (Debian has one, too: apt install "
			"user-mode-linux)");
	if (!path)
		return nst_fail_errno("the kernel %s", word);
	if (access(path, X_OK) < 0)
		return nst_fail(-ENOEXEC, "the kernel %s is no program", word);
	*ret = (struct nst_guest_kernel){ .has_virtual_time = mentions(path, "rng-seed=") };
	ret->path = steal(path);
	return 0;
}

void nst_guest_kernel_free(struct nst_guest_kernel *kernel)
{
	free(kernel->path);
	kernel->path = NULL;
}
