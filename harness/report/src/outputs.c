/* SPDX-License-Identifier: MIT */
/* Which formats there are, and the files of a run. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>

#include "format.h"

static const struct format *const formats[] = {
	&format_junit,  &format_tap,      &format_json,
	&format_github, &format_markdown, &format_html,
};

struct nst_outputs {
	struct nst_outputs_options options;
	struct nst_sink *sinks;
	const struct format **formats;
	size_t count;
	bool takes_stdout;
};

static const struct format *find(const char *word, size_t length)
{
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
		if (strlen(formats[i]->name) == length &&
		    !strncmp(formats[i]->name, word, length))
			return formats[i];
	return NULL;
}

static int unknown(const char *word, size_t length)
{
	AUTO_FREE char *names = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
		nst_text_set(&names, "%s%s%s", names ? names : "", i ? ", " : "",
			     formats[i]->name);
	return nst_fail(-EINVAL, "there is no format \"%.*s\" (there are %s)",
			(int)length, word, names);
}

/* Others may have written to it before us. */
static bool is_step_summary(const char *path)
{
	const char *summary = getenv("GITHUB_STEP_SUMMARY");

	return summary && !strcmp(path, summary);
}

static int open_one(struct nst_outputs *outputs, const char *word)
{
	size_t length = strcspn(word, "=");
	const struct format *format = find(word, length);
	AUTO_FREE char *path = NULL;
	struct output *output;
	int r;

	if (!format)
		return unknown(word, length);
	if (word[length] && !word[length + 1])
		return nst_fail(-EINVAL, "\"%s\" names no file", word);
	if (word[length])
		nst_text_set(&path, "%s", word + length + 1);
	else if (!strcmp(format->file, "-"))
		nst_text_set(&path, "-");
	else
		nst_text_set(&path, "%s/%s", outputs->options.folder, format->file);
	output = calloc(1, format->size);
	if (!path || !output) {
		free(output);
		return nst_fail_memory();
	}
	r = document_open(&output->document, path,
			  format->flags |
				  (is_step_summary(path) ? DOCUMENT_APPENDS : 0));
	if (r < 0) {
		free(output);
		return r;
	}
	output->options = &outputs->options;
	outputs->takes_stdout |= !strcmp(path, "-") && format != &format_github;
	outputs->formats[outputs->count] = format;
	outputs->sinks[outputs->count++] = (struct nst_sink){ format->ops, output };
	return 0;
}

int nst_outputs_open(const char *const *words, size_t count,
		     const struct nst_outputs_options *options,
		     struct nst_outputs **ret_outputs)
{
	struct nst_outputs *outputs = calloc(1, sizeof(*outputs));
	int r = 0;

	if (!outputs)
		return nst_fail_memory();
	outputs->options.folder = strdup(options->folder);
	outputs->options.command = options->command ? strdup(options->command) : NULL;
	outputs->sinks = calloc(count + 1, sizeof(*outputs->sinks));
	outputs->formats = calloc(count + 1, sizeof(*outputs->formats));
	if (!outputs->sinks || !outputs->formats || !outputs->options.folder)
		r = nst_fail_memory();
	for (size_t i = 0; i < count && !r; i++)
		r = open_one(outputs, words[i]);
	if (r < 0) {
		nst_outputs_close(outputs);
		return r;
	}
	*ret_outputs = outputs;
	return 0;
}

size_t nst_outputs_of_environment(char *words[3])
{
	const char *bazel = getenv("XML_OUTPUT_FILE");
	const char *actions = getenv("GITHUB_ACTIONS");
	const char *summary = getenv("GITHUB_STEP_SUMMARY");
	size_t count = 0;

	words[0] = words[1] = words[2] = NULL;
	if (bazel && *bazel)
		nst_text_set(&words[count++], "junit=%s", bazel);
	if (!actions || strcmp(actions, "true") != 0)
		return count;
	nst_text_set(&words[count++], "github");
	if (summary && *summary)
		nst_text_set(&words[count++], "markdown=%s", summary);
	return count;
}

const struct nst_sink *nst_outputs_sinks(const struct nst_outputs *outputs,
					 size_t *ret_count)
{
	*ret_count = outputs->count;
	return outputs->sinks;
}

bool nst_outputs_take_stdout(const struct nst_outputs *outputs)
{
	return outputs->takes_stdout;
}

bool nst_outputs_want_details(const struct nst_outputs *outputs, bool part)
{
	for (size_t i = 0; i < outputs->count; i++)
		if (outputs->formats[i] == &format_html ||
		    (part && outputs->formats[i] == &format_json))
			return true;
	return false;
}

int nst_outputs_close(struct nst_outputs *outputs)
{
	AUTO_FREE char *sentences = NULL;
	int first = 0;

	if (!outputs)
		return 0;
	for (size_t i = 0; i < outputs->count; i++) {
		struct output *output = outputs->sinks[i].self;
		int r = document_close(&output->document);

		if (outputs->formats[i]->release)
			outputs->formats[i]->release(output);
		free(output);
		if (r == 0)
			continue;
		first = first ? first : r;
		nst_text_add(&sentences, "%s", nst_error());
	}
	free((char *)outputs->options.folder);
	free((char *)outputs->options.command);
	free(outputs->sinks);
	free(outputs->formats);
	free(outputs);
	return first ? nst_fail(first, "%s", sentences ? sentences : "a report") : 0;
}
