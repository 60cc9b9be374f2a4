/* SPDX-License-Identifier: MIT */
/* A disk that is full, in the host.
 *
 * How it works. A tmpfs is full when its size limit is what it holds: no page is used for it, and
 * nothing has to be written.
 */
#include "disk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>

#include "mount_calls.h"

static int set_size(const char *path, unsigned long long size)
{
	AUTO_CLOSE int fd = -1;
	char text[32];

	snprintf(text, sizeof(text), "%llu", size);
	fd = (int)syscall(SYS_fspick, AT_FDCWD, path, FSPICK_CLOEXEC);
	if (fd < 0 ||
	    syscall(SYS_fsconfig, fd, FSCONFIG_SET_STRING, "size", text, 0) < 0 ||
	    syscall(SYS_fsconfig, fd, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0) < 0)
		return -errno;
	return 0;
}

/* Only what is surely the host's own: never a tmpfs of the machine. */
static bool is_own(const struct filling *filling)
{
	static const char *const paths[] = { "/tmp", "/run", "/dev/shm" };
	struct stat here;

	if (strcmp(filling->path, "/") == 0)
		return filling->root_is_tmpfs;
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		if (strcmp(filling->path, paths[i]) == 0)
			return stat(filling->path, &here) == 0 &&
			       here.st_dev != filling->machines;
	return false;
}

static void print_filler(const char *path, char *text, size_t size)
{
	snprintf(text, size, "%s/.nstest-full", path);
}

/* A limit of 0 would be none. */
static int use_something(const char *path)
{
	char filler[PATH_MAX];
	AUTO_CLOSE int fd = -1;

	print_filler(path, filler, sizeof(filler));
	fd = open(filler, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	return fd < 0 || write(fd, "", 1) < 0 ? nst_fail_errno("writing %s", filler)
					      : 0;
}

int disk_fill(void *arg, void *result)
{
	enum { TRIES = 100 };
	const struct filling *filling = arg;
	unsigned long long *before = result;
	struct statfs status;
	int r = -EBUSY;

	if (!is_own(filling) || statfs(filling->path, &status) < 0 ||
	    status.f_type != TMPFS_MAGIC)
		return nst_fail(
			-EINVAL,
			"%s is no disk of the host's own: these are /tmp, /run, "
			"/dev/shm, and / with the root tmpfs",
			filling->path);
	*before = (unsigned long long)status.f_blocks *
		  (unsigned long long)status.f_bsize;
	if (status.f_blocks == status.f_bfree && use_something(filling->path) < 0)
		return -EIO;
	/* A program may write meanwhile: then the limit is too small for what is there. */
	for (int i = 0; i < TRIES && r < 0; i++) {
		statfs(filling->path, &status);
		r = set_size(filling->path,
			     (unsigned long long)(status.f_blocks - status.f_bfree) *
				     (unsigned long long)status.f_bsize);
	}
	return r < 0 ? nst_fail(r, "limiting the size of %s: %s", filling->path,
				strerror(-r))
		     : 0;
}

int disk_empty(void *arg, void *result)
{
	const struct filling *filling = arg;
	char filler[PATH_MAX];
	int r = set_size(filling->path, filling->size);

	(void)result;
	print_filler(filling->path, filler, sizeof(filler));
	unlink(filler);
	return r < 0 ? nst_fail(r, "restoring the size of %s: %s", filling->path,
				strerror(-r))
		     : 0;
}
