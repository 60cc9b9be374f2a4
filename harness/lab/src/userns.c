/* SPDX-License-Identifier: MIT */
/* Becoming root in a user namespace of our own.
 *
 * How it works. Two steps: the user namespace with its maps first, every other
 * namespace later from inside it. Ids are mapped by newuidmap(1) and newgidmap(1) when
 * the user has ranges in /etc/subuid and /etc/subgid; those are setuid programs that
 * must be run from outside the new namespace, hence a helper that is forked before
 * unshare(2). Without ranges the process writes maps of one id itself
 * (user_namespaces(7)).
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>
#include <nstest/capture.h>
#include <nstest/lab.h>

#include "userns.h"

/* A range of subordinate ids; count 0: none. */
struct range {
	unsigned long first, count;
};

/* Root of a container may have been given only some of what root has. */
bool userns_may_build(void)
{
	const uint32_t needed =
		1U << CAP_SYS_ADMIN | 1U << CAP_NET_ADMIN | 1U << CAP_NET_RAW;
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &header, data) < 0)
		return false;
	return (data[0].effective & needed) == needed;
}

static long read_setting(const char *path, long otherwise)
{
	AUTO_FCLOSE FILE *file = fopen(path, "re");
	long value;

	if (!file || fscanf(file, "%ld", &value) != 1)
		return otherwise;
	return value;
}

int userns_fail_forbidden(int code)
{
	if (read_setting("/proc/sys/kernel/unprivileged_userns_clone", 1) == 0)
		return nst_fail(
			code, "this kernel forbids user namespaces to ordinary users: "
			      "sysctl kernel.unprivileged_userns_clone=1 allows them "
			      "(or run as root)");
	if (read_setting("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", 0) ==
	    1)
		return nst_fail(
			code,
			"AppArmor forbids user namespaces to ordinary users: sysctl "
			"kernel.apparmor_restrict_unprivileged_userns=0 allows them "
			"(or run as root)");
	if (read_setting("/proc/sys/user/max_user_namespaces", 1) == 0)
		return nst_fail(code, "user namespaces are switched off: sysctl "
				      "user.max_user_namespaces=10000 allows them");
	if (code == -ENOSPC)
		return nst_fail(code,
				"too many namespaces: raise sysctl "
				"user.max_user_namespaces and user.max_net_namespaces");
	return nst_fail(code,
			"user namespaces are forbidden here (%s): a chroot cannot have "
			"any; in a container, its seccomp profile must allow unshare, "
			"mount and setns (--security-opt seccomp=unconfined), or it "
			"needs --cap-add SYS_ADMIN --cap-add NET_ADMIN",
			strerror(-code));
}

/* The user's largest range in /etc/subuid or /etc/subgid: lines
 * "name-or-uid:first:count" (subuid(5)). */
static struct range read_range(const char *path)
{
	AUTO_FCLOSE FILE *file = fopen(path, "re");
	const struct passwd *user = getpwuid(geteuid());
	struct range best = { 0, 0 };
	char line[256], uid[24];

	snprintf(uid, sizeof(uid), "%u", geteuid());
	while (file && fgets(line, sizeof(line), file)) {
		char *name = strtok(line, ":");
		char *first = strtok(NULL, ":");
		char *count = strtok(NULL, ":\n");

		if (!count || (strcmp(name, uid) != 0 &&
			       (!user || strcmp(name, user->pw_name) != 0)))
			continue;
		if (strtoul(count, NULL, 10) > best.count)
			best = (struct range){ strtoul(first, NULL, 10),
					       strtoul(count, NULL, 10) };
	}
	return best;
}

/* Runs "newuidmap PID 0 ID 1 1 FIRST COUNT". */
static bool run_mapper(const char *program, pid_t pid, unsigned int id,
		       struct range range)
{
	char numbers[4][24];
	int status;
	pid_t child;

	snprintf(numbers[0], sizeof(numbers[0]), "%d", pid);
	snprintf(numbers[1], sizeof(numbers[1]), "%u", id);
	snprintf(numbers[2], sizeof(numbers[2]), "%lu", range.first);
	snprintf(numbers[3], sizeof(numbers[3]), "%lu", range.count);
	child = fork();
	if (child == 0) {
		int null = open("/dev/null", O_RDWR | O_CLOEXEC);

		dup2(null, STDERR_FILENO);
		execlp(program, program, numbers[0], "0", numbers[1], "1", "1",
		       numbers[2], numbers[3], (char *)NULL);
		_exit(127);
	}
	if (child < 0 || waitpid(child, &status, 0) < 0)
		return false;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* The helper outside: waits until the namespace is there, maps the ranges of its
 * parent. Exit status 0: mapped. A closed pipe without a byte: the parent gave up. */
static void map_from_outside(int go_fd, pid_t pid, struct range uids, struct range gids)
{
	char byte;

	if (read(go_fd, &byte, 1) != 1)
		_exit(1);
	if (!run_mapper("newuidmap", pid, geteuid(), uids) ||
	    !run_mapper("newgidmap", pid, getegid(), gids))
		_exit(1);
	_exit(0);
}

static int write_file(const char *path, const char *text)
{
	AUTO_CLOSE int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		return nst_fail_errno("writing \"%s\" to %s", text, path);
	return 0;
}

/* Maps of one id each, which every user may write for himself. */
static int map_only_root(uid_t uid, gid_t gid)
{
	char text[64];
	int r;

	snprintf(text, sizeof(text), "0 %u 1", uid);
	r = write_file("/proc/self/uid_map", text);
	if (r == -EPERM)
		return userns_fail_forbidden(r);
	if (r < 0)
		return r;
	r = write_file("/proc/self/setgroups", "deny");
	if (r < 0 && r != -ENOENT)
		return r;
	snprintf(text, sizeof(text), "0 %u 1", gid);
	return write_file("/proc/self/gid_map", text);
}

/* Lets the helper map, if there is one. True: the maps are written. */
static bool await_helper(pid_t helper, int go_fd, bool go)
{
	int status;

	if (helper <= 0)
		return false;
	if (go && write(go_fd, "", 1) != 1)
		go = false;
	close(go_fd);
	while (waitpid(helper, &status, 0) < 0 && errno == EINTR)
		;
	return go && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

int nst_become_root(void)
{
	struct range uids = read_range("/etc/subuid"), gids = read_range("/etc/subgid");
	uid_t uid = geteuid();
	gid_t gid = getegid();
	pid_t self = getpid(), helper = 0;
	int go[2], r;

	nst_capture_prepare(); /* without it a capture's first stamps are rough, no more */
	if (userns_may_build())
		return 0;
	if (pipe2(go, O_CLOEXEC) < 0)
		return nst_fail_errno("making a pipe");
	if (uids.count && gids.count)
		helper = fork();
	if (helper == 0 && uids.count && gids.count) {
		close(go[1]);
		map_from_outside(go[0], self, uids, gids);
	}
	close(go[0]);
	r = unshare(CLONE_NEWUSER) < 0 ? -errno : 0;
	if (helper <= 0)
		close(go[1]);
	if (await_helper(helper, go[1], r == 0))
		return 0;
	if (r == -EINVAL)
		return nst_fail(
			r, "making a user namespace: this process has several threads; "
			   "call nst_become_root() before the first one");
	if (r < 0)
		return userns_fail_forbidden(r);
	return map_only_root(uid, gid);
}
