/* SPDX-License-Identifier: MIT */
/* What the tables of verbs become: help on a terminal, man pages, completion. Pure. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include <stdio.h>

#include "verb.h"

extern const char program_version[];

/* nstest --help, nstest VERB --help. */
void help_program(FILE *out);
void help_verb(FILE *out, const struct verb *verb);

/* A man page in roff (man macros): of a verb, or nstest(1) for NULL. */
void man_page(FILE *out, const struct verb *verb);

/* A completion script for "bash", "zsh" or "fish". -EINVAL for another shell. */
int completion_script(FILE *out, const char *shell);

/* Prints words of `text` in lines of at most `width` columns, each indented. */
void print_wrapped(FILE *out, const char *text, int indent, int width);

#endif
