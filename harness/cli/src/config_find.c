/* SPDX-License-Identifier: MIT */
/* Where the nstest.yaml of a project is. */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>
#include <runner/run.h>

#include "config_find.h"

static bool is_same_folder(const char *one, const char *other)
{
	struct stat a, b;

	return stat(one, &a) == 0 && stat(other, &b) == 0 && a.st_dev == b.st_dev &&
	       a.st_ino == b.st_ino;
}

/* Settings run programs: those of a folder above, as /tmp, are not read from just anybody.
 * Whoever calls sudo in a folder of theirs trusts the folder's owner. */
static bool is_trusted(const char *path)
{
	struct stat file, here;

	return stat(path, &file) == 0 &&
	       (!file.st_uid || file.st_uid == getuid() ||
		(stat(".", &here) == 0 && file.st_uid == here.st_uid));
}

/* `folder` is "" or ends with '/'. */
static bool has(const char *folder, const char *name, char *path, size_t size)
{
	snprintf(path, size, "%s%s", folder, name);
	return access(path, F_OK) == 0;
}

static bool is_top(const char *folder)
{
	const char *home = getenv("HOME");
	const char *here = *folder ? folder : ".";
	char path[PATH_MAX];

	if (has(folder, ".git", path, sizeof(path)) ||
	    (home && is_same_folder(here, home)))
		return true;
	snprintf(path, sizeof(path), "%s..", folder);
	return is_same_folder(here, path);
}

int config_search(char **ret_folder)
{
	char folder[PATH_MAX / 2] = "", path[PATH_MAX];

	*ret_folder = NULL;
	while (!has(folder, NST_CONFIG, path, sizeof(path))) {
		if (is_top(folder) || strlen(folder) + 4 > sizeof(folder))
			return 0;
		strcat(folder, "../");
	}
	if (*folder && !is_trusted(path)) {
		fprintf(stderr, "nstest: %s is not read: it is another user's\n", path);
		return 0;
	}
	*ret_folder = strdup(folder);
	return *ret_folder ? 0 : nst_fail_memory();
}
