/* SPDX-License-Identifier: MIT */
/* The folder of kernels: who may write in it, and what is removed from it. */
#ifndef KERNEL_FOLDER_H
#define KERNEL_FOLDER_H

/* What a build's own folder is called until it is whole. */
#define FOLDER_UNFINISHED ".building-"

/* Makes the folder, and its parents. */
int folder_make(const char *folder);

/* Only one may build or remove. Return: 0, the lock is held until *ret_lock is closed; -EBUSY with
 * a sentence. */
int folder_lock(const char *folder, int *ret_lock);

/* Removes what builds that were killed have left. Needs the lock. */
int folder_sweep(const char *folder);

/* Removes a folder with all that is in it. */
int folder_remove(const char *path);

#endif
