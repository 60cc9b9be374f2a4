/* SPDX-License-Identifier: MIT */
/* Taking the steps of a case. Each kind of step has its exec_*.c. */
#ifndef RUNNER_STEP_H
#define RUNNER_STEP_H

#include <nstest/scenario.h>
#include <report/result.h>

#include "setup.h"

struct mark {
	const char *name;
	unsigned long long at_ns;
};

struct named_fault {
	const char *name;
	uint32_t id;
};

struct track; /* timeline.c */
struct nst_details;

/* A case under way. */
struct live_case {
	struct nst_lab *lab;
	struct nst_result *result; /* filled in by the step that fails */
	struct patience patience;
	unsigned long long step_ns; /* of the last step that may send packets */
	struct mark *marks;
	size_t mark_count;
	struct named_fault *faults;
	size_t fault_count;
	struct track *tracks; /* what timelines have to do; timeline.c */
	size_t track_count;
	struct counting *counting;      /* of rules; NULL: none */
	const struct nst_step *culprit; /* the timeline's step that failed; NULL */
	char *happened;                 /* what timelines did when, a line each */
	struct nst_details *details; /* for the HTML report; NULL: nobody wants them */
	struct hold *hold;           /* asks before each step; NULL; hold.c */
};

enum taken {
	STEP_HELD,
	STEP_FAILED, /* and the result says why */
};

/* Return: enum taken; or -errno with a sentence, if the step could not be taken. */
typedef int step_function(struct live_case *live, const struct nst_step *step);

step_function exec_expect, exec_run, exec_packets, exec_measure, exec_mark, exec_wait,
	exec_start, exec_stop, exec_kill, exec_freeze, exec_thaw, exec_down, exec_up,
	exec_cut, exec_mend, exec_impair, exec_fault, exec_unfault, exec_timed,
	exec_address, exec_timeline, exec_ruleset, exec_restart, exec_vanish,
	exec_exhaust, exec_restore, exec_read_only, exec_writable, exec_mtu;

int take_step(struct live_case *live, const struct nst_step *step);

/* When what `since` counts from was; exec_packets.c. */
unsigned long long step_since(const struct live_case *live, enum nst_since since,
			      const char *mark);

/* Congestion windows are read from the beginning where a later step measures. Return: 0; -errno
 * with a sentence. */
int measure_prepare(struct nst_lab *lab, const struct nst_step *steps, size_t count);

/* Whether the step neither sends packets nor changes the network: `since: step` of a
 * later one looks past it. */
bool step_is_quiet(enum nst_step_kind kind);

/* ---- For the explanation of a failed step ---- */

/* The last `lines` lines of a text: a malloc'd copy, without a newline at its end. */
char *text_tail(const char *text, unsigned int lines);

/* Adds "NAME on HOST, stdout:" and the end of what it wrote, if it wrote anything. */
void add_output(char **evidence, const char *what, const char *text);

#endif
