/* SPDX-License-Identifier: MIT */
/* What the programs of a host see as file system.
 *
 * How it works. Every host starts as a copy of the machine's mount tree, made private.
 * With the machine's root, fresh file systems are mounted over the places where
 * programs leave traces. Any other root is put together below /tmp, furnished by the
 * same table, and made "/" by pivot_root(2); the machine's tree is then detached, so that a process enters
 * the host by setns(2) alone and nothing leads back.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>

#include "mount_calls.h"
#include "mounts.h"
#include "overlay.h"

#define STAGE "/tmp/.nstest"

/* A place in the host's root. `where` says in which roots it is furnished. */
struct furnishing {
	const char *target;
	const char
		*type; /* a file system, or NULL: bound from the machine's same path */
	const char *options;
	unsigned long flags;
	unsigned int where; /* bits: 1 << enum nst_root */
	bool optional;      /* may be absent, or forbidden to us */
};

#define IN(root)  (1U << NST_ROOT_##root)
#define OWN_ROOTS (IN(TMPFS) | IN(BIND) | IN(OVERLAY))
#define ALL_ROOTS (OWN_ROOTS | IN(MACHINE))

static const struct furnishing furnishings[] = {
	{ "/proc", NULL, NULL, MS_REC, OWN_ROOTS, true },
	{ "/dev", NULL, NULL, MS_REC, OWN_ROOTS, true },
	/* Of this network namespace: /sys/class/net shows the host's interfaces. */
	{ "/sys", "sysfs", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC, ALL_ROOTS, true },
	{ "/run", "tmpfs", "mode=0755,size=1g", MS_NOSUID | MS_NODEV, ALL_ROOTS, true },
	{ "/dev/shm", "tmpfs", "mode=1777,size=1g", MS_NOSUID | MS_NODEV, ALL_ROOTS,
	  true },
	{ "/dev/mqueue", "mqueue", NULL, MS_NOSUID | MS_NODEV, ALL_ROOTS, true },
	/* Last: the root itself is staged below the machine's /tmp. */
	{ "/tmp", "tmpfs", "mode=1777,size=1g", MS_NOSUID | MS_NODEV, ALL_ROOTS, true },
};

/* The path of `target` below `root` ("" is the root that is there). */
static const char *below(const char *root, const char *target, char *path)
{
	snprintf(path, PATH_MAX, "%s%s", root, target);
	return path;
}

static int mount_on(const char *source, const char *target, const char *type,
		    unsigned long flags, const char *options)
{
	if (mount(source, target, type, flags, options) == 0)
		return 0;
	if (flags & MS_BIND)
		return nst_fail_errno("binding %s to %s", source, target);
	return nst_fail_errno("mounting %s on %s", type, target);
}

int mounts_make_proc(void)
{
	return mount_on("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC,
			NULL);
}

int mounts_make_base(void)
{
	int r;

	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return nst_fail_errno("making the mount tree private");
	r = mounts_make_proc();
	if (r == -EPERM)
		return nst_fail_in(r,
				   "in this container parts of /proc are masked, which "
				   "forbids a /proc of the case's own");
	return r;
}

/* Makes a directory and its parents; one that exists is fine. */
static int make_directories(const char *path)
{
	char part[PATH_MAX];

	for (const char *slash = path + 1;; slash++) {
		if (*slash != '/' && *slash != '\0')
			continue;
		snprintf(part, sizeof(part), "%.*s", (int)(slash - path), path);
		if (mkdir(part, 0755) < 0 && errno != EEXIST)
			return nst_fail_errno("making the directory %s", part);
		if (*slash == '\0')
			return 0;
	}
}

/* Makes an empty file to bind onto, and the directories it is in. */
static int make_file(const char *path)
{
	char parent[PATH_MAX];
	AUTO_CLOSE int fd = -1;
	int r;

	snprintf(parent, sizeof(parent), "%s", path);
	*strrchr(parent, '/') = '\0';
	r = parent[0] ? make_directories(parent) : 0;
	if (r < 0)
		return r;
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	return fd < 0 ? nst_fail_errno("making the file %s", path) : 0;
}

static int write_text(const char *path, const char *text)
{
	AUTO_CLOSE int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		return nst_fail_errno("writing %s", path);
	return 0;
}

