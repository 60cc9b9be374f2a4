/* SPDX-License-Identifier: MIT */
/* What is wrong with a scenario: collected, sorted, printed with a caret. */
#ifndef SCENARIO_PROBLEMS_H
#define SCENARIO_PROBLEMS_H

#include <stdbool.h>

#include <nstest/scenario.h>

#include "arena.h"
#include "text.h"

enum { PROBLEMS_MAX = 20 };

struct nst_diagnostics {
	struct arena arena;
	struct nst_diagnostic *items;
	size_t count;
	const char *text; /* printed once all are known */
};

/* One more, unless it is there already (each combination of a matrix finds it again) or
 * there are PROBLEMS_MAX. [start, end) are bytes of the source. */
__attribute__((format(printf, 5, 0))) void problems_add(
	struct nst_diagnostics *problems, const struct source *source, size_t start,
	size_t end, const char *format, va_list args);

/* Sorts and prints. To be called once, at the end. */
void problems_finish(struct nst_diagnostics *problems);

#endif
