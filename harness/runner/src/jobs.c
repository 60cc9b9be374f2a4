/* SPDX-License-Identifier: MIT */
/* Finding what there is to run: files, folders, executables. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <base/fail.h>
#include <base/markup.h>
#include <base/scope.h>

#include "expression.h"
#include "history.h"
#include "jobs.h"

#define SUITE_SECTION ".note.nstest"

struct finder {
	struct nst_jobs *jobs;
	const struct nst_jobs_options *options;
	char *problems; /* text of all that is wrong so far */
};

/* Letters of other scripts; no punctuation or symbols, nothing that cannot be seen. */
static bool is_foreign_letter(const char *text, size_t length)
{
	wchar_t code = length == 2   ? (text[0] & 0x1f) << 6 | (text[1] & 0x3f)
		       : length == 3 ? (text[0] & 0x0f) << 12 | (text[1] & 0x3f) << 6 |
					       (text[2] & 0x3f)
				     : 0;

	return (code >= 0xc0 && code < 0x2000 && code != 0xd7 && code != 0xf7) ||
	       (code >= 0x2c00 && code < 0x2e00) || (code > 0x3030 && code < 0xd800);
}

char *safe_name(const char *text)
{
	enum { LONGEST = 80 };
	char name[LONGEST + 1];
	size_t used = 0, length;

	for (; *text; text += length) {
		bool fine = isalnum((unsigned char)*text) || *text == '_' ||
			    (*text == '.' && used);

		length = nst_utf8_character(text, strlen(text));
		fine |= is_foreign_letter(text, length);
		length = length ? length : 1;
		if (used + length > LONGEST)
			break;
		if (fine) {
			memcpy(name + used, text, length);
			used += length;
		} else if (used && name[used - 1] != '-') {
			name[used++] = '-';
		}
	}
	while (used && name[used - 1] == '-')
		used--;
	name[used] = '\0';
	return strdup(used ? name : "case");
}

/* ---- Adding ---- */

static struct job *add(struct nst_jobs *jobs)
{
	struct job *longer = realloc(jobs->list, (jobs->count + 1) * sizeof(*longer));

	if (!longer)
		return NULL;
	jobs->list = longer;
	longer[jobs->count] = (struct job){ 0 };
	return &longer[jobs->count++];
}

static int make_folder(struct job *job, const char *suite, const char *name)
{
	AUTO_FREE char *first = safe_name(suite);
	AUTO_FREE char *second = name ? safe_name(name) : NULL;

	if (!first || (name && !second))
		return nst_fail_memory();
	if (asprintf(&job->folder, "%s%s%s", first, name ? "/" : "",
		     name ? second : "") < 0)
		return nst_fail_memory();
	return 0;
}

static int add_case(struct nst_jobs *jobs, const struct nst_scenario *scenario,
		    const struct nst_scenario_case *item)
{
	AUTO_FREE char *title = NULL;
	struct job *job;

	if (asprintf(&title, "%s / %s", scenario->name, item->name) < 0)
		return nst_fail_memory();
	job = add(jobs);
	if (!job)
		return nst_fail_memory();
	job->kind = JOB_CASE;
	job->scenario = scenario;
	job->item = item;
	job->title = steal(title);
	job->path = strdup(scenario->path);
	return job->path ? make_folder(job, scenario->name, item->name)
			 : nst_fail_memory();
}

int jobs_keep_scenario(struct nst_jobs *jobs, struct nst_scenario *scenario)
{
	struct nst_scenario **longer = realloc(
		jobs->scenarios, (jobs->scenario_count + 1) * sizeof(*jobs->scenarios));

	if (!longer)
		return nst_fail_memory();
	jobs->scenarios = longer;
	longer[jobs->scenario_count++] = scenario;
	return 0;
}

