/* SPDX-License-Identifier: MIT */
#ifndef FIREWALL_COVERAGE_ELEMENTS_H
#define FIREWALL_COVERAGE_ELEMENTS_H

#include <nstest/coverage.h>

/* Adds what elements with marks counted (coverage.h). 0; -errno. */
int coverage_take_elements(struct nst_lab *lab, const char *host,
			   struct nst_coverage *coverage);

#endif
