/* SPDX-License-Identifier: MIT */
/* What a case leaves behind on purpose. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>
#include <evidence/cores.h>
#include <lab/host_state.h>
#include <nstest/impair.h>
#include <nstest/program.h>
#include <report/text.h>

#include "artefacts.h"
#include "clock.h"
#include "folders.h"
#include "jobs.h"
#include "step.h"

enum { EARLIER_KEPT = 2 };

/* Where one case's files go, and their names so far. */
struct keeper {
	char *path; /* OUT/FOLDER */
	int fd;
	char *names; /* a line each */
	char *lost;  /* what could not be written, and why */
};

static void keeper_end(struct keeper *keeper)
{
	if (keeper->fd >= 0)
		close(keeper->fd);
	free(keeper->path);
	free(keeper->names);
	free(keeper->lost);
}

/* Empties a folder of its files. A folder in it is not ours, and stays. */
static void empty(int folder)
{
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *entries = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	while (entries && (entry = readdir(entries)))
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
			unlinkat(folder, entry->d_name, 0);
	if (entries)
		closedir(entries);
	else if (fd >= 0)
		close(fd);
}

static int open_folder(const char *path)
{
	return open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static void remove_folder(const char *path)
{
	AUTO_CLOSE int fd = open_folder(path);

	if (fd < 0)
		return;
	empty(fd);
	rmdir(path);
}

/* What earlier runs left of this case becomes FOLDER~1, ~2; what was older goes. No safe
 * name has a '~'. */
static void move_aside(const char *path)
{
	for (int age = EARLIER_KEPT; age > 0; age--) {
		AUTO_FREE char *older = NULL;
		AUTO_FREE char *newer = NULL;

		nst_text_set(&older, "%s~%d", path, age);
		nst_text_set(&newer, age > 1 ? "%s~%d" : "%s", path, age - 1);
		if (!older || !newer || access(newer, F_OK))
			continue;
		remove_folder(older);
		rename(newer, older);
	}
}

void artefacts_remove(const char *out, const char *folder)
{
	AUTO_FREE char *path = NULL;

	if (asprintf(&path, "%s/%s", out, folder) >= 0)
		move_aside(path);
}

static int keeper_begin(struct keeper *keeper, const char *out, const char *folder)
{
	int r;

	*keeper = (struct keeper){ .fd = -1 };
	if (asprintf(&keeper->path, "%s/%s", out, folder) < 0)
		return -ENOMEM;
	move_aside(keeper->path);
	r = folders_make(keeper->path);
	if (r < 0)
		return r;
	keeper->fd = open_folder(keeper->path);
	if (keeper->fd < 0)
		return -errno;
	empty(keeper->fd);
	return 0;
}

static void note_name(struct keeper *keeper, const char *name)
{
	nst_text_add(&keeper->names, "%s", name);
}

/* Of a file that is there, its beginning is: that is named, too. */
static void note_loss(struct keeper *keeper, const char *name, const char *why)
{
	struct stat status;
	bool begun = !fstatat(keeper->fd, name, &status, AT_SYMLINK_NOFOLLOW) &&
		     status.st_size;

	nst_text_add(&keeper->lost, "%s %s: %s", name,
		     begun ? "is cut short" : "could not be kept", why);
	if (begun)
		note_name(keeper, name);
	else
		unlinkat(keeper->fd, name, 0);
}

static void write_file(struct keeper *keeper, const char *name, const char *text,
		       size_t size)
{
	AUTO_CLOSE int fd =
		openat(keeper->fd, name,
		       O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);

	if (fd < 0) {
		note_loss(keeper, name, strerror(errno));
		return;
	}
	while (size) {
		ssize_t written = write(fd, text, size);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0) {
			note_loss(keeper, name, strerror(errno));
			return;
		}
		text += written;
		size -= (size_t)written;
	}
	note_name(keeper, name);
}

/* What the lab saves by itself; -ENODATA says that there is none. */
static void keep_saved(struct keeper *keeper, struct nst_lab *lab, const char *name,
		       int (*save)(struct nst_lab *lab, const char *path))
{
	AUTO_FREE char *path = NULL;
	int r;

	if (asprintf(&path, "%s/%s", keeper->path, name) < 0)
		return;
	r = save(lab, path);
	if (!r)
		note_name(keeper, name);
	else if (r != -ENODATA)
		note_loss(keeper, name, nst_error());
}

static void keep_stream(struct keeper *keeper, struct nst_program *program,
			size_t number, enum nst_stream stream,
			struct nst_result *result)
{
	AUTO_FREE char *title = NULL;
	AUTO_FREE char *host = safe_name(nst_program_host(program));
	AUTO_FREE char *program_name = safe_name(nst_program_name(program));
	AUTO_FREE char *name = NULL;
	AUTO_FREE char *text = NULL;
	const char *end = stream == NST_STDOUT ? "out" : "err";
	size_t size;

