/* SPDX-License-Identifier: MIT */
/* What the handlers of verbs share. */
#ifndef CLI_MAIN_H
#define CLI_MAIN_H

#include <stdio.h>

#include "verb.h"

/* The program: reads the command line, calls the verb. Returns the exit status. */
int nstest_main(int argc, char **argv);

/* Prints "nstest VERB: sentence" of the last failure. Returns EXIT_COULD_NOT_RUN. */
int report_failure(const char *verb);

/* Names the verb that was probably meant. Returns EXIT_COULD_NOT_RUN. */
int unknown_verb(const char *name);

/* Whether to write colours to `out`: a terminal, and NO_COLOR is not set. */
bool wants_colour(FILE *out);

#endif
