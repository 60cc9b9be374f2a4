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
#include <kernel/guest.h>
#include <nstest/error.h>

#include "chamber.h"

/* Criterion 2.4.1 now and then forgets 48 bytes. What is
 * tested here are the programs that are started, and those look for leaks. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}

enum { ROUNDS = 200, HANGS_MS = 60000, PROCESSES = 256 };

#define LONG_TEXT                       \
	"hosts:\n"                      \
	"  a: {address: 10.0.0.1/24}\n" \
	"  b: {address: 10.0.0.2/24}\n" \
	"links:\n"                      \
	"  - a -- b\n"                  \
	"cases:\n"                      \
	"  long:\n"                     \
	"    - run: {on: b, command: exec tail -f /dev/null, within: 500s}\n"

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
static const char *kernel = "native", *timeout = "60s";
static bool
	asked; /* the runner is asked to end, in place of any process being killed */
static int program; /* nstest, opened: the chamber's /tmp may hide its file */

/* How often a signal met somebody alive, and how often the runner. */
struct tally {
	unsigned int hits, runners;
};

static pid_t start_run(void)
{
	const char *const argv[] = { NSTEST,  "run",      "-j2",      "--kernel",
				     kernel,  "--memory", "100M",     "--timeout",
				     timeout, "--out",    "/tmp/out", "/tmp/t.yaml",
				     NULL };
	pid_t pid = fork();
	int null;

	if (pid)
		return pid;
	null = open("/dev/null", O_RDWR);
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	setpgid(0, 0);
	/* Sanitizers: the leak checker waits for ever for its helper if that is killed, the
	 * handler of SIGSEGV for a lock that was held. */
	setenv("ASAN_OPTIONS", "detect_leaks=0:handle_segv=0", 1);
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

/* Not yet buried is not alive. */
static bool is_alive(pid_t pid)
{
	char path[64], state = 'Z';
	FILE *stat;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	stat = fopen(path, "re");
	if (stat && fscanf(stat, "%*d (%*[^)]) %c", &state) != 1)
		state = 'Z';
	if (stat)
		fclose(stat);
	return state != 'Z' && state != 'X';
}

/* Who is still there, for whoever looks why. */
static void describe_hang(char *text)
{
	pid_t pids[PROCESSES];
	size_t count = chamber_processes(pids, PROCESSES);
	size_t used = (size_t)snprintf(text, CHAMBER_TEXT, "nstest run hangs:");

	for (size_t i = 0; i < count && used + 200 < CHAMBER_TEXT; i++) {
		char path[64], line[160] = "";
		FILE *stat;

		snprintf(path, sizeof(path), "/proc/%d/stat", pids[i]);
		stat = fopen(path, "re");
		if (stat && fscanf(stat, "%99[^)]%*[) ] %60[^\n]", line, line + 99) < 1)
			line[0] = '\0';
		if (stat)
			fclose(stat);
		used += (size_t)snprintf(text + used, CHAMBER_TEXT - used,
					 " [%s) %.20s]", line, line + 99);
	}
}

/* One of all that live: runner, worker, lab process, program, whatever stands between. */
static void strike(pid_t runner, struct tally *tally)
{
	static const int signals[] = { SIGKILL, SIGKILL, SIGKILL, SIGSEGV,
				       SIGTERM, SIGINT,  SIGHUP };
	pid_t pids[PROCESSES];
	size_t all = chamber_processes(pids, PROCESSES), count = 0;
	int signal = signals[(size_t)rand_r(&seed) % ARRAY_SIZE(signals)];
	pid_t victim;

	for (size_t i = 0; i < all; i++)
		if (is_alive(pids[i]))
			pids[count++] = pids[i];
	if (!count)
		return;
	victim = pids[(size_t)rand_r(&seed) % count];
	if (asked) {
		if (!is_alive(runner))
			return;
		victim = runner;
		signal = rand_r(&seed) % 2 ? SIGINT : SIGTERM;
	}
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
		describe_hang(text);
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

static void write_scenario(const char *text)
{
	FILE *file = fopen("/tmp/t.yaml", "w");

	fputs(text, file);
	fclose(file);
	mkdir("/tmp/out", 0755); /* what is asked for is no leftover */
	chamber_remember();
}

static int kill_at_random(char *text)
{
	struct tally tally = { 0 };
	unsigned int runs;
	double longest;

	write_scenario(FILE_TEXT);
	longest = measure() * 1.1;
	if (longest == 0) {
		snprintf(text, CHAMBER_TEXT, "unharmed, it does not do what it should");
		return 1;
	}
	for (runs = 0; tally.hits < rounds && runs < rounds * 10; runs++)
		if (!one_round(longest, &tally, text))
			return 1;
	if (!chamber_has_no_namespaces(text))
		return 1;
	snprintf(text, CHAMBER_TEXT,
		 "%u signals met somebody (%u the runner) in %u runs, within %.0f ms",
		 tally.hits, tally.runners, runs, longest * 1e3);
	return tally.hits < rounds || (rounds >= 100 && !tally.runners) ? 2 : 0;
}

/* ---- Each process in turn, while nothing would end by itself ---- */

/* Waits for the program of the long case; the number of processes that live then. */
static size_t wait_for_step(pid_t *pids)
{
	double deadline = now() + 20;

	while (now() < deadline) {
		size_t count = chamber_processes(pids, PROCESSES);

		for (size_t i = 0; i < count; i++) {
			char path[64], name[32] = "";
			FILE *comm;

			snprintf(path, sizeof(path), "/proc/%d/comm", pids[i]);
			comm = fopen(path, "re");
			if (comm && fscanf(comm, "%31s", name) == 1 &&
			    !strcmp(name, "tail")) {
				fclose(comm);
				return count;
			}
			if (comm)
				fclose(comm);
		}
		sleep_for(0.002);
	}
	return 0;
}

/* `victim` counts processes from 0; `signal` 0: SIGKILL for one of them, else for the
 * runner. Return: how many processes there were; 0 when something was wrong. */
static size_t end_one(size_t victim, int signal, char *text)
{
	pid_t pids[PROCESSES], runner = start_run();
	size_t count = wait_for_step(pids);
	double began = now();
	int status;

	if (!count) {
		snprintf(text, CHAMBER_TEXT, "the case did not begin");
		return 0;
	}
	kill(signal ? runner : pids[victim % count], signal ? signal : SIGKILL);
	if (!wait_for(runner, &status)) {
		describe_hang(text);
		return 0;
	}
	if (!chamber_is_clean(text))
		return 0;
	if (now() - began > 15) {
		snprintf(text, CHAMBER_TEXT, "it took %.1f s to end", now() - began);
		return 0;
	}
	return count;
}

static int end_each(char *text)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGSEGV, SIGQUIT };
	size_t count = 1;

	write_scenario(LONG_TEXT);
	for (size_t victim = 0; victim < count; victim++) {
		count = end_one(victim, 0, text);
		if (!count)
			return 1;
	}
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		if (!end_one(0, signals[i], text))
			return 1;
	if (!chamber_has_no_namespaces(text))
		return 1;
	snprintf(text, CHAMBER_TEXT, "each of %zu processes was killed", count);
	return count < 4 ? 2 : 0; /* runner, worker, lab process, program, at least */
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
	cr_expect_neq(r, 2, "too few met anybody: %s", text);
	cr_expect_eq(r, 0, "seed %u: %s", first, text);
}

