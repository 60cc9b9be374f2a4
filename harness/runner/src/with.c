/* SPDX-License-Identifier: MIT */
/* Somebody else's command in a lab: another framework's tests, a shell script.
 *
 * How it works. A command that runs here and not in a host must stay the user that it
 * is, but nst_become_root() changes the whole process. So its process is forked first
 * and waits at a pipe until the lab stands. It enters hosts by `nstest exec`, which
 * finds the lab by NSTEST_LAB.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>
#include <evidence/door.h>
#include <nstest/lab.h>
#include <runner/up.h>

#include "artefacts.h"
#include "case.h"
#include "clock.h"
#include "hold.h"
#include "load.h"
#include "setup.h"
#include "timeline.h"

enum { SETUP_MS = 60000, FAILED = 1 };

struct with {
	const struct nst_with_options *options;
	char *const *command;
	struct nst_scenario *scenario;
	struct run_context context;
	struct job job;
	struct nst_scenario_case setup_only; /* a case without steps */
	struct nst_result result;
	struct live_case live;
	struct nst_door door;
	uid_t owner;
	pid_t child; /* the command; 0: none yet */
	int pidfd, go, signals;
};

static void with_end(struct with *with)
{
	const int fds[] = { with->pidfd, with->go, with->signals };

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	/* It still waits for a lab that did not come, or could not be followed. */
	if (with->child > 0) {
		kill(with->child, SIGKILL);
		nst_door_wait(with->child);
	}
	nst_door_close(&with->door);
	case_free(&with->live);
	nst_result_free(&with->result);
	nst_scenario_free(with->scenario);
	free(with->job.folder);
}

/* ---- The command ---- */

