/* SPDX-License-Identifier: MIT */
/* Where a test was when it crashed or hung, as gdb tells, if there is one. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <base/scope.h>
#include <report/text.h>

#include "inner.h"

enum { SECONDS = 20, FRAMES = 6 };

static const char handler[] = "<signal handler called>";

static char *path_in(const char *folder)
{
	char *path;

	return asprintf(&path, "%s/backtrace.txt", folder) < 0 ? NULL : path;
}

__attribute__((noreturn)) static void become_gdb(const char *process, int out)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	dup2(null, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	unsetenv("LD_PRELOAD");
	unsetenv("BXFI_MAP"); /* by which Criterion knows its workers */
	alarm(SECONDS);
	execlp("gdb", "gdb", "-nx", "-batch", "-iex", "set debuginfod enabled off",
	       "-p", process, "-ex", "thread apply all backtrace 40", (char *)NULL);
	_exit(127);
}

void backtrace_save(const char *suite, const char *name)
{
	char *folder AUTO_FREE = artefacts_folder(suite, name);
	char *path AUTO_FREE = folder ? path_in(folder) : NULL;
	int out AUTO_CLOSE = -1;
	char process[16];
	int status;
	pid_t gdb;

	out = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644) : -1;
	if (out < 0)
		return;
	snprintf(process, sizeof(process), "%d", (int)getpid());
	gdb = fork();
	if (gdb == 0)
		become_gdb(process, out);
	if (gdb < 0 || waitpid(gdb, &status, 0) != gdb || status != 0)
		unlink(path);
}

/* The frames below our handler: those of the test. */
void backtrace_tell(const char *folder, struct nst_result *result)
{
	char *path AUTO_FREE = path_in(folder);
	FILE *file AUTO_FCLOSE = path ? fopen(path, "re") : NULL;
	char *line AUTO_FREE = NULL;
	size_t room = 0;
	int frames = -1; /* not there yet */

	while (file && frames < FRAMES && getline(&line, &room, file) > 0) {
		line[strcspn(line, "\n")] = '\0';
		if (strstr(line, handler)) {
			frames = 0;
			continue;
		}
		if (frames < 0 || line[0] != '#')
			continue;
		if (strstr(line, " nst_test_run ("))
			break; /* from here on it is ours, and Criterion's */
		if (frames++ == 0)
			nst_text_add(&result->evidence, "where it was:");
		nst_text_add(&result->evidence, "  %s", line);
	}
}
