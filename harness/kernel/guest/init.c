/* SPDX-License-Identifier: MIT */
/* PID 1 of a guest kernel (kernel/guest.h): gives it a root in which everything may be
 * written and nothing reaches the machine, runs one command, and switches off.
 *
 * Its root is the machine's, through hostfs. Over that it puts an overlay whose upper layer is
 * the guest's memory; only NST_JOB is the machine's still. Modules come by themselves: the
 * kernel starts modprobe, which finds those of package user-mode-linux where it looks for
 * its own. */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <kernel/guest.h>

#define MODULES "/usr/lib/uml/modules"
#define UPPER   NST_JOB "/overlay"
#define LINE    "/dev/ttyS0"

enum { STRINGS = 4096, NEVER_RAN = 125 };

static int job; /* the folder; what is mounted over it does not matter */

_Noreturn static void switch_off(int status)
{
	FILE *file = fdopen(openat(job, "status", O_CREAT | O_WRONLY, 0600), "w");

	if (file) {
		fprintf(file, "%d\n", status);
		fclose(file);
	}
	sync();
	reboot(RB_POWER_OFF);
	_exit(1); /* panics: the machine hears of it */
}

__attribute__((format(printf, 1, 2))) _Noreturn static void give_up(const char *format,
								    ...)
{
	int code = errno;
	va_list arguments;

	va_start(arguments, format);
	dprintf(STDERR_FILENO, "guest: ");
	vdprintf(STDERR_FILENO, format, arguments);
	dprintf(STDERR_FILENO, ": %s\n", strerror(code));
	va_end(arguments);
	switch_off(NEVER_RAN);
}

/* ---- The job ---- */

/* The strings of a file; the list ends with NULL. */
static char **read_strings(const char *name)
{
	static char *none[] = { NULL };
	char **strings = calloc(STRINGS + 1, sizeof(*strings));
	int fd = openat(job, name, O_RDONLY | O_CLOEXEC);
	struct stat about;
	char *text;
	ssize_t size;

	if (!strings || fd < 0 || fstat(fd, &about) < 0 ||
	    !(text = calloc(1, (size_t)about.st_size + 1)))
		give_up("%s", name);
	size = read(fd, text, (size_t)about.st_size);
	if (size != about.st_size)
		give_up("%s", name);
	close(fd);
	if (size == 0)
		return none;
	for (size_t i = 0, at = 0; at < (size_t)size; at += strlen(text + at) + 1) {
		if (i == STRINGS) {
			errno = E2BIG;
			give_up("%s", name);
		}
		strings[i++] = text + at;
	}
	return strings;
}

static void redirect(const char *name, int to)
{
	int fd = openat(job, name, O_WRONLY | O_APPEND);

	if (fd < 0 || dup2(fd, to) < 0)
		give_up("%s", name);
	close(fd);
}

/* ---- The root ---- */

static void load_overlay(const char *release)
{
	char path[512];
	int fd;

	snprintf(path, sizeof(path), MODULES "/%s/kernel/fs/overlayfs/overlay.ko",
		 release);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) /* else it is built in, or its absence is told by mount(2) */
		syscall(SYS_finit_module, fd, "", 0);
	close(fd);
}

/* In a user namespace the machine's files seem to be nobody's, and a set-user-ID program would
 * make nobody of root. */
static unsigned long root_flags(void)
{
	struct stat about;

	return stat("/", &about) == 0 && about.st_uid == 0 ? 0 : MS_NOSUID;
}

/* What is there may be changed, as everything; for who looks at the job, it is empty. */
static void make_here(void)
{
	if (mkdir(UPPER "/here", 0755) < 0 || mkdir(UPPER "/here-work", 0755) < 0 ||
	    mount("here", UPPER "/root" NST_JOB_HERE, "overlay", root_flags(),
		  "lowerdir=" NST_JOB_HERE ",upperdir=" UPPER "/here,workdir=" UPPER
		  "/here-work") < 0)
		give_up("an overlay of " NST_JOB_HERE);
}

