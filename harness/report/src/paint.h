/* SPDX-License-Identifier: MIT */
/* Colours, and the pieces of a case's explanation that other lines use too. */
#ifndef REPORT_PAINT_H
#define REPORT_PAINT_H

#include <report/text.h>

#define PAINT_RED    "\033[1;31m"
#define PAINT_GREEN  "\033[32m"
#define PAINT_YELLOW "\033[33m"
#define PAINT_BOLD   "\033[1m"
#define PAINT_OFF    "\033[0m"

/* Anybody's text: what a terminal would obey is shown instead, as \x1b. */
void print_safely(FILE *out, const char *text, size_t size);

/* "not ok  suite / name  (4.1 ms, seed 7)" and a newline. */
void print_headline(FILE *out, const struct nst_result *result, bool colour);

/* "suite / name". */
void print_title(FILE *out, const struct nst_result *result);

/* What links were asked and did, if anything. */
void print_account(FILE *out, const struct nst_result *result);

#endif
