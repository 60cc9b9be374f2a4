/* SPDX-License-Identifier: MIT */
/*
 * One case of two hosts with mounts, IPv4 and IPv6, and one tcp verdict: by the
 *library, by the bare-syscall floor, by a tutorial's shell script, and by Mininet. All
 *in turn, in one run.
 *
 *	case [ROUNDS [FOLDER]]      FOLDER has tutorial.sh and mininet_cases.py
 *
 * A round is ten cases of the floor and of the library in turn, then one of each of the
 *others. Not root: only floor and library. Without Mininet: the others.
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <nstest/error.h>
#include <nstest/lab.h>

#include "floor.h"
#include "library.h"
#include "measure.h"

enum { CASES_A_ROUND = 10 };

static struct series library = { .name = "library" },
		     floor_series = { .name = "floor" };
static struct series http = { .name = "tutorial (python3, curl)" };
static struct series lean = { .name = "tutorial (busybox nc)" };
static struct series mininet = { .name = "mininet, one interpreter" };

/* Mininet's interpreter: a line in, a case, a line out. */
static FILE *mininet_in, *mininet_out;

static void time_floor(void)
{
	double start = now_us();

	if (floor_case(1, true) < 0)
		exit(1);
	series_add(&floor_series, now_us() - start);
}

static void time_library(void)
{
	double start = now_us();

	library_case(1, true);
	series_add(&library, now_us() - start);
}

/* Which of the two goes first changes: each pays now and then for what the other left
 * behind. */
static void time_both(void)
{
	static unsigned int turn;

	if (turn++ % 2) {
		time_floor();
		time_library();
	} else {
		time_library();
		time_floor();
	}
}

static void time_script(const char *folder, const char *how, struct series *series)
{
	char path[PATH_MAX];
	double start = now_us();
	int status;
	pid_t pid;

	snprintf(path, sizeof(path), "%s/tutorial.sh", folder);
	if (posix_spawn(&pid, path, NULL, NULL, (char *[]){ path, (char *)how, NULL },
			environ))
		return;
	waitpid(pid, &status, 0);
	if (status == 0)
		series_add(series, now_us() - start);
}

static void start_mininet(const char *folder)
{
	char path[PATH_MAX];
	int in[2], out[2];

	snprintf(path, sizeof(path), "%s/mininet_cases.py", folder);
	if (pipe(in) < 0 || pipe(out) < 0)
		return;
	if (fork() == 0) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		for (int fd = 3; fd < 16; fd++)
			close(fd);
		execl(path, path, NULL);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	mininet_in = fdopen(in[1], "w");
	mininet_out = fdopen(out[0], "r");
}

static void time_mininet(void)
{
	char line[16];
	double start = now_us();

	if (!mininet_in)
		return;
	if (fputs("\n", mininet_in) < 0 || fflush(mininet_in) < 0 ||
	    !fgets(line, sizeof(line), mininet_out)) {
		mininet_in = NULL;
		return;
	}
	series_add(&mininet, now_us() - start);
}

static void say_targets(void)
{
	double ours = series_median(&library);

	print_target("library / floor", ours / series_median(&floor_series), "<=", 1.5,
		     "");
	if (http.count)
		print_target("tutorial's script / library", series_median(&http) / ours,
			     ">=", 30, "");
	if (mininet.count)
		print_target("Mininet / library", series_median(&mininet) / ours,
			     ">=", 30, "");
}

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 30;
	const char *folder = argc > 2 ? argv[2] : NULL;

	if (geteuid() != 0)
		folder = NULL;
	signal(SIGPIPE, SIG_IGN);
	must("entering a user namespace", nst_become_root());
	if (folder)
		start_mininet(folder);
	for (int i = 0; i < rounds; i++) {
		for (int j = 0; j < CASES_A_ROUND; j++)
			time_both();
		if (!folder)
			continue;
		time_script(folder, "http", &http);
		time_script(folder, "lean", &lean);
		time_mininet();
	}
	print_table(
		"one case: two hosts, IPv4 and IPv6, one tcp verdict",
		(struct series *[]){ &floor_series, &library, &lean, &http, &mininet },
		5);
	say_targets();
}
