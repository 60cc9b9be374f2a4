/* SPDX-License-Identifier: MIT */
/* What a suite executable sees of the machine.
 *
 * Criterion and boxfort name a socket in /tmp and shared memory in /dev/shm after their
 * PID, and leave them there. In PID namespaces of their own two suites have the same PID:
 * they would meet. So each has these folders to itself; they go with its last process.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>

#include "view.h"

enum { KEPT_MOST = 8 };

/* A folder of the machine's /tmp that stays. */
struct kept {
	char path[256]; /* "/tmp/build" */
	int fd;
};

static int mount_fresh(const char *folder)
{
	if (mount("tmpfs", folder, "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777") < 0)
		return nst_fail_errno("mounting a tmpfs on %s", folder);
	return 0;
}

/* Adds the folder of /tmp in which the path lies, if it does. */
static size_t keep(struct kept *kept, size_t count, const char *path)
{
	AUTO_FREE char *whole = realpath(path, NULL);
	struct kept *next = &kept[count];
	size_t length;

	if (!whole || strncmp(whole, "/tmp/", 5) || count == KEPT_MOST)
		return count;
	length = 5 + strcspn(whole + 5, "/");
	if (length >= sizeof(next->path))
		return count;
	memcpy(next->path, whole, length);
	next->path[length] = '\0';
	for (size_t i = 0; i < count; i++)
		if (!strcmp(kept[i].path, next->path))
			return count;
	next->fd = open(next->path, O_PATH | O_CLOEXEC);
	return next->fd < 0 ? count : count + 1;
}

static int put_back(const struct kept *kept)
{
	char from[64];
	struct stat status;

	snprintf(from, sizeof(from), "/proc/self/fd/%d", kept->fd);
	if (fstat(kept->fd, &status) < 0 ||
	    (S_ISDIR(status.st_mode) ? mkdir(kept->path, 0755)
				     : mknod(kept->path, S_IFREG | 0644, 0)) < 0 ||
	    mount(from, kept->path, NULL, MS_BIND | MS_REC, NULL) < 0)
		return nst_fail_errno("binding %s", kept->path);
	return 0;
}

static int make_tmp(const char *const *needed)
{
	AUTO_FREE char *directory = getcwd(NULL, 0);
	struct kept kept[KEPT_MOST];
	size_t count = directory ? keep(kept, 0, directory) : 0;
	int r;

	for (; *needed; needed++)
		count = keep(kept, count, *needed);
	r = mount_fresh("/tmp");
	for (size_t i = 0; i < count && !r; i++)
		r = put_back(&kept[i]);
	/* By its path, or what it opens below it would be the folder underneath. */
	if (!r && directory && chdir(directory) < 0)
		return nst_fail_errno("entering %s", directory);
	return r;
}

/* Left open on purpose, through execve() too. A suite that makes one more mount namespace
 * for itself would else be the last to leave this one, which then falls apart, and with it
 * the path that /proc/self/exe tells. */
static int hold_view(void)
{
	return open("/proc/self/ns/mnt", O_RDONLY) < 0
		       ? nst_fail_errno("holding the view")
		       : 0;
}

int view_make(const char *const *needed)
{
	int r;

	if (unshare(CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return nst_fail_errno("a mount namespace");
	r = make_tmp(needed);
	if (!r && !access("/dev/shm", F_OK))
		r = mount_fresh("/dev/shm");
	/* Where it may not be mounted (a container that masks parts of /proc) the old one
	 * stays: whoever looks itself up by PID there looks wrong. */
	if (!r &&
	    mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
		r = errno == EPERM ? 0 : nst_fail_errno("mounting /proc");
	return r ? r : hold_view();
}
