/* SPDX-License-Identifier: MIT */
/* measure: what TCP achieved, and whether that is enough. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>
#include <evidence/details.h>
#include <nstest/tcp.h>

#include "baselines.h"
#include "case.h"
#include "measure.h"
#include "step.h"

enum { WINDOWS_EVERY_US = 10000, ACKNOWLEDGED_MS = 1000 };

static const char *const names[] = {
	[NST_MEASURED_RATE] = "rate",
	[NST_MEASURED_LATENCY] = "latency",
	[NST_MEASURED_P90] = "latency p90",
	[NST_MEASURED_P99] = "latency p99",
	[NST_MEASURED_RETRANSMITTED] = "retransmitted",
};

int measure_prepare(struct nst_lab *lab, const struct nst_step *steps, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int r = steps[i].kind == NST_STEP_MEASURE
				? nst_watch_tcp(lab, steps[i].measure.at,
						WINDOWS_EVERY_US)
				: 0;

		/* Windows are for the report: what needs none can do without. */
		if (r < 0 && r != -EALREADY && r != -EOPNOTSUPP)
			return r;
	}
	return 0;
}

/* What has just been sent is acknowledged a round trip later; of what goes on for longer, what
 * there is by now is measured. */
static void await_acknowledgments(struct live_case *live,
				  const struct nst_measure_step *asked)
{
	struct nst_tcp_match match = {
		.local_port = asked->port,
		.states = 1U << NST_TCP_ESTABLISHED | 1U << NST_TCP_FIN_WAIT_1 |
			  1U << NST_TCP_CLOSE_WAIT | 1U << NST_TCP_CLOSING |
			  1U << NST_TCP_LAST_ACK,
		.least_unacked = 1,
	};

	nst_await_no_tcp(live->lab, asked->at, &match, ACKNOWLEDGED_MS);
	match.local_port = 0;
	match.remote_port = asked->port;
	if (asked->port)
		nst_await_no_tcp(live->lab, asked->at, &match, ACKNOWLEDGED_MS);
}

/* Its port at this end, or at the other. */
static int measure(struct live_case *live, const struct nst_measure_step *asked,
		   struct nst_measure *ret)
{
	struct nst_measure_what what = {
		.local_port = asked->port,
		.since_ns = step_since(live, asked->since, asked->mark),
	};
	int r = nst_measure(live->lab, asked->at, &what, ret);

	if (r != -ENODATA || !asked->port)
		return r;
	what.local_port = 0;
	what.remote_port = asked->port;
	return nst_measure(live->lab, asked->at, &what, ret);
}

static struct baseline values_of(const struct nst_measure *measure)
{
	return (struct baseline){
		.values = {
			[NST_MEASURED_RATE] = measure->rate_bps,
			[NST_MEASURED_LATENCY] = measure->latency_us.median,
			[NST_MEASURED_P90] = measure->latency_us.p90,
			[NST_MEASURED_P99] = measure->latency_us.p99,
			[NST_MEASURED_RETRANSMITTED] = measure->retransmitted,
		},
		.segments = measure->segments,
	};
}

static void print_value(enum nst_measured what, uint64_t value, char *text, size_t size)
{
	if (what == NST_MEASURED_RATE)
		snprintf(text, size, "%.3f Mbit/s", (double)value / 1e6);
	else if (what == NST_MEASURED_RETRANSMITTED)
		snprintf(text, size, "%" PRIu64 " segments", value);
	else
		snprintf(text, size, "%.3f ms", (double)value / 1e3);
}

/* What is compared: the value itself, or a part in ppm. */
static uint64_t compared(const struct nst_bound *bound, const struct baseline *seen,
			 const struct baseline *base)
{
	uint64_t value = seen->values[bound->what];
	double of = bound->relative ? (double)base->values[bound->what]
				    : (double)seen->segments;

	if (!bound->relative && !bound->share)
		return value;
	if (of <= 0)
		return value ? UINT64_MAX : 1000000;
	return (uint64_t)((double)value * 1e6 / of + 0.5);
}

static void describe(const struct nst_measure_step *asked,
		     const struct nst_bound *bound, const struct baseline *seen,
		     const struct baseline *base, uint64_t value,
		     struct nst_result *result)
{
	char got[64], before[64];

	print_value(bound->what, seen->values[bound->what], got, sizeof(got));
	nst_text_set(&result->question, "%s of what %s sent", names[bound->what],
		     asked->at);
	nst_text_set(&result->expected, "%s", bound->text);
	if (bound->relative) {
		print_value(bound->what, base->values[bound->what], before,
			    sizeof(before));
		nst_text_set(&result->got, "%s, %.1f %% of %s (%s)", got,
			     (double)value / 1e4, bound->baseline, before);
	} else if (bound->share) {
		nst_text_set(&result->got, "%s, %.2f %%", got, (double)value / 1e4);
	} else {
		nst_text_set(&result->got, "%s", got);
	}
}