_Noreturn static void become_command(char *const *command, int go, pid_t holder)
{
	char number[16], ready;
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (read(go, &ready, 1) != 1)
		_exit(EXIT_FAILURE);
	snprintf(number, sizeof(number), "%d", holder);
	setenv("NSTEST_LAB", number, 1);
	execvp(command[0], command);
	fprintf(stderr, "nstest: %s: %s\n", command[0], strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

static int fork_command(struct with *with)
{
	pid_t holder = getpid();
	int go[2];

	if (pipe2(go, O_CLOEXEC) < 0)
		return nst_fail_errno("a pipe");
	fflush(NULL);
	with->child = fork();
	if (!with->child) {
		close(go[1]);
		become_command(with->command, go[0], holder);
	}
	close(go[0]);
	with->go = go[1];
	return with->child < 0 ? nst_fail_errno("fork") : 0;
}

static int begin_command(struct with *with)
{
	int fds[DOOR_NAMESPACES], r;

	if (with->options->on) {
		r = nst_door_inside(with->live.lab, with->options->on, fds);
		if (r < 0)
			return r;
		with->child = nst_door_start(fds, with->options->on, with->command);
		if (with->child < 0)
			return (int)with->child;
	} else if (write(with->go, "!", 1) != 1) {
		return nst_fail_errno("beginning the command");
	}
	with->pidfd = (int)syscall(SYS_pidfd_open, with->child, 0);
	return with->pidfd < 0 ? nst_fail_errno("watching the command") : 0;
}

/* ---- The lab ---- */

static int find_case(struct with *with)
{
	const struct nst_scenario *scenario = with->scenario;

	with->setup_only = (struct nst_scenario_case){
		.name = "with",
		.position = { scenario->path, 1, 1 },
		.setup = &scenario->setups[0],
		.capture = NST_CAPTURE_ALL,
	};
	with->job.item = &with->setup_only;
	if (!with->options->only)
		return 0;
	for (size_t i = 0; i < scenario->case_count; i++)
		if (strstr(scenario->cases[i].name, with->options->only)) {
			with->job.item = &scenario->cases[i];
			return 0;
		}
	return nst_fail(-ENOENT, "%s has no case with \"%s\" in its name",
			scenario->path, with->options->only);
}

static int prepare(struct with *with, const char *path)
{
	AUTO_FREE char *suite = NULL, *name = NULL;
	int r = load_scenario(path, &with->scenario);

	if (!r)
		r = find_case(with);
	if (r < 0)
		return r;
	with->job.kind = JOB_CASE;
	with->job.scenario = with->scenario;
	suite = safe_name(with->scenario->name);
	name = safe_name(with->job.item->name);
	if (!suite || !name || asprintf(&with->job.folder, "%s/%s", suite, name) < 0)
		return nst_fail_memory();
	nst_text_set(&with->result.suite, "%s", with->scenario->name);
	nst_text_set(&with->result.name, "%s", with->job.item->name);
	with->context.options = (struct nst_run_options){
		.timeout_ms = HOLD_MS,
		.out = with->options->out ? with->options->out : "nstest-out",
		.seed = with->options->seed ? with->options->seed : nst_make_seed(),
	};
	return 0;
}

/* The sentence of what went wrong in setup or in a step. */
static int step_failed(const struct nst_result *result)
{
	return nst_fail(-ECANCELED, "%s:%u:%u: %s%s%s%s%s",
			result->file ? result->file : "", result->line, result->column,
			result->question ? result->question : "",
			result->expected ? ": expected " : "",
			result->expected ? result->expected : "",
			result->got       ? ", got "
			: result->message ? ": "
					  : "",
			result->got       ? result->got
			: result->message ? result->message
					  : "");
}

static int build(struct with *with)
{
	const struct nst_lab_options options = {
		.capture = with->job.item->capture,
		.seed = with->context.options.seed,
		.allow_unplanned_loss = with->job.item->allow_unplanned_loss,
	};
	const struct nst_position *at;
	struct note note = { 0 };
	int r;

	with->live.result = &with->result;
	with->live.patience.deadline_us = now_us() + SETUP_MS * 1000ULL;
	r = setup_lab(with->job.item->setup, &options, &with->live.patience, NULL,
		      &with->live.lab, &at);
	if (r < 0 && at)
		return nst_fail_in(r, "%s:%u:%u", at->file, at->line, at->column);
	if (r < 0)
		return r;
	case_take_steps(&with->context, &with->job, &with->live, &note);
	if (with->result.outcome != NST_OUTCOME_PASS)
		return step_failed(&with->result);
	with->live.patience.deadline_us = now_us() + HOLD_MS * 1000ULL;
	with->door.lab = with->live.lab;
	nst_door_hosts(&with->job.item->setup->topology, with->door.about,
		       sizeof(with->door.about));
	return nst_door_open(&with->door, with->owner, getpid(), with->scenario->name);
}

/* ---- While it runs ---- */

/* Ctrl-C is the command's, which the terminal has told as well. */
static void pass_on_signal(struct with *with)
{
	struct signalfd_siginfo info;

	if (read(with->signals, &info, sizeof(info)) == sizeof(info) &&
	    info.ssi_signo != SIGINT)
		kill(with->child, (int)info.ssi_signo);
}

/* A wait_function: 0 once the command has ended. */
static int wait_once(void *arg, int ms)
{
	struct with *with = arg;
	struct pollfd fds[] = { { with->pidfd, POLLIN, 0 },
				{ with->door.fd, POLLIN, 0 },
				{ with->signals, POLLIN, 0 } };

	if (poll(fds, ARRAY_SIZE(fds), ms) < 0 && errno != EINTR)
		return nst_fail_errno("waiting for the command");
	if (fds[0].revents)
		return 0;
	if (fds[1].revents && nst_door_answer(&with->door))
		kill(with->child, SIGTERM);
	if (fds[2].revents)
		pass_on_signal(with);
	return -ETIMEDOUT;
}

static int follow(struct with *with)
{
	int r = -ETIMEDOUT;

	while (r == -ETIMEDOUT)
		r = wait_acting(&with->live, HOLD_MS, wait_once, with);
	return r;
}

/* ---- The end ---- */

static int judge(struct with *with, int status)
{
	struct nst_result *result = &with->result;

	case_settle(&with->job, &with->live);
	if (result->outcome != NST_OUTCOME_PASS)
		fprintf(stderr, "nstest with: %s\n",
			result->message ? result->message : "the lab failed");
	if (status) {
		result->outcome = NST_OUTCOME_FAIL;
		nst_text_add(&result->message, "%s: exit status %d", with->command[0],
			     status);
	}
	if (result->outcome != NST_OUTCOME_PASS || with->options->keep_all)
		artefacts_keep(with->context.options.out, with->job.folder,
			       with->live.lab, result);
	else
		artefacts_remove(with->context.options.out, with->job.folder);
	if (result->kept)
		fprintf(stderr, "nstest with: kept: %s\n", result->kept);
	return status ? status : result->outcome == NST_OUTCOME_PASS ? 0 : FAILED;
}

static int open_signals(struct with *with, sigset_t *ret_before)
{
	sigset_t ours;

	sigemptyset(&ours);
	sigaddset(&ours, SIGINT);
	sigaddset(&ours, SIGTERM);
	sigaddset(&ours, SIGHUP);
	sigprocmask(SIG_BLOCK, &ours, ret_before);
	with->signals = signalfd(-1, &ours, SFD_CLOEXEC);
	return with->signals < 0 ? nst_fail_errno("signalfd") : 0;
}

static int run(struct with *with, const char *path)
{
	int r = prepare(with, path), status;

	if (!r && !with->options->on)
		r = fork_command(with);
	if (!r)
		r = nst_become_root();
	if (!r)
		r = build(with);
	if (!r)
		r = begin_command(with);
	if (!r)
		r = follow(with);
	if (r < 0)
		return r;
	status = nst_door_wait(with->child);
	with->child = 0;
	return judge(with, status);
}

int nst_with(const char *path, char *const *command,
	     const struct nst_with_options *options)
{
	struct with with AUTO(with_end) = {
		.options = options,
		.command = command,
		.door = { .fd = -1 },
		.owner = getuid(),
		.pidfd = -1,
		.go = -1,
		.signals = -1,
	};
	sigset_t before;
	int r = open_signals(&with, &before);

	if (!r)
		r = run(&with, path);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return r;
}
