/* SPDX-License-Identifier: MIT */
/* Rule coverage as verbs tell it: --rule-coverage and --min-rule-coverage. */
#ifndef CLI_RULE_COVERAGE_H
#define CLI_RULE_COVERAGE_H

#include <stdbool.h>

#include <nstest/coverage.h>

/* What a file of rule coverage is called in the folder of --rule-coverage. */
#define RULE_COVERAGE_FILE "coverage.json"

struct rule_coverage_flags {
	const char *folder;  /* --rule-coverage; NULL: nothing is written */
	const char *percent; /* --min-rule-coverage; NULL: any will do */
	unsigned int least;  /* in hundredths; of rule_coverage_check() */
};

/* Whether either was given. */
bool rule_coverage_is_wanted(const struct rule_coverage_flags *flags);

/* Reads `percent`. Return: 0; -EINVAL with a sentence. */
int rule_coverage_check(struct rule_coverage_flags *flags);

/* Writes and tells what was counted. Returns `status`, or that there is too little, or that
 * `verb` could not. */
int rule_coverage_report(const char *verb, struct nst_coverage *coverage,
			 const struct rule_coverage_flags *flags, int status);

#endif
