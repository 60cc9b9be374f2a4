/* SPDX-License-Identifier: MIT */
/* run: a command that must end in time, with this status and this output. */
#include <errno.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>

#include "step.h"
#include "timeline.h"

/* ---- The status ---- */

static void print_status(const struct nst_exit *end, char *text, size_t size)
{
	const char *name = end->signal ? sigabbrev_np(end->signal) : NULL;

	if (end->signal)
		snprintf(text, size, "death by SIG%s", name ? name : "?");
	else
		snprintf(text, size, "exit status %d", end->status);
}

static bool status_is_right(const struct nst_run_step *run, const struct nst_exit *end)
{
	switch (run->status_rule) {
	case NST_STATUS_IS:
		return !end->signal && end->status == run->status;
	case NST_STATUS_NOT_ZERO:
		return !end->signal && end->status != 0;
	case NST_STATUS_ANY:
		return true;
	}
	return false;
}

/* ---- The output ---- */

static int line_matches(const char *text, const char *pattern)
{
	regex_t regex;
	int r = regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB | REG_NEWLINE);

	if (r) {
		char words[128];

		regerror(r, &regex, words, sizeof(words));
		return nst_fail(-EINVAL, "regex \"%s\": %s", pattern, words);
	}
	r = regexec(&regex, text, 0, NULL, 0);
	regfree(&regex);
	return r == 0;
}

static bool equal_but_newline(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b);

	n -= n && a[n - 1] == '\n';
	m -= m && b[m - 1] == '\n';
	return n == m && !memcmp(a, b, n);
}

static int text_is_right(const struct nst_text_check *check, const char *text)
{
	switch (check->rule) {
	case NST_TEXT_CONTAINS:
		return strstr(text, check->text) != NULL;
	case NST_TEXT_LACKS:
		return strstr(text, check->text) == NULL;
	case NST_TEXT_MATCHES:
		return line_matches(text, check->text);
	case NST_TEXT_EQUALS:
		return equal_but_newline(text, check->text);
	}
	return 0;
}

static const char *const rule_words[] = {
	[NST_TEXT_CONTAINS] = "that contains",
	[NST_TEXT_LACKS] = "that does not contain",
	[NST_TEXT_MATCHES] = "with a line that matches",
	[NST_TEXT_EQUALS] = "equal to",
};

/* ---- The explanation ---- */

static void explain(struct live_case *live, const struct nst_step *step,
		    const struct nst_ran *ran)
{
	const struct nst_run_step *run = &step->run;

	nst_text_set(&live->result->question, "%s on %s",
		     run->start.command ? run->start.command : run->start.name,
		     run->start.host);
	add_output(&live->result->evidence, "stderr", ran->err);
	add_output(&live->result->evidence, "stdout", ran->out);
	if (!live->result->evidence)
		nst_text_set(&live->result->evidence, "it printed nothing");
}

static int fail_status(struct live_case *live, const struct nst_step *step,
		       const struct nst_ran *ran)
{
	const struct nst_exit wanted = { .status = step->run.status };
	char text[64];

	print_status(&wanted, text, sizeof(text));
	nst_text_set(&live->result->expected, "%s",
		     step->run.status_rule == NST_STATUS_IS
			     ? text
			     : "an exit status other than 0");
	print_status(&ran->exit, text, sizeof(text));
	nst_text_set(&live->result->got, "%s", text);
	explain(live, step, ran);
	return STEP_FAILED;
}

static int fail_text(struct live_case *live, const struct nst_step *step,
		     const struct nst_ran *ran, const struct nst_text_check *check)
{
	const char *name = check->stream == NST_STDOUT ? "stdout" : "stderr";
	const char *text = check->stream == NST_STDOUT ? ran->out : ran->err;

	nst_text_set(&live->result->expected, "%s %s \"%s\"", name,
		     rule_words[check->rule], check->text);
	nst_text_set(&live->result->got, "%s",
		     *text ? "the output below" : "no output");
	live->result->line = check->position.line;
	live->result->column = check->position.column;
	explain(live, step, ran);
	return STEP_FAILED;
}

static int fail_time(struct live_case *live, const struct nst_step *step,
		     const struct nst_ran *ran, int within_ms)
{
	nst_text_set(&live->result->expected, "its end within %d ms", within_ms);
	nst_text_set(&live->result->got, "none: it was killed");
	explain(live, step, ran);
	return STEP_FAILED;
}

static int judge(struct live_case *live, const struct nst_step *step,
		 const struct nst_ran *ran)
{
	const struct nst_run_step *run = &step->run;

	if (!status_is_right(run, &ran->exit))
		return fail_status(live, step, ran);
	for (size_t i = 0; i < run->check_count; i++) {
		const struct nst_text_check *check = &run->checks[i];
		int r = text_is_right(check, check->stream == NST_STDOUT ? ran->out
									 : ran->err);

		if (r < 0)
			return r;
		if (!r)
			return fail_text(live, step, ran, check);
	}
	return STEP_HELD;
}

/* ---- The command ---- */

static int until_exit(void *arg, int ms)
{
	return nst_wait_exit(arg, ms, NULL);
}

static int collect(struct nst_program *program, struct nst_ran *ran)
{
	int r = nst_wait_exit(program, 0, &ran->exit);

	if (r == 0)
		r = nst_output(program, NST_STDOUT, &ran->out, &ran->out_size);
	return r < 0 ? r : nst_output(program, NST_STDERR, &ran->err, &ran->err_size);
}

/* nst_run(), while timelines act. */
static int run_acting(struct live_case *live, const struct nst_start *start,
		      int within_ms, struct nst_ran *ran)
{
	struct nst_program *program;
	int r = nst_start(live->lab, start, &program), collected;

	if (r < 0)
		return r;
	r = wait_acting(live, within_ms, until_exit, program);
	if (r < 0 && r != -ETIMEDOUT)
		return r;
	collected = r < 0 ? nst_kill(program) : 0;
	if (collected == 0)
		collected = collect(program, ran);
	return collected < 0 ? collected : r;
}

int exec_run(struct live_case *live, const struct nst_step *step)
{
	int within_ms = patience_ms(&live->patience, step->run.within_ms);
	struct nst_ran ran AUTO(nst_ran_free) = { 0 };
	int r = run_acting(live, &step->run.start, within_ms, &ran);

	if (r == -ETIMEDOUT && !live->culprit)
		return fail_time(live, step, &ran, within_ms);
	return r < 0 ? r : judge(live, step, &ran);
}
