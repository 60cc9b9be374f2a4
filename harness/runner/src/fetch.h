/* SPDX-License-Identifier: MIT */
#ifndef RUNNER_FETCH_H
#define RUNNER_FETCH_H

/* Moves what is in the folder `from` (a descriptor) to the path `to`, which is made if there
 * is anything. Nothing in `from` is trusted: files and folders are moved, and nothing else.
 * Return: 0; -errno with a sentence, and what could be moved is. */
int fetch_tree(int from, const char *to);

#endif
