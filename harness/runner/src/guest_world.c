/* SPDX-License-Identifier: MIT */
/* What a guest kernel meets, and does, on the machine. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <base/scope.h>
#include <kernel/guest.h>
#include <runner/run.h>

#include "guest_world.h"

/* Names, or their beginnings. */
static const char *const personal[] = {
	"_=",        "COLORTERM=", "COLUMNS=",  "DBUS_",          "DISPLAY=",
	"EDITOR=",   "HOME=",      "HOSTNAME=", "INVOCATION_ID=", "JOURNAL_STREAM=",
	"LESS",      "LINES=",     "LOGNAME=",  "LS_COLORS=",     "MAIL=",
	"OLDPWD=",   "PAGER=",     "PS1=",      "PWD=",           "SHELL=",
	"SHLVL=",    "SSH_",       "SUDO_",     "SYSTEMD_",       "TERM",
	"TMPDIR=",   "TMUX",       "USER=",     "USERNAME=",      "VISUAL=",
	"WINDOWID=", "XDG_",
};

static int is_personal(const char *variable)
{
	for (size_t i = 0; i < ARRAY_SIZE(personal); i++)
		if (!strncmp(variable, personal[i], strlen(personal[i])))
			return 1;
	return 0;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

char **guest_environment(char *const *environment)
{
	static char home[] = "HOME=/root", user[] = "USER=root";
	size_t count = 0;
	char **kept;

	while (environment[count])
		count++;
	kept = calloc(count + 3, sizeof(*kept));
	if (!kept)
		return NULL;
	count = 0;
	for (; *environment; environment++)
		if (!is_personal(*environment))
			kept[count++] = *environment;
	kept[count++] = home;
	kept[count++] = user;
	qsort(kept, count, sizeof(*kept), by_text);
	return kept;
}

static int has(const char *folder, const char *name)
{
	AUTO_FREE char *path = NULL;

	return asprintf(&path, "%s/%s", folder, name) > 0 && access(path, F_OK) == 0;
}

char *guest_here(void)
{
	AUTO_FREE char *folder = getcwd(NULL, 0);
	AUTO_FREE char *above = folder ? strdup(folder) : NULL;

	while (above && *above) {
		if (has(above, NST_CONFIG) || has(above, ".git"))
			return steal(above);
		*strrchr(above, '/') = '\0';
	}
	return steal(folder);
}

char *guest_folder(const char *here)
{
	AUTO_FREE char *folder = getcwd(NULL, 0);
	char *inside = NULL;

	if (!here || !folder)
		return steal(folder);
	if (asprintf(&inside, NST_JOB_HERE "%s", folder + strlen(here)) < 0)
		return NULL;
	return inside;
}

/* /proc may be that of another PID namespace, where processes have other numbers. */
static int number_in_proc(int pidfd)
{
	char path[64], line[128];
	AUTO_FCLOSE FILE *about = NULL;
	int pid = 0;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", pidfd);
	about = fopen(path, "re");
	while (about && fgets(line, sizeof(line), about))
		if (sscanf(line, "Pid: %d", &pid) == 1)
			break;
	return pid;
}

static int first_child(int parent)
{
	char path[64];
	AUTO_FCLOSE FILE *children = NULL;
	int child = 0;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", parent, parent);
	children = fopen(path, "re");
	if (children && fscanf(children, "%d", &child) != 1)
		child = 0;
	return child;
}

unsigned long long guest_switches(int pidfd)
{
	char path[64], line[128];
	AUTO_FCLOSE FILE *status = NULL;
	unsigned long long count = 0;

	snprintf(path, sizeof(path), "/proc/%d/status",
		 first_child(number_in_proc(pidfd)));
	status = fopen(path, "re");
	while (status && fgets(line, sizeof(line), status))
		if (sscanf(line, "voluntary_ctxt_switches: %llu", &count) == 1)
			break;
	return count;
}
