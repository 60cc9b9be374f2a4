/* SPDX-License-Identifier: MIT */
/* A git revision as files, by git itself.
 *
 * How it works. One git answers for all files (git-cat-file(1), --batch). What is needed is not known
 * beforehand: so each word of a file that has been read is asked for as if it were a path, seen from the
 * file's folder and from the first one's, and what git has under such a name is read, too. Nothing is
 * written until this process has a mount namespace of its own, and a tmpfs in it. So nothing is
 * left, however the process ends, and only what is named is unpacked. */
#include "revision.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <libgen.h>
#include <sched.h>
#include <search.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>

extern char **environ;

enum {
	LINE_SIZE = 4096,
	WORDS_IN_LESS = 1 << 20, /* bytes: what is longer names no files */
};

struct file {
	char *path; /* from the repository's top */
	char *text;
	size_t size;
};

struct revision {
	char *name; /* as it was asked for */
	char commit[LINE_SIZE];
	struct file *files; /* the first is what was asked for */
	size_t count, room;
	void *asked; /* tsearch(3): all paths that were asked for */
};

/* git cat-file --batch */
struct asker {
	FILE *to, *from;
	pid_t pid;
};

/* ---- Running git ---- */

static int start(char *const *argv, struct asker *ret)
{
	posix_spawn_file_actions_t actions;
	int in[2], out[2], r;

	if (pipe2(in, O_CLOEXEC) < 0)
		return nst_fail_errno("pipe");
	if (pipe2(out, O_CLOEXEC) < 0) {
		close(in[0]);
		close(in[1]);
		return nst_fail_errno("pipe");
	}
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
	r = posix_spawnp(&ret->pid, argv[0], &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(in[0]);
	close(out[1]);
	ret->to = fdopen(in[1], "we");
	ret->from = fdopen(out[0], "re");
	return r ? nst_fail(-r, "%s cannot be run: %s", argv[0], strerror(r)) : 0;
}

/* Return: 0 if it ended well; -ENOENT. */
static int finish(struct asker *asker)
{
	int status = 0;

	if (asker->to)
		fclose(asker->to);
	if (asker->from)
		fclose(asker->from);
	while (asker->pid > 0 && waitpid(asker->pid, &status, 0) < 0)
		if (errno != EINTR)
			return nst_fail_errno("waiting for git");
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -ENOENT;
}

static int git(const char *folder, const char *what, const char *argument,
	       char line[LINE_SIZE])
{
	struct asker asker = { 0 };
	int r = start((char *const[]){ "git", "-C", (char *)folder, "rev-parse",
				       "--quiet", (char *)what, (char *)argument,
				       NULL },
		      &asker);

	line[0] = '\0';
	if (r == 0 && asker.from && fgets(line, LINE_SIZE, asker.from))
		line[strcspn(line, "\n")] = '\0';
	return r < 0 ? (finish(&asker), r) : finish(&asker);
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

/* ---- Asking for files ---- */

/* "a/./b/../c" becomes "a/c". Return: false if it leads out of the repository. */
static bool straighten(char *path)
{
	char *to = path, *part, *rest = path;

	while ((part = strsep(&rest, "/"))) {
		size_t length = strlen(part);

		if (!length || strcmp(part, ".") == 0)
			continue;
		if (strcmp(part, "..") == 0) {
			if (to == path)
				return false;
			while (to > path && *--to != '/')
				;
			continue;
		}
		if (to > path)
			*to++ = '/';
		memmove(to, part, length);
		to += length;
	}
	*to = '\0';
	return to > path;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Whether it is asked for the first time. -ENOMEM. */
static int is_new(struct revision *revision, const char *path)
{
	AUTO_FREE char *copy = strdup(path);
	char **found = copy ? tsearch(copy, &revision->asked, by_name) : NULL;

	if (!found)
		return nst_fail_memory();
	if (*found != copy)
		return 0;
	copy = NULL; /* the tree's */
	return 1;
}

static struct file *add_file(struct revision *revision, const char *path)
{
	if (revision->count == revision->room) {
		size_t room = revision->room * 2 + 64;
		struct file *larger =
			reallocarray(revision->files, room, sizeof(*larger));

		if (!larger)
			return NULL;
		revision->files = larger;
		revision->room = room;
	}
	revision->files[revision->count] = (struct file){ .path = strdup(path) };
	return revision->files[revision->count].path
		       ? &revision->files[revision->count++]
		       : NULL;
}

static int want(struct revision *revision, struct asker *asker, const char *path,
		const char *pattern);

/* The entries of a folder, "MODE NAME\0HASH", all or those that a pattern has. */
static int want_entries(struct revision *revision, struct asker *asker,
			const char *folder, const char *tree, size_t size,
			const char *pattern)
{
	size_t hash = strlen(revision->commit) / 2;
	int r = 0;

	for (const char *at = tree; at < tree + size && r == 0;) {
		const char *name = strchr(at, ' ');
		AUTO_FREE char *path = NULL;

		if (!name++)
			return nst_fail(-EPROTO, "git: a folder in a form that is not "
						 "understood");
		if (asprintf(&path, "%s/%s", folder, name) < 0)
			return nst_fail_memory();
		if (!pattern || fnmatch(pattern, name, 0) == 0)
			r = want(revision, asker, path, NULL);
		at = name + strlen(name) + 1 + hash;
	}
	return r;
}

/* git's answer: "HASH TYPE SIZE", the bytes, and a newline; or that there is nothing. */
static int read_answer(struct asker *asker, char **ret_text, size_t *ret_size,
		       bool *ret_folder)
{
	char line[LINE_SIZE], type[16];

	*ret_text = NULL;
	if (fflush(asker->to) == EOF || !fgets(line, sizeof(line), asker->from))
		return nst_fail(-EPROTO, "git cat-file has ended");
	if (sscanf(line, "%*[0-9a-f] %15s %zu", type, ret_size) != 2)
		return 0;
	*ret_folder = strcmp(type, "tree") == 0;
	*ret_text = calloc(1, *ret_size + 1);
	if (!*ret_text)
		return nst_fail_memory();
	if (fread(*ret_text, 1, *ret_size, asker->from) != *ret_size ||
	    fgetc(asker->from) == EOF)
		return nst_fail(-EPROTO, "git cat-file has ended");
	return 0;
}

/* Reads what has this path, once. Of a folder all files, or those of a pattern. */
static int want(struct revision *revision, struct asker *asker, const char *path,
		const char *pattern)
{
	AUTO_FREE char *text = NULL;
	struct file *file;
	bool folder = false;
	size_t size = 0;
	int r = pattern ? 1 : is_new(revision, path);

	if (r < 1)
		return r;
	fprintf(asker->to, "%s:%s\n", revision->commit, path);
	r = read_answer(asker, &text, &size, &folder);
	if (r < 0)
		return r;
	if (text && folder)
		return want_entries(revision, asker, path, text, size, pattern);
	if (pattern || !text)
		return 0;
	file = add_file(revision, path);
	if (!file)
		return nst_fail_memory();
	file->text = steal(text);
	file->size = size;
	return 0;
}

/* A word as a path seen from a folder. What it names may have a pattern at its end. */
static int want_word(struct revision *revision, struct asker *asker, const char *folder,
		     const char *word, size_t length)
{
	AUTO_FREE char *path = NULL;
	char *last;

	if (asprintf(&path, "%s/%.*s", folder, (int)length, word) < 0)
		return nst_fail_memory();
	if (strchr(path, '\n') || !straighten(path))
		return 0;
	last = strrchr(path, '/');
	if (!last || !strpbrk(last, "*?["))
		return strpbrk(path, "*?[") ? 0 : want(revision, asker, path, NULL);
	*last++ = '\0';
	return want(revision, asker, path, last);
}

/* Numbers and addresses, of which rules are full, and options name no files. */
static bool is_address(const char *word, size_t length)
{
	return *word == '-' || strspn(word, "0123456789abcdefABCDEF.:/") >= length;
}

/* All words of a file. Files are added behind it meanwhile. */
static int want_words(struct revision *revision, struct asker *asker, size_t i,
		      const char *prefix)
{
	static const char between[] = " \t\r\n\"'`,;:(){}<>|&=$";
	const char *text = revision->files[i].text, *at = text;
	AUTO_FREE char *copy = strdup(revision->files[i].path);
	const char *folder = copy ? dirname(copy) : ".";
	int r = 0;

	if (revision->files[i].size > WORDS_IN_LESS ||
	    strlen(text) != revision->files[i].size)
		return 0;
	while (r == 0 && *(at += strspn(at, between))) {
		size_t length = strcspn(at, between);

		if (is_address(at, length)) {
			at += length;
			continue;
		}
		r = want_word(revision, asker, folder, at, length);
		if (r == 0 && strcmp(folder, prefix) != 0)
			r = want_word(revision, asker, prefix, at, length);
		at += length;
	}
	return r;
}

static int read_all(struct revision *revision, const char *top, const char *path)
{
	struct asker asker = { 0 };
	AUTO_FREE char *copy = strdup(path);
	const char *prefix = copy ? dirname(copy) : ".";
	int r = start((char *const[]){ "git", "-C", (char *)top, "cat-file", "--batch",
				       "--follow-symlinks", NULL },
		      &asker);

	if (r == 0)
		r = want(revision, &asker, path, NULL);
	for (size_t i = 0; r == 0 && i < revision->count; i++)
		r = want_words(revision, &asker, i, prefix);
	finish(&asker);
	return r;
}

int revision_read(const char *path, const char *name, struct revision **ret)
{
	struct revision *revision = calloc(1, sizeof(*revision));
	AUTO_FREE char *copy = strdup(path), *inner = NULL;
	const char *slash = strrchr(path, '/'), *here;
	char top[LINE_SIZE], prefix[LINE_SIZE];
	int r = revision && copy ? 0 : nst_fail_memory();

	if (r == 0 && !(revision->name = strdup(name)))
		r = nst_fail_memory();
	here = r == 0 ? dirname(copy) : "."; /* points into the copy, or to "." */
	if (r == 0)
		r = find_commit(here, name, revision->commit);
	if (r == 0)
		r = git(here, "--show-toplevel", NULL, top);
	if (r == 0)
		r = git(here, "--show-prefix", NULL, prefix);
	if (r == 0 && asprintf(&inner, "%s%s", prefix, slash ? slash + 1 : path) < 0)
		r = nst_fail_memory();
	if (r == 0)
		r = read_all(revision, top, inner);
	if (r == 0 && !revision->count)
		r = nst_fail(-ENOENT, "%s has no %s", name, path);
	if (r < 0)
		revision_free(revision);
	else
		*ret = revision;
	return r;
}

/* ---- Files ---- */

/* Folders that every machine has, and no program of a lab needs. */
static const char *const places[] = { "/mnt", "/media", "/srv", "/opt" };

static bool has_nothing_of(const char *place)
{
	AUTO_FREE char *here = realpath(".", NULL);
	size_t length = strlen(place);

	return access(place, F_OK) == 0 &&
	       !(here && strncmp(here, place, length) == 0 &&
		 (here[length] == '/' || !here[length]));
}

/* Where this process has its own file system; made when it is asked for first. */
static int own_place(const char **ret_place)
{
	static const char *own;

	for (size_t i = 0; !own && i < ARRAY_SIZE(places); i++) {
		if (!has_nothing_of(places[i]))
			continue;
		if (unshare(CLONE_NEWNS) < 0 ||
		    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
		    mount("nstest", places[i], "tmpfs", MS_NODEV, "mode=0755") < 0)
			return nst_fail_errno("a file system for a git revision");
		own = places[i];
	}
	*ret_place = own;
	return own ? 0
		   : nst_fail(-ENOENT, "a git revision needs an empty folder such as "
				       "/mnt, /media, /srv or /opt to be put at");
}

static int write_file(const char *path, const struct file *file)
{
	AUTO_FCLOSE FILE *out = NULL;
	AUTO_FREE char *folders = strdup(path);

	if (!folders)
		return nst_fail_memory();
	for (char *at = folders + 1; (at = strchr(at, '/')); *at++ = '/') {
		*at = '\0';
		mkdir(folders, 0755);
	}
	out = fopen(path, "we");
	if (!out || fwrite(file->text, 1, file->size, out) != file->size ||
	    fflush(out) == EOF)
		return nst_fail_errno("%s", path);
	/* Scripts may be run. */
	return fchmod(fileno(out), 0755) < 0 ? nst_fail_errno("%s", path) : 0;
}

int revision_place(const struct revision *revision, char **ret_path)
{
	AUTO_FREE char *folder = NULL;
	const char *place;
	int r = own_place(&place);

	if (r < 0)
		return r;
	if (asprintf(&folder, "%s/%s", place, revision->name) < 0)
		return nst_fail_memory();
	for (size_t i = 0; i < revision->count && r == 0; i++) {
		AUTO_FREE char *path = NULL;

		if (asprintf(&path, "%s/%s", folder, revision->files[i].path) < 0)
			return nst_fail_memory();
		r = write_file(path, &revision->files[i]);
		if (r == 0 && i == 0)
			*ret_path = steal(path);
	}
	return r;
}

void revision_free(struct revision *revision)
{
	if (!revision)
		return;
	for (size_t i = 0; i < revision->count; i++) {
		free(revision->files[i].path);
		free(revision->files[i].text);
	}
	free(revision->files);
	tdestroy(revision->asked, free);
	free(revision->name);
	free(revision);
}
