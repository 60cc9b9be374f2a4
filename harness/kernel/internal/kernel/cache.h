/* SPDX-License-Identifier: MIT */
/* Kernels that nstest has built for itself: User-Mode Linux with real netem, and with time
 * that can be virtual. They are kept in $XDG_CACHE_HOME/nstest/kernels (~/.cache), a folder for each,
 * VERSION-HASH: the hash is of the source's version and of the recipe, so that another recipe
 * is another kernel. A folder has
 *
 *	linux    the program
 *	config   what it was built with
 *
 * and is there as a whole or not at all. */
#ifndef KERNEL_CACHE_H
#define KERNEL_CACHE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

/* Room for the path of the folder of kernels. */
enum { NST_KERNEL_FOLDER = 1024 };

struct nst_kernel {
	char version[64];    /* as in "6.12.117" */
	char name[96];       /* of its folder */
	char path[PATH_MAX]; /* of the program */
	long long bytes;     /* its size */
	bool current;        /* built by the recipe of this nstest */
};

/* The folder of kernels. -ENOENT with a sentence if neither HOME nor XDG_CACHE_HOME says. */
int nst_kernel_folder(char ret_path[NST_KERNEL_FOLDER]);

/* All that are there, those of the current recipe first, newest version first. The caller
 * frees *ret. Return: 0, also if there are none. */
int nst_kernel_list(struct nst_kernel **ret, size_t *ret_count);

/* The newest one of the current recipe. -ENOENT with a sentence that says how to get one. */
int nst_kernel_find(struct nst_kernel *ret);

/* The name that a kernel of this source version has: "VERSION-HASH". */
void nst_kernel_name(const char *version, char *ret_name, size_t size);

/* Removes those that are not current (`all`: every one) and what interrupted builds have left.
 * Return: how many kernels are gone; -EBUSY while a build runs. */
int nst_kernel_clean(bool all);

#endif
