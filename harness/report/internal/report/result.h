/* SPDX-License-Identifier: MIT */
/* The result of one case, as a value: it crosses from the worker to the runner as
 * bytes, and every kind of report is written from it. */
#ifndef REPORT_RESULT_H
#define REPORT_RESULT_H

#include <stddef.h>
#include <stdint.h>

enum nst_outcome {
	NST_OUTCOME_PASS,
	NST_OUTCOME_FAIL,  /* it ran, and something was not as expected */
	NST_OUTCOME_ERROR, /* it could not be run to its end */
	NST_OUTCOME_SKIP,  /* the machine lacks what it needs */
	NST_OUTCOME_FLAKY, /* it passed, after it had failed (--retries) */
	NST_OUTCOMES,
};

/* Texts are malloc'd or NULL; several lines are separated by '\n'. */
struct nst_result {
	enum nst_outcome outcome;
	uint64_t duration_us;
	uint64_t seed;             /* 0: nothing in the case was random */
	unsigned int line, column; /* in `file`; 0: not known */
	unsigned int attempts;     /* that it took; 0: one */

	char *suite, *name;
	char *file;
	char *question; /* what was asked: "a -> b tcp/80", or the step as written */
	char *expected, *got;
	char *message;  /* in place of these three: what went wrong, or why it was
			   skipped */
	char *evidence; /* what was seen, a line each */
	char *ladder;   /* packets, a line each */
	char *next;     /* where to look next */
	char *account;  /* what links were asked and what they did, a line each */
	char *coverage; /* of rules, as JSON (nstest/coverage.h) */
	char *kept;     /* folder of what was kept */
	char *files;    /* what is in it, a name each line; NULL: not known */
	char *lost;     /* what could not be kept, and why, a line each */
	char *engine;   /* of impaired links: "wire", "kernel", "kernel, wire" */
	char *clock;    /* "virtual", "inexact: why"; NULL: the machine's */
	char *output;   /* how the output of its programs ended, a line each */
	char *replay;   /* the command that runs exactly this case again */
	char *details;  /* for the HTML report: a JSON object, evidence/details.h */
	char *graph;    /* its network in the language of Graphviz */
};

void nst_result_free(struct nst_result *result);

/* Moves `from` into `to`, whose texts are released; `from` is empty afterwards. */
void nst_result_move(struct nst_result *to, struct nst_result *from);

/* Formats into a text member; the old text is released. */
__attribute__((format(printf, 2, 3))) void nst_text_set(char **text, const char *format,
							...);

/* Adds to a text, with '\n' between if it is not empty. */
__attribute__((format(printf, 2, 3))) void nst_text_add(char **text, const char *format,
							...);

/* As bytes: malloc'd, the caller's. -ENOMEM. */
int nst_result_pack(const struct nst_result *result, void **ret_bytes,
		    size_t *ret_size);

/* Back again. -EPROTO for bytes that are no result. */
int nst_result_unpack(const void *bytes, size_t size, struct nst_result *ret_result);

/* "pass", "fail", "error", "skip", "flaky". */
const char *nst_outcome_name(enum nst_outcome outcome);

#endif
