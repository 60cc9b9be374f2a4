/* SPDX-License-Identifier: MIT */
/* start, restart, stop, kill, vanish, freeze, thaw: what is done to programs. */
#include <errno.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>

#include "step.h"
#include "timeline.h"

/* A program that does not do what it was asked for fails the case. */
static int program_failed(struct live_case *live, int r)
{
	if (r != -ECHILD && r != -ETIMEDOUT)
		return r;
	nst_text_set(&live->result->message, "%s", nst_error());
	return STEP_FAILED;
}

static int until_ready(void *arg, int ms)
{
	return nst_wait_ready(arg, ms);
}

int exec_start(struct live_case *live, const struct nst_step *step)
{
	int within_ms = patience_ms(&live->patience, step->start.within_ms);
	struct nst_program *program;
	int r = nst_start(live->lab, &step->start.start, &program);

	if (r == 0)
		r = setup_explain(wait_acting(live, within_ms, until_ready, program),
				  &step->start);
	return r < 0 ? program_failed(live, r) : STEP_HELD;
}

/* The newest of that name; how its end came about is the case's own matter. */
int exec_restart(struct live_case *live, const struct nst_step *step)
{
	enum { STOP_MS = 2000 };
	const struct nst_start *start = &step->start.start;
	struct nst_program *program =
		nst_program_find(live->lab, start->host, start->name);
	int r = program ? nst_stop(program, patience_ms(&live->patience, STOP_MS)) : 0;

	return r < 0 ? program_failed(live, r) : exec_start(live, step);
}

static int find(struct live_case *live, const struct nst_step *step,
		struct nst_program **ret_program)
{
	const struct nst_program_step *names = &step->program;

	*ret_program = nst_program_find(live->lab, names->host, names->name);
	if (!*ret_program)
		return nst_fail(-ENOENT, "no program %s was started on %s so far",
				names->name, names->host);
	return 0;
}

int exec_stop(struct live_case *live, const struct nst_step *step)
{
	struct nst_program *program;
	int r = find(live, step, &program);

	if (!r)
		r = nst_stop(program,
			     patience_ms(&live->patience, step->program.within_ms));
	return r < 0 ? program_failed(live, r) : STEP_HELD;
}

/* Whatever runs on the host; what has ended is passed over. */
static int signal_all(struct live_case *live, const char *host,
		      int (*act)(struct nst_program *))
{
	struct nst_program *program;

	for (size_t i = 0; (program = nst_program_at(live->lab, i)); i++) {
		int r;

		if (strcmp(nst_program_host(program), host) != 0 ||
		    !nst_program_pid(program))
			continue;
		r = act(program);
		if (r < 0 && r != -ESRCH)
			return program_failed(live, r);
	}
	return STEP_HELD;
}

static int exec_signal(struct live_case *live, const struct nst_step *step,
		       int (*act)(struct nst_program *))
{
	struct nst_program *program;
	int r;

	if (!step->program.name)
		return signal_all(live, step->program.host, act);
	r = find(live, step, &program);

	if (!r)
		r = act(program);
	return r < 0 ? program_failed(live, r) : STEP_HELD;
}

int exec_kill(struct live_case *live, const struct nst_step *step)
{
	return exec_signal(live, step, nst_kill);
}

int exec_vanish(struct live_case *live, const struct nst_step *step)
{
	return exec_signal(live, step, nst_vanish);
}

int exec_freeze(struct live_case *live, const struct nst_step *step)
{
	return exec_signal(live, step, nst_freeze);
}

int exec_thaw(struct live_case *live, const struct nst_step *step)
{
	return exec_signal(live, step, nst_thaw);
}