static void make_root(void)
{
	if (mount("upper", UPPER, "tmpfs", 0, "mode=755") < 0 ||
	    mkdir(UPPER "/upper", 0755) < 0 || mkdir(UPPER "/work", 0755) < 0 ||
	    mkdir(UPPER "/root", 0755) < 0)
		give_up("a tmpfs on %s", UPPER);
	if (mount("root", UPPER "/root", "overlay", root_flags(),
		  "lowerdir=/,upperdir=" UPPER "/upper,workdir=" UPPER "/work") < 0)
		give_up("an overlay of the machine's root");
	if (mount(NST_JOB, UPPER "/root" NST_JOB, NULL, MS_BIND, NULL) < 0)
		give_up("the folder of the job");
	make_here();
	if (chdir(UPPER "/root") < 0 || syscall(SYS_pivot_root, ".", ".") < 0 ||
	    umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
		give_up("pivot_root");
}

/* The package's kernel has no nftables for IP, on which the usual iptables stands: there
 * the other one does. */
static void use_legacy_iptables(void)
{
	static const char *const names[] = {
		"iptables",  "iptables-save",  "iptables-restore",
		"ip6tables", "ip6tables-save", "ip6tables-restore",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		char link[64], program[64];

		snprintf(link, sizeof(link), "/etc/alternatives/%s", names[i]);
		snprintf(program, sizeof(program), "/usr/sbin/%.*s-legacy%s",
			 (int)strcspn(names[i], "-"), names[i],
			 names[i] + strcspn(names[i], "-"));
		if (access(program, X_OK) == 0 && unlink(link) == 0)
			(void)!symlink(program, link);
	}
}

static void link_modules(const char *release)
{
	char from[512], to[512];

	snprintf(from, sizeof(from), MODULES "/%s", release);
	if (access(from, F_OK) < 0)
		return;
	mkdir("/lib/modules", 0755);
	snprintf(to, sizeof(to), "/lib/modules/%s", release);
	if (symlink(from, to) < 0 && errno != EEXIST)
		give_up("%s", to);
	use_legacy_iptables();
}

static void fill_root(void)
{
	static const struct {
		const char *kind, *at, *options;
	} mounts[] = {
		{ "proc", "/proc", NULL },       { "sysfs", "/sys", NULL },
		{ "tmpfs", "/run", "mode=755" }, { "tmpfs", "/dev/shm", "mode=1777" },
		{ "devpts", "/dev/pts", NULL },
	};

	for (size_t i = 0; i < sizeof(mounts) / sizeof(*mounts); i++) {
		mkdir(mounts[i].at, 0755);
		if (mount(mounts[i].kind, mounts[i].at, mounts[i].kind, 0,
			  mounts[i].options) < 0)
			give_up("%s", mounts[i].at);
	}
}

static void set(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd >= 0)
		(void)!write(fd, value, strlen(value));
	close(fd);
}

/* A kernel with everything built in would put tunl0, sit0, gre0 into each new network
 * namespace, where nobody expects them. */
static void keep_namespaces_empty(void)
{
	set("/proc/sys/net/core/fb_tunnels_only_for_init_net", "1");
}

/* Adding an address does not load the module of its family; opening a socket does. */
static void load_ipv6(void)
{
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		give_up("IPv6");
	close(fd);
}

/* What comes over the line are bytes, not what somebody types. */
static void open_line(void)
{
	int fd = open(LINE, O_RDWR | O_NOCTTY | O_CLOEXEC);
	struct termios raw;

	if (fd < 0 || tcgetattr(fd, &raw) < 0)
		give_up(LINE);
	cfmakeraw(&raw);
	if (tcsetattr(fd, TCSANOW, &raw) < 0)
		give_up(LINE);
	/* Stays open: it forgets with its last user. */
}

static void raise_loopback(void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) < 0)
		give_up("lo");
	close(fd);
}

/* ---- The command ---- */

_Noreturn static void run_command(char **command, char **environment)
{
	int null = open("/dev/null", O_RDWR);

	setsid();
	umask((mode_t)strtoul(command[1], NULL, 8));
	if (null < 0 || dup2(null, STDIN_FILENO) < 0)
		dprintf(STDERR_FILENO, "guest: /dev/null: %s\n", strerror(errno));
	else if (chdir(command[0]) < 0)
		dprintf(STDERR_FILENO, "guest: %s: %s\n", command[0], strerror(errno));
	else {
		environ = environment;
		execvp(command[2], command + 2);
		dprintf(STDERR_FILENO, "guest: %s: %s\n", command[2], strerror(errno));
	}
	_exit(NEVER_RAN);
}

static int wait_for(pid_t command)
{
	int status;
	pid_t pid;

	do
		pid = wait(&status);
	while (pid != command && (pid > 0 || errno == EINTR));
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int main(void)
{
	char **command, **environment;
	struct utsname about;
	pid_t pid;
	int status;

	job = open(NST_JOB, O_PATH | O_DIRECTORY | O_CLOEXEC);
	redirect("out", STDOUT_FILENO);
	redirect("err", STDERR_FILENO);
	command = read_strings("command");
	environment = read_strings("environment");
	uname(&about);
	load_overlay(about.release);
	make_root();
	link_modules(about.release);
	fill_root();
	keep_namespaces_empty();
	load_ipv6();
	raise_loopback();
	open_line();
	sethostname("guest", 5);

	pid = fork();
	if (pid == 0)
		run_command(command, environment);
	status = pid < 0 ? NEVER_RAN : wait_for(pid);
	kill(-1, SIGKILL);
	switch_off(status);
}
