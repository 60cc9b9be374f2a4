/* SPDX-License-Identifier: MIT */
/* Brings what a guest kernel left to where it was asked for. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>

#include "fetch.h"
#include "folders.h"

enum { DEEPEST = 16 };

static int copy(int from, int to)
{
	enum { PIECE = 1 << 20 };
	ssize_t sent;

	while ((sent = sendfile(to, from, NULL, PIECE)) > 0)
		;
	return sent < 0 ? -errno : 0;
}

static int move_file(int from, const char *name, int to)
{
	AUTO_CLOSE int source =
		openat(from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	AUTO_CLOSE int target = -1;
	struct stat about;
	int r;

	if (source < 0 || fstat(source, &about) < 0)
		return nst_fail_errno("%s", name);
	if (!S_ISREG(about.st_mode))
		return 0;
	unlinkat(to, name, 0);
	target = openat(to, name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666);
	if (target < 0)
		return nst_fail_errno("writing %s", name);
	r = copy(source, target);
	return r < 0 ? nst_fail(r, "writing %s: %s", name, strerror(-r)) : 0;
}

static int move_folder(int from, int to, int depth);

static int move_below(int from, const char *name, int to, int depth)
{
	AUTO_CLOSE int source =
		openat(from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	AUTO_CLOSE int target = -1;

	if (source < 0)
		return nst_fail_errno("%s", name);
	if (mkdirat(to, name, 0777) < 0 && errno != EEXIST)
		return nst_fail_errno("making %s", name);
	target = openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (target < 0)
		return nst_fail_errno("making %s", name);
	return depth < DEEPEST ? move_folder(source, target, depth + 1) : 0;
}

static int move_folder(int from, int to, int depth)
{
	int copy_of_from = openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *entries = copy_of_from < 0 ? NULL : fdopendir(copy_of_from);
	struct dirent *entry;
	int result = 0;

	if (!entries) {
		if (copy_of_from >= 0)
			close(copy_of_from);
		return nst_fail_errno("what a guest kernel left");
	}
	while ((entry = readdir(entries))) {
		const char *name = entry->d_name;
		bool folder = entry->d_type == DT_DIR;
		int r;

		if (!strcmp(name, ".") || !strcmp(name, ".."))
			continue;
		r = folder ? move_below(from, name, to, depth)
			   : move_file(from, name, to);
		result = r < 0 ? r : result;
		unlinkat(from, name, folder ? AT_REMOVEDIR : 0);
	}
	closedir(entries);
	return result;
}

static bool is_empty(int folder)
{
	struct stat about;

	/* On tmpfs: two entries, of a fixed size. */
	return fstat(folder, &about) == 0 && about.st_nlink == 2 && about.st_size == 40;
}

int fetch_tree(int from, const char *to)
{
	AUTO_CLOSE int target = -1;
	int r;

	if (is_empty(from))
		return 0;
	r = folders_make(to);
	target = r < 0 ? r : open(to, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (target < 0)
		return nst_fail_errno("%s", to);
	return move_folder(from, target, 0);
}