static int furnish(enum nst_root kind, const char *root)
{
	char path[PATH_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(furnishings); i++) {
		const struct furnishing *item = &furnishings[i];
		int r;

		if (!(item->where & (1U << kind)))
			continue;
		below(root, item->target, path);
		if (kind == NST_ROOT_TMPFS && strncmp(item->target, "/dev/", 5) != 0)
			mkdir(path, 0755);
		if (item->optional && access(path, F_OK) < 0)
			continue;
		r = item->type ? mount_on("nstest", path, item->type, item->flags,
					  item->options)
			       : mount_on(item->target, path, NULL,
					  MS_BIND | item->flags, NULL);
		if (r < 0 && !item->optional)
			return r;
	}
	return 0;
}

/* Puts `text` where programs look for `name` in /etc. The machine's file is covered by
 * a bind; a link into /run (systemd-resolved) finds what is written there; a root of
 * the host's own is simply written to. */
static int place_file(const char *root, bool writable, const char *name,
		      const char *text)
{
	char path[PATH_MAX], source[PATH_MAX], target[PATH_MAX];
	ssize_t length;
	int r;

	snprintf(path, sizeof(path), "%s/etc/%s", root, name);
	if (writable) {
		unlink(path);
		return write_text(path, text);
	}
	length = readlink(path, target, sizeof(target) - 1);
	if (length > 0) {
		const char *tail;

		target[length] = '\0';
		tail = strstr(target, "run/");
		if (!tail || snprintf(path, sizeof(path), "%s/%s", root, tail) < 0)
			return 0; /* a link to elsewhere: left alone */
		r = make_file(path);
		return r < 0 ? r : write_text(path, text);
	}
	if (access(path, F_OK) < 0)
		return 0;
	snprintf(source, sizeof(source), "%s/run/.nstest-%s", root, name);
	r = write_text(source, text);
	return r < 0 ? r : mount_on(source, path, NULL, MS_BIND, NULL);
}

static int place_files(const struct nst_node *node, const char *root, const char *hosts)
{
	bool writable = node->root == NST_ROOT_TMPFS || node->root == NST_ROOT_OVERLAY;
	char hostname[sizeof(node->name) + 1], resolv[1024] = "";
	const char *servers = node->nameservers ? node->nameservers : "";
	char path[PATH_MAX];
	int r;

	if (node->root == NST_ROOT_TMPFS)
		make_directories(below(root, "/etc", path));
	snprintf(hostname, sizeof(hostname), "%s\n", node->name);
	while (*servers) {
		size_t length = strcspn(servers, ", ");
		size_t used = strlen(resolv);

		if (length)
			snprintf(resolv + used, sizeof(resolv) - used,
				 "nameserver %.*s\n", (int)length, servers);
		servers += length + (servers[length] != '\0');
	}
	r = place_file(root, writable, "hosts", hosts);
	if (r == 0)
		r = place_file(root, writable, "resolv.conf", resolv);
	if (r == 0)
		r = place_file(root, writable, "hostname", hostname);
	return r;
}

/* A copy of a piece of the machine's tree, not mounted anywhere yet: taken while the
 * machine's /tmp and /run can still be seen. Return: a descriptor; -errno. */
static int take_tree(const char *directory, const char *path)
{
	char full[PATH_MAX];
	int fd;

	snprintf(full, sizeof(full), "%s%s%s", path[0] == '/' ? "" : directory,
		 path[0] == '/' ? "" : "/", path);
	fd = (int)syscall(SYS_open_tree, AT_FDCWD, full,
			  OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);

	return fd < 0 ? nst_fail_errno("taking %s from the machine", path) : fd;
}

static int place_tree(int tree, const char *path)
{
	if (syscall(SYS_move_mount, tree, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH) <
	    0)
		return nst_fail_errno("mounting a part of the machine on %s", path);
	return 0;
}

/* What is taken from the machine for one host: its root, its binds, and the folder that
 * programs start in, where a fresh file system would hide it. */
struct taken {
	int root, folder;
	int *binds;
	size_t count;
};

static void give_back(struct taken *taken)
{
	if (taken->root >= 0)
		close(taken->root);
	if (taken->folder >= 0)
		close(taken->folder);
	for (size_t i = 0; i < taken->count; i++)
		close(taken->binds[i]);
	free(taken->binds);
}

/* The source of a bind "/path" or "/target=/source"; the target's length. */
static const char *bind_source(const char *bind, size_t *ret_target_length)
{
	const char *equals = strchr(bind, '=');

	*ret_target_length = equals ? (size_t)(equals - bind) : strlen(bind);
	return equals ? equals + 1 : bind;
}

static bool is_fresh(const char *path)
{
	static const char *const fresh[] = { "/run/", "/tmp/", "/dev/shm/" };

	for (size_t i = 0; i < ARRAY_SIZE(fresh); i++)
		if (strncmp(path, fresh[i], strlen(fresh[i])) == 0)
			return true;
	return false;
}

