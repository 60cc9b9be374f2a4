/* SPDX-License-Identifier: MIT */
#include "rule_coverage.h"

#include <stdio.h>

#include <base/scope.h>

#include "main.h"
#include "percent.h"

bool rule_coverage_is_wanted(const struct rule_coverage_flags *flags)
{
	return flags->folder || flags->percent;
}

int rule_coverage_check(struct rule_coverage_flags *flags)
{
	return flags->percent ? percent_read("--min-rule-coverage", flags->percent,
					     &flags->least)
			      : 0;
}

int rule_coverage_report(const char *verb, struct nst_coverage *coverage,
			 const struct rule_coverage_flags *flags, int status)
{
	struct nst_coverage_total total = nst_coverage_total(coverage);
	unsigned int score = nst_coverage_score(coverage);
	AUTO_FREE char *summary = NULL;

	if (nst_coverage_find_shadows(coverage) < 0)
		return report_failure(verb);
	summary = nst_coverage_summary(coverage);
	if (flags->folder && nst_coverage_write(coverage, flags->folder) < 0)
		return report_failure(verb);
	if (total.rules)
		printf("\nrule coverage %u.%u %%: %zu of %zu rules and policies "
		       "matched\n%s",
		       score / 100, score / 10 % 10, total.covered, total.rules,
		       summary ? summary : "");
	else
		puts("\nrule coverage: there were no rules to count");
	if (flags->folder)
		printf("written: %s/index.html\n", flags->folder);
	if (score >= flags->least)
		return status;
	printf("that is less than the %s %% asked for\n", flags->percent);
	return status == EXIT_ALL_PASSED ? EXIT_SOME_FAILED : status;
}
