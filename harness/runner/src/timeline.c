/* SPDX-License-Identifier: MIT */
/* What is done beside the steps of a case. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <base/fail.h>
#include <base/scope.h>
#include <evidence/details.h>

#include "activity.h"
#include "clock.h"
#include "timeline.h"
#include "wait.h"

enum { EVENT_MS = 5, LATE_MS = 10 };

enum progress { TRACK_WAITS, TRACK_ACTS, TRACK_DONE };

/* One entry of a timeline. */
struct track {
	const struct nst_timeline_entry *entry;
	enum progress progress;
	uint64_t began_us; /* of its timeline */
	uint64_t due_us;   /* of an entry that waits for its time */
	size_t step;       /* which of its steps is under way */
	struct activity activity;
};

int timeline_begin(struct live_case *live, const struct nst_step *step)
{
	const struct nst_timeline_step *timeline = &step->timeline;
	size_t count = live->track_count + timeline->count;
	struct track *tracks = realloc(live->tracks, count * sizeof(*tracks));
	uint64_t now = now_us();

	if (!tracks)
		return nst_fail_memory();
	live->tracks = tracks;
	for (size_t i = 0; i < timeline->count; i++) {
		const struct nst_timeline_entry *entry = &timeline->entries[i];

		tracks[live->track_count++] = (struct track){
			.entry = entry,
			.began_us = now,
			.due_us = entry->at_us < 0 ? UINT64_MAX
						   : now + (uint64_t)entry->at_us,
		};
	}
	return STEP_HELD;
}

void timelines_free(struct live_case *live)
{
	free(live->tracks);
	live->tracks = NULL;
	live->track_count = 0;
}

/* ---- One entry ---- */

/* When and what, for the account. */
static void note_act(struct live_case *live, const struct track *track,
		     const struct nst_step *step, uint64_t due_us)
{
	uint64_t now = now_us(), late_ms = now > due_us ? (now - due_us) / 1000 : 0;
	char late[48] = "";

	if (late_ms >= LATE_MS)
		snprintf(late, sizeof(late), "; %" PRIu64 " ms late", late_ms);
	nst_text_add(&live->happened, "%.3f s  %s  (%s%s)",
		     (double)(now - track->began_us) / 1e6, step->text,
		     track->entry->text, late);
	nst_details_act(live->details, step->text, track->entry->text);
}

static void begin_step(struct live_case *live, struct track *track, uint64_t due_us)
{
	const struct nst_step *step = &track->entry->steps[track->step];

	note_act(live, track, step, due_us);
	track->activity = activity_begin(step, due_us);
}

/* Return: 1 if its time has come. */
static int is_due(struct live_case *live, const struct track *track)
{
	struct nst_wait_step look = track->entry->when;
	int r;

	if (track->entry->at_us >= 0)
		return now_us() >= track->due_us;
	r = wait_once(live, &look, 0);
	if (r == -ETIMEDOUT || r == -ENOENT) /* not yet; not even started */
		return 0;
	return r < 0 ? r : 1;
}

/* All of its parts that are due by now. */
static int act(struct live_case *live, struct track *track)
{
	while (track->progress == TRACK_ACTS && track->activity.due_us <= now_us()) {
		int r = activity_act(live, &track->activity);

		if (r < 0) {
			live->culprit = track->activity.step;
			return r;
		}
		if (r > 0)
			continue;
		if (++track->step == track->entry->step_count)
			track->progress = TRACK_DONE;
		else
			begin_step(live, track, track->activity.due_us);
	}
	return 0;
}

static int turn(struct live_case *live, struct track *track)
{
	int r;

	if (track->progress == TRACK_WAITS) {
		r = is_due(live, track);
		if (r <= 0)
			return r;
		track->progress = track->entry->step_count ? TRACK_ACTS : TRACK_DONE;
		if (track->progress == TRACK_ACTS)
			begin_step(live, track,
				   track->entry->at_us < 0 ? now_us() : track->due_us);
	}
	return act(live, track);
}

