/* SPDX-License-Identifier: MIT */
/* Runs a command as root of another kernel, Debian's User-Mode Linux (package
 * user-mode-linux), which has sch_netem.
 *
 *	uml-run [-t SECONDS] [-m MEMORY] COMMAND [ARGUMENT...]
 *
 * The guest sees the machine's files, at their paths, and may change them: that stays in its
 * memory. It reaches no network. Output comes as it is written. The exit status is the
 * command's, 128 + n if signal n killed it, 124 if it took more than SECONDS (120), 125 if it
 * never ran, 77 if this machine cannot boot it. Nothing is left behind, not even after kill -9.
 *
 * How it works: the cage's JOB is a tmpfs that both sides see, because the guest's root is hostfs.
 *	command, environment	what to run, strings that end with NUL; the first is the folder
 *	out, err		its output
 *	status			two digits or three, once it has ended
 *	console			what the kernel says
 *	overlay			where the guest mounts the tmpfs for what it changes
 *	memory			the guest's memory, a file
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cage.h"

enum { TIMED_OUT = 124, NEVER_RAN = 125, CANNOT = 77 };

struct options {
	long seconds;
	const char *memory;
	char **command;
};

extern char **environ;

static int usage(void)
{
	fputs("usage: uml-run [-t SECONDS] [-m MEMORY] COMMAND [ARGUMENT...]\n",
	      stderr);
	return NEVER_RAN;
}

static int read_options(int argc, char **argv, struct options *options)
{
	int c;

	*options = (struct options){ .seconds = 120, .memory = "512M" };
	while ((c = getopt(argc, argv, "+t:m:")) != -1)
		switch (c) {
		case 't':
			options->seconds = strtol(optarg, NULL, 10);
			break;
		case 'm':
			options->memory = optarg;
			break;
		default:
			return -1;
		}
	options->command = argv + optind;
	return options->seconds > 0 && *options->command ? 0 : -1;
}

/* ---- What the guest finds in JOB ---- */

static int write_strings(const char *path, const char *first, char *const *strings)
{
	FILE *file = fopen(path, "we");

	if (!file)
		return -1;
	if (first)
		fwrite(first, 1, strlen(first) + 1, file);
	for (; *strings; strings++)
		fwrite(*strings, 1, strlen(*strings) + 1, file);
	return fclose(file) ? -1 : 0;
}

static int create(const char *path)
{
	int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	return fd < 0 ? -1 : close(fd);
}

static int prepare_job(const struct options *options, const char *folder)
{
	if (mkdir(JOB "/overlay", 0700) < 0 || mkdir(JOB "/memory", 0700) < 0 ||
	    mkdir(JOB "/uml", 0700) < 0 || create(JOB "/out") < 0 ||
	    create(JOB "/err") < 0 ||
	    write_strings(JOB "/command", folder, options->command) < 0 ||
	    write_strings(JOB "/environment", NULL, environ) < 0) {
		perror("uml-run: " JOB);
		return -1;
	}
	return 0;
}

/* ---- The guest ---- */

/* The folder that this program is in, where uml-init is too. */
static int find_init(char *init, size_t size)
{
	char self[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
	int printed;

	if (length < 0)
		return -1;
	self[length] = '\0';
	*strrchr(self, '/') = '\0';
	printed = snprintf(init, size, "init=%s/uml-init", self);
	return printed < (int)size && access(init + strlen("init="), X_OK) == 0 ? 0
										: -1;
}

/* `mem=` is a sparse file in TMPDIR. A statically linked UML and the rseq of glibc do not go
 * together: its first process is killed. */
_Noreturn static void boot(const struct options *options, const char *init)
{
	char memory[64];
	char *const argv[] = { "linux.uml",
			       memory,
			       "root=/dev/root",
			       "rootfstype=hostfs",
			       "rootflags=/",
			       "rw",
			       (char *)init,
			       "con=null",
			       "con0=null,fd:1",
			       "ssl=null",
			       "uml_dir=" JOB "/uml/",
			       "umid=u",
			       "quiet",
			       NULL };
	int in = open("/dev/null", O_RDWR), out = creat(JOB "/console", 0600);

	setenv("TMPDIR", JOB "/memory", 1);
	setenv("HOME", JOB, 1);
	setenv("GLIBC_TUNABLES", "glibc.pthread.rseq=0", 1);
	snprintf(memory, sizeof(memory), "mem=%s", options->memory);
	if (in < 0 || out < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 ||
	    dup2(out, 2) < 0)
		_exit(CANNOT);
	execvp(*argv, argv);
	_exit(CANNOT);
}

/* PID 1 of the cage: with it the kernel kills all threads and processes of the guest, also
 * those that it leaves behind when only its main process is killed. */
_Noreturn static void be_first(const struct options *options, const char *init,
			       int alive)
{
	struct pollfd parent = { .fd = alive, .events = POLLHUP };
	int status;
	pid_t pid;

	/* Armed too late if the parent is already gone: then its end of the pipe is, too. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (poll(&parent, 1, 0) != 0)
		_exit(CANNOT);
	mount("proc", "/proc", "proc", 0, NULL); /* better, where it is allowed */
	pid = fork();
	if (pid == 0)
		boot(options, init);
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		_exit(CANNOT);
	_exit(WIFEXITED(status) && WEXITSTATUS(status) == CANNOT ? CANNOT : 0);
}

/* ---- Its end ---- */

static void pass_on(int from, int to)
{
	char buffer[65536];
	ssize_t size;

	while ((size = read(from, buffer, sizeof(buffer))) > 0)
		for (ssize_t done = 0, n; done < size; done += n) {
			n = write(to, buffer + done, (size_t)(size - done));
			if (n < 0)
				return;
		}
}

static long milliseconds_left(const struct timespec *end)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (end->tv_sec - now.tv_sec) * 1000 +
	       (end->tv_nsec - now.tv_nsec) / 1000000;
}

