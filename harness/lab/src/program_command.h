/* SPDX-License-Identifier: MIT */
/* What a program is called, what it is run with, where it is looked for. Pure. */
#ifndef LAB_PROGRAM_COMMAND_H
#define LAB_PROGRAM_COMMAND_H

#include <nstest/program.h>

/* The name of a program that was given none: its command's first word
 * (after exec and assignments), without folders.
 * The caller's to free; NULL: out of memory. */
char *command_name(const struct nst_start *start);

/* Its environment: `own`, changed by `given` ("NAME=value"; may be NULL), both
 * NULL-terminated. First comes PWD, HOSTNAME is the host, and PATH has the places of
 * servers too, which a user's lacks. *ret_env and its strings are the caller's:
 * command_environment_free(). Return: 0; -EINVAL with a sentence; -ENOMEM. */
int command_environment(char *const *own, const char *const *given, const char *host,
			const char *directory, char ***ret_env);
void command_environment_free(char **env);

/* The files to try, in order, for argv[0] `file`: itself if it has a '/', else one in
 * each folder of PATH in `env`. NULL-terminated; NULL: out of memory. */
char **command_paths(const char *file, char *const *env);
void command_paths_free(char *const *paths);

#endif