int timelines_act(struct live_case *live)
{
	for (size_t i = 0; i < live->track_count; i++) {
		int r = turn(live, &live->tracks[i]);

		if (r < 0)
			return r;
	}
	return 0;
}

/* ---- All ---- */

bool timelines_done(const struct live_case *live)
{
	for (size_t i = 0; i < live->track_count; i++) {
		const struct track *track = &live->tracks[i];

		if (track->progress == TRACK_ACTS ||
		    (track->progress == TRACK_WAITS && !track->entry->may_miss))
			return false;
	}
	return true;
}

const struct nst_timeline_entry *timelines_missing(const struct live_case *live)
{
	for (size_t i = 0; i < live->track_count; i++)
		if (live->tracks[i].progress == TRACK_WAITS &&
		    !live->tracks[i].entry->may_miss)
			return live->tracks[i].entry;
	return NULL;
}

/* When something is to be done next, or looked for; UINT64_MAX: never. */
static uint64_t next_us(const struct live_case *live)
{
	uint64_t next = UINT64_MAX, look = now_us() + EVENT_MS * 1000;

	for (size_t i = 0; i < live->track_count; i++) {
		const struct track *track = &live->tracks[i];
		uint64_t due = UINT64_MAX;

		if (track->progress == TRACK_ACTS)
			due = track->activity.due_us;
		else if (track->progress == TRACK_WAITS)
			due = track->entry->at_us < 0 ? look : track->due_us;
		next = due < next ? due : next;
	}
	return next;
}

/* ---- Waiting ---- */

static void sleep_until(uint64_t us)
{
	const struct timespec then = { (time_t)(us / 1000000),
				       (long)(us % 1000000) * 1000 };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &then, NULL) == EINTR)
		;
}

int sleep_acting(struct live_case *live, uint64_t until_us)
{
	uint64_t deadline = live->patience.deadline_us;

	for (;;) {
		uint64_t now, next;
		int r = timelines_act(live);

		if (r < 0)
			return r;
		now = now_us();
		if (now >= until_us)
			return 0;
		if (now >= deadline)
			return nst_fail(-ETIMEDOUT, "it was still to go on for %.3f s",
					(double)(until_us - now) / 1e6);
		next = next_us(live);
		next = next < until_us ? next : until_us;
		sleep_until(next < deadline ? next : deadline);
	}
}

/* The sentence of the last slice speaks of its milliseconds: it was `within_ms` in all. */
static int restate(int slice_ms, int within_ms)
{
	char sentence[NST_ERROR_SIZE], of_slice[32];
	char *at;

	memcpy(sentence, nst_error(), sizeof(sentence));
	snprintf(of_slice, sizeof(of_slice), " %d ms", slice_ms);
	at = strstr(sentence, of_slice);
	if (!at)
		return nst_fail(-ETIMEDOUT, "%s", sentence);
	return nst_fail(-ETIMEDOUT, "%.*s %d ms%s", (int)(at - sentence), sentence,
			within_ms, at + strlen(of_slice));
}

/* Whole milliseconds from now until then, rounded down: a slice must not end late. */
static int whole_ms(uint64_t then_us, int most)
{
	uint64_t now = now_us(), ms = then_us > now ? (then_us - now) / 1000 : 0;

	return ms < (uint64_t)most ? (int)ms : most;
}

int wait_acting(struct live_case *live, int within_ms, wait_function *once, void *arg)
{
	uint64_t deadline = now_us() + (uint64_t)within_ms * 1000;

	for (;;) {
		uint64_t next;
		int slice, r = timelines_act(live);

		if (r < 0)
			return r;
		next = next_us(live);
		slice = whole_ms(next < deadline ? next : deadline, within_ms);
		r = once(arg, next == UINT64_MAX ? ms_until(deadline) : slice);
		if (r != -ETIMEDOUT)
			return r;
		if (now_us() >= deadline)
			return restate(slice, within_ms);
		if (slice == 0)
			sleep_until(next < deadline ? next : deadline);
	}
}
