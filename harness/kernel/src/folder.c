/* SPDX-License-Identifier: MIT */
/* The folder of kernels: who may write in it, and what is removed from it. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <base/fail.h>
#include <base/scope.h>

#include "folder.h"

int folder_make(const char *folder)
{
	char path[PATH_MAX];

	if (strlen(folder) >= sizeof(path))
		return nst_fail(-ENAMETOOLONG, "%s", folder);
	strcpy(path, folder);
	for (char *end = path; end;) {
		end = strchr(end + 1, '/');
		if (end)
			*end = '\0';
		if (mkdir(path, 0777) < 0 && errno != EEXIST)
			return nst_fail_errno("making the folder %s", path);
		if (end)
			*end = '/';
	}
	return 0;
}

int folder_lock(const char *folder, int *ret_lock)
{
	int lock AUTO_CLOSE = -1;
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/lock", folder) >= (int)sizeof(path))
		return nst_fail(-ENAMETOOLONG, "%s", folder);
	lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (lock < 0)
		return nst_fail_errno("opening %s", path);
	if (flock(lock, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK
			       ? nst_fail(-EBUSY,
					  "another nstest is building a kernel in %s",
					  folder)
			       : nst_fail_errno("locking %s", path);
	*ret_lock = steal_fd(&lock);
	return 0;
}

static int remove_entry(const char *path, const struct stat *about, int type,
			struct FTW *place)
{
	(void)about;
	(void)type;
	(void)place;
	return remove(path);
}

int folder_remove(const char *path)
{
	enum { OPEN_FOLDERS = 32 };

	if (nftw(path, remove_entry, OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS) < 0)
		return nst_fail_errno("removing %s", path);
	return 0;
}

int folder_sweep(const char *folder)
{
	char path[PATH_MAX];
	struct dirent *entry;
	DIR *stream = opendir(folder);
	int r = 0;

	if (!stream)
		return nst_fail_errno("reading %s", folder);
	while (r == 0 && (entry = readdir(stream))) {
		if (strncmp(entry->d_name, FOLDER_UNFINISHED,
			    strlen(FOLDER_UNFINISHED)))
			continue;
		if (snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name) <
		    (int)sizeof(path))
			r = folder_remove(path);
	}
	closedir(stream);
	return r;
}
