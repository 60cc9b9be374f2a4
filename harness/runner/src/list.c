/* SPDX-License-Identifier: MIT */
/* What there is to run, listed; the tests of a suite executable, asked of itself. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>
#include <report/result.h>

#include "history.h"
#include "jobs.h"

/* ---- Asking ---- */

struct tests {
	char **list;
	size_t count;
	char suite[256]; /* of the lines that follow */
};

static void tests_free(struct tests *tests)
{
	for (size_t i = 0; i < tests->count; i++)
		free(tests->list[i]);
	free(tests->list);
}

/* Criterion's --list: "suite: 3 tests" and, below, "|-- name" or, for the last, "`--
 * name"; a disabled one has " (skipped)" behind it. */
static int take_line(struct tests *tests, char *line)
{
	char *dashes = strstr(line, "-- "), **longer;

	line[strcspn(line, "\n")] = '\0';
	if (!dashes) {
		char *colon = strstr(line, ": ");

		if (colon)
			*colon = '\0';
		snprintf(tests->suite, sizeof(tests->suite), "%s", line);
		return 0;
	}
	dashes += strlen("-- ");
	dashes[strcspn(dashes, " ")] = '\0';
	longer = realloc(tests->list, (tests->count + 1) * sizeof(*longer));
	if (!longer)
		return nst_fail_memory();
	tests->list = longer;
	if (asprintf(&longer[tests->count], "%s / %s", tests->suite, dashes) < 0)
		return nst_fail_memory();
	tests->count++;
	return 0;
}

static pid_t ask(const char *path, int *ret_fd)
{
	int ends[2];
	pid_t pid;

	if (pipe(ends) < 0)
		return nst_fail_errno("listing %s", path);
	fflush(NULL);
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		close(ends[1]);
		setenv("LC_ALL", "C", 1); /* or the tree is drawn in other characters */
		execl(path, path, "--list", (char *)NULL);
		_exit(127);
	}
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		return nst_fail_errno("listing %s", path);
	}
	*ret_fd = ends[0];
	return pid;
}

int suite_tests(const char *path, char ***ret_tests, size_t *ret_count)
{
	struct tests tests = { 0 };
	AUTO_FREE char *line = NULL;
	size_t room = 0;
	int fd = -1, status, r = 0;
	pid_t pid = ask(path, &fd);
	FILE *in;

	if (pid < 0)
		return (int)pid;
	in = fdopen(fd, "r");
	while (in && !r && getline(&line, &room, in) > 0)
		r = take_line(&tests, line);
	if (in)
		fclose(in);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!r && (!in || !WIFEXITED(status) || WEXITSTATUS(status)))
		r = nst_fail(-EIO, "%s --list failed", path);
	if (r < 0) {
		tests_free(&tests);
		return r;
	}
	*ret_tests = tests.list;
	*ret_count = tests.count;
	return 0;
}

char *suite_filter(char *const *tests, size_t count)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		const char *slash = strstr(tests[i], " / ");

		fprintf(out, "%s%.*s/%s", i ? "|" : "@(", (int)(slash - tests[i]),
			tests[i], slash + strlen(" / "));
	}
	fputc(')', out);
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}

char *suite_title(const struct job *job)
{
	char *title = NULL;

	nst_text_set(&title, "%s / (the suite)", job->title);
	return title;
}

/* ---- Listing ---- */

static void print_json_text(FILE *out, const char *text)
{
	fputc('"', out);
	for (; *text; text++)
		if (*text == '"' || *text == '\\')
			fprintf(out, "\\%c", *text);
		else if ((unsigned char)*text < 0x20 || *text == 0x7f)
			fprintf(out, "\\u%04x", (unsigned char)*text);
		else
			fputc(*text, out);
	fputc('"', out);
}

static void print_json(const struct nst_jobs *jobs, const struct job *job,
		       const char *title, FILE *out)
{
	const struct past *past = history_find(jobs->history, title);
	AUTO_FREE char *suite = strdup(title);
	const char *name = title;
	char *slash = suite ? strstr(suite, " / ") : NULL;

	if (job->kind == JOB_CASE) {
		nst_text_set(&suite, "%s", job->scenario->name);
		name = job->item->name;
	} else if (slash) {
		*slash = '\0';
		name = title + (slash - suite) + strlen(" / ");
	}
	fputs("{\"suite\": ", out);
	print_json_text(out, suite ? suite : "");
	fputs(", \"case\": ", out);
	print_json_text(out, name);
	fputs(", \"file\": ", out);
	print_json_text(out, job->path);
	if (job->kind == JOB_CASE) {
		fprintf(out, ", \"line\": %u, \"tags\": [", job->item->position.line);
		for (size_t i = 0; job->item->tags && job->item->tags[i]; i++) {
			fputs(i ? ", " : "", out);
			print_json_text(out, job->item->tags[i]);
		}
		fputc(']', out);
	}
	if (past)
		fprintf(out, ", \"result\": \"%s\", \"duration_us\": %llu",
			nst_outcome_name(past->outcome),
			(unsigned long long)past->duration_us);
	fputs("}\n", out);
}

static void list_one(const struct nst_jobs *jobs, const struct job *job,
		     const char *title, bool json, FILE *out)
{
	if (json)
		print_json(jobs, job, title, out);
	else
		fprintf(out, "%s\n", title);
}

int nst_jobs_list(const struct nst_jobs *jobs, bool json, FILE *out)
{
	for (size_t i = 0; i < jobs->count; i++) {
		const struct job *job = &jobs->list[i];
		struct tests tests = { job->tests, job->test_count, "" };
		int r = 0;

		if (job->kind == JOB_CASE) {
			list_one(jobs, job, job->title, json, out);
			continue;
		}
		if (!job->tests)
			r = suite_tests(job->path, &tests.list, &tests.count);
		for (size_t t = 0; t < tests.count; t++)
			list_one(jobs, job, tests.list[t], json, out);
		if (!job->tests)
			tests_free(&tests);
		if (r < 0)
			return r;
	}
	return 0;
}
