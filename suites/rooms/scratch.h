/* SPDX-License-Identifier: MIT */
/* Folders of tests that stay behind nobody, not even a test that is killed. */
#ifndef SCRATCH_H
#define SCRATCH_H

#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>

/* Makes a folder in a tmpfs that only this process and its children see, and that goes with them;
 * where that may not be mounted, below /tmp. Return: false, and errno says why not. */
static inline bool scratch_folder(char *folder, size_t size)
{
	bool own = unshare(CLONE_NEWNS) == 0 &&
		   mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
		   mount("nstest", "/mnt", "tmpfs", MS_NODEV, NULL) == 0;

	snprintf(folder, size, "%s/nstest-XXXXXX", own ? "/mnt" : "/tmp");
	return mkdtemp(folder);
}

#endif
