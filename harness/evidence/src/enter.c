/* SPDX-License-Identifier: MIT */
/* A command in a host, on this terminal. */
#include <errno.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>
#include <evidence/door.h>

static const int types[DOOR_NAMESPACES] = { CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET,
					    CLONE_NEWUTS,  CLONE_NEWIPC, CLONE_NEWNS };

/* setns(2) into one's own user namespace is EINVAL. */
static bool is_own_user_namespace(int fd)
{
	struct stat own, other;

	return !stat("/proc/self/ns/user", &own) && !fstat(fd, &other) &&
	       own.st_ino == other.st_ino && own.st_dev == other.st_dev;
}

static int enter_namespaces(const int *fds)
{
	for (size_t i = 0; i < DOOR_NAMESPACES; i++) {
		if (types[i] == CLONE_NEWUSER && is_own_user_namespace(fds[i]))
			continue;
		if (setns(fds[i], types[i]) < 0)
			return nst_fail_errno("entering the host");
	}
	return 0;
}

/* A prompt that says where one is, for shells that keep PS1 from the environment. bash
 * reads its start-up files, which set their own, so it gets PROMPT_COMMAND as well. */
static void set_prompt(const char *host)
{
	char text[256];

	snprintf(text, sizeof(text), "%s:\\w\\$ ", host);
	setenv("PS1", text, 1);
	snprintf(text, sizeof(text), "PS1='%s:\\w\\$ '; unset PROMPT_COMMAND", host);
	setenv("PROMPT_COMMAND", text, 1);
	setenv("NSTEST_HOST", host, 1);
}

/* The shell may be missing where the host has a root of its own. */
_Noreturn static void become_shell(void)
{
	const char *wish = getenv("SHELL");
	const char *const shells[] = { wish && *wish ? wish : "/bin/bash", "/bin/bash",
				       "/bin/sh", "/bin/busybox" };

	for (size_t i = 0; i < ARRAY_SIZE(shells); i++)
		if (!access(shells[i], X_OK)) {
			const char *argv[] = { i == 3 ? "sh" : shells[i], NULL };

			execv(shells[i], (char *const *)argv);
		}
	fprintf(stderr, "nstest: this host has no shell: %s\n", strerror(errno));
	_exit(127);
}

/* In the new child: a process group of its own, in the foreground of the terminal.
 * Without one (a pipe) nothing of this matters. */
static void take_terminal(void)
{
	signal(SIGTTOU, SIG_IGN);
	setpgid(0, 0);
	tcsetpgrp(STDIN_FILENO, getpgrp());
	signal(SIGTTOU, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	signal(SIGQUIT, SIG_DFL);
}

_Noreturn static void become_command(const char *host, char *const *command)
{
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (isatty(STDIN_FILENO))
		take_terminal();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	set_prompt(host);
	if (!*command)
		become_shell();
	execvp(command[0], command);
	fprintf(stderr, "nstest: %s: %s\n", command[0], strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

static pid_t commanded;

static void pass_on(int number)
{
	kill(commanded, number);
}

/* Whoever ends us means the command, which then ends in its own way. */
static void pass_on_signals(pid_t pid)
{
	const struct sigaction action = { .sa_handler = pass_on,
					  .sa_flags = SA_RESTART };
	sigset_t none;

	commanded = pid;
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* A stopped shell would leave nobody at the terminal: it is told to go on. */
static int wait_for(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, WUNTRACED) < 0 ? errno == EINTR
						    : WIFSTOPPED(status)) {
		if (WIFSTOPPED(status)) {
			tcsetpgrp(STDIN_FILENO, pid);
			kill(-pid, SIGCONT);
		}
	}
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* Runs in a child of the caller, so that the caller stays where it is. */
_Noreturn static void visit(const int *fds, const char *host, char *const *command)
{
	pid_t foreground, pid;
	int status;

	AUTO_FREE char *directory = getcwd(NULL, 0);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	if (enter_namespaces(fds) < 0) {
		fprintf(stderr, "nstest: %s\n", nst_error());
		_exit(126);
	}
	/* Entering a user namespace has cleared it. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* The host may not have the folder: then it stays in "/", where setns(2) led. */
	if (directory && chdir(directory) < 0)
		directory[0] = '\0';
	foreground = isatty(STDIN_FILENO) ? tcgetpgrp(STDIN_FILENO) : 0;
	pid = fork();
	if (!pid)
		become_command(host, command);
	if (pid < 0) {
		fprintf(stderr, "nstest: fork: %s\n", strerror(errno));
		_exit(126);
	}
	pass_on_signals(pid);
	status = wait_for(pid);
	if (foreground > 0) {
		signal(SIGTTOU, SIG_IGN);
		tcsetpgrp(STDIN_FILENO, foreground);
	}
	_exit(status);
}

pid_t nst_door_start(int *fds, const char *host, char *const *command)
{
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (!pid)
		visit(fds, host, command);
	for (size_t i = 0; i < DOOR_NAMESPACES; i++)
		close(fds[i]);
	return pid < 0 ? nst_fail_errno("fork") : pid;
}

int nst_door_wait(pid_t child)
{
	int status;

	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int nst_door_enter(int *fds, const char *host, char *const *command)
{
	pid_t pid = nst_door_start(fds, host, command);

	return pid < 0 ? (int)pid : nst_door_wait(pid);
}
