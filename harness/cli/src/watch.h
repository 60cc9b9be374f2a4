/* SPDX-License-Identifier: MIT */
/* nstest run --watch: again whenever a file changes. */
#ifndef CLI_WATCH_H
#define CLI_WATCH_H

/* Calls `run` in a child process, waits for a change below the folders of `paths`
 * (NULL-terminated; none: the current folder), and so on. What happens in folders
 * called like the last part of `out` is no change. Return: the exit status of the run
 * that Ctrl-C ended; -errno with a sentence. */
int watch_and_run(char *const *paths, const char *out, int (*run)(const void *),
		  const void *what);

#endif
