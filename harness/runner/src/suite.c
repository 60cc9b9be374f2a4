/* SPDX-License-Identifier: MIT */
/* Suite executables: run as a whole, reported test by test.
 *
 * How it works. The executable gets two channels beside its output: a pipe for JSON
 * lines (report/lines.h), if it knows nstest, and a memory file for Criterion's TAP, if
 * it does not. Its word is not taken for it: no test, a death by signal, or an exit
 * status that its results do not explain is an error of its own.
 */
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>
#include <base/signals.h>
#include <report/lines.h>

#include "artefacts.h"
#include "clock.h"
#include "expression.h"
#include "replay.h"
#include "step.h"
#include "suite.h"
#include "view.h"

enum {
	OUTPUT_MOST = 1 << 20,
	LINE_MOST = 16 << 20,
	READ_SIZE = 65536,
	FILTER_MOST = 100000
};

/* A text that grows. */
struct growing {
	char *text; /* NUL-terminated once anything was added */
	size_t size, room;
};

struct suite {
	const struct run_context *context;
	const struct job *job;
	struct note *note;
	int runner_fd;
	pid_t pid;
	int pidfd, output_fd, lines_fd, tap_fd;
	struct growing output, line;
	size_t results, failures;
	char *disorder; /* what is wrong with the whole */
	uint64_t deadline_us;
	bool timed_out;
	int status;
};

static int grow(struct growing *growing, const char *bytes, size_t size)
{
	if (growing->room - growing->size <= size) {
		size_t room = (growing->size + size) * 2 + 1;
		char *longer = realloc(growing->text, room);

		if (!longer)
			return nst_fail_memory();
		growing->text = longer;
		growing->room = room;
	}
	memcpy(growing->text + growing->size, bytes, size);
	growing->size += size;
	growing->text[growing->size] = '\0';
	return 0;
}

static void restart_clock(struct suite *suite)
{
	suite->deadline_us =
		now_us() +
		(uint64_t)job_timeout_ms(suite->job, &suite->context->options) * 1000;
}

/* ---- Results ---- */

static int send_result(struct suite *suite, struct nst_result *result)
{
	int r;

	suite->results++;
	suite->failures += result->outcome == NST_OUTCOME_FAIL ||
			   result->outcome == NST_OUTCOME_ERROR;
	if (!result->suite)
		nst_text_set(&result->suite, "%s", suite->job->title);
	if (result->outcome == NST_OUTCOME_FAIL || result->outcome == NST_OUTCOME_ERROR)
		replay_note(suite->context, suite->job, result);
	r = message_send_result(suite->runner_fd, result);
	nst_result_free(result);
	return r;
}

/* Whether a test is among those that were asked for: what a plain Criterion executable
 * leaves out it reports as skipped, and others may know no filter. */
static bool wanted(const struct suite *suite, const struct nst_result *result)
{
	const struct expression *only = suite->context->jobs->only;
	AUTO_FREE char *title = NULL;
	const char *name = result->suite ? result->suite : suite->job->title;

	nst_text_set(&title, suite->job->filter ? "%s/%s" : "%s / %s", name,
		     result->name);
	if (suite->job->filter)
		return title && !fnmatch(suite->job->filter, title, FNM_EXTMATCH);
	return title && expression_holds(only, title);
}

static int take_result(struct suite *suite, struct nst_result *result)
{
	if (wanted(suite, result))
		return send_result(suite, result);
	suite->results++;
	suite->failures += result->outcome == NST_OUTCOME_FAIL ||
			   result->outcome == NST_OUTCOME_ERROR;
	nst_result_free(result);
	return 0;
}

static int take_line(struct suite *suite, const char *line, size_t size)
{
	struct nst_result result;
	bool start;
	int r;

	if (!size)
		return 0;
	r = nst_line_read(line, size, &start, &result);
	if (r < 0) {
		nst_text_set(&suite->disorder, "%s", nst_error());
		return 0;
	}
	restart_clock(suite);
	if (start && result.message) {
		r = message_send(suite->runner_fd, MESSAGE_PAUSED, result.message,
				 strlen(result.message));
		nst_result_free(&result);
		return r;
	}
	if (!start) {
		suite->note->title[0] = '\0';
		return take_result(suite, &result);
	}
	note_set(suite->note->title, sizeof(suite->note->title), "%s%s%s",
		 result.suite ? result.suite : "", result.suite ? " / " : "",
		 result.name);
	nst_result_free(&result);
	return message_send(suite->runner_fd, MESSAGE_ALIVE, NULL, 0);
}

static int take_lines(struct suite *suite)
{
	struct growing *line = &suite->line;
	char *end;
	int r = 0;

	while (!r && line->size && (end = memchr(line->text, '\n', line->size))) {
		size_t length = (size_t)(end - line->text);

		r = take_line(suite, line->text, length);
		line->size -= length + 1;
		memmove(line->text, end + 1, line->size);
	}
	if (line->size > LINE_MOST) {
		nst_text_set(&suite->disorder, "it wrote a result line without an end");
		line->size = 0;
	}
	return r;
}

