/* SPDX-License-Identifier: MIT */
/* Programs under a tool: strace or gdb. */
#ifndef LAB_PROGRAM_TOOL_H
#define LAB_PROGRAM_TOOL_H

#include "state.h"

enum tool { TOOL_NONE, TOOL_STRACE, TOOL_GDB };

/* Under which one a program of that name is to run. */
enum tool tool_of(const struct nst_lab *lab, const char *host, const char *name);

/* What becomes descriptor 3: a file for strace to write to, gdb's terminal. Return: the
 * descriptor, the caller's; -errno with a sentence. */
int tool_open(const struct nst_lab *lab, enum tool tool);

/* The words of a line that needs no shell: gdb then has the program itself before it, with its
 * symbols. Return: malloc'd, in one piece with its texts; NULL: it needs one. */
const char **tool_words(const char *line);

/* The command in front of `argv`: malloc'd, its texts are not. NULL: no memory. */
const char **tool_command(enum tool tool, const char *const *argv);

#endif
