/* SPDX-License-Identifier: MIT */
/* One case of a scenario, from an empty machine to its result. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <base/fail.h>
#include <base/scope.h>
#include <base/virtual.h>
#include <evidence/details.h>
#include <nstest/impair.h>

#include "artefacts.h"
#include "case.h"
#include "clock.h"
#include "counting.h"
#include "faults.h"
#include "hold.h"
#include "measure.h"
#include "replay.h"
#include "step.h"
#include "timeline.h"

static void note_step(struct note *note, const struct nst_position *at,
		      const char *doing, const char *what)
{
	if (at)
		note_set(note->step, sizeof(note->step), "at %s:%u:%u, %s%s%s",
			 at->file, at->line, at->column, doing, *doing ? " " : "",
			 what);
	else
		note_set(note->step, sizeof(note->step), "%s %s", doing, what);
}

static void watch_setup(void *self, const struct nst_position *at, const char *doing,
			const char *what)
{
	note_step(self, at, doing, what);
}

static void place(struct nst_result *result, const struct nst_position *at)
{
	if (!at || !at->file || result->file)
		return;
	nst_text_set(&result->file, "%s", at->file);
	if (!result->line) {
		result->line = at->line;
		result->column = at->column;
	}
}

/* What a negative return means for the case: a program that misbehaves is a failure of
 * what is tested, a missing ability of the machine a skip, all else an error. */
static enum nst_outcome outcome_of(int r)
{
	switch (r) {
	case -ECHILD:
	case -ETIMEDOUT:
	case -EUCLEAN:   /* a sanitizer found something */
	case -ENOMSG:    /* a fault that never fired */
	case -ECANCELED: /* a step of a timeline failed */
		return NST_OUTCOME_FAIL;
	case -EOPNOTSUPP:
		return NST_OUTCOME_SKIP;
	}
	return NST_OUTCOME_ERROR;
}

static void stopped(struct nst_result *result, int r, const struct nst_position *at)
{
	result->outcome = outcome_of(r);
	if (r != -ECANCELED)
		nst_text_set(&result->message, "%s", nst_error());
	place(result, at);
}

static bool time_is_up(const struct live_case *live)
{
	return now_us() >= live->patience.deadline_us;
}

static void out_of_time(const struct run_context *context, const struct job *job,
			struct nst_result *result)
{
	nst_text_add(&result->message, "the case's time was up: %d ms",
		     job_timeout_ms(job, &context->options));
}

/* Return: whether the case goes on. */
static bool step_once(struct live_case *live, const struct nst_step *step,
		      struct note *note)
{
	uint64_t began_us = now_us();
	int r;

	note_step(note, &step->position, "", step->text);
	if (!step_is_quiet(step->kind))
		live->step_ns = nst_now_ns();
	nst_details_step(live->details, &(struct nst_details_step){
						.kind = nst_step_name(step->kind),
						.text = step->text,
						.file = step->position.file,
						.line = step->position.line,
					});
	r = timelines_act(live);
	if (r == 0)
		r = take_step(live, step);
	nst_details_step_ended(live->details, r == STEP_HELD);
	hold_taken(live->hold, r == STEP_HELD, now_us() - began_us);
	if (r == STEP_HELD)
		return true;
	if (live->culprit)
		step = live->culprit;
	if (r < 0) {
		stopped(live->result, r, &step->position);
	} else {
		live->result->outcome = NST_OUTCOME_FAIL;
		place(live->result, &step->position);
	}
	if (!live->result->question)
		nst_text_set(&live->result->question, "%s", step->text);
	return false;
}

/* A program that died unasked, or a fault that never fired, fails the case, or explains
 * why a step did. */
static void check_lab(struct live_case *live, const struct nst_position *at)
{
	struct nst_result *result = live->result;
	int r = nst_lab_check(live->lab);

	if (r >= 0)
		r = nst_lab_faults_check(live->lab);
	if (r >= 0)
		return;
	if (result->outcome == NST_OUTCOME_PASS) {
		stopped(result, r, at);
		return;
	}
	if (r ==
	    -EIO) /* the wire engine has ended: nothing of this is the network's doing */
		result->outcome = NST_OUTCOME_ERROR;
	if (!result->message || strcmp(result->message, nst_error()))
		nst_text_add(&result->evidence, "%s", nst_error());
}

/* What nobody has waited for has proved nothing. */
static void check_timelines(struct live_case *live)
{
	const struct nst_timeline_entry *missing = timelines_missing(live);
	struct nst_result *result = live->result;

	if (!missing || result->outcome != NST_OUTCOME_PASS)
		return;
	result->outcome = NST_OUTCOME_FAIL;
	nst_text_set(&result->message,
		     "the steps ended before this came: %s; \"wait until: timeline is "
		     "done\" waits for it, \"may miss: true\" does without",
		     missing->text);
	place(result, &missing->position);
}

/* Counts rules from here on; they have just been loaded. */
static int begin_counting(struct counting *counting, struct live_case *live)
{
	int r = counting_begin(counting, live->lab);

	live->counting = counting;
	if (r < 0)
		stopped(live->result, r, NULL);
	return r;
}

/* What cannot be counted any more (a lab that died) is in no coverage. */
static void end_counting(struct counting *counting, struct live_case *live)
{
	if (counting->on && counting_take(counting, live->lab) == 0)
		counting_tell(counting, live->result);
}

/* On virtual time steps begin at a moment that depends on the seed alone, not on how long hosts
 * and faults took to make: the kernel's timers tick every 10 ms, and when a packet comes between
 * two ticks decides what follows it. So another seed is another order of events, and faults
 * that are put in the place of chance leave it as it was. */
