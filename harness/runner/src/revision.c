/* SPDX-License-Identifier: MIT */
/* A git revision as files, by git itself. */
#include "revision.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <libgen.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>

extern char **environ;

enum { LINE_SIZE = 4096 };

/* Runs a program. Its first line of output goes to `line`, complaints to stderr. */
static int run(char *const *argv, char line[LINE_SIZE])
{
	posix_spawn_file_actions_t actions;
	FILE *from AUTO_FCLOSE = NULL;
	int ends[2], status, r;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return nst_fail_errno("pipe");
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
	r = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	from = fdopen(ends[0], "re");
	line[0] = '\0';
	if (r || !from)
		return nst_fail(-(r ? r : ENOMEM), "%s cannot be run: %s", argv[0],
				strerror(r ? r : ENOMEM));
	if (fgets(line, LINE_SIZE, from))
		line[strcspn(line, "\n")] = '\0';
	while (fgetc(from) != EOF)
		;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return nst_fail_errno("waiting for %s", argv[0]);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -ENOENT;
}

static int git(const char *folder, const char *what, const char *argument,
	       char line[LINE_SIZE])
{
	return run((char *const[]){ "git", "-C", (char *)folder, "rev-parse", "--quiet",
				    (char *)what, (char *)argument, NULL },
		   line);
}

static int find_commit(const char *folder, const char *revision, char line[LINE_SIZE])
{
	AUTO_FREE char *name = NULL;
	int r;

	if (asprintf(&name, "%s^{commit}", revision) < 0)
		return nst_fail_memory();
	r = git(folder, "--verify", name, line);
	if (r == -ENOENT)
		return nst_fail(r, "\"%s\" is neither a file nor a git revision",
				revision);
	return r;
}

static int unpack(const char *top, const char *commit, const char *into)
{
	char line[LINE_SIZE];
	int r = run((char *const[]){ "sh", "-c",
				     "git -C \"$1\" archive \"$2\" | tar -x -C \"$3\"",
				     "sh", (char *)top, (char *)commit, (char *)into,
				     NULL },
		    line);

	return r == -ENOENT ? nst_fail(-EIO, "git archive | tar has failed") : r;
}

static int make_folder(char **ret_folder)
{
	const char *parent = getenv("TMPDIR");
	AUTO_FREE char *folder = NULL;

	if (asprintf(&folder, "%s/nstest-XXXXXX", parent ? parent : "/tmp") < 0)
		return nst_fail_memory();
	if (!mkdtemp(folder))
		return nst_fail_errno("a folder below %s", parent ? parent : "/tmp");
	*ret_folder = steal(folder);
	return 0;
}

int revision_checkout(const char *path, const char *revision, char **ret_folder,
		      char **ret_path)
{
	char commit[LINE_SIZE], top[LINE_SIZE], prefix[LINE_SIZE];
	AUTO_FREE char *copy = strdup(path), *inner = NULL, *folder = NULL;
	const char *slash = strrchr(path, '/'), *here;
	int r;

	if (!copy)
		return nst_fail_memory();
	here = dirname(copy); /* points into the copy, or to "." */
	r = find_commit(here, revision, commit);
	if (!r)
		r = git(here, "--show-toplevel", NULL, top);
	if (!r)
		r = git(here, "--show-prefix", NULL, prefix);
	if (!r)
		r = make_folder(&folder);
	if (r < 0)
		return r;
	r = unpack(top, commit, folder);
	if (!r &&
	    asprintf(&inner, "%s/%s%s", folder, prefix, slash ? slash + 1 : path) < 0)
		r = nst_fail_memory();
	if (r < 0) {
		revision_remove(folder);
		return r;
	}
	*ret_folder = steal(folder);
	*ret_path = steal(inner);
	return 0;
}

static int remove_one(const char *path, const struct stat *status, int kind,
		      struct FTW *walk)
{
	(void)status;
	(void)kind;
	(void)walk;
	return remove(path);
}

void revision_remove(const char *folder)
{
	nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
