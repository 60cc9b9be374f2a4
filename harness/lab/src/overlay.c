/* SPDX-License-Identifier: MIT */
/* The machine's root, copy-on-write.
 *
 * How it works. As root, "/" is the lower layer of one overlay. In a user namespace the
 * mounts of the machine are locked to each other, and a lower layer with locked mounts
 * below it is refused (fs/namespace.c, clone_private_mount()). There the root is put
 * together from its directories, an overlay each. One that has mounts of its own inside
 * (a container's /etc with its hosts and resolv.conf) is put together from its entries in
 * the same way, files copied; deep inside, or with large files, they are shown read-only.
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
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>

#include "mount_calls.h"
#include "overlay.h"

/* How deep a directory is put together by hand, and up to which size files are copied. */
enum { DEPTH = 2, COPY_SIZE = 1024 * 1024 };

/* Whether ids are those of the machine. Elsewhere overlayfs may only use attributes of the
 * "user." kind (Linux 5.11). */
static bool in_first_user_namespace(void)
{
	AUTO_FCLOSE FILE *map = fopen("/proc/self/uid_map", "re");
	unsigned long inside = 1, outside = 1, count = 0;

	return map && fscanf(map, "%lu %lu %lu", &inside, &outside, &count) == 3 &&
	       inside == 0 && outside == 0 && count == 4294967295UL;
}

/* Makes the directories right inside `path` in the upper layer. */
static void own_directories(const char *path, const char *upper)
{
	char made[PATH_MAX + NAME_MAX + 2];
	struct dirent *entry;
	struct stat status;
	DIR *directory = opendir(path);

	while (directory && (entry = readdir(directory))) {
		if (entry->d_name[0] == '.' ||
		    fstatat(dirfd(directory), entry->d_name, &status,
			    AT_SYMLINK_NOFOLLOW) < 0 ||
		    !S_ISDIR(status.st_mode))
			continue;
		snprintf(made, sizeof(made), "%s/%s", upper, entry->d_name);
		if (mkdir(made, 0755) == 0)
			chmod(made, status.st_mode & 07777);
	}
	if (directory)
		closedir(directory);
}

/* One overlay: the machine's `path` onto the same below `stage`/root, with layers of its
 * own. */
static int mount_layer(const char *stage, const char *path, int *layers)
{
	char target[2 * PATH_MAX], upper[PATH_MAX], work[PATH_MAX],
		options[4 * PATH_MAX];

	snprintf(target, sizeof(target), "%s/root%s", stage, path);
	snprintf(upper, sizeof(upper), "%s/upper%d", stage, *layers);
	snprintf(work, sizeof(work), "%s/work%d", stage, *layers);
	++*layers;
	mkdir(upper, 0755);
	mkdir(work, 0755);
	if (!in_first_user_namespace())
		own_directories(path, upper);
	snprintf(options, sizeof(options), "lowerdir=%s,upperdir=%s,workdir=%s%s",
		 *path ? path : "/", upper, work,
		 in_first_user_namespace() ? "" : ",userxattr");
	if (mount("overlay", target, "overlay", 0, options) < 0)
		return nst_fail_errno("mounting an overlay of %s", *path ? path : "/");
	return 0;
}

/* A file, or a directory with what is mounted in it, read-only. */
static int mount_read_only(const char *stage, const char *path)
{
	const struct mount_attributes read_only = { .attr_set = MOUNT_ATTR_RDONLY };
	char target[2 * PATH_MAX];
	AUTO_CLOSE int tree = -1;

	snprintf(target, sizeof(target), "%s/root%s", stage, path);
	tree = (int)syscall(SYS_open_tree, AT_FDCWD, path,
			    OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
	if (tree < 0 ||
	    syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH | AT_RECURSIVE,
		    &read_only, sizeof(read_only)) < 0 ||
	    syscall(SYS_move_mount, tree, "", AT_FDCWD, target,
		    MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return nst_fail_errno("showing %s read-only", path);
	return 0;
}

/* What every host gets afresh, whatever its root is. */
static bool is_furnished(const char *path)
{
	static const char *const paths[] = { "/proc", "/sys", "/dev", "/run", "/tmp" };

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		if (strcmp(path, paths[i]) == 0)
			return true;
	return false;
}

static int make_link(const char *source, const char *target)
{
	char text[PATH_MAX];
	ssize_t length = readlink(source, text, sizeof(text) - 1);

	if (length <= 0)
		return 0;
	text[length] = '\0';
	return symlink(text, target) < 0 ? nst_fail_errno("making the link %s", source)
					 : 0;
}

/* A file that is too large to copy, or not ours to read, is shown read-only. */
static int make_file(const char *stage, const char *source, const char *target,
		     const struct stat *status)
{
	AUTO_CLOSE int from = open(source, O_RDONLY | O_CLOEXEC);
	AUTO_CLOSE int to = open(target, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	if (to < 0)
		return nst_fail_errno("making %s", target);
	fchmod(to, status->st_mode & 07777);
	if (from < 0 || status->st_size > COPY_SIZE)
		return mount_read_only(stage, source);
	while (sendfile(to, from, NULL, COPY_SIZE) > 0)
		;
	return 0;
}

static int mount_entries(const char *stage, const char *path, int depth, int *layers);

/* One entry of the machine's tree: a link is made again, a file copied, a directory
 * covered by an overlay or put together from its entries. */
static int mount_entry(const char *stage, const char *path, int depth, int *layers)
{
	char target[2 * PATH_MAX];
	struct stat status;

	snprintf(target, sizeof(target), "%s/root%s", stage, path);
	if (lstat(path, &status) < 0)
		return 0;
	if (S_ISLNK(status.st_mode))
		return make_link(path, target);
	if (S_ISREG(status.st_mode))
		return make_file(stage, path, target, &status);
	if (!S_ISDIR(status.st_mode))
		return 0;
	if (mkdir(target, 0755) < 0)
		return nst_fail_errno("making %s", target);
	if (is_furnished(path) || mount_layer(stage, path, layers) == 0)
		return 0;
	return depth < DEPTH ? mount_entries(stage, path, depth + 1, layers)
			     : mount_read_only(stage, path);
}

static int mount_entries(const char *stage, const char *path, int depth, int *layers)
{
	DIR *directory = opendir(*path ? path : "/");
	struct dirent *entry;
	char inside[PATH_MAX + NAME_MAX + 2];
	int r = 0;

	if (!directory) /* not ours to read: it stays empty */
		return 0;
	while (r == 0 && (entry = readdir(directory))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		snprintf(inside, sizeof(inside), "%s/%s", path, entry->d_name);
		r = mount_entry(stage, inside, depth, layers);
	}
	closedir(directory);
	return r;
}

int overlay_mount(const char *stage)
{
	char root[2 * PATH_MAX];
	int layers = 0;

	if (in_first_user_namespace())
		return mount_layer(stage, "", &layers);
	snprintf(root, sizeof(root), "%s/root", stage);
	if (mount("nstest", root, "tmpfs", MS_NODEV, "mode=0755,size=1g") < 0)
		return nst_fail_errno("mounting tmpfs on %s", root);
	return mount_entries(stage, "", 0, &layers);
}
