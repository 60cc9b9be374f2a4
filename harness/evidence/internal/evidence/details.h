/* SPDX-License-Identifier: MIT */
/* What the HTML report shows of a case: its network, its steps, packets and logs.
 *
 *	struct nst_details *details = nst_details_begin();
 *
 *	nst_details_step(details, &step);
 *	nst_details_answer(details, &answer);
 *	nst_details_step_ended(details, true);
 *	nst_details_finish(details, &end, &result);
 *
 * It becomes result->details, a JSON object; the scripts of the page (report/page)
 * say how it is read. Times are microseconds since the case began. A NULL `details` is fine
 * everywhere, and nothing is noted. */
#ifndef EVIDENCE_DETAILS_H
#define EVIDENCE_DETAILS_H

#include <stdbool.h>
#include <stdint.h>

#include <nstest/lab.h>
#include <report/result.h>

struct nst_details;

/* NULL: no memory. The case begins now. */
struct nst_details *nst_details_begin(void);
void nst_details_free(struct nst_details *details);

/* Something is done or asked. Texts may be NULL. */
struct nst_details_step {
	const char *kind; /* "expect", "run" */
	const char *text;
	const char *file;
	unsigned int line;
	uint64_t began_us; /* CLOCK_MONOTONIC; 0: now */
};
void nst_details_step(struct nst_details *details, const struct nst_details_step *step);

/* What the step that goes on was answered. */
struct nst_details_answer {
	const char *from, *to;
	const char *question; /* "a -> b tcp/80" */
	const char *expected; /* "open" */
	const char *verdict;  /* nst_verdict_name() */
	const char *sentence;
};
void nst_details_answer(struct nst_details *details,
			const struct nst_details_answer *answer);

/* The step that goes on is over. */
void nst_details_step_ended(struct nst_details *details, bool held);

/* Beside the steps something is done; `when` it was to be. */
void nst_details_act(struct nst_details *details, const char *text, const char *when);

struct nst_measure;

/* What TCP connections achieved, to be drawn. */
void nst_details_measure(struct nst_details *details, const char *title,
			 const struct nst_measure *measure);

struct nst_details_end {
	const struct nst_topology *topology; /* NULL: the case has no network */
	struct nst_lab *lab;                 /* NULL: it was never up */
	uint64_t took_us;
	bool whole;         /* with packets, logs and rulesets: it did not pass */
	const char *folder; /* of what was kept; NULL: nothing was */
};

/* Fills in result->details and result->graph, and frees `details`. Rulesets are shown as
 * they were kept, with what their rules counted. */
void nst_details_finish(struct nst_details *details, const struct nst_details_end *end,
			struct nst_result *result);

/* The hosts and links in the language of Graphviz; malloc'd. NULL: there are more than a
 * picture can show, or no memory. Pure. */
char *nst_graph_of(const struct nst_topology *topology);

#endif
