/* SPDX-License-Identifier: MIT */
/* A git revision as files. */
#ifndef RUNNER_REVISION_H
#define RUNNER_REVISION_H

/* Puts the whole of a revision of the repository in which `path` is into a new folder
 * below $TMPDIR. *ret_path is where `path` is there; both are malloc'd, and
 * revision_remove() takes the folder away. -ENOENT: no repository, or no such revision. */
int revision_checkout(const char *path, const char *revision, char **ret_folder,
		      char **ret_path);
void revision_remove(const char *folder);

#endif
