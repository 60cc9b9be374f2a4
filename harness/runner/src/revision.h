/* SPDX-License-Identifier: MIT */
/* A git revision as files. */
#ifndef RUNNER_REVISION_H
#define RUNNER_REVISION_H

struct revision;

/* Reads a file as it is in a revision of its repository, and all files there that it names, and
 * those that they name: into memory. This process is still who the repository belongs to.
 * The caller frees it. -ENOENT: no repository, no such revision, or no such file in it. */
int revision_read(const char *path, const char *revision, struct revision **ret);

/* Puts them into a file system of this process's own, which goes with it: below a folder that is
 * seen by it and its children only. This process may build labs by now. *ret_path, malloc'd, is where
 * the file is. */
int revision_place(const struct revision *revision, char **ret_path);

/* NULL is fine. */
void revision_free(struct revision *revision);

#endif
