/* SPDX-License-Identifier: MIT */
/* Where a guest kernel runs: it can read the machine and write nothing but JOB.
 *
 * What runs inside a User-Mode Linux is root there, and root can make its kernel do on the
 * machine whatever the user may who started it. So that user may nothing. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/mount.h>

#include "cage.h"

enum { NOBODY = 65534 };

static int complain(const char *what)
{
	fprintf(stderr, "uml-run: %s: %s\n", what, strerror(errno));
	return -1;
}

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), written;

	if (fd < 0)
		return -1;
	written = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	close(fd);
	return written ? 0 : -1;
}

/* root needs no user namespace, and some machines allow nobody to make one. A process that
 * changed its user is not dumpable: its files in /proc would be root's. */
static int become_nobody(void)
{
	if (setgroups(0, NULL) < 0 || setresgid(NOBODY, NOBODY, NOBODY) < 0 ||
	    setresuid(NOBODY, NOBODY, NOBODY) < 0 || prctl(PR_SET_DUMPABLE, 1) < 0)
		return complain("becoming nobody");
	return 0;
}

static int enter_user_namespace(void)
{
	char uids[64], gids[64];

	snprintf(uids, sizeof(uids), "0 %u 1", geteuid());
	snprintf(gids, sizeof(gids), "0 %u 1", getegid());
	if (unshare(CLONE_NEWUSER) < 0)
		return complain("a user namespace (sysctl "
				"kernel.apparmor_restrict_unprivileged_userns=0, or "
				"user.max_user_namespaces)");
	if (write_file("/proc/self/setgroups", "deny") < 0 ||
	    write_file("/proc/self/uid_map", uids) < 0 ||
	    write_file("/proc/self/gid_map", gids) < 0)
		return complain("the maps of a user namespace");
	return 0;
}

static int lock_mounts(bool is_root)
{
	struct mount_attr read_only = { .attr_set = MOUNT_ATTR_RDONLY };

	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    syscall(SYS_mount_setattr, AT_FDCWD, "/", AT_RECURSIVE, &read_only,
		    sizeof(read_only)) < 0)
		return complain("making all mounts read-only");
	if (mount("job", JOB, "tmpfs", MS_NOSUID | MS_NODEV,
		  is_root ? "mode=700,uid=65534,gid=65534" : "mode=700") < 0)
		return complain("a tmpfs on " JOB);
	return 0;
}

int cage_enter(void)
{
	const bool is_root = geteuid() == 0;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return complain("PR_SET_NO_NEW_PRIVS");
	if (!is_root && enter_user_namespace() < 0)
		return -1;
	if (unshare(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC) < 0)
		return complain("mount, PID, network and IPC namespaces");
	if (lock_mounts(is_root) < 0)
		return -1;
	return is_root ? become_nobody() : 0;
}
