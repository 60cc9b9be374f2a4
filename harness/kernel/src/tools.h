/* SPDX-License-Identifier: MIT */
/* What a build takes that a machine may lack. */
#ifndef KERNEL_TOOLS_H
#define KERNEL_TOOLS_H

/* All tools are there that it takes to build from this tarball. -ENOENT with a sentence that
 * names all that are missing, and the command that brings them. */
int tools_check(const char *tarball);

/* The newest source package of Linux 6 that is installed: path of its tarball. -ENOENT with a
 * sentence that says what to install. */
int tools_source(char *ret_path, size_t size);

#endif
