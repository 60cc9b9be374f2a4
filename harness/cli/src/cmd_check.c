/* SPDX-License-Identifier: MIT */
/* nstest check and nstest list: what there is, without running it. */
#include <stdint.h>
#include <stdlib.h>

#include <base/scope.h>
#include <runner/run.h>

#include "main.h"
#include "select.h"

struct check_flags {
	struct common_flags common;
};

struct list_flags {
	struct common_flags common;
	struct select_flags select;
	const char *out;
	bool json;
};

static int check_handle(const struct invocation *invocation)
{
	static const struct nst_jobs_options all = { 0 };
	AUTO_FREE char *problems = NULL;
	struct nst_jobs *jobs;

	if (nst_jobs_find((const char *const *)invocation->operands, &all, &jobs,
			  &problems) < 0) {
		if (!problems)
			return report_failure(invocation->verb->name);
		fprintf(stderr, "%s\n", problems);
		return EXIT_SOME_FAILED;
	}
	nst_jobs_warnings(jobs, stderr);
	nst_jobs_summary(jobs, stdout);
	nst_jobs_free(jobs);
	return EXIT_ALL_PASSED;
}

static int list_handle(const struct invocation *invocation)
{
	const struct list_flags *flags = invocation->options;
	struct nst_jobs *jobs;
	bool wrong_file;
	uint64_t seed;
	int status;

	if (select_seed(&flags->select, &seed) < 0)
		return report_failure("list");
	status = select_jobs(invocation, &flags->select, flags->out, &seed, &jobs,
			     &wrong_file);
	if (status != EXIT_ALL_PASSED)
		return status;
	if (nst_jobs_list(jobs, flags->json, stdout) < 0)
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
	.options_size = sizeof(struct check_flags),
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
			SELECT_OPTIONS(struct list_flags),
			{ 'o', "out", "DIR",
			  "folder in which the history is; default: nstest-out",
			  OPTION_TEXT, offsetof(struct list_flags, out) },
			{ 0, "json", NULL,
			  "an object per line: suite, case, file, line, tags; result "
			  "and duration_us of the last time",
			  OPTION_FLAG, offsetof(struct list_flags, json) },
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
	.options_size = sizeof(struct list_flags),
	.handle = list_handle,
};
