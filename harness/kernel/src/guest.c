/* SPDX-License-Identifier: MIT */
/* Starts a guest kernel, and ends it.
 *
 * How it works. A process in namespaces of its own is PID 1 of all that the guest consists
 * of: when it ends, the kernel kills the guest's helpers too, which otherwise outlive a
 * kill -9 of its main process and hold its memory. It ends with whoever started it. Its
 * child enters the cage and becomes the kernel. The folder of the job is a tmpfs without a
 * name: it is gone when the last one that has it is.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>
#include <kernel/guest.h>

#include "cage.h"
#include "init_image.h"

enum { LINE_FD = 3, ARGUMENTS = 32 };

/* ---- The folder of the job ---- */

int nst_guest_file(const struct nst_guest *guest, const char *name)
{
	const uid_t user = cage_user();
	int fd = openat(guest->job, name,
			O_CREAT | O_TRUNC | O_RDWR | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0 || (user != geteuid() && fchown(fd, user, (gid_t)-1) < 0)) {
		int r = nst_fail_errno("%s for a guest kernel", name);

		if (fd >= 0)
			close(fd);
		return r;
	}
	return fd;
}

static int make_folder(const struct nst_guest *guest, const char *name)
{
	const uid_t user = cage_user();

	if (mkdirat(guest->job, name, 0700) < 0 ||
	    (user != geteuid() && fchownat(guest->job, name, user, (gid_t)-1, 0) < 0))
		return nst_fail_errno("%s for a guest kernel", name);
	return 0;
}

static int write_strings(const struct nst_guest *guest, const char *name,
			 const char *const *first, char *const *strings)
{
	AUTO_FCLOSE FILE *file = NULL;
	int fd = nst_guest_file(guest, name);

	if (fd < 0)
		return fd;
	file = fdopen(fd, "w");
	for (; *first; first++)
		fwrite(*first, 1, strlen(*first) + 1, file);
	for (; *strings; strings++)
		fwrite(*strings, 1, strlen(*strings) + 1, file);
	return fflush(file) ? nst_fail_errno("%s for a guest kernel", name) : 0;
}

static int write_init(const struct nst_guest *guest)
{
	AUTO_CLOSE int fd = nst_guest_file(guest, "init");
	const size_t size = (size_t)(nst_init_end - nst_init_begin);

	if (fd < 0)
		return fd;
	if (write(fd, nst_init_begin, size) != (ssize_t)size || fchmod(fd, 0500) < 0)
		return nst_fail_errno("PID 1 of a guest kernel");
	return 0;
}

static int prepare_job(const struct nst_guest_options *options, struct nst_guest *guest)
{
	static const char *const folders[] = { "overlay", "memory", "uml", "kept", "here" };
	static const char *const files[] = { "out", "err", "console" };
	static const char *const nothing[] = { NULL };
	char umask_text[16];
	const char *const first[] = { options->folder, umask_text, NULL };
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(folders) && !r; i++)
		r = make_folder(guest, folders[i]);
	for (size_t i = 0; i < ARRAY_SIZE(files) && !r; i++) {
		int fd = nst_guest_file(guest, files[i]);

		r = fd < 0 ? fd : close(fd);
	}
	snprintf(umask_text, sizeof(umask_text), "%o", options->umask);
	if (!r)
		r = write_strings(guest, "command", first, options->command);
	if (!r)
		r = write_strings(guest, "environment", nothing, options->environment);
	return r ? r : write_init(guest);
}

/* ---- The guest's processes ---- */

struct arguments {
	const char *list[ARGUMENTS];
	char memory[32], seed[48];
	size_t count;
};

static void add(struct arguments *arguments, const char *argument)
{
	arguments->list[arguments->count++] = argument;
}

/* A Tuesday in November 2023. */
static void choose_time(const struct nst_guest_options *options,
			struct arguments *arguments)
{
	add(arguments, options->time == NST_TIME_VIRTUAL ? "time-travel=inf-cpu"
							 : "time-travel");
	add(arguments, "time-travel-start=1700000000000000000");
	snprintf(arguments->seed, sizeof(arguments->seed), "rng-seed=%llu",
		 (unsigned long long)options->seed);
	add(arguments, arguments->seed);
}

/* The kernel mixes its command line into its random numbers: nothing in it may depend on
 * the machine, its user or the folder. */
static void choose_arguments(const struct nst_guest_options *options,
			     struct arguments *arguments)
{
	static const char *const usual[] = {
		"linux",
		"root=/dev/root",
		"rootfstype=hostfs",
		"rootflags=/",
		"rw",
		"init=" NST_JOB "/init",
		"con=null",
		"con0=null,fd:1",
		"ssl=null",
		"ssl0=fd:3",
		"uml_dir=" NST_JOB "/uml/",
		"umid=u",
		"quiet",
	};

	for (size_t i = 0; i < ARRAY_SIZE(usual); i++)
		add(arguments, usual[i]);
	snprintf(arguments->memory, sizeof(arguments->memory), "mem=%s",
		 options->memory ? options->memory : "512M");
	add(arguments, arguments->memory);
	if (options->time != NST_TIME_REAL)
		choose_time(options, arguments);
}

/* Becomes the kernel. `mem=` is a sparse file in TMPDIR. A statically linked UML and the
 * rseq of glibc do not go together: its first process is killed. */
