/* SPDX-License-Identifier: MIT */
/* Signals to programs: they go to the whole group, and the wait for what they bring
 * about. */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include <base/fail.h>

#include "program_requests.h"
#include "programs.h"

/* How long the kernel may take over SIGKILL and SIGSTOP. */
enum { KILL_TIMEOUT_MS = 5000, STOP_TIMEOUT_MS = 2000 };

/* SIGHUP is not among them: most daemons read their configuration again. */
static bool asks_to_end(int signal)
{
	return signal == SIGTERM || signal == SIGKILL || signal == SIGINT ||
	       signal == SIGQUIT || signal == SIGABRT;
}

/* A number is free again once the whole group is gone, and a later program may have got
 * it. */
static bool number_passed_on(const struct programs *programs,
			     const struct program *program)
{
	for (size_t i = programs->count; i-- > 0 && programs->list[i] != program;)
		if (programs->list[i]->pid == program->pid)
			return true;
	return false;
}

static int send_signal(struct nst_inside *inside, struct program *program, int signal)
{
	char title[PROGRAM_TITLE_SIZE];

	if (program->ended && number_passed_on(inside->programs, program))
		return nst_fail(-ESRCH, "%s has ended",
				program_title(inside, program, title));
	if (!program->ended && signal > 0 && signal <= 64) {
		program->signals |= UINT64_C(1) << (signal - 1);
		program->asked |= asks_to_end(signal);
	}
	if (kill(-program->pid, signal) == 0)
		return 0;
	if (errno == ESRCH)
		return nst_fail(-ESRCH, "%s has ended",
				program_title(inside, program, title));
	return nst_fail_errno("sending signal %d to %s", signal,
			      program_title(inside, program, title));
}

int program_signal_inside(struct nst_inside *inside, struct nst_message *request,
			  struct nst_message *reply)
{
	const struct program_request *asked = request->data;
	struct program *program = programs_get(inside, asked->id);

	(void)reply;
	inside_reap(inside);
	return program ? send_signal(inside, program, asked->signal) : -ENOENT;
}

/* Until none of its threads runs. */
static int freeze(struct nst_inside *inside, struct program *program)
{
	char title[PROGRAM_TITLE_SIZE];
	int r = send_signal(inside, program, SIGSTOP);
	struct wait wait AUTO_WAIT = wait_begin(inside, STOP_TIMEOUT_MS, true);

	while (r == 0 && !group_is_stopped(program->pid))
		r = wait_for_news(&wait);
	if (r == -ETIMEDOUT)
		return nst_fail(r, "%s has not stopped %d ms after SIGSTOP",
				program_title(inside, program, title), STOP_TIMEOUT_MS);
	return r;
}

int program_freeze_inside(struct nst_inside *inside, struct nst_message *request,
			  struct nst_message *reply)
{
	const struct program_request *asked = request->data;
	struct program *program = programs_get(inside, asked->id);

	(void)reply;
	if (!program)
		return -ENOENT;
	inside_reap(inside);
	return freeze(inside, program);
}

/* Until it has ended and nobody is left in its group. */
static int await_end(struct nst_inside *inside, struct program *program, int timeout_ms)
{
	struct wait wait AUTO_WAIT = wait_begin(inside, timeout_ms, true);
	int r = 0;

	while (r == 0) {
		if (program->ended && (number_passed_on(inside->programs, program) ||
				       group_is_empty(program->pid)))
			return 0;
		r = wait_for_news(&wait);
	}
	return r;
}

/* A frozen program is thawed, else it could not obey. */
static int end_group(struct nst_inside *inside, struct program *program, int signal,
		     int timeout_ms)
{
	int r = send_signal(inside, program, signal);

	if (r == 0 && signal != SIGKILL)
		r = send_signal(inside, program, SIGCONT);
	return r == 0 || r == -ESRCH ? await_end(inside, program, timeout_ms) : r;
}

int program_stop_inside(struct nst_inside *inside, struct nst_message *request,
			struct nst_message *reply)
{
	const struct program_request *asked = request->data;
	struct program *program = programs_get(inside, asked->id);
	char title[PROGRAM_TITLE_SIZE];
	int r = -ETIMEDOUT;

	(void)reply;
	if (!program)
		return -ENOENT;
	inside_reap(inside);
	if (asked->signal != SIGKILL)
		r = end_group(inside, program, asked->signal, asked->timeout_ms);
	if (r == -ETIMEDOUT)
		r = end_group(inside, program, SIGKILL, KILL_TIMEOUT_MS);
	if (r == -ETIMEDOUT)
		return nst_fail(r, "%s has not ended %d ms after SIGKILL",
				program_title(inside, program, title), KILL_TIMEOUT_MS);
	return r;
}

/* Stopped first: what it would open meanwhile would not be silenced. */
int program_vanish_inside(struct nst_inside *inside, struct nst_message *request,
			  struct nst_message *reply)
{
	const struct program_request *asked = request->data;
	struct program *program = programs_get(inside, asked->id);
	char title[PROGRAM_TITLE_SIZE];
	int r;

	(void)reply;
	if (!program)
		return -ENOENT;
	inside_reap(inside);
	r = freeze(inside, program);
	if (r < 0)
		return r;
	r = group_silence(program->pid);
	if (r < 0)
		return nst_fail_in(r, "silencing %s",
				   program_title(inside, program, title));
	return end_group(inside, program, SIGKILL, KILL_TIMEOUT_MS);
}
