/* SPDX-License-Identifier: MIT */
/* nstest check and nstest list: what there is, without running it. */
#include <stdint.h>
#include <stdlib.h>

#include <base/scope.h>
#include <runner/run.h>

#include "main.h"

struct look_flags {
	struct common_flags common;
	const char *only;
};

static int find(const struct invocation *invocation, struct nst_jobs **ret_jobs)
{
	const struct look_flags *flags = invocation->options;
	const struct nst_jobs_options options = { .only = flags->only };
	AUTO_FREE char *problems = NULL;
	int r = nst_jobs_find((const char *const *)invocation->operands, &options,
			      ret_jobs, &problems);

	if (r >= 0)
		return EXIT_ALL_PASSED;
	if (!problems)
		return report_failure(invocation->verb->name);
	fprintf(stderr, "%s\n", problems);
	return EXIT_SOME_FAILED;
}

static int check_handle(const struct invocation *invocation)
{
	struct nst_jobs *jobs;
	int status = find(invocation, &jobs);

	if (status != EXIT_ALL_PASSED)
		return status;
	nst_jobs_warnings(jobs, stderr);
	nst_jobs_summary(jobs, stdout);
	nst_jobs_free(jobs);
	return EXIT_ALL_PASSED;
}

static int list_handle(const struct invocation *invocation)
{
	struct nst_jobs *jobs;
	int status = find(invocation, &jobs);

	if (status != EXIT_ALL_PASSED)
		return EXIT_COULD_NOT_RUN;
	if (nst_jobs_list(jobs, stdout) < 0)
		status = report_failure("list");
	nst_jobs_free(jobs);
	return status;
}

const struct verb verb_check = {
	.name = "check",
	.line = "checks scenario files without running them",
	.arguments = "[PATH...]",
	.operands = OPERANDS_FILES,
	.most = SIZE_MAX,
	.options = (const struct option_row[]){ OPTIONS_FOR_ALL },
	.text =
		(const char *const[]){
			"Reads scenario files and all that they include, and says what "
			"is "
			"wrong with them: file, line, column, the source line, and the "
			"nearest word that would be right. Folders are searched.",
			NULL,
		},
	.examples =
		(const struct example[]){
			{ "nstest check suites/",
			  "checks all scenario files of a folder" },
			{},
		},
	.exit_codes =
		(const struct exit_row[]){
			{ 0, "all files are right" },
			{ 1, "some are wrong" },
			{ 2, "a path could not be read, or there is nothing to check" },
			{},
		},
	.options_size = sizeof(struct look_flags),
	.handle = check_handle,
};

const struct verb verb_list = {
	.name = "list",
	.line = "lists the cases that nstest run would run",
	.arguments = "[PATH...]",
	.operands = OPERANDS_FILES,
	.most = SIZE_MAX,
	.options =
		(const struct option_row[]){
			{ 'k', "only", "TEXT",
			  "list only cases with TEXT in \"suite / case\"", OPTION_TEXT,
			  offsetof(struct look_flags, only) },
			OPTIONS_FOR_ALL,
		},
	.text =
		(const char *const[]){
			"One line per case, \"suite / case\", in the order in which "
			"they are "
			"reported. Suite executables are asked for their tests.",
			NULL,
		},
	.examples =
		(const struct example[]){
			{ "nstest list | wc -l", "counts the cases below this folder" },
			{},
		},
	.exit_codes =
		(const struct exit_row[]){
			{ 0, "there are some" },
			{ 2, "there are none, or a file is wrong" },
			{},
		},
	.options_size = sizeof(struct look_flags),
	.handle = list_handle,
};