static void begin_in_time(uint64_t seed)
{
	enum {
		TICK_NS = 10 * 1000 * 1000,
		STEP_NS = 5 * TICK_NS,
		SECOND_NS = 1000000000
	};
	const uint64_t golden = 0x9e3779b97f4a7c15;
	struct timespec when;

	if (!getenv(NST_VIRTUAL_TIME))
		return;
	clock_gettime(CLOCK_REALTIME, &when);
	when.tv_nsec = (when.tv_nsec / STEP_NS + 1) * STEP_NS +
		       (long)((seed * golden >> 32) % TICK_NS);
	when.tv_sec += when.tv_nsec / SECOND_NS;
	when.tv_nsec %= SECOND_NS;
	while (clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &when, NULL) == EINTR)
		;
}

void case_take_steps(const struct run_context *context, const struct job *job,
		     struct live_case *live, struct note *note)
{
	bool begun = false;

	live->step_ns = nst_now_ns();
	for (size_t i = 0; i < job->item->step_count; i++) {
		const struct nst_step *step = &job->item->steps[i];

		if (!begun && step->kind != NST_STEP_FAULT) {
			begin_in_time(context->options.seed);
			begun = true;
		}
		if (time_is_up(live)) {
			live->result->outcome = NST_OUTCOME_FAIL;
			place(live->result, &step->position);
			break;
		}
		if (!hold_step(live->hold, step)) {
			live->result->outcome = NST_OUTCOME_ERROR;
			nst_text_set(&live->result->message, "it was ended by hand");
			place(live->result, &step->position);
			break;
		}
		if (!step_once(live, step, note))
			break;
	}
	if (live->result->outcome == NST_OUTCOME_FAIL && time_is_up(live))
		out_of_time(context, job, live->result);
	note->step[0] = '\0';
}

void case_settle(const struct job *job, struct live_case *live)
{
	check_timelines(live);
	check_lab(live, &job->item->position);
	account_for(live);
}

void case_free(struct live_case *live)
{
	nst_lab_down(live->lab);
	timelines_free(live);
	nst_details_free(live->details);
	free(live->marks);
	free(live->faults);
	free(live->happened);
}

static void finish(const struct run_context *context, const struct job *job,
		   struct live_case *live, uint64_t began_us)
{
	const struct nst_run_options *options = &context->options;
	struct nst_result *result = live->result;

	result->duration_us = now_us() - began_us;
	place(result, &job->item->position);
	if (result->outcome == NST_OUTCOME_FAIL || result->outcome == NST_OUTCOME_ERROR)
		replay_note(context, job, result);
	if (!options->out)
		return;
	if (result->outcome == NST_OUTCOME_PASS && !options->keep_all)
		artefacts_remove(options->out, job->folder);
	else if (result->outcome != NST_OUTCOME_SKIP)
		artefacts_keep(options->out, job->folder, live->lab, result);
	nst_details_finish(live->details,
			   &(struct nst_details_end){
				   .topology = &job->item->setup->topology,
				   .lab = live->lab,
				   .took_us = result->duration_us,
				   .whole = options->keep_all ||
					    result->outcome != NST_OUTCOME_PASS,
				   .folder = result->kept,
			   },
			   result);
	live->details = NULL;
}

bool case_run(const struct run_context *context, const struct job *job,
	      struct note *note, struct nst_result *ret_result)
{
	const struct nst_lab_options lab_options = {
		.capture = job->item->capture,
		.live_fd = context->options.live_fd,
		.engine = context->options.engine,
		.seed = context->options.seed,
		.strace = context->options.strace,
		.gdb = context->options.gdb,
		.terminal = context->options.terminal,
		.memory_bytes = context->options.case_memory_bytes,
		.allow_unplanned_loss = job->item->allow_unplanned_loss,
	};
	const struct setup_watcher watcher = { watch_setup, note };
	const struct nst_position *at;
	uint64_t began_us = now_us();
	struct live_case live = {
		.result = ret_result,
		.patience = { began_us +
			      (uint64_t)job_timeout_ms(job, &context->options) * 1000 },
	};
	struct counting counting AUTO(counting_end) = { 0 };
	bool paused;
	int r;

	if (context->options.details)
		live.details = nst_details_begin();
	nst_text_set(&ret_result->suite, "%s", job->scenario->name);
	nst_text_set(&ret_result->name, "%s", job->item->name);
	if (job->item->clock == NST_CLOCK_VIRTUAL && !clock_is_virtual()) {
		ret_result->outcome = NST_OUTCOME_SKIP;
		nst_text_set(&ret_result->message,
			     "it waits too long for real time: nstest run --virtual");
		place(ret_result, &job->item->position);
		return false;
	}
	r = measure_baselines(context, job, note);
	if (r == 0)
		r = counting_prepare(&counting, job->item->setup,
				     context->options.coverage != NULL);
	at = NULL;
	if (r == 0)
		r = setup_lab(counting.setup, &lab_options, &live.patience, &watcher,
			      &live.lab, &at);
	if (r < 0) {
		stopped(ret_result, r, at ? at : &job->item->position);
	} else if (begin_counting(&counting, &live) == 0) {
		measure_prepare(live.lab, job->item->steps, job->item->step_count);
		if (context->options.step)
			live.hold = hold_begin(context, job, live.lab);
		case_take_steps(context, job, &live, note);
		case_settle(job, &live);
		end_counting(&counting, &live);
	}
	finish(context, job, &live, began_us);
	paused = context->options.pause_on_failure && live.lab &&
		 (ret_result->outcome == NST_OUTCOME_FAIL ||
		  ret_result->outcome == NST_OUTCOME_ERROR);
	if (paused)
		hold_failure(context, job, &live);
	note_set(note->step, sizeof(note->step), "taking the lab down");
	hold_end(live.hold);
	case_free(&live);
	return paused;
}
