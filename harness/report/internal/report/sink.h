/* SPDX-License-Identifier: MIT */
/* Where results go: a sink is a table of functions and its own state. A run feeds any
 * number of sinks; each writes one form of report.
 *
 * Order of calls: start, then progress and result in any order, then end. Results come
 * in the order of the cases, whatever the number of workers. Sinks are called by one
 * thread.
 */
#ifndef REPORT_SINK_H
#define REPORT_SINK_H

#include <report/result.h>

struct nst_totals {
	size_t by_outcome[NST_OUTCOMES];
};

struct nst_run_start {
	size_t cases; /* known so far; a suite executable counts as one until it has run
		       */
	size_t workers;             /* at a time */
	unsigned int shard, shards; /* this run is 2 of 4; 0: it is the whole */
	size_t all_cases;           /* of all shards */
	uint64_t plan; /* digest of who runs what: the same in every shard of a run */
	uint64_t seed; /* of chance on links; 0: nothing in the run is random */
};

struct nst_run_progress {
	uint64_t now_us; /* CLOCK_MONOTONIC */
	size_t done, cases;
	const struct nst_totals *totals; /* of what is done, reported or not */
	const char *const *running;      /* "suite / case", the longest-running first */
	size_t running_count;
};

struct nst_run_end {
	uint64_t duration_us;
	const struct nst_totals *totals;
	/* "Ctrl-C", "SIGTERM", "--max-failures", ...; NULL: ran to its end */
	const char *interrupted_by;
	const char *const *running; /* then: what was cut short */
	size_t running_count;
	size_t never_run; /* then: cases that had not begun */
	/* What rules did in all cases: a JSON object, runner/rules_page.h; NULL: nobody counted. */
	const char *rules;
};

struct nst_sink_ops {
	void (*start)(void *self, const struct nst_run_start *start);
	void (*progress)(void *self, const struct nst_run_progress *progress);
	void (*result)(void *self, const struct nst_result *result);
	void (*end)(void *self, const struct nst_run_end *end);
};

struct nst_sink {
	const struct nst_sink_ops *ops; /* no member is NULL */
	void *self;
};

size_t nst_totals_all(const struct nst_totals *totals);

/* Failed or could not run. */
size_t nst_totals_bad(const struct nst_totals *totals);

#endif
