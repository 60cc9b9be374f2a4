/* SPDX-License-Identifier: MIT */
/* What is done beside the steps of a case: timelines.
 *
 * How it works. The lab process serves one request at a time, and a step that waits is such
 * a request. So the worker does both: while a timeline has something left to do, a step
 * waits in slices, each of which ends when the next thing is due, and what is due is done
 * between two of them. A time is met to the microsecond that the kernel wakes us at; an
 * event is looked for every EVENT_MS. A probe (`expect`) is not cut into slices: what
 * falls due meanwhile is done right after it, and the account says how late.
 *
 * Rejected: a second thread with a second way into the lab process (all of its state would
 * need locks, and each wait inside it its own place to be interrupted), and a timeline in
 * the wire engine (which knows neither programs nor the links that are not impaired).
 */
#ifndef RUNNER_TIMELINE_H
#define RUNNER_TIMELINE_H

#include "step.h"

/* From now on the entries of this step are done when their time comes. */
int timeline_begin(struct live_case *live, const struct nst_step *step);

/* Does all that is due. Return: 0; -errno, and live->culprit is the step. */
int timelines_act(struct live_case *live);

/* Whether anything is left to do that must come. */
bool timelines_done(const struct live_case *live);

/* The first entry that must have come and has not; NULL. */
const struct nst_timeline_entry *timelines_missing(const struct live_case *live);

void timelines_free(struct live_case *live);

/* Waits at most `ms`: 0 once what it waits for has come; -ETIMEDOUT; another -errno. May be
 * called again and again. */
typedef int wait_function(void *arg, int ms);

/* Waits up to `within_ms`, while timelines act. */
int wait_acting(struct live_case *live, int within_ms, wait_function *once, void *arg);

/* Sleeps until then, while timelines act. -ETIMEDOUT when the case's time is up. */
int sleep_acting(struct live_case *live, uint64_t until_us);

#endif
