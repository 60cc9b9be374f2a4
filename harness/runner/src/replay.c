/* SPDX-License-Identifier: MIT */
/* The command that runs one case again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <base/markup.h>
#include <base/scope.h>
#include <nstest/impair.h>

#include "replay.h"

/* An operand of an expression that is meant exactly. */
static void put_exactly(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', out);
		nst_quote_shell(out, (const char[]){ *text, '\0' });
	}
}

static void put_path(FILE *out, const char *path)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"0123456789-_=/.,+@%";
	bool quoted = path[strspn(path, plain)];

	fputs(quoted ? "'" : "", out);
	nst_quote_shell(out, path);
	fputs(quoted ? "'" : "", out);
}

static void put_text_option(FILE *out, const char *name, const char *value)
{
	fprintf(out, " --%s ", name);
	put_path(out, value);
}

void replay_note(const struct run_context *context, const struct job *job,
		 struct nst_result *result)
{
	const struct nst_run_options *options = &context->options;
	const char *const *set = context->jobs ? context->jobs->set : NULL;
	char *line = NULL;
	size_t size;
	FILE *out = open_memstream(&line, &size);

	if (!out)
		return;
	fputs("nstest run ", out);
	put_path(out, job->path);
	fputs(" -k '\"", out);
	if (result->suite && *result->suite) {
		put_exactly(out, result->suite);
		fputs(" / ", out);
	}
	put_exactly(out, result->name ? result->name : "");
	fprintf(out, "\"' --seed %llu", (unsigned long long)options->seed);
	if (options->time != NST_TIME_REAL)
		fputs(" --virtual", out);
	if (options->kernel &&
	    (options->time == NST_TIME_REAL || strcmp(options->kernel, "uml")))
		put_text_option(out, "kernel", options->kernel);
	if (options->engine != NST_ENGINE_AUTO)
		fprintf(out, " --engine %s", nst_engine_name(options->engine));
	if (options->timeout_ms && options->timeout_ms != NST_CASE_TIMEOUT_MS)
		fprintf(out, " --timeout %dms", options->timeout_ms);
	if (options->case_memory_bytes)
		fprintf(out, " --case-memory %lluM",
			(unsigned long long)options->case_memory_bytes >> 20);
	if (options->variant)
		put_text_option(out, "variant", options->variant);
	for (; set && *set && job->kind == JOB_CASE; set++)
		put_text_option(out, "set", *set);
	if (fclose(out) == 0) {
		free(result->replay);
		result->replay = line;
	} else {
		free(line);
	}
}