/* Passes on what comes until the process ends. Return: whether it ended in time. */
static int watch(int process, int out, int err, long seconds)
{
	int notes = inotify_init1(IN_NONBLOCK | IN_CLOEXEC), ended = 0;
	struct pollfd events[] = { { .fd = process, .events = POLLIN },
				   { .fd = notes, .events = POLLIN } };
	struct timespec end;
	char forgotten[4096];
	long left;

	inotify_add_watch(notes, JOB "/out", IN_MODIFY);
	inotify_add_watch(notes, JOB "/err", IN_MODIFY);
	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += seconds;
	while (!ended && (left = milliseconds_left(&end)) > 0) {
		if (poll(events, 2, (int)left) < 0 && errno != EINTR)
			break;
		while (read(notes, forgotten, sizeof(forgotten)) > 0)
			;
		ended = events[0].revents & POLLIN;
		pass_on(out, STDOUT_FILENO);
		pass_on(err, STDERR_FILENO);
	}
	close(notes);
	return ended;
}

static void show_console(void)
{
	int console = open(JOB "/console", O_RDONLY | O_CLOEXEC);

	if (console < 0)
		return;
	pass_on(console, STDERR_FILENO);
	close(console);
}

static int read_status(void)
{
	FILE *file = fopen(JOB "/status", "re");
	int status;

	if (!file || fscanf(file, "%d", &status) != 1) {
		fputs("uml-run: the guest died before the command ended\n", stderr);
		show_console();
		status = NEVER_RAN;
	}
	if (file)
		fclose(file);
	return status;
}

static int run(const struct options *options, const char *init)
{
	int out = open(JOB "/out", O_RDONLY | O_CLOEXEC);
	int err = open(JOB "/err", O_RDONLY | O_CLOEXEC);
	int alive[2], process, in_time, status;
	pid_t pid;

	if (out < 0 || err < 0 || pipe2(alive, O_CLOEXEC) < 0)
		return NEVER_RAN;
	pid = fork();
	if (pid == 0) {
		close(alive[1]);
		be_first(options, init, alive[0]);
	}
	process = pid < 0 ? -1 : (int)syscall(SYS_pidfd_open, pid, 0);
	if (process < 0) {
		perror("uml-run: starting a process");
		return NEVER_RAN;
	}
	in_time = watch(process, out, err, options->seconds);
	if (!in_time)
		kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	pass_on(out, STDOUT_FILENO);
	pass_on(err, STDERR_FILENO);
	if (!in_time) {
		fprintf(stderr, "uml-run: not done in %ld s\n", options->seconds);
		return TIMED_OUT;
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == CANNOT) {
		fputs("uml-run: linux.uml cannot be started; install it (Debian: "
		      "apt install user-mode-linux)\n",
		      stderr);
		return CANNOT;
	}
	return read_status();
}

int main(int argc, char **argv)
{
	char init[PATH_MAX], folder[PATH_MAX];
	struct options options;

	if (read_options(argc, argv, &options) < 0)
		return usage();
	if (!getcwd(folder, sizeof(folder)) || find_init(init, sizeof(init)) < 0) {
		fputs("uml-run: there is no uml-init beside it\n", stderr);
		return NEVER_RAN;
	}
	/* A guest that waits for its turn is late by its own clock. Root only; else as it is. */
	setpriority(PRIO_PROCESS, 0, -10);
	if (cage_enter() < 0)
		return CANNOT;
	if (prepare_job(&options, folder) < 0)
		return NEVER_RAN;
	return run(&options, init);
}
