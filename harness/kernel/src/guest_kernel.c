/* SPDX-License-Identifier: MIT */
/* Which kernels there are. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>
#include <kernel/cache.h>
#include <kernel/guest.h>

#define OF_PACKAGE "/usr/bin/linux.uml"

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
	*ret = (struct nst_guest_kernel){ .path = steal(path), .is_ours = is_ours };
	return 0;
}

void nst_guest_kernel_free(struct nst_guest_kernel *kernel)
{
	free(kernel->path);
	kernel->path = NULL;
}