/* A bad file is noted, and the others are still read: all is told at once. */
static int add_scenario(struct finder *finder, const char *path)
{
	const struct nst_scenario_options options = { .set = finder->options->set };
	struct nst_diagnostics *problems = NULL;
	struct nst_scenario *scenario = NULL;
	int r = nst_scenario_load(path, &options, &scenario, &problems);

	if (r < 0) {
		bool told = problems && nst_diagnostics_count(problems);
		const char *text = told ? nst_diagnostics_text(problems) : nst_error();
		size_t length = strlen(text);

		while (length && text[length - 1] == '\n')
			length--;
		nst_text_add(&finder->problems, "%.*s", (int)length, text);
	}
	nst_diagnostics_free(problems);
	if (r < 0)
		return 0;
	r = jobs_keep_scenario(finder->jobs, scenario);
	if (r < 0) {
		nst_scenario_free(scenario);
		return r;
	}
	for (size_t i = 0; i < scenario->case_count && !r; i++)
		r = add_case(finder->jobs, scenario, &scenario->cases[i]);
	return r;
}

static int add_suite(struct finder *finder, const char *path, bool marked)
{
	const char *slash = strrchr(path, '/');
	struct job *job = add(finder->jobs);

	if (!job)
		return nst_fail_memory();
	job->kind = JOB_SUITE;
	job->marked = marked;
	job->path = strdup(path);
	job->title = strdup(slash ? slash + 1 : path);
	if (!job->path || !job->title)
		return nst_fail_memory();
	return make_folder(job, job->title, NULL);
}

/* ---- Looking ---- */

static bool is_scenario(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot && (!strcmp(dot, ".yaml") || !strcmp(dot, ".yml"));
}

static int look_at(struct finder *finder, const char *path, bool given);

