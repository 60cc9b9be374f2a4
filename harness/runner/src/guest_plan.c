/* SPDX-License-Identifier: MIT */
/* A run's options and jobs as bytes. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>
#include <nstest/coverage.h>

#include "guest_plan.h"

/* ---- Writing ---- */

static void put(FILE *out, const void *bytes, size_t size)
{
	fwrite(bytes, 1, size, out);
}

/* NULL and "" are not the same. */
static void put_text(FILE *out, const char *text)
{
	fputc(text ? 't' : '-', out);
	put(out, text ? text : "", text ? strlen(text) + 1 : 0);
}

static void put_texts(FILE *out, const char *const *texts)
{
	for (; texts && *texts; texts++)
		put_text(out, *texts);
	put_text(out, NULL);
}

static void put_job(FILE *out, const struct job *job)
{
	const size_t item =
		job->kind == JOB_CASE ? (size_t)(job->item - job->scenario->cases) : 0;

	put(out, &job->kind, sizeof(job->kind));
	put(out, &job->marked, sizeof(job->marked));
	put(out, &item, sizeof(item));
	put_text(out, job->path);
	put_text(out, job->title);
	put_text(out, job->folder);
	put_text(out, job->filter);
}

int guest_plan_write(FILE *out, const struct run_context *context, size_t first,
		     size_t count)
{
	const struct nst_run_options *options = &context->options;

	put(out, options, sizeof(*options));
	put_text(out, options->out);
	put_text(out, options->kernel);
	put_text(out, options->variant);
	put_texts(out, context->jobs->set);
	put(out, &count, sizeof(count));
	for (size_t i = first; i < first + count; i++)
		put_job(out, &context->jobs->list[i]);
	return fflush(out) ? nst_fail_errno("the plan of a guest kernel") : 0;
}

/* ---- Reading ---- */

static bool take(FILE *in, void *bytes, size_t size)
{
	return fread(bytes, 1, size, in) == size;
}

static bool take_text(FILE *in, const char **ret)
{
	char *text = NULL;
	size_t room = 0;

	*ret = NULL;
	switch (fgetc(in)) {
	case '-':
		return true;
	case 't':
		break;
	default:
		return false;
	}
	if (getdelim(&text, &room, '\0', in) < 1) {
		free(text);
		return false;
	}
	*ret = text;
	return true;
}

/* A list that NULL ends. */
static bool take_texts(FILE *in, const char *const **ret)
{
	const char **texts = NULL;

	for (size_t count = 0;; count++) {
		const char **longer = reallocarray(texts, count + 1, sizeof(*texts));

		if (longer)
			texts = longer;
		if (!longer || !take_text(in, &texts[count])) {
			free(texts);
			return false;
		}
		if (!texts[count])
			break;
	}
	*ret = texts;
	return true;
}

static bool take_job(FILE *in, struct job *job, size_t *ret_item)
{
	return take(in, &job->kind, sizeof(job->kind)) &&
	       take(in, &job->marked, sizeof(job->marked)) &&
	       take(in, ret_item, sizeof(*ret_item)) &&
	       take_text(in, (const char **)&job->path) &&
	       take_text(in, (const char **)&job->title) &&
	       take_text(in, (const char **)&job->folder) &&
	       take_text(in, (const char **)&job->filter) && job->path && job->title &&
	       job->folder;
}

int guest_plan_read(FILE *in, struct run_context *context)
{
	/* That rules are counted is all that workers ask of it. */
	static struct nst_coverage counted;
	struct nst_run_options *options = &context->options;
	struct nst_jobs *jobs = calloc(1, sizeof(*jobs));
	size_t count;

	if (!jobs)
		return nst_fail_memory();
	context->jobs = context->in_guest = jobs;
	if (!take(in, options, sizeof(*options)) || !take_text(in, &options->out) ||
	    !take_text(in, &options->kernel) || !take_text(in, &options->variant) ||
	    !take_texts(in, &jobs->set) || !take(in, &count, sizeof(count)))
		return nst_fail(-EPROTO, "the plan of a guest kernel is broken");
	options->coverage = options->coverage ? &counted : NULL;
	jobs->list = calloc(count + 1, sizeof(*jobs->list));
	jobs->items = calloc(count + 1, sizeof(*jobs->items));
	if (!jobs->list || !jobs->items)
		return nst_fail_memory();
	for (jobs->count = 0; jobs->count < count; jobs->count++)
		if (!take_job(in, &jobs->list[jobs->count], &jobs->items[jobs->count]))
			return nst_fail(-EPROTO,
					"the plan of a guest kernel is broken");
	return 0;
}

static const struct nst_scenario *known(const struct nst_jobs *jobs, const char *path)
{
	for (size_t i = 0; i < jobs->scenario_count; i++)
		if (!strcmp(jobs->scenarios[i]->path, path))
			return jobs->scenarios[i];
	return NULL;
}

int guest_plan_load(struct nst_jobs *jobs, struct job *job)
{
	const size_t item = jobs->items[job - jobs->list];

	if (job->kind != JOB_CASE || job->scenario)
		return 0;
	job->scenario = known(jobs, job->path);
	if (!job->scenario) {
		const struct nst_scenario_options options = { .set = jobs->set };
		struct nst_diagnostics *problems = NULL;
		struct nst_scenario *scenario = NULL;
		int r = nst_scenario_load(job->path, &options, &scenario, &problems);

		if (r < 0 && problems && nst_diagnostics_count(problems))
			nst_fail(r, "%s", nst_diagnostics_text(problems));
		nst_diagnostics_free(problems);
		if (r < 0)
			return nst_fail_in(r, "in the guest kernel");
		r = jobs_keep_scenario(jobs, scenario);
		if (r < 0)
			return r;
		job->scenario = scenario;
	}
	if (item >= job->scenario->case_count)
		return nst_fail(-EPROTO, "%s has changed since the run began",
				job->path);
	job->item = &job->scenario->cases[item];
	return 0;
}
