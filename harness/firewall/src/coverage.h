/* SPDX-License-Identifier: MIT */
/* What the files of rule coverage share. */
#ifndef FIREWALL_COVERAGE_H
#define FIREWALL_COVERAGE_H

#include <stdio.h>

#include <base/markup.h>

#include <nstest/coverage.h>

/* Elements of sets that are counted have this comment, and a number behind it. */
#define COVERAGE_MARK "nstest:"

/* Takes such comments, and counters in front of them, out of a text (which may have NULs in it).
 * Return: its size now. */
size_t coverage_strip_marks(char *text, size_t size);

/* Adds the counts of one rule; the strings are copied. 0; -ENOMEM. */
int coverage_add(struct nst_coverage *coverage, const struct nst_covered *covered);

/* The index behind the last of the same file as `first`. */
size_t coverage_file_end(const struct nst_coverage *coverage, size_t first);

/* The index of the rule or policy of a line, within a file's; `end` if there is none. */
size_t coverage_at(const struct nst_coverage *coverage, size_t first, size_t end,
		   unsigned int line);

/* Why nothing matched it: "shadowed by fw.nft:12", "never reached in this run", …; of what
 * matched, "". */
const char *coverage_reason(const struct nst_covered *covered, char *text, size_t size);

/* The forms; `out` is at its beginning. */
void coverage_print_listing(const struct nst_coverage *coverage, FILE *out);
void coverage_print_html(const struct nst_coverage *coverage, FILE *out);
void coverage_print_cobertura(const struct nst_coverage *coverage, FILE *out);
void coverage_print_lcov(const struct nst_coverage *coverage, FILE *out);
void coverage_print_json(const struct nst_coverage *coverage, FILE *out);

#endif