static int take(const struct nst_node *node, const char *directory, struct taken *taken)
{
	size_t count = 0, length;

	/* It may be gone, or covered. */
	if (node->root == NST_ROOT_MACHINE && is_fresh(directory) &&
	    access(directory, F_OK) == 0) {
		taken->folder = take_tree("", directory);
		if (taken->folder < 0)
			return taken->folder;
	}
	if (node->root == NST_ROOT_BIND) {
		taken->root = take_tree(directory, node->root_path);
		if (taken->root < 0)
			return taken->root;
	}
	while (node->binds && node->binds[count])
		count++;
	taken->binds = calloc(count + 1, sizeof(int));
	if (!taken->binds)
		return nst_fail_memory();
	for (; taken->count < count; taken->count++) {
		int tree = take_tree(directory,
				     bind_source(node->binds[taken->count], &length));

		if (tree < 0)
			return nst_fail_in(tree, "bind \"%s\"",
					   node->binds[taken->count]);
		taken->binds[taken->count] = tree;
	}
	return 0;
}

/* Whether what is made at `target` is the host's own: in a root of its own, or in what is
 * mounted afresh for every host. Nothing is ever created in the machine's files. */
static bool may_create(const struct nst_node *node, const char *target)
{
	return node->root == NST_ROOT_TMPFS || node->root == NST_ROOT_OVERLAY ||
	       is_fresh(target);
}

static int place_bind(const struct nst_node *node, const char *root, const char *bind,
		      int tree)
{
	char path[PATH_MAX];
	struct stat status;
	size_t length;
	int r = 0;

	bind_source(bind, &length);
	snprintf(path, sizeof(path), "%s%.*s", root, (int)length, bind);
	if (fstat(tree, &status) < 0)
		return nst_fail_errno("bind \"%s\"", bind);
	if (access(path, F_OK) < 0 && !may_create(node, bind))
		return nst_fail(
			-ENOENT,
			"bind \"%s\": there is nothing to cover at its target, and "
			"nothing is created in the machine's files: use a root of "
			"the kind overlay or tmpfs",
			bind);
	if (access(path, F_OK) < 0)
		r = S_ISDIR(status.st_mode) ? make_directories(path) : make_file(path);
	if (r == 0)
		r = place_tree(tree, path);
	return r < 0 ? nst_fail_in(r, "bind \"%s\"", bind) : 0;
}

static int place_binds(const struct nst_node *node, const char *root,
		       const struct taken *taken)
{
	int r = 0;

	for (size_t i = 0; i < taken->count && r == 0; i++)
		r = place_bind(node, root, node->binds[i], taken->binds[i]);
	return r;
}

/* The new root's file system, mounted on STAGE/root. */
static int stage_root(const struct nst_node *node, const struct taken *taken)
{
	int r = mount_on("nstest", "/tmp", "tmpfs", 0, "mode=0700");

	if (r == 0)
		r = make_directories(STAGE "/root");
	if (r < 0)
		return r;
	if (node->root == NST_ROOT_TMPFS)
		return mount_on("nstest", STAGE "/root", "tmpfs", MS_NODEV,
				"mode=0755");
	if (node->root == NST_ROOT_BIND)
		return place_tree(taken->root, STAGE "/root");
	return overlay_mount(STAGE);
}

/* pivot_root(".", "."): the old root ends up on top of the new one and is detached
 * (pivot_root(2), notes). */
static int switch_root(void)
{
	if (chdir(STAGE "/root") < 0 || syscall(SYS_pivot_root, ".", ".") < 0)
		return nst_fail_errno("making the new root the root");
	if (umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
		return nst_fail_errno("leaving the old root");
	return 0;
}

int mounts_make_host(const struct nst_node *node, const char *hosts,
		     const char *directory)
{
	struct taken taken AUTO(give_back) = { .root = -1, .folder = -1 };
	bool machine = node->root == NST_ROOT_MACHINE;
	const char *root = machine ? "" : STAGE "/root";
	int r = take(node, directory, &taken);

	if (r == 0 && !machine)
		r = stage_root(node, &taken);
	if (r == 0)
		r = furnish(node->root, root);
	if (r == 0)
		r = place_files(node, root, hosts);
	if (r == 0 && taken.folder >= 0)
		r = make_directories(directory);
	if (r == 0 && taken.folder >= 0)
		r = place_tree(taken.folder, directory);
	if (r == 0)
		r = place_binds(node, root, &taken);
	if (r == 0 && !machine)
		r = switch_root();
	return r;
}
