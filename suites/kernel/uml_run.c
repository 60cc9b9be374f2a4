/* SPDX-License-Identifier: MIT */
/* Runs a command as root of another kernel, a User-Mode Linux, which has sch_netem.
 *
 *	uml-run [-t SECONDS] [-m MEMORY] [-k KERNEL] COMMAND [ARGUMENT...]
 *
 * The guest sees the machine's files, at their paths, and may change them: that stays in its
 * memory. It reaches no network. Output comes as it is written. The exit status is the
 * command's, 128 + n if signal n killed it, 124 if it took more than SECONDS (120), 125 if it
 * never ran, 77 if this machine cannot boot it. Nothing is left behind, not even after kill -9.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <base/scope.h>
#include <kernel/guest.h>
#include <nstest/error.h>
#include <nstest/lab.h>

enum { TIMED_OUT = 124, NEVER_RAN = 125, CANNOT = 77 };

struct options {
	long seconds;
	const char *memory, *kernel;
	char **command;
};

/* What the command writes, and what tells of it. */
struct output {
	int out, err, notes;
};

extern char **environ;

static int usage(void)
{
	fputs("usage: uml-run [-t SECONDS] [-m MEMORY] [-k KERNEL] COMMAND "
	      "[ARGUMENT...]\n",
	      stderr);
	return NEVER_RAN;
}

static int read_options(int argc, char **argv, struct options *options)
{
	int c;

	*options = (struct options){ .seconds = 120, .kernel = "uml" };
	while ((c = getopt(argc, argv, "+t:m:k:")) != -1)
		switch (c) {
		case 't':
			options->seconds = strtol(optarg, NULL, 10);
			break;
		case 'm':
			options->memory = optarg;
			break;
		case 'k':
			options->kernel = optarg;
			break;
		default:
			return -1;
		}
	options->command = argv + optind;
	return options->seconds > 0 && *options->command ? 0 : -1;
}

static int complain(int status)
{
	fprintf(stderr, "uml-run: %s\n", nst_error());
	return status;
}

/* ---- Output ---- */

static int watch(int notes, int job, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", job, name);
	inotify_add_watch(notes, path, IN_MODIFY);
	return openat(job, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
}

static int open_output(const struct nst_guest *guest, void *arg)
{
	struct output *output = arg;

	output->notes = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	output->out = watch(output->notes, guest->job, "out");
	output->err = watch(output->notes, guest->job, "err");
	return output->out < 0 || output->err < 0 ? -errno : 0;
}

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

/* Passes on what comes until the guest ends. Return: whether it ended in time. */
static bool follow(const struct nst_guest *guest, const struct output *output,
		   long seconds)
{
	struct pollfd events[] = { { .fd = guest->pidfd, .events = POLLIN },
				   { .fd = output->notes, .events = POLLIN } };
	struct timespec end;
	char forgotten[4096];
	bool ended = false;
	long left;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += seconds;
	while (!ended && (left = milliseconds_left(&end)) > 0) {
		if (poll(events, 2, (int)left) < 0 && errno != EINTR)
			break;
		while (read(output->notes, forgotten, sizeof(forgotten)) > 0)
			;
		ended = events[0].revents & POLLIN;
		pass_on(output->out, STDOUT_FILENO);
		pass_on(output->err, STDERR_FILENO);
	}
	return ended;
}

static int tell_end(const struct nst_guest *guest, bool ended, long seconds)
{
	AUTO_FREE char *words = NULL;
	int status = nst_guest_status(guest);

	if (!ended) {
		fprintf(stderr, "uml-run: not done in %ld s\n", seconds);
		return TIMED_OUT;
	}
	if (status >= 0)
		return status;
	words = nst_guest_last_words(guest);
	fprintf(stderr, "uml-run: the guest died before the command ended\n%s\n",
		words ? words : "");
	return NEVER_RAN;
}

int main(int argc, char **argv)
{
	AUTO_FREE char *folder = getcwd(NULL, 0);
	struct nst_guest_kernel kernel;
	struct options options;
	struct output output;
	struct nst_guest guest;
	mode_t mask = umask(0);
	int status;

	umask(mask);
	if (read_options(argc, argv, &options) < 0)
		return usage();
	if (nst_guest_kernel_find(options.kernel, &kernel) < 0 ||
	    nst_become_root() < 0 || nst_guest_begin() < 0)
		return complain(CANNOT);
	if (nst_guest_start(&(struct nst_guest_options){ .kernel = &kernel,
							 .memory = options.memory,
							 .folder = folder,
							 .umask = mask,
							 .command = options.command,
							 .environment = environ,
							 .prepare = open_output,
							 .arg = &output },
			    &guest) < 0)
		return complain(CANNOT);
	status = tell_end(&guest, follow(&guest, &output, options.seconds),
			  options.seconds);
	nst_guest_end(&guest);
	nst_guest_kernel_free(&kernel);
	return status;
}
