/* SPDX-License-Identifier: MIT */
/* What a failed test leaves for people to look at: packets, what its programs wrote, the state of
 * its hosts, and the explanation. Only files of these names are ever removed: the folder may be anybody's. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <base/scope.h>
#include <evidence/cores.h>
#include <lab/host_state.h>
#include <nstest/impair.h>
#include <report/text.h>

#include "inner.h"

static const char *base(void)
{
	const char *given = getenv("NSTEST_OUT");

	return given && *given ? given : "nstest-out";
}

char *artefacts_folder(const char *suite, const char *name)
{
	char *folder;

	return asprintf(&folder, "%s/%s/%s", base(), suite, name) < 0 ? NULL : folder;
}

bool artefacts_keep_all(void)
{
	return getenv("NSTEST_KEEP_ALL");
}

/* ---- Removing ---- */

static bool is_ours(const char *name)
{
	static const char *const ends[] = { ".strace", ".out",     ".err",
					    ".state",  ".ruleset", ".core" };
	size_t length = strlen(name);

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		size_t end = strlen(ends[i]);

		if (length > end && strcmp(name + length - end, ends[i]) == 0)
			return true;
	}
	return strcmp(name, "case.pcapng") == 0 || strcmp(name, "faults.trace") == 0 ||
	       strcmp(name, "failure.txt") == 0 || strcmp(name, "backtrace.txt") == 0;
}

static void remove_files(const char *folder)
{
	DIR *entries = opendir(folder);
	struct dirent *entry;

	while (entries && (entry = readdir(entries)))
		if (is_ours(entry->d_name))
			unlinkat(dirfd(entries), entry->d_name, 0);
	if (entries)
		closedir(entries);
}

void artefacts_remove(const char *suite, const char *name)
{
	char *folder AUTO_FREE = artefacts_folder(suite, name);

	if (!folder)
		return;
	remove_files(folder);
	/* The test's, the suite's, the base: if empty. */
	for (int up = 0; up < 3 && rmdir(folder) == 0; up++) {
		char *slash = strrchr(folder, '/');

		if (!slash)
			break;
		*slash = '\0';
	}
}

/* ---- Keeping ---- */

/* What could not be kept, and why, a line each. */
static char *lost;

/* Of a file that is there, its beginning is. */
static void note_loss(const char *path, const char *why)
{
	struct stat status;
	bool begun = !lstat(path, &status) && status.st_size;

	nst_text_add(&lost, "%s %s: %s", strrchr(path, '/') + 1,
		     begun ? "is cut short" : "could not be kept", why);
	if (!begun)
		unlink(path);
}

static void write_file(const char *path, const char *text, size_t size)
{
	FILE *file = fopen(path, "wxe");
	size_t written = file ? fwrite(text, 1, size, file) : 0;
	int r = file ? fclose(file) : -1;

	if (r < 0 || written < size)
		note_loss(path, strerror(errno));
}

/* mkdir -p */
static bool make_folders(char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(path, 0755) < 0 && errno != EEXIST)
			return false;
		*slash = '/';
	}
	return mkdir(path, 0755) == 0 || errno == EEXIST;
}

/* What a path may not have in it. */
static void make_plain(char *name)
{
	for (; *name; name++)
		if (*name == '/' || (unsigned char)*name < ' ')
			*name = '_';
}

/* One stream of one program; nothing if it wrote nothing. The number tells apart what was
 * started twice under one name. */
static void save_output(const char *folder, struct nst_program *program, size_t number,
			enum nst_stream stream)
{
	const char *end = stream == NST_STDOUT ? "out" : "err";
	char *text AUTO_FREE = NULL, *path AUTO_FREE = NULL;
	char name[48];
	size_t size;

	if (nst_output(program, stream, &text, &size) < 0 || size == 0)
		return;
	snprintf(name, sizeof(name), "%s", nst_program_name(program));
	make_plain(name);
	if (asprintf(&path, "%s/%s-%s.%s", folder, nst_program_host(program), name,
		     end) < 0)
		return;
	if (access(path, F_OK) == 0) {
		free(path);
		if (asprintf(&path, "%s/%s-%s-%zu.%s", folder,
			     nst_program_host(program), name, number, end) < 0)
			return;
	}
	write_file(path, text, size);
}

static void save_text(const char *folder, const char *name, const char *end,
		      const char *text);

/* What strace wrote of it, if it ran under that. */
static void save_trace(const char *folder, struct nst_program *program)
{
	char *text AUTO_FREE = NULL, *name AUTO_FREE = NULL;

	if (nst_program_trace(program, &text) < 0 ||
	    asprintf(&name, "%s-%s", nst_program_host(program),
		     nst_program_name(program)) < 0)
		return;
	make_plain(name);
	save_text(folder, name, "strace", text);
}

