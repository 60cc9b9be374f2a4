/* SPDX-License-Identifier: MIT */
/* What sanitizers and valgrind found in the programs of a lab. */
#ifndef LAB_PROGRAM_FINDINGS_H
#define LAB_PROGRAM_FINDINGS_H

#include <stdbool.h>

#include "state.h"

/* Whether a line of stderr is the headline of a finding. Pure. */
bool finding_is(const char *line);

/* 0; or -EUCLEAN, with the first finding and the top of its stack. */
int programs_check_findings(struct nst_inside *inside);

#endif
