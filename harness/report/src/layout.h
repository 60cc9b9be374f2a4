/* SPDX-License-Identifier: MIT */
/* Where Graphviz puts the hosts of a graph. */
#ifndef REPORT_LAYOUT_H
#define REPORT_LAYOUT_H

#include <stddef.h>

/* Networks that were laid out: cases of a suite often share one. All-zero is empty. */
struct layouts {
	struct layout *list;
	size_t count;
};

/* What "dot -Tplain" answers; "" without Graphviz. Valid until layouts_free(). */
const char *layout_of(struct layouts *layouts, const char *graph);

void layouts_free(struct layouts *layouts);

#endif