static void save_text(const char *folder, const char *name, const char *end,
		      const char *text)
{
	char *path AUTO_FREE = NULL;

	if (*text && asprintf(&path, "%s/%s.%s", folder, name, end) > 0)
		write_file(path, text, strlen(text));
}

/* As many hosts as there is time for: a test whose time is up has a few seconds. */
static void save_state(const char *folder, struct nst_lab *lab)
{
	enum { BUDGET_S = 2 };
	struct timespec began, now;

	clock_gettime(CLOCK_MONOTONIC, &began);
	now = began;
	for (size_t i = 0; now.tv_sec - began.tv_sec < BUDGET_S; i++) {
		char *name AUTO_FREE = NULL;
		char *state AUTO_FREE = NULL;
		char *rules AUTO_FREE = NULL;

		if (nst_host_state(lab, i, &name, &state, &rules) < 0)
			return;
		save_text(folder, name, "state", state);
		save_text(folder, name, "ruleset", rules);
		clock_gettime(CLOCK_MONOTONIC, &now);
	}
}

static void save_packets(const char *folder, struct nst_lab *lab)
{
	static const struct {
		const char *name;
		int (*save)(struct nst_lab *lab, const char *path);
	} files[] = {
		{ "case.pcapng", nst_save_capture },
		{ "faults.trace", nst_save_fault_trace }, /* if a link is impaired */
	};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		char *path AUTO_FREE = NULL;
		int r;

		if (asprintf(&path, "%s/%s", folder, files[i].name) < 0)
			return;
		r = files[i].save(lab, path);
		if (r < 0 && r != -ENODATA)
			note_loss(path, nst_error());
	}
}

static void save_all(const char *folder, struct nst_lab *lab,
		     unsigned long long since_ns)
{
	int fd AUTO_CLOSE = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct nst_program *program;
	char *cores AUTO_FREE = NULL;

	save_packets(folder, lab);
	for (size_t i = 0; (program = nst_program_at(lab, i)); i++) {
		save_output(folder, program, i + 1, NST_STDOUT);
		save_output(folder, program, i + 1, NST_STDERR);
		save_trace(folder, program);
	}
	save_state(folder, lab);
	if (fd >= 0)
		nst_cores_keep(lab, since_ns, fd, &cores, &lost);
}

void artefacts_save(struct nst_lab *lab, const char *suite, const char *name,
		    unsigned long long since_ns)
{
	char *folder AUTO_FREE = artefacts_folder(suite, name);
	struct nst_result result = {
		.suite = (char *)suite,
		.name = (char *)current_test->name,
	};

	if (!folder)
		return;
	if (!make_folders(folder)) {
		nst_text_add(&lost, "nothing could be kept: %s: %s", folder,
			     strerror(errno));
	} else {
		remove_files(folder); /* of an earlier run */
		if (lab)
			save_all(folder, lab, since_ns);
	}
	result.lost = steal(lost);
	if (result.lost)
		journal_write(NOTE_LOST, &result);
	free(result.lost);
}

/* What is there of ours, in the order of names; in the folders of variants, too. */
static void list_files(const char *folder, const char *variant, char **files)
{
	struct dirent **entries;
	int count = scandir(folder, &entries, NULL, alphasort);

	for (int i = 0; i < count; i++) {
		const char *name = entries[i]->d_name;
		char *deeper AUTO_FREE = NULL;

		if (is_ours(name))
			nst_text_add(files, "%s%s%s", variant, *variant ? "/" : "",
				     name);
		else if (!*variant && *name != '.' && entries[i]->d_type == DT_DIR &&
			 asprintf(&deeper, "%s/%s", folder, name) > 0)
			list_files(deeper, name, files);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}

void artefacts_note(struct nst_result *result)
{
	char *folder AUTO_FREE = artefacts_folder(result->suite, result->name);

	if (!folder || access(folder, F_OK) < 0)
		return;
	nst_text_set(&result->kept, "%s", folder);
	list_files(folder, "", &result->files);
}

void artefacts_explain(struct nst_result *result)
{
	char *folder AUTO_FREE = artefacts_folder(result->suite, result->name);
	char *path AUTO_FREE = NULL;
	FILE *file;

	if (!folder || access(folder, F_OK) < 0)
		return;
	nst_text_set(&result->kept, "%s", folder);
	backtrace_tell(folder, result);
	if (asprintf(&path, "%s/failure.txt", folder) < 0)
		return;
	file = fopen(path, "we");
	if (file)
		nst_text_explain(file, result, false);
	if (!file || fclose(file) < 0)
		nst_text_add(&result->lost, "failure.txt could not be kept: %s",
			     strerror(errno));
	list_files(folder, "", &result->files);
}
