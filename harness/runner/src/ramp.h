/* SPDX-License-Identifier: MIT */
/* What lies between two impairments. Pure. */
#ifndef RUNNER_RAMP_H
#define RUNNER_RAMP_H

#include <nstest/impairment.h>

/* The impairment after `part` of `whole` steps from `begin` to `end`: figures in proportion,
 * kinds and files those of whichever has them; at the ends exactly these. */
struct nst_impairment ramp_between(const struct nst_impairment *begin,
				   const struct nst_impairment *end, uint64_t part,
				   uint64_t whole);

#endif
