/* SPDX-License-Identifier: MIT */
/* Which function takes which kind of step. */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>

#include "step.h"

static const struct step_row {
	step_function *take;
	bool quiet;
} rows[] = {
	[NST_STEP_EXPECT] = { exec_expect, false },
	[NST_STEP_RUN] = { exec_run, false },
	[NST_STEP_PACKETS] = { exec_packets, true },
	[NST_STEP_MEASURE] = { exec_measure, true },
	[NST_STEP_START] = { exec_start, false },
	[NST_STEP_STOP] = { exec_stop, false },
	[NST_STEP_KILL] = { exec_kill, false },
	[NST_STEP_FREEZE] = { exec_freeze, false },
	[NST_STEP_THAW] = { exec_thaw, false },
	[NST_STEP_WAIT] = { exec_wait, false },
	[NST_STEP_DOWN] = { exec_down, false },
	[NST_STEP_UP] = { exec_up, false },
	[NST_STEP_CUT] = { exec_cut, false },
	[NST_STEP_MEND] = { exec_mend, false },
	[NST_STEP_MARK] = { exec_mark, true },
	[NST_STEP_IMPAIR] = { exec_impair, false },
	[NST_STEP_RAMP] = { exec_timed, false },
	[NST_STEP_FAULT] = { exec_fault, false },
	[NST_STEP_UNFAULT] = { exec_unfault, false },
	[NST_STEP_FLAP] = { exec_timed, false },
	[NST_STEP_ADDRESS] = { exec_address, false },
	[NST_STEP_PAUSE] = { exec_timed, true },
	[NST_STEP_TIMELINE] = { exec_timeline, true },
	[NST_STEP_CONNECT] = { exec_expect, false },
	[NST_STEP_RULESET] = { exec_ruleset, false },
	[NST_STEP_RELOAD] = { exec_ruleset, false },
	[NST_STEP_RESTART] = { exec_restart, false },
	[NST_STEP_VANISH] = { exec_vanish, false },
	[NST_STEP_EXHAUST] = { exec_exhaust, false },
	[NST_STEP_RESTORE] = { exec_restore, false },
	[NST_STEP_READ_ONLY] = { exec_read_only, false },
	[NST_STEP_WRITABLE] = { exec_writable, false },
	[NST_STEP_MTU] = { exec_mtu, false },
};
static_assert(ARRAY_SIZE(rows) == NST_STEP_KINDS, "a kind of step has no function");

bool step_is_quiet(enum nst_step_kind kind)
{
	return rows[kind].quiet;
}

int take_step(struct live_case *live, const struct nst_step *step)
{
	return rows[step->kind].take(live, step);
}

char *text_tail(const char *text, unsigned int lines)
{
	size_t end = strlen(text), at;

	while (end && text[end - 1] == '\n')
		end--;
	for (at = end; at; at--)
		if (text[at - 1] == '\n' && !--lines)
			break;
	return strndup(text + at, end - at);
}

void add_output(char **evidence, const char *what, const char *text)
{
	enum { LINES = 12 };
	AUTO_FREE char *tail = text ? text_tail(text, LINES) : NULL;

	if (!tail || !*tail)
		return;
	nst_text_add(evidence, "%s:", what);
	for (char *line = tail, *next; line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		nst_text_add(evidence, "  %s", line);
	}
}
