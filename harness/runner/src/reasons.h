/* SPDX-License-Identifier: MIT */
/* Whether a verdict came about for the reason that was expected. Pure. */
#ifndef RUNNER_REASONS_H
#define RUNNER_REASONS_H

#include <nstest/explain.h>
#include <nstest/scenario.h>

/* A right verdict, and one of its reasons too, if any are given. */
bool is_expected(const struct nst_expectation *expect,
		 const struct nst_verdict *verdict, const struct nst_explanation *why);

#endif
