/* SPDX-License-Identifier: MIT */
/* Mounts that can only be read, in the host: in its view alone. What was read-only before stays
 * so, and comes not back writable. */
#include "disk.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>

#include "mount_calls.h"

static int set_read_only(const char *path, bool read_only)
{
	const struct mount_attributes attributes = {
		.attr_set = read_only ? MOUNT_ATTR_RDONLY : 0,
		.attr_clr = read_only ? 0 : MOUNT_ATTR_RDONLY,
	};

	return syscall(SYS_mount_setattr, AT_FDCWD, path, AT_SYMLINK_NOFOLLOW,
		       &attributes, sizeof(attributes)) < 0
		       ? -errno
		       : 0;
}

/* \040 is a space (proc(5)). */
static void unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from; to++) {
		unsigned int value;

		if (from[0] == '\\' && sscanf(from + 1, "%3o", &value) == 1) {
			*to = (char)value;
			from += 4;
		} else {
			*to = *from++;
		}
	}
	*to = '\0';
}

static bool is_in(const char *path, const char *folder)
{
	size_t size = strlen(folder);

	return strncmp(path, folder, size) == 0 && (path[size] == '/' || !path[size]);
}

/* What a host always may write to, and what is no disk. */
static bool is_furnished(const char *path)
{
	static const char *const folders[] = { "/proc", "/sys", "/dev", "/run",
					       "/tmp" };

	for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
		if (is_in(path, folders[i]))
			return true;
	return false;
}

static bool is_meant(const char *path, const char *asked)
{
	return strcmp(asked, "/") == 0 ? !is_furnished(path) : strcmp(path, asked) == 0;
}

static bool is_listed(const struct mount_list *list, const char *path)
{
	for (const char *at = list->paths; *at; at += strlen(at) + 1)
		if (strcmp(at, path) == 0)
			return true;
	return false;
}

static int add(struct mount_list *list, const char *path)
{
	size_t size = strlen(path) + 1;

	if (list->size + size + 1 > sizeof(list->paths))
		return nst_fail(-ENOSPC, "there are too many mounts");
	memcpy(list->paths + list->size, path, size);
	list->size += size;
	return 0;
}

/* One that is not there for us is not there for programs. */
static int protect(struct mount_list *list, const char *path)
{
	int r = set_read_only(path, true);

	if (r == -EACCES || r == -ENOENT)
		return 0;
	if (r == -EBUSY)
		return nst_fail(r, "%s: a file there is open for writing", path);
	if (r == -ENOSYS)
		return nst_fail(
			-EOPNOTSUPP,
			"making a mount read-only needs mount_setattr(2), Linux "
			"5.12");
	return r < 0 ? nst_fail(r, "making %s read-only: %s", path, strerror(-r))
		     : add(list, path);
}

static void unprotect(const struct mount_list *list)
{
	for (const char *at = list->paths; *at; at += strlen(at) + 1)
		set_read_only(at, false);
}

int disk_protect(void *arg, void *result)
{
	AUTO_FCLOSE FILE *file = fopen("/proc/self/mountinfo", "re");
	struct mount_list *list = result;
	const char *asked = arg;
	char path[PATH_MAX], options[256], line[2 * PATH_MAX];
	bool found = false;
	int r = 0;

	while (r == 0 && file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%*s %*s %*s %*s %4095s %255s", path, options) != 2)
			continue;
		unescape(path);
		if (!is_meant(path, asked))
			continue;
		found = true;
		if (strncmp(options, "ro", 2) != 0 && !is_listed(list, path))
			r = protect(list, path);
	}
	if (r < 0)
		unprotect(list);
	else if (!found)
		r = nst_fail(
			-EINVAL,
			"%s is no mount of the host: these are /, /tmp, /run, and its "
			"binds",
			asked);
	else if (!list->size)
		r = nst_fail(-EALREADY, "%s is read-only already", asked);
	return r;
}

int disk_unprotect(void *arg, void *result)
{
	(void)result;
	unprotect(arg);
	return 0;
}