static char *read_whole(int fd)
{
	struct stat status;
	char *text;
	ssize_t got;

	if (fstat(fd, &status) < 0)
		return NULL;
	text = malloc((size_t)status.st_size + 1);
	if (!text)
		return NULL;
	got = pread(fd, text, (size_t)status.st_size, 0);
	text[got > 0 ? got : 0] = '\0';
	return text;
}

static int take_tap(struct suite *suite)
{
	AUTO_FREE char *text = read_whole(suite->tap_fd);
	AUTO_FREE struct nst_result *results = NULL;
	size_t count = 0;
	int r;

	if (!text)
		return nst_fail_memory();
	if (nst_tap_read(text, &results, &count) < 0) {
		nst_text_set(&suite->disorder, "%s", nst_error());
		return 0;
	}
	for (size_t i = 0; i < count; i++) {
		r = take_result(suite, &results[i]);
		if (r < 0)
			return r;
	}
	return 0;
}

/* ---- The process ---- */

static void tell(const char *name, const char *value)
{
	if (value)
		setenv(name, value, 1);
}

_Noreturn static void become_suite(const struct suite *suite, int output, int lines)
{
	char tap[64], jobs[32], number[24];
	AUTO_FREE char *filter = NULL;
	const char *argv[] = { suite->job->path, jobs, tap, NULL, NULL };
	const char *const needed[] = { suite->job->path, suite->context->options.out,
				       NULL };
	int null = open("/dev/null", O_RDONLY);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	nst_signals_default(); /* a run below nohup(1) ignores SIGHUP; tests may want it */
	snprintf(tap, sizeof(tap), "--tap=/proc/self/fd/%d", suite->tap_fd);
	snprintf(jobs, sizeof(jobs), "-j%u", suite->context->options.workers);
	snprintf(number, sizeof(number), "%d", lines);
	/* One that is too long for execve(2) is not passed on: what comes is chosen from. */
	if (suite->job->filter && strlen(suite->job->filter) < FILTER_MOST &&
	    asprintf(&filter, "--filter=%s", suite->job->filter) > 0)
		argv[3] = filter;
	setenv(NST_RESULTS_FD, number, 1);
	setenv("NSTEST_OUT", suite->context->options.out, 1);
	snprintf(number, sizeof(number), "%llu",
		 (unsigned long long)suite->context->options.seed);
	setenv("NSTEST_SEED", number, 1);
	snprintf(number, sizeof(number), "%llu",
		 (unsigned long long)suite->context->options.case_memory_bytes);
	setenv("NSTEST_CASE_MEMORY", number, 1);
	if (suite->context->options.details)
		setenv("NSTEST_DETAILS", "1", 1);
	if (suite->context->options.keep_all)
		setenv("NSTEST_KEEP_ALL", "1", 1);
	if (suite->context->options.pause_on_failure) {
		snprintf(number, sizeof(number), "%d:%d",
			 (int)suite->context->options.owner,
			 (int)suite->context->runner_pid);
		setenv("NSTEST_PAUSE", number, 1);
	}
	tell("NSTEST_STRACE", suite->context->options.strace);
	tell("NSTEST_GDB", suite->context->options.gdb);
	tell("NSTEST_TERMINAL", suite->context->options.terminal);
	tell("NSTEST_VARIANT", suite->context->options.variant);
	fcntl(lines, F_SETFD, 0);
	fcntl(suite->tap_fd, F_SETFD, 0);
	if (dup2(null, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 ||
	    dup2(output, STDERR_FILENO) < 0)
		_exit(127);
	if (view_make(needed) < 0)
		dprintf(STDERR_FILENO, "nstest: %s\n", nst_error());
	else
		execv(argv[0], (char *const *)argv);
	dprintf(STDERR_FILENO, "%s could not be run: %s\n", argv[0], strerror(errno));
	_exit(127);
}

static int launch(struct suite *suite)
{
	int output[2], lines[2];

	suite->tap_fd = memfd_create("tap", MFD_CLOEXEC);
	if (suite->tap_fd < 0 || pipe2(output, O_CLOEXEC) < 0)
		return nst_fail_errno("running %s", suite->job->path);
	suite->output_fd = output[0];
	if (pipe2(lines, O_CLOEXEC) < 0) {
		close(output[1]);
		return nst_fail_errno("running %s", suite->job->path);
	}
	suite->lines_fd = lines[0];
	suite->pid = fork();
	if (!suite->pid)
		become_suite(suite, output[1], lines[1]);
	close(output[1]);
	close(lines[1]);
	if (suite->pid < 0)
		return nst_fail_errno("running %s", suite->job->path);
	suite->pidfd = (int)syscall(SYS_pidfd_open, suite->pid, 0);
	if (suite->pidfd < 0)
		return nst_fail_errno("running %s", suite->job->path);
	fcntl(suite->output_fd, F_SETFL, O_NONBLOCK);
	fcntl(suite->lines_fd, F_SETFL, O_NONBLOCK);
	return 0;
}

/* Keeps the end of what it prints. */
static int keep_output(struct suite *suite, const char *bytes, size_t size)
{
	struct growing *output = &suite->output;

	if (output->size + size > OUTPUT_MOST) {
		size_t spare = output->size < OUTPUT_MOST / 2 ? 0 : OUTPUT_MOST / 2;

		memmove(output->text, output->text + output->size - spare, spare);
		output->size = spare;
	}
	return grow(output, bytes, size);
}

/* Reads one descriptor until it is empty; closes it at its end. */
static int drain(struct suite *suite, int *fd)
{
	char bytes[READ_SIZE];
	ssize_t got;
	int r = 0;

	while (!r && *fd >= 0 && (got = read(*fd, bytes, sizeof(bytes))) != -1) {
		if (!got) {
			close(*fd);
			*fd = -1;
		} else if (fd == &suite->output_fd) {
			r = keep_output(suite, bytes, (size_t)got);
		} else {
			r = grow(&suite->line, bytes, (size_t)got);
			r = r ? r : take_lines(suite);
		}
	}
	return r;
}

/* Until it ends or its time is up. What strays of it still hold is not waited for. */
static int follow(struct suite *suite)
{
	for (;;) {
		struct pollfd fds[] = { { suite->pidfd, POLLIN, 0 },
					{ suite->output_fd, POLLIN, 0 },
					{ suite->lines_fd, POLLIN, 0 } };
		int r;

		if (poll(fds, ARRAY_SIZE(fds), ms_until(suite->deadline_us)) < 0 &&
		    errno != EINTR)
			return nst_fail_errno("waiting for %s", suite->job->path);
		r = drain(suite, &suite->output_fd);
		if (!r)
			r = drain(suite, &suite->lines_fd);
		if (r < 0 || fds[0].revents)
			return r;
		if (!ms_until(suite->deadline_us) && !suite->timed_out) {
			suite->timed_out = true;
			kill(suite->pid, SIGKILL);
			suite->deadline_us = UINT64_MAX / 2;
		}
	}
}

/* ---- Judging the whole ---- */

static void judge(struct suite *suite)
{
	int status = suite->status;
	char how[80];

	describe_end(status, how, sizeof(how));
	if (suite->timed_out)
		nst_text_set(&suite->disorder, "it was killed after %d ms without news",
			     job_timeout_ms(suite->job, &suite->context->options));
	else if (WIFSIGNALED(status))
		nst_text_set(&suite->disorder, "it %s", how);
	else if (suite->disorder)
		return;
	else if (!suite->results)
		nst_text_set(&suite->disorder, "it ran no test and %s", how);
	else if (!WEXITSTATUS(status) != !suite->failures)
		nst_text_set(&suite->disorder,
			     "it %s, but %zu of its %zu tests are reported as failed",
			     how, suite->failures, suite->results);
}

static int report_disorder(struct suite *suite, uint64_t began_us)
{
	const struct nst_run_options *options = &suite->context->options;
	struct nst_result result = { .outcome = NST_OUTCOME_ERROR,
				     .duration_us = now_us() - began_us };

	nst_text_set(&result.suite, "%s", suite->job->title);
	nst_text_set(&result.name, "%s",
		     *suite->note->title ? suite->note->title : "(the suite)");
	nst_text_set(&result.file, "%s", suite->job->path);
	nst_text_set(&result.message, "%s", suite->disorder);
	add_output(&result.evidence, "its output ended", suite->output.text);
	if (suite->output.size)
		artefacts_keep_output(options->out, suite->job->folder,
				      suite->output.text, &result);
	return send_result(suite, &result);
}

static void suite_end(struct suite *suite)
{
	const int fds[] = { suite->pidfd, suite->output_fd, suite->lines_fd,
			    suite->tap_fd };

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	free(suite->output.text);
	free(suite->line.text);
	free(suite->disorder);
}

static int run(struct suite *suite)
{
	int r = launch(suite);

	if (r < 0)
		return r;
	r = follow(suite);
	kill(suite->pid, SIGKILL); /* if following failed; else it has ended */
	while (waitpid(suite->pid, &suite->status, 0) < 0 && errno == EINTR)
		;
	if (!r && suite->line.size)
		r = take_line(suite, suite->line.text, suite->line.size);
	if (!r && !suite->results && !suite->job->marked)
		r = take_tap(suite);
	return r;
}

int suite_run(const struct run_context *context, const struct job *job, int fd,
	      struct note *note)
{
	struct suite suite AUTO(suite_end) = {
		.context = context,
		.job = job,
		.note = note,
		.runner_fd = fd,
		.pidfd = -1,
		.output_fd = -1,
		.lines_fd = -1,
		.tap_fd = -1,
	};
	uint64_t began_us = now_us();

	restart_clock(&suite);
	if (run(&suite) < 0)
		nst_text_set(&suite.disorder, "%s", nst_error());
	else
		judge(&suite);
	return suite.disorder ? report_disorder(&suite, began_us) : 0;
}
