/* SPDX-License-Identifier: MIT */
/* Rule coverage for the HTML report. */
#ifndef RUNNER_RULES_PAGE_H
#define RUNNER_RULES_PAGE_H

#include <nstest/coverage.h>

/* {"coverage": as in coverage.json, "sources": [{"file": "web.rules", "text": "…"}]}; malloc'd.
 * NULL if nothing was counted, or no memory. Looks for shadows, and reads the sources. */
char *rules_page(struct nst_coverage *coverage);

#endif
