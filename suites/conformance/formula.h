/* SPDX-License-Identifier: MIT */
/* What the kernel's formulas, or the words themselves, make of an impairment, worked out apart
 * from both engines. Pure. */
#ifndef FORMULA_H
#define FORMULA_H

#include <stdint.h>

#include <nstest/impairment.h>

/* How often something happens that is asked for with a correlation, and how often again. */
struct often {
	double share, again;
};
struct often formula_event(uint32_t ppm, uint32_t correlation_ppm,
			   enum nst_compat compat);

/* How often a packet is lost, and how often after a lost one. */
struct often formula_loss(const struct nst_impairment *impairment);

/* In milliseconds: the delay below which are that many. */
double formula_delay(const struct nst_impairment *impairment, double share);

#endif
