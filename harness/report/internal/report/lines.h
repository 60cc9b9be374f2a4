/* SPDX-License-Identifier: MIT */
/* What suite executables say about their tests, line by line.
 *
 * A suite that knows nstest writes JSON lines to the descriptor whose number is in the
 * environment variable NSTEST_RESULTS_FD, one object a line, each line whole when
 *written:
 *
 *	{"event": "start", "suite": "tcp", "case": "survives_loss"}
 *	{"event": "result", "suite": "tcp", "case": "survives_loss", "result": "fail",
 *	 "duration_us": 4100, "seed": 7, "file": "tcp.c", "line": 31,
 *	 "question": "a -> b tcp/80", "expected": "open", "got": "dropped in b INPUT",
 *	 "message": "…", "evidence": "…", "ladder": "…", "next": "…", "kept": "out/tcp",
 *	 "artefacts": ["case.pcapng", "failure.txt"], "details": {…}}
 *
 * A start with a "message" waits for people, who are shown it. "event" may be missing and is
 * then "result". "result" is pass, fail, skip, error or flaky.
 * Only "case" and, of a result, "result" are required. Keys that are not known are
 * passed over, so that either side may learn first.
 *
 * A plain Criterion binary writes TAP instead (its --tap), which has durations, places
 *and reasons, as its XML has not.
 */
#ifndef REPORT_LINES_H
#define REPORT_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include <report/result.h>

#define NST_RESULTS_FD "NSTEST_RESULTS_FD"

/* Reads one line (without '\n'). *ret_start: it only says that the test begins.
 * Return: 0 and the caller releases `ret_result`; -EPROTO with a sentence. */
int nst_line_read(const char *line, size_t size, bool *ret_start,
		  struct nst_result *ret_result);

/* Writes a result as such a line, with its '\n': malloc'd, the caller's. NULL: no
 * memory. */
char *nst_line_write(const struct nst_result *result);

/* Reads Criterion's TAP. Return: the number of results in *ret_results (malloc'd, each
 * to be freed); -EPROTO if the plan ("1..N") and the lines do not agree. */
int nst_tap_read(const char *text, struct nst_result **ret_results, size_t *ret_count);

#endif