/* A kernel that runs as processes is one more thing to be left: 200 by hand, few here. */
Test(leftovers, are_none_after_random_kills_of_guest_kernels, .timeout = 300)
{
	unsigned int first = setting("NSTEST_SEED", (unsigned int)time(NULL));
	AUTO_FREE char *text = NULL;
	struct nst_guest_kernel found;
	int r;

#ifdef __SANITIZE_ADDRESS__
	cr_skip_test("nstest with sanitizers finds no room in a guest kernel");
#endif
	if (nst_guest_kernel_find("uml", &found) < 0)
		cr_skip_test("%s", nst_error());
	nst_guest_kernel_free(&found);
	seed = first;
	kernel = "uml";
	timeout = "10s"; /* a guest may hang whose helper is gone */
	program = open(NSTEST, O_RDONLY | O_CLOEXEC);
	rounds = setting("NSTEST_GUEST_ROUNDS", 4);
	r = chamber_run(kill_at_random, &text);

	cr_log_info("seed %u: %s", first, text);
	cr_expect_eq(r, 0, "seed %u: %s", first, text);
}

Test(leftovers, are_none_after_ctrl_c_at_random_moments, .timeout = 300)
{
	unsigned int first = setting("NSTEST_SEED", (unsigned int)time(NULL));
	AUTO_FREE char *text = NULL;
	int r;

	seed = first;
	asked = true;
	program = open(NSTEST, O_RDONLY | O_CLOEXEC);
	rounds = setting("NSTEST_ROUNDS", 100);
	r = chamber_run(kill_at_random, &text);

	cr_log_info("seed %u: %s", first, text);
	cr_expect_eq(r, 0, "seed %u: %s", first, text);
}

Test(leftovers, are_none_whichever_process_is_killed, .timeout = 120)
{
	AUTO_FREE char *text = NULL;
	int r;

	program = open(NSTEST, O_RDONLY | O_CLOEXEC);
	r = chamber_run(end_each, &text);

	cr_log_info("%s", text);
	cr_expect_eq(r, 0, "%s", text);
}
