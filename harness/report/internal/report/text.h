/* SPDX-License-Identifier: MIT */
/* The report for people: a progress line on a terminal, failures explained at the end,
 * and the closing line "N passed, N failed, N skipped". */
#ifndef REPORT_TEXT_H
#define REPORT_TEXT_H

#include <stdbool.h>
#include <stdio.h>

#include <report/sink.h>

struct nst_text_options {
	FILE *out;
	bool terminal; /* a progress line that is redrawn */
	bool unicode;  /* it shows more than ASCII */
	bool colour;
	bool verbose; /* every case with its duration, as it ends */
	int columns;  /* of the terminal; 0: 80 */
};

/* The sink's state is released by nst_text_report_free(), after the run's end. */
int nst_text_report_new(const struct nst_text_options *options,
			struct nst_sink *ret_sink);
void nst_text_report_free(struct nst_sink *sink);

/* One failed case, explained as at the end of a run; for failure.txt. */
void nst_text_explain(FILE *out, const struct nst_result *result, bool colour);

/* "4.1 ms", "2.3 s", "12 min 5 s" into `text`; returns it. */
char *nst_duration_print(uint64_t us, char *text, size_t size);

#endif