_Noreturn static void become_kernel(const struct nst_guest_options *options,
				    int console, int line)
{
	static char *const environment[] = {
		"TMPDIR=" NST_JOB "/memory",
		"HOME=" NST_JOB,
		"PATH=/usr/sbin:/usr/bin:/sbin:/bin",
		"GLIBC_TUNABLES=glibc.pthread.rseq=0",
		NULL,
	};
	struct arguments arguments = { 0 };
	int in = open("/dev/null", O_RDWR);

	choose_arguments(options, &arguments);
	personality(ADDR_NO_RANDOMIZE);
	if (in < 0 || dup2(in, 0) < 0 || dup2(console, 1) < 0 || dup2(console, 2) < 0 ||
	    dup2(line, LINE_FD) < 0 || fcntl(LINE_FD, F_SETFD, 0) < 0)
		_exit(127);
	close_range(LINE_FD + 1, ~0U, 0);
	execve(options->kernel->path, (char *const *)arguments.list, environment);
	dprintf(STDERR_FILENO, "%s cannot be started: %s\n", options->kernel->path,
		strerror(errno));
	_exit(127);
}

static bool is_gone(int line)
{
	struct pollfd end = { .fd = line, .events = POLLRDHUP };

	return poll(&end, 1, 0) > 0 && (end.revents & (POLLRDHUP | POLLHUP));
}

_Noreturn static void be_first(const struct nst_guest_options *options,
			       const struct nst_guest *guest, int line)
{
	int console = openat(guest->job, "console", O_WRONLY | O_APPEND | O_CLOEXEC);
	pid_t pid;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(guest->line); /* the other end: this is how its end is seen */
	if (console < 0 || is_gone(line))
		_exit(127);
	/* A guest that waits for its turn is late by its own clock. Root only. */
	setpriority(PRIO_PROCESS, 0, -10);
	if (cage_enter(guest->job, options->here) < 0) {
		dprintf(console, "no cage for a guest kernel: %s\n", nst_error());
		_exit(127);
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* forgotten with the change of user */
	if (is_gone(line))
		_exit(127);
	mount("proc", "/proc", "proc", 0, NULL); /* better, where it is allowed */
	pid = fork();
	if (pid == 0)
		become_kernel(options, console, line);
	close_range(0, ~0U, 0);
	if (pid > 0)
		waitpid(pid, NULL, 0);
	_exit(0);
}

static pid_t clone_first(int *ret_pidfd)
{
	struct clone_args args = {
		.flags = CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC |
			 CLONE_PIDFD,
		.pidfd = (uint64_t)(uintptr_t)ret_pidfd,
		.exit_signal = SIGCHLD,
	};

	return (pid_t)syscall(SYS_clone3, &args, sizeof(args));
}

static int launch(const struct nst_guest_options *options, struct nst_guest *guest)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return nst_fail_errno("a socket pair for a guest kernel");
	guest->line = pair[0];
	fflush(NULL);
	guest->pid = clone_first(&guest->pidfd);
	if (guest->pid == 0)
		be_first(options, guest, pair[1]);
	close(pair[1]);
	if (guest->pid < 0) {
		guest->pid = 0;
		return nst_fail_errno("namespaces for a guest kernel");
	}
	return 0;
}

int nst_guest_begin(void)
{
	if (unshare(CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return nst_fail_errno("a mount namespace for guest kernels");
	return 0;
}

int nst_guest_start(const struct nst_guest_options *options, struct nst_guest *ret)
{
	struct nst_guest guest = { .pidfd = -1, .line = -1 };
	int r;

	guest.job = cage_make_job();
	if (guest.job < 0)
		return guest.job;
	r = prepare_job(options, &guest);
	if (!r && options->prepare)
		r = options->prepare(&guest, options->arg);
	if (!r)
		r = launch(options, &guest);
	if (r < 0) {
		nst_guest_end(&guest);
		return r;
	}
	*ret = guest;
	return 0;
}

/* ---- Its end ---- */

int nst_guest_status(const struct nst_guest *guest)
{
	AUTO_CLOSE int fd =
		openat(guest->job, "status", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	char text[16] = "";

	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 1)
		return -ENOENT;
	return (int)strtol(text, NULL, 10) & 0xff;
}

/* The end of a file, without the carriage returns of a terminal; added to `text`. */
static void add_end(const struct nst_guest *guest, const char *name, FILE *text)
{
	enum { MOST = 1500 };
	AUTO_CLOSE int fd = openat(guest->job, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	char bytes[MOST + 1] = "";
	const char *at = bytes;
	struct stat about;

	if (fd < 0 || fstat(fd, &about) < 0 ||
	    pread(fd, bytes, MOST, about.st_size > MOST ? about.st_size - MOST : 0) <=
		    0)
		return;
	if (about.st_size > MOST && strchr(bytes, '\n'))
		at = strchr(bytes, '\n') + 1;
	for (; *at; at++)
		if (*at != '\r')
			fputc(*at, text);
}

char *nst_guest_last_words(const struct nst_guest *guest)
{
	char *words = NULL;
	size_t size;
	FILE *text = open_memstream(&words, &size);

	if (!text)
		return NULL;
	add_end(guest, "err", text);
	if (fflush(text) || !size || nst_guest_status(guest) < 0)
		add_end(guest, "console", text);
	if (fclose(text))
		size = 0;
	while (size && words[size - 1] == '\n')
		words[--size] = '\0';
	if (size)
		return words;
	free(words);
	return NULL;
}

void nst_guest_end(struct nst_guest *guest)
{
	const int fds[] = { guest->pidfd, guest->job, guest->line };

	if (guest->pid) {
		syscall(SYS_pidfd_send_signal, guest->pidfd, SIGKILL, NULL, 0);
		while (waitpid(guest->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	*guest = (struct nst_guest){ .pidfd = -1, .job = -1, .line = -1 };
}
