/* SPDX-License-Identifier: MIT */
/* Where a guest kernel runs: it can read the machine and write nothing but NST_JOB.
 *
 * What runs inside a User-Mode Linux is root there, and root can make its kernel do on the
 * machine whatever the user may who started it. So that user may nothing: root becomes
 * nobody and keeps the right to read (CAP_DAC_READ_SEARCH), because what root's suites read
 * natively they shall read here too. Who is no root on the machine enters one more user
 * namespace, from which the mounts cannot be made writable again.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/capability.h>
#include <linux/mount.h>
#include <linux/securebits.h>

#include <base/fail.h>
#include <base/scope.h>
#include <kernel/guest.h>

#include "cage.h"

enum { NOBODY = 65534 };

uid_t cage_user(void)
{
	AUTO_FCLOSE FILE *map = fopen("/proc/self/uid_map", "re");
	unsigned int inside, outside, count;

	while (map && fscanf(map, "%u %u %u", &inside, &outside, &count) == 3)
		if (NOBODY >= inside && NOBODY - inside < count)
			return NOBODY;
	return geteuid();
}

int cage_make_job(void)
{
	AUTO_CLOSE int context = (int)syscall(SYS_fsopen, "tmpfs", FSOPEN_CLOEXEC);
	char user[16];
	int job;

	snprintf(user, sizeof(user), "%u", cage_user());
	if (context < 0 ||
	    syscall(SYS_fsconfig, context, FSCONFIG_SET_STRING, "mode", "700", 0) < 0 ||
	    syscall(SYS_fsconfig, context, FSCONFIG_SET_STRING, "uid", user, 0) < 0 ||
	    syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return nst_fail_errno("a tmpfs for a guest kernel");
	job = (int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC,
			   MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
	return job < 0 ? nst_fail_errno("a tmpfs for a guest kernel") : job;
}

static int lock_mounts(int job, const char *here)
{
	struct mount_attr read_only = { .attr_set = MOUNT_ATTR_RDONLY };

	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    syscall(SYS_mount_setattr, AT_FDCWD, "/", AT_RECURSIVE, &read_only,
		    sizeof(read_only)) < 0)
		return nst_fail_errno("making all mounts read-only");
	if (syscall(SYS_move_mount, job, "", AT_FDCWD, NST_JOB,
		    MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return nst_fail_errno("a tmpfs on " NST_JOB);
	if (here && mount(here, NST_JOB_HERE, NULL, MS_BIND | MS_REC, NULL) < 0)
		return nst_fail_errno("%s on " NST_JOB_HERE, here);
	return 0;
}

/* A right that survives the change of user, and execve(2). */
static int keep_reading(void)
{
	struct __user_cap_header_struct head = { .version =
							 _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct sets[2] = { 0 };

	sets[0].effective = sets[0].permitted = sets[0].inheritable =
		1U << CAP_DAC_READ_SEARCH;
	if (syscall(SYS_capset, &head, sets) < 0 ||
	    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_READ_SEARCH, 0, 0) < 0)
		return nst_fail_errno("keeping the right to read");
	return 0;
}

/* A process that changed its user is not dumpable: its files in /proc would be root's.
 * Without NO_SETUID_FIXUP access(2), by which hostfs asks, would not know of the right. */
static int become_nobody(void)
{
	if (prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP) < 0 ||
	    setgroups(0, NULL) < 0 || setresgid(NOBODY, NOBODY, NOBODY) < 0 ||
	    setresuid(NOBODY, NOBODY, NOBODY) < 0)
		return nst_fail_errno("becoming nobody");
	if (keep_reading() < 0)
		return -errno;
	return prctl(PR_SET_DUMPABLE, 1) < 0 ? nst_fail_errno("becoming nobody") : 0;
}

static int write_file(const char *path, const char *text)
{
	AUTO_CLOSE int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		return nst_fail_errno("%s", path);
	return 0;
}

static int enter_user_namespace(void)
{
	const uid_t user = geteuid();
	const gid_t group = getegid();
	char uids[64], gids[64];

	snprintf(uids, sizeof(uids), "0 %u 1", user);
	snprintf(gids, sizeof(gids), "0 %u 1", group);
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		return nst_fail_errno("a user namespace in a user namespace "
				      "(sysctl user.max_user_namespaces)");
	if (write_file("/proc/self/setgroups", "deny") < 0 ||
	    write_file("/proc/self/uid_map", uids) < 0 ||
	    write_file("/proc/self/gid_map", gids) < 0)
		return -EPERM;
	return 0;
}

int cage_enter(int job, const char *here)
{
	int r = lock_mounts(job, here);

	if (r < 0)
		return r;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return nst_fail_errno("PR_SET_NO_NEW_PRIVS");
	return cage_user() == NOBODY ? become_nobody() : enter_user_namespace();
}
