/* SPDX-License-Identifier: MIT */
/* Whatever ends, and however: nothing stays behind. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include <base/scope.h>

#include "chamber.h"

enum { ROUNDS = 200, HANGS_MS = 60000, PROCESSES = 256 };

#define FILE_TEXT                                           \
	"hosts:\n"                                          \
	"  a:\n"                                            \
	"    address: [10.0.0.1/24, \"fd00::1/64\"]\n"      \
	"    run: sleep 1000\n"                             \
	"  b: {address: 10.0.0.2/24, root: overlay}\n"      \
	"links:\n"                                          \
	"  - a -- b\n"                                      \
	"cases:\n"                                          \
	"  one:\n"                                          \
	"    - run: {on: a, command: sleep 0.01}\n"         \
	"  two:\n"                                          \
	"    - run: {on: b, command: sleep 0.01; exit 1}\n" \
	"  three:\n"                                        \
	"    - start: {on: b, command: sleep 1000}\n"       \
	"    - run: {on: b, command: sleep 0.01}\n"         \
	"  four:\n"                                         \
	"    - run: {on: a, command: \"true\"}\n"

static unsigned int seed, rounds;
static int program; /* nstest, opened: the chamber's /tmp may hide its file */

/* How often which signal met somebody alive; shown at the end. */
struct tally {
	unsigned int hits, runners, at_rest;
};

static pid_t start_run(void)
{
	static const char *const argv[] = { NSTEST,     "run",         "-j2", "--out",
					    "/tmp/out", "/tmp/t.yaml", NULL };
	pid_t pid = fork();
	int null;

	if (pid)
		return pid;
	null = open("/dev/null", O_RDWR);
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	setpgid(0, 0);
	fexecve(program, (char *const *)argv, environ);
	_exit(127);
}

/* Return: whether it ended. */
static bool wait_for(pid_t pid, int *ret_status)
{
	AUTO_CLOSE int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd end = { pidfd, POLLIN, 0 };

	return poll(&end, 1, HANGS_MS) > 0 && waitpid(pid, ret_status, 0) == pid;
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void sleep_for(double seconds)
{
	const struct timespec time = {
		(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)
	};

	nanosleep(&time, NULL);
}

static double random_part(void)
{
	return (double)rand_r(&seed) / RAND_MAX;
}

/* One of all that live: runner, worker, lab process, program, whatever stands between. */
static void strike(pid_t runner, struct tally *tally)
{
	static const int signals[] = { SIGKILL, SIGKILL, SIGKILL, SIGSEGV,
				       SIGTERM, SIGINT,  SIGHUP };
	pid_t pids[PROCESSES];
	size_t count = chamber_processes(pids, PROCESSES);
	int signal = signals[(size_t)rand_r(&seed) % ARRAY_SIZE(signals)];
	pid_t victim;

	if (!count) {
		tally->at_rest++;
		return;
	}
	victim = pids[(size_t)rand_r(&seed) % count];
	if (!kill(victim, signal))
		tally->hits++;
	tally->runners += victim == runner;
}

static bool one_round(double longest, struct tally *tally, char *text)
{
	pid_t runner = start_run();
	int status;

	sleep_for(random_part() * longest);
	strike(runner, tally);
	if (!wait_for(runner, &status)) {
		snprintf(text, CHAMBER_TEXT, "nstest run hangs");
		return false;
	}
	return chamber_is_clean(text);
}

/* Unharmed, one of the cases fails. Return: how long that takes; 0 if it went otherwise. */
static double measure(void)
{
	double began = now();
	int status;

	if (!wait_for(start_run(), &status) || !WIFEXITED(status) ||
	    WEXITSTATUS(status) != 1)
		return 0;
	return now() - began;
}

static int kill_at_random(char *text)
{
	struct tally tally = { 0 };
	FILE *file = fopen("/tmp/t.yaml", "w");
	double longest;

	fputs(FILE_TEXT, file);
	fclose(file);
	mkdir("/tmp/out", 0755); /* what is asked for is no leftover */
	chamber_remember();
	longest = measure() * 1.1;
	if (longest == 0) {
		snprintf(text, CHAMBER_TEXT, "unharmed, it does not do what it should");
		return 1;
	}
	for (unsigned int i = 0; i < rounds; i++)
		if (!one_round(longest, &tally, text))
			return 1;
	if (!chamber_has_no_namespaces(text))
		return 1;
	snprintf(text, CHAMBER_TEXT,
		 "%u of %u signals met somebody (%u the runner), within %.0f ms",
		 tally.hits, rounds, tally.runners, longest * 1e3);
	return tally.hits < rounds / 2 || (rounds >= 100 && !tally.runners) ? 2 : 0;
}

static unsigned int setting(const char *name, unsigned int otherwise)
{
	const char *value = getenv(name);

	return value ? (unsigned int)strtoul(value, NULL, 10) : otherwise;
}

Test(leftovers, are_none_after_random_kills, .timeout = 300)
{
	unsigned int first = setting("NSTEST_SEED", (unsigned int)time(NULL));
	AUTO_FREE char *text = NULL;
	int r;

	seed = first;
	program = open(NSTEST, O_RDONLY | O_CLOEXEC);
	rounds = setting("NSTEST_ROUNDS", ROUNDS);
	r = chamber_run(kill_at_random, &text);

	cr_log_info("seed %u: %s", first, text);
	cr_expect_neq(r, -1, "no chamber");
	cr_expect_neq(r, 2, "it must hit in most rounds: %s", text);
	cr_expect_eq(r, 0, "seed %u: %s", first, text);
}
