/* SPDX-License-Identifier: MIT */
/* Thousands of cases in one run: its memory stays as it is, and nothing stays behind. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include <base/scope.h>

#include "chamber.h"

/* A sanitizer keeps what was freed for a while, and takes its time. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { CASES = 200, SANITIZED = true };
#else
enum { CASES = 1000, SANITIZED = false };
#endif

static int program; /* nstest, opened: the chamber's /tmp may hide its file */
static unsigned int cases;

/* What the runner or a worker has at a moment. */
struct held {
	unsigned long kib;
	size_t descriptors;
};

static void write_scenario(void)
{
	FILE *file = fopen("/tmp/t.yaml", "w");

	fputs("hosts:\n"
	      "  a: {address: 10.0.0.1/24}\n"
	      "  b: {address: 10.0.0.2/24}\n"
	      "links:\n"
	      "  - a -- b\n"
	      "cases:\n",
	      file);
	for (unsigned int i = 0; i < cases; i++)
		fprintf(file, "  c%05u:\n    - expect: a -> b tcp/80 open\n", i);
	fclose(file);
	mkdir("/tmp/out", 0755); /* what is asked for is no leftover */
	chamber_remember();
}

static pid_t start_run(FILE **ret_output)
{
	static const char *const argv[] = { NSTEST,
					    "run",
					    "-vj2",
					    "--out",
					    "/tmp/out",
					    "-O",
					    "tap",
					    "-O",
					    "json",
					    "-O",
					    "junit",
					    "-O",
					    "github=/tmp/out/g",
					    "/tmp/t.yaml",
					    NULL };
	int ends[2], null;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	pid = fork();
	if (!pid) {
		null = open("/dev/null", O_RDWR);
		dup2(null, STDIN_FILENO);
		dup2(ends[1], STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		fexecve(program, (char *const *)argv, environ);
		_exit(127);
	}
	close(ends[1]);
	*ret_output = fdopen(ends[0], "r");
	return pid;
}

static size_t count_descriptors(pid_t pid)
{
	struct dirent **entries;
	char path[64];
	int count;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	count = scandir(path, &entries, NULL, NULL);
	for (int i = 0; i < count; i++)
		free(entries[i]);
	if (count >= 0)
		free(entries);
	return count > 0 ? (size_t)count : 0;
}

static struct held look_at(pid_t pid)
{
	struct held held = { .descriptors = count_descriptors(pid) };
	char path[64], line[256];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", pid);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "Rss: %lu kB", &held.kib) == 1)
			break;
	if (file)
		fclose(file);
	return held;
}

/* The runner and its children; a worker's own come and go. */
static struct held look_at_all(pid_t runner)
{
	struct held held = look_at(runner);
	char path[64];
	FILE *children;
	int worker;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", runner, runner);
	children = fopen(path, "re");
	while (children && fscanf(children, "%d", &worker) == 1)
		held.kib += look_at(worker).kib;
	if (children)
		fclose(children);
	return held;
}

/* Looks when a tenth of the cases, and when all of them are through. */
static int follow(pid_t runner, FILE *output, char *text)
{
	struct held early = { 0 }, late = { 0 };
	AUTO_FREE char *line = NULL;
	unsigned int passed = 0;
	size_t room = 0;
	int status;

	while (getline(&line, &room, output) > 0) {
		passed += !strncmp(line, "ok  ", 4);
		if (passed == cases / 10 && !early.kib)
			early = look_at_all(runner);
		if (passed == cases - 10 && !late.kib)
			late = look_at_all(runner);
	}
	if (waitpid(runner, &status, 0) != runner || status || passed != cases) {
		snprintf(text, CHAMBER_TEXT, "%u of %u passed", passed, cases);
		return 1;
	}
	snprintf(text, CHAMBER_TEXT,
		 "%u cases: %lu KiB, then %lu KiB (%.2f); the runner's descriptors: "
		 "%zu, then %zu",
		 cases, early.kib, late.kib, (double)late.kib / (double)early.kib,
		 early.descriptors, late.descriptors);
	return (!SANITIZED && late.kib * 5 > early.kib * 6) ||
	       late.descriptors > early.descriptors;
}

static int endure(char *text)
{
	char left[CHAMBER_TEXT];
	FILE *output = NULL;
	pid_t runner;
	int r;

	write_scenario();
	runner = start_run(&output);
	if (runner < 0 || !output)
		return 2;
	r = follow(runner, output, text);
	fclose(output);
	if (r || (chamber_is_clean(left) && chamber_has_no_namespaces(left)))
		return r;
	strcpy(text, left);
	return 1;
}

/* NSTEST_CASES=10000 is what bench/run asks for. */
Test(endurance, thousands_of_cases_leave_nothing_and_take_no_more_memory,
     .timeout = 900)
{
	const char *asked = getenv("NSTEST_CASES");
	AUTO_FREE char *text = NULL;
	int r;

	cases = asked ? (unsigned int)strtoul(asked, NULL, 10) : CASES;
	program = open(NSTEST, O_RDONLY | O_CLOEXEC);
	r = chamber_run(endure, &text);

	cr_log_info("%s", text);
	cr_expect_neq(r, -1, "no chamber");
	cr_expect_eq(r, 0, "%s", text);
	if (asked)
		fprintf(stderr, "endurance: %s, wanted <= 1.2\n", text);
}
