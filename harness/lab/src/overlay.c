/* SPDX-License-Identifier: MIT */
/* The machine's root, copy-on-write.
 *
 * How it works. As root, "/" is the lower layer of one overlay. In a user namespace the
 * mounts of the machine are locked to each other, and a lower layer with locked mounts
 * below it is refused (fs/namespace.c, clone_private_mount()). There the root is put
 * together from its directories, an overlay each; one that has mounts of its own inside
 * (an encrypted home, say) is shown read-only.
 *
 * What belongs to the machine's root is nobody's there, and could not be written. So the
 * directories of the first two levels stand in the upper layer too, as the host's own:
 * entries of /etc, /usr/bin or /var/lib can be made, removed and replaced. Deeper ones
 * cannot, nor can a file of the machine's root be opened for writing.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>

#include "mount_calls.h"
#include "overlay.h"

/* Whether ids are those of the machine. Elsewhere overlayfs may only use attributes of the
 * "user." kind (Linux 5.11). */
static bool in_first_user_namespace(void)
{
	AUTO_FCLOSE FILE *map = fopen("/proc/self/uid_map", "re");
	unsigned long inside = 1, outside = 1, count = 0;

	return map && fscanf(map, "%lu %lu %lu", &inside, &outside, &count) == 3 &&
	       inside == 0 && outside == 0 && count == 4294967295UL;
}

/* One overlay: `name` below "/" ("" is all of it) onto the same below `stage`/root. */
static int mount_layer(const char *stage, const char *name)
{
	char target[PATH_MAX], upper[PATH_MAX], work[PATH_MAX], options[3 * PATH_MAX];

	snprintf(target, sizeof(target), "%s/root/%s", stage, name);
	snprintf(upper, sizeof(upper), "%s/upper/%s", stage, name);
	snprintf(work, sizeof(work), "%s/work/%s", stage, name);
	mkdir(upper, 0755);
	mkdir(work, 0755);
	snprintf(options, sizeof(options), "lowerdir=/%s,upperdir=%s,workdir=%s%s",
		 name, upper, work, in_first_user_namespace() ? "" : ",userxattr");
	if (mount("overlay", target, "overlay", 0, options) < 0)
		return nst_fail_errno("mounting an overlay of /%s", name);
	return 0;
}

/* Makes the directories right inside "/name" in the upper layer. */
static void own_directories(const char *stage, const char *name)
{
	char path[PATH_MAX];
	struct dirent *entry;
	struct stat status;
	DIR *directory;

	snprintf(path, sizeof(path), "/%s", name);
	directory = opendir(path);
	while (directory && (entry = readdir(directory))) {
		if (entry->d_name[0] == '.' ||
		    fstatat(dirfd(directory), entry->d_name, &status,
			    AT_SYMLINK_NOFOLLOW) < 0 ||
		    !S_ISDIR(status.st_mode))
			continue;
		snprintf(path, sizeof(path), "%s/upper/%s/%s", stage, name,
			 entry->d_name);
		if (mkdir(path, 0755) == 0)
			chmod(path, status.st_mode & 07777);
	}
	if (directory)
		closedir(directory);
}

/* A directory with mounts inside, with them, and read-only. */
static int mount_read_only(const char *stage, const char *name)
{
	const struct mount_attributes read_only = { .attr_set = MOUNT_ATTR_RDONLY };
	char source[PATH_MAX], target[PATH_MAX];
	AUTO_CLOSE int tree = -1;

	snprintf(source, sizeof(source), "/%s", name);
	snprintf(target, sizeof(target), "%s/root/%s", stage, name);
	tree = (int)syscall(SYS_open_tree, AT_FDCWD, source,
			    OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
	if (tree < 0 ||
	    syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH | AT_RECURSIVE,
		    &read_only, sizeof(read_only)) < 0 ||
	    syscall(SYS_move_mount, tree, "", AT_FDCWD, target,
		    MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return nst_fail_errno("showing %s read-only", source);
	return 0;
}

/* What every host gets afresh, whatever its root is. */
static bool is_furnished(const char *name)
{
	static const char *const names[] = { "proc", "sys", "dev", "run", "tmp" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

/* One entry of "/": a link is made again, a directory covered. */
static int mount_entry(const char *stage, const char *name)
{
	char source[PATH_MAX], target[PATH_MAX], link[PATH_MAX];
	struct stat status;
	ssize_t length;

	snprintf(source, sizeof(source), "/%s", name);
	snprintf(target, sizeof(target), "%s/root/%s", stage, name);
	if (lstat(source, &status) < 0)
		return 0;
	if (S_ISLNK(status.st_mode)) {
		length = readlink(source, link, sizeof(link) - 1);
		link[length > 0 ? length : 0] = '\0';
		return length > 0 && symlink(link, target) < 0
			       ? nst_fail_errno("making the link %s", source)
			       : 0;
	}
	if (!S_ISDIR(status.st_mode))
		return 0;
	if (mkdir(target, 0755) < 0)
		return nst_fail_errno("making %s", target);
	if (is_furnished(name))
		return 0;
	snprintf(target, sizeof(target), "%s/upper/%s", stage, name);
	mkdir(target, 0755);
	own_directories(stage, name);
	return mount_layer(stage, name) == 0 ? 0 : mount_read_only(stage, name);
}

static int mount_entries(const char *stage)
{
	char root[PATH_MAX];
	struct dirent *entry;
	DIR *directory;
	int r = 0;

	snprintf(root, sizeof(root), "%s/root", stage);
	if (mount("nstest", root, "tmpfs", MS_NODEV, "mode=0755") < 0)
		return nst_fail_errno("mounting tmpfs on %s", root);
	directory = opendir("/");
	if (!directory)
		return nst_fail_errno("reading /");
	while (r == 0 && (entry = readdir(directory)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			r = mount_entry(stage, entry->d_name);
	closedir(directory);
	return r;
}

int overlay_mount(const char *stage)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/upper", stage);
	mkdir(path, 0755);
	snprintf(path, sizeof(path), "%s/work", stage);
	mkdir(path, 0755);
	if (in_first_user_namespace())
		return mount_layer(stage, "");
	return mount_entries(stage);
}
