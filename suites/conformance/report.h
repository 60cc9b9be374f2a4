/* SPDX-License-Identifier: MIT */
/* What was claimed of each engine and what was seen: judged, and written down. */
#ifndef REPORT_H
#define REPORT_H

#include "observe.h"

enum { KERNEL, WIRE, WIRE_EXACT, COLUMNS };
extern const struct column columns[COLUMNS];

struct report {
	FILE *document;     /* NULL: none */
	const char *kernel; /* which kernel the kernel engine ran on; NULL: none did */
	unsigned int passed, failed, skipped;
};

void report_begin(struct report *report, const char *wire_kernel);

/* One trial, seen in all columns. */
void report_trial(struct report *report, const struct trial *trial,
		  struct observation seen[COLUMNS]);

#endif
