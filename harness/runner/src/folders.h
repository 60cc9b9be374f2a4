/* SPDX-License-Identifier: MIT */
#ifndef RUNNER_FOLDERS_H
#define RUNNER_FOLDERS_H

/* mkdir -p. Return: 0; -errno without a sentence. */
int folders_make(const char *path);

#endif