static int check(struct live_case *live, const struct nst_step *step,
		 const struct nst_bound *bound, const struct baseline *seen)
{
	struct baseline base = { 0 };
	uint64_t value;

	if (bound->relative &&
	    !baseline_get(step->position.file, bound->baseline, &base))
		return nst_fail(-ENODATA, "nobody has measured \"%s\"",
				bound->baseline);
	value = compared(bound, seen, &base);
	if (value >= bound->at_least && value <= bound->at_most)
		return STEP_HELD;
	describe(&step->measure, bound, seen, &base, value, live->result);
	return STEP_FAILED;
}

static void summarize(const struct nst_measure *measure, char **evidence)
{
	const struct nst_latency *latency = &measure->latency_us;

	nst_text_add(evidence,
		     "%" PRIu64 " bytes in %.3f ms over %u connection%s: %.3f Mbit/s",
		     measure->bytes, (double)measure->duration_us / 1e3,
		     measure->connections, measure->connections == 1 ? "" : "s",
		     (double)measure->rate_bps / 1e6);
	nst_text_add(evidence,
		     "round trips: least %.3f, median %.3f, p90 %.3f, p99 %.3f, most "
		     "%.3f ms (%u of them)",
		     latency->least / 1e3, latency->median / 1e3, latency->p90 / 1e3,
		     latency->p99 / 1e3, latency->most / 1e3, latency->count);
	nst_text_add(evidence, "%" PRIu64 " of %" PRIu64 " segments were sent again",
		     measure->retransmitted, measure->segments);
}

static int judge(struct live_case *live, const struct nst_step *step,
		 const struct nst_measure *measure)
{
	const struct nst_measure_step *asked = &step->measure;
	struct baseline seen = values_of(measure);
	int r = asked->as ? baseline_put(step->position.file, asked->as, &seen) : 0;

	for (size_t i = 0; i < asked->bound_count && r == STEP_HELD; i++)
		r = check(live, step, &asked->bounds[i], &seen);
	if (r == STEP_FAILED)
		summarize(measure, &live->result->evidence);
	return r;
}

int exec_measure(struct live_case *live, const struct nst_step *step)
{
	struct nst_measure measured AUTO(nst_measure_free) = { 0 };
	const struct nst_measure_step *asked = &step->measure;
	int r;

	await_acknowledgments(live, asked);
	r = measure(live, asked, &measured);

	if (r == -ENODATA) {
		nst_text_set(&live->result->question, "what %s sent", asked->at);
		nst_text_set(&live->result->expected, "a TCP connection");
		nst_text_set(&live->result->got, "none that has sent a byte");
		return STEP_FAILED;
	}
	if (r < 0)
		return r;
	nst_details_measure(live->details, asked->as ? asked->as : step->text,
			    &measured);
	return judge(live, step, &measured);
}

/* ---- What other cases measure ---- */

static bool measures(const struct nst_scenario_case *item, const char *name)
{
	for (size_t i = 0; i < item->step_count; i++)
		if (item->steps[i].kind == NST_STEP_MEASURE &&
		    item->steps[i].measure.as &&
		    strcmp(item->steps[i].measure.as, name) == 0)
			return true;
	return false;
}

/* The last one before `job` that measures it; NULL: it does so itself. */
static const struct nst_scenario_case *case_of(const struct job *job, const char *name)
{
	const struct nst_scenario_case *item = job->item;

	if (measures(item, name))
		return NULL;
	while (item-- > job->scenario->cases)
		if (measures(item, name))
			return item;
	return NULL;
}

/* Runs that case for what it measures; it leaves nothing. */
static int run_for(const struct run_context *context, const struct job *job,
		   const struct nst_scenario_case *item, struct note *note)
{
	struct run_context quiet = *context;
	struct nst_result result AUTO(nst_result_free) = { 0 };
	struct job other = *job;

	quiet.options.out = NULL;
	quiet.options.details = quiet.options.step = false;
	quiet.options.pause_on_failure = false;
	quiet.options.coverage = NULL;
	other.item = item;
	case_run(&quiet, &other, note, &result);
	if (result.outcome == NST_OUTCOME_PASS)
		return 0;
	return nst_fail(result.outcome == NST_OUTCOME_SKIP ? -EOPNOTSUPP : -EIO,
			"the case \"%s\", with which it is compared, does not pass: %s",
			item->name,
			result.message ? result.message
			: result.got   ? result.got
				       : "it failed");
}

static int prepare_step(const struct run_context *context, const struct job *job,
			const struct nst_step *step, struct note *note)
{
	const struct nst_measure_step *asked = &step->measure;
	struct baseline known;
	int r = 0;

	for (size_t i = 0; i < asked->bound_count && r == 0; i++) {
		const char *name = asked->bounds[i].baseline;
		const struct nst_scenario_case *item =
			name && !baseline_get(step->position.file, name, &known)
				? case_of(job, name)
				: NULL;

		r = item ? run_for(context, job, item, note) : 0;
	}
	return r;
}

int measure_baselines(const struct run_context *context, const struct job *job,
		      struct note *note)
{
	int r = 0;

	for (size_t i = 0; i < job->item->step_count && r == 0; i++)
		if (job->item->steps[i].kind == NST_STEP_MEASURE)
			r = prepare_step(context, job, &job->item->steps[i], note);
	return r;
}