	if (!host || !program_name || nst_output(program, stream, &text, &size) < 0 ||
	    !size)
		return;
	nst_text_set(&title, "%s on %s, %s", nst_program_name(program),
		     nst_program_host(program),
		     stream == NST_STDOUT ? "stdout" : "stderr");
	if (title)
		add_output(&result->output, title, text);
	if (asprintf(&name, "%s-%s.%s", host, program_name, end) < 0)
		return;
	/* Started twice under one name. */
	if (!faccessat(keeper->fd, name, F_OK, AT_SYMLINK_NOFOLLOW))
		nst_text_set(&name, "%s-%s-%zu.%s", host, program_name, number, end);
	if (name)
		write_file(keeper, name, text, size);
}

/* What strace wrote of it, if it ran under that. */
static void keep_trace(struct keeper *keeper, struct nst_program *program)
{
	AUTO_FREE char *text = NULL, *name = NULL;

	if (nst_program_trace(program, &text) < 0)
		return;
	nst_text_set(&name, "%s-%s.strace", nst_program_host(program),
		     nst_program_name(program));
	for (char *c = name; c && *c; c++)
		if (*c == '/' || (unsigned char)*c < ' ')
			*c = '_';
	if (name)
		write_file(keeper, name, text, strlen(text));
}

static void keep_programs(struct keeper *keeper, struct nst_lab *lab,
			  struct nst_result *result)
{
	struct nst_program *program;

	for (size_t i = 0; (program = nst_program_at(lab, i)); i++) {
		keep_stream(keeper, program, i + 1, NST_STDOUT, result);
		keep_stream(keeper, program, i + 1, NST_STDERR, result);
		keep_trace(keeper, program);
	}
}

/* For people who look into it: as many hosts as there is time for, because a case whose
 * time is up has only some seconds for all that it leaves. */
static void keep_state(struct keeper *keeper, struct nst_lab *lab)
{
	enum { BUDGET_US = 2000000 };
	uint64_t deadline_us = now_us() + BUDGET_US;
	size_t host = 0;
	int r = 0;

	for (; now_us() < deadline_us; host++) {
		AUTO_FREE char *name = NULL;
		AUTO_FREE char *state = NULL;
		AUTO_FREE char *rules = NULL;
		AUTO_FREE char *file = NULL;

		r = nst_host_state(lab, host, &name, &state, &rules);
		if (r < 0)
			break;
		nst_text_set(&file, "%s.state", name);
		if (file)
			write_file(keeper, file, state, strlen(state));
		nst_text_set(&file, "%s.ruleset", name);
		if (file && *rules)
			write_file(keeper, file, rules, strlen(rules));
	}
	if (r >= 0)
		note_loss(keeper, "the state of further hosts", "no time was left");
	else if (r != -ENOENT)
		note_loss(keeper, "the state of hosts", nst_error());
}

/* The explanation as the report gives it, without colours. */
static void keep_explanation(struct keeper *keeper, const struct nst_result *result)
{
	AUTO_FREE char *text = NULL;
	size_t size;
	FILE *memory = open_memstream(&text, &size);

	if (!memory)
		return;
	nst_text_explain(memory, result, false);
	if (!fclose(memory))
		write_file(keeper, "failure.txt", text, size);
}

static void say_kept(const struct keeper *keeper, struct nst_result *result)
{
	if (keeper->names) {
		nst_text_set(&result->kept, "%s", keeper->path);
		nst_text_set(&result->files, "%s", keeper->names);
	}
	if (keeper->lost)
		nst_text_set(&result->lost, "%s", keeper->lost);
}

void artefacts_keep(const char *out, const char *folder, struct nst_lab *lab,
		    struct nst_result *result)
{
	enum { SLACK_NS = 100 * 1000 * 1000 }; /* times of files are coarse */
	unsigned long long began_ns =
		nst_now_ns() - result->duration_us * 1000 - SLACK_NS;
	struct keeper keeper AUTO(keeper_end);
	int r = keeper_begin(&keeper, out, folder);

	if (r < 0) {
		nst_text_set(&result->lost, "nothing could be kept: %s/%s: %s", out,
			     folder, strerror(-r));
		return;
	}
	if (lab) {
		keep_saved(&keeper, lab, "case.pcapng", nst_save_capture);
		keep_saved(&keeper, lab, "faults.trace", nst_save_fault_trace);
		keep_programs(&keeper, lab, result);
		keep_state(&keeper, lab);
		nst_cores_keep(lab, began_ns, keeper.fd, &keeper.names, &keeper.lost);
	}
	if (result->outcome != NST_OUTCOME_PASS)
		keep_explanation(&keeper, result);
	say_kept(&keeper, result);
}

void artefacts_keep_output(const char *out, const char *folder, const char *text,
			   struct nst_result *result)
{
	struct keeper keeper AUTO(keeper_end);
	int r = keeper_begin(&keeper, out, folder);

	if (r < 0) {
		nst_text_set(&result->lost, "nothing could be kept: %s/%s: %s", out,
			     folder, strerror(-r));
		return;
	}
	write_file(&keeper, "output.txt", text, strlen(text));
	say_kept(&keeper, result);
}