static int not_hidden(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* Our own output folder holds no suites, whatever is copied into it; our own settings
 * are no scenario. */
static bool worth_walking(const char *name)
{
	return strcmp(name, "nstest-out") != 0 && strcmp(name, NST_CONFIG) != 0;
}

static int walk(struct finder *finder, const char *folder)
{
	struct dirent **entries;
	int count = scandir(folder, &entries, not_hidden, alphasort);
	int r = 0;

	if (count < 0)
		return nst_fail_errno("%s", folder);
	for (int i = 0; i < count; i++) {
		AUTO_FREE char *path = NULL;

		if (!r && worth_walking(entries[i]->d_name)) {
			if (asprintf(&path, "%s/%s", folder, entries[i]->d_name) < 0)
				r = nst_fail_memory();
			else
				r = look_at(finder, path, false);
		}
		free(entries[i]);
	}
	free(entries);
	return r;
}

/* `given`: somebody named this path, so it must be something. */
static int look_at(struct finder *finder, const char *path, bool given)
{
	struct stat status;
	int marked;

	if ((given ? stat(path, &status) : lstat(path, &status)) < 0)
		return given ? nst_fail_errno("%s", path) : 0;
	if (S_ISDIR(status.st_mode))
		return walk(finder, path);
	if (!given && S_ISLNK(status.st_mode) &&
	    (stat(path, &status) < 0 || S_ISDIR(status.st_mode)))
		return 0;
	if (is_scenario(path))
		return add_scenario(finder, path);
	marked = S_ISREG(status.st_mode) && (status.st_mode & 0111)
			 ? elf_has_section(path, SUITE_SECTION)
			 : -ENOEXEC;
	if (marked == 1 || (given && marked == 0))
		return add_suite(finder, path, marked == 1);
	return given ? nst_fail(-EINVAL,
				"%s: neither a scenario file (.yaml), a folder, nor a "
				"suite "
				"executable",
				path)
		     : 0;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void keep_text(void *text)
{
	(void)text; /* it is the job's */
}

/* Gives the job's folder a number until none before it has the same. */
static int separate_folder(struct job *job, void **taken)
{
	AUTO_FREE char *plain = strdup(job->folder);

	for (unsigned int number = 2; plain && tfind(job->folder, taken, by_text);
	     number++) {
		free(job->folder);
		if (asprintf(&job->folder, "%s-%u", plain, number) < 0) {
			job->folder = NULL;
			break;
		}
	}
	if (!plain || !job->folder || !tsearch(job->folder, taken, by_text))
		return nst_fail_memory();
	return 0;
}

/* Cases whose names are the same once they are safe, or files of one name. */
static int separate_folders(struct nst_jobs *jobs)
{
	void *taken = NULL;
	int r = 0;

	for (size_t i = 0; i < jobs->count && !r; i++)
		r = separate_folder(&jobs->list[i], &taken);
	tdestroy(taken, keep_text);
	return r;
}

static int find_all(struct finder *finder, const char *const *paths)
{
	static const char *const here[] = { ".", NULL };
	int r = 0;

	for (paths = paths && *paths ? paths : here; *paths && !r; paths++)
		r = look_at(finder, *paths, true);
	if (!r && finder->problems)
		r = nst_fail(-EINVAL, "a scenario file is wrong");
	if (!r && !finder->jobs->count)
		r = nst_fail(-ENOENT,
			     "no scenario file (.yaml) with cases and no suite "
			     "executable was found");
	if (!r)
		r = separate_folders(finder->jobs);
	return r ? r : jobs_choose(finder->jobs, finder->options);
}

int nst_jobs_find(const char *const *paths, const struct nst_jobs_options *options,
		  struct nst_jobs **ret_jobs, char **ret_problems)
{
	struct finder finder = { .options = options };
	int r;

	finder.jobs = calloc(1, sizeof(*finder.jobs));
	if (!finder.jobs)
		return nst_fail_memory();
	finder.jobs->set = options->set;
	r = find_all(&finder, paths);
	if (r < 0) {
		nst_jobs_free(finder.jobs);
		*ret_problems = finder.problems;
		return r;
	}
	*ret_jobs = finder.jobs;
	return 0;
}

void job_free(struct job *job)
{
	free(job->path);
	free(job->title);
	free(job->folder);
	for (size_t i = 0; i < job->test_count; i++)
		free(job->tests[i]);
	free(job->tests);
	free(job->filter);
}

void nst_jobs_free(struct nst_jobs *jobs)
{
	if (!jobs)
		return;
	for (size_t i = 0; i < jobs->count; i++)
		job_free(&jobs->list[i]);
	expression_free(jobs->only);
	expression_free(jobs->tags);
	history_free(jobs->history);
	free(jobs->history_path);
	for (size_t i = 0; i < jobs->scenario_count; i++)
		nst_scenario_free(jobs->scenarios[i]);
	free(jobs->scenarios);
	free(jobs->list);
	free(jobs);
}

size_t nst_jobs_count(const struct nst_jobs *jobs)
{
	return jobs->count;
}

bool nst_jobs_are_cases(const struct nst_jobs *jobs)
{
	for (size_t i = 0; i < jobs->count; i++)
		if (jobs->list[i].kind != JOB_CASE)
			return false;
	return true;
}

bool nst_jobs_have_suites(const struct nst_jobs *jobs)
{
	for (size_t i = 0; i < jobs->count; i++)
		if (jobs->list[i].kind != JOB_CASE)
			return true;
	return false;
}

bool nst_jobs_are_part(const struct nst_jobs *jobs)
{
	return jobs->shard.total;
}

void nst_jobs_warnings(const struct nst_jobs *jobs, FILE *out)
{
	for (size_t i = 0; i < jobs->scenario_count; i++)
		if (nst_diagnostics_count(jobs->scenarios[i]->warnings))
			fputs(nst_diagnostics_text(jobs->scenarios[i]->warnings), out);
}

void nst_jobs_summary(const struct nst_jobs *jobs, FILE *out)
{
	for (size_t i = 0; i < jobs->scenario_count; i++) {
		const struct nst_scenario *scenario = jobs->scenarios[i];

		fprintf(out, "%s: %zu case%s\n", scenario->path, scenario->case_count,
			scenario->case_count == 1 ? "" : "s");
	}
	for (size_t i = 0; i < jobs->count; i++)
		if (jobs->list[i].kind == JOB_SUITE)
			fprintf(out, "%s: a suite executable\n", jobs->list[i].path);
}
