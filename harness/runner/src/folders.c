/* SPDX-License-Identifier: MIT */
/* Folders, with those above them. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include <base/scope.h>

#include "folders.h"

int folders_make(const char *path)
{
	AUTO_FREE char *part = strdup(path);

	if (!part)
		return -ENOMEM;
	for (char *slash = part + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		if (mkdir(part, 0777) < 0 && errno != EEXIST)
			return -errno;
		*slash = '/';
	}
	return mkdir(part, 0777) < 0 && errno != EEXIST ? -errno : 0;
}
